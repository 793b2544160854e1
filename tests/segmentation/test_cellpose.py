"""Cellpose-SAM through our protocol: a small random network where Cellpose is there."""

import importlib.util
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, MissingDependencyError
from napari_dinobloom.segmentation import (
    CellposeSegmenter,
    cellpose,
    processes_for,
    ready_segmenter,
    segmenters,
)
from napari_dinobloom.testing import check_segmenter, example_field

torch = pytest.importorskip("torch")
THERE = importlib.util.find_spec("cellpose") is not None
needs_cellpose = pytest.mark.skipif(not THERE, reason="Cellpose is not installed")


class Discs:
    """Stands in for a trained network: what is darker than glass is a cell."""

    def eval(self, rgb, **options):
        from scipy import ndimage

        self.options = options
        dark = rgb[..., 1] < 200
        masks, _ = ndimage.label(ndimage.binary_opening(dark, iterations=2))
        certainty = np.where(dark, 4.0 - options["cellprob_threshold"], -4.0)
        return (
            masks.astype(np.uint16).squeeze(),
            [None, None, certainty.squeeze()],
            None,
        )


@pytest.fixture
def weights(tmp_path):
    """As Cellpose 4 saves a network, as far as we look at it."""
    path = tmp_path / "cpsam_v2"
    held = {"W2": torch.eye(3), "encoder.pos_embed": torch.zeros(2)}
    torch.save(held, path)
    return path


@pytest.fixture
def segmenter(weights, monkeypatch):
    monkeypatch.setattr(cellpose, "loaded", lambda weights, device: Discs())
    return CellposeSegmenter(str(weights))


def test_it_keeps_every_promise_of_a_segmenter(segmenter):
    check_segmenter(segmenter)


def test_outlines_are_its_own_kinds_and_nuclei_are_ours(segmenter):
    found = segmenter.segment(example_field(), 0.22)
    assert sorted(set(found.kinds)) == ["rbc", "wbc"]
    white = found.kinds.index("wbc") + 1
    assert found.labels[135, 120] == found.nuclei[135, 122] == white
    assert (found.nuclei == white).sum() > 0.2 * (found.labels == white).sum()
    assert found.scores == pytest.approx(1 / (1 + np.exp(-4)), abs=0.02)


def test_what_a_person_says_reaches_the_network(weights, monkeypatch):
    network = Discs()
    monkeypatch.setattr(cellpose, "loaded", lambda *_: network)
    said = CellposeSegmenter(str(weights), cell_probability=-2.0, flow_error=0.8)
    said.segment(example_field())
    assert network.options["cellprob_threshold"] == -2.0
    assert network.options["flow_threshold"] == 0.8
    with pytest.raises(BadInputError, match="Least certainty"):
        CellposeSegmenter(cell_probability=99)
    with pytest.raises(BadInputError, match="no device called 'gpu'"):
        CellposeSegmenter(device="gpu")


def test_a_network_of_a_gigabyte_is_not_loaded_once_per_core():
    assert processes_for(segmenters.create("cellpose"), None) == 1
    assert processes_for(segmenters.create("smear"), None) is None


@pytest.mark.skipif(THERE, reason="Cellpose is installed")
def test_without_cellpose_the_command_that_installs_it_is_said(weights):
    with pytest.raises(MissingDependencyError) as said:
        ready_segmenter("cellpose", {"weights": str(weights)})
    assert "pip install 'napari-dinobloom[cellpose]'" in said.value.remedy


def test_plain_weights_are_accepted(weights):
    cellpose.check_weights(weights)


class Payload:
    """What an attacker would put into a file of weights."""

    def __reduce__(self):
        return (subprocess.call, (["touch", "owned"],))


def save_payload(path):
    torch.save({"W2": torch.eye(3), "encoder.x": Payload()}, path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (save_payload, "could run code"),
        (
            partial(torch.save, {"encoder.x": torch.eye(2)}),
            "no network of Cellpose-SAM",
        ),
        (partial(torch.save, {"W2": torch.eye(2)}), "no network of Cellpose-SAM"),
        (partial(torch.save, torch.eye(2)), "no plain set of named tensors"),
        (partial(torch.save, {"W2": 3, "encoder.x": "y"}), "no plain set"),
        (lambda path: path.write_bytes(b"<html>"), "cannot be read|could run code"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: None, "There is no file"),
    ],
)
def test_weights_that_are_none_are_refused_before_cellpose_sees_them(
    tmp_path, monkeypatch, make, words
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pth"
    make(path)
    with pytest.raises(BadInputError, match=words):
        cellpose.check_weights(path)
    assert not (tmp_path / "owned").exists()


def test_the_networks_that_cellpose_keeps_are_found(weights, monkeypatch, tmp_path):
    monkeypatch.setenv(cellpose.PLACES, str(tmp_path))
    assert cellpose.usual_weights() == weights
    weights.unlink()
    with pytest.raises(BadInputError, match="no weights of Cellpose") as said:
        cellpose.usual_weights()
    assert "--segmenter-weights" in said.value.remedy


def test_importing_segmenters_loads_neither_torch_nor_cellpose():
    code = (
        "import sys, napari_dinobloom.segmentation;"
        "print(sorted({'torch', 'cellpose'} & set(sys.modules)))"
    )
    run = partial(subprocess.run, capture_output=True, text=True, check=True)
    assert run([sys.executable, "-c", code]).stdout.strip() == "[]"


@pytest.fixture
def small_network(tmp_path, monkeypatch):
    """Cellpose's own network, two blocks deep, with random weights, saved by itself."""
    import segment_anything
    from segment_anything.build_sam import _build_sam

    def small(checkpoint=None):
        return _build_sam(32, 2, 2, [0, 1])

    monkeypatch.setitem(segment_anything.sam_model_registry, "vit_l", small)
    from cellpose.vit import CPSAM

    torch.manual_seed(0)
    path = tmp_path / "small"
    torch.save(CPSAM().state_dict(), path)
    cellpose.loaded.cache_clear()
    yield path
    cellpose.loaded.cache_clear()


@needs_cellpose
@pytest.mark.filterwarnings("ignore")
def test_the_real_cellpose_keeps_every_promise_with_a_small_network(small_network):
    segmenter = CellposeSegmenter(
        str(small_network), cell_probability=-6.0, flow_error=3.0, device="cpu"
    )
    segmenter.require_ready()
    check_segmenter(segmenter)
    found = segmenter.segment(example_field())
    assert found.labels.shape == (200, 240)
