import json
import subprocess
import sys

import numpy as np
import pytest

from napari_dinobloom.core import (
    BadInputError,
    MissingDependencyError,
    UnknownNameError,
)
from napari_dinobloom.encoding import (
    CellImages,
    choose_device,
    create,
    describe_devices,
    encoder_info,
    encoders,
)


def test_every_encoder_introduces_itself_without_torch():
    program = """
import json, sys
from napari_dinobloom.encoding import encoders, encoder_info
from napari_dinobloom.encoding.weights import list_weights
known = {name: encoder_info(name).dimension for name in encoders}
list_weights()
heavy = [m for m in ("torch", "timm", "napari", "sklearn") if m in sys.modules]
print(json.dumps([known, heavy]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    known, heavy = json.loads(done.stdout)
    assert heavy == []
    assert known == {
        "morphology": len(create("morphology").feature_names),
        "dinobloom-s": 384,
        "dinobloom-b": 768,
        "dinobloom-l": 1024,
        "dinobloom-g": 1536,
        "reddino-s": 384,
        "reddino-b": 768,
        "reddino-l": 1024,
        "dinov2": None,
    }


def test_the_name_in_the_list_is_the_name_it_gives():
    assert [encoder_info(name).name for name in encoders] == list(encoders)


def test_an_unknown_encoder_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="'dinobloom-s'"):
        create("dinoblom-s")
    with pytest.raises(UnknownNameError, match="morphology"):
        encoder_info("morfology")


@pytest.mark.parametrize("package", ["torch", "timm"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=package) as failure:
        create("dinobloom-s")
    assert "napari-dinobloom[dinobloom]" in failure.value.remedy


def test_without_torch_there_is_no_device_to_choose(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert describe_devices() == []
    with pytest.raises(MissingDependencyError, match="torch"):
        choose_device("cpu")


def test_the_processor_is_always_among_the_devices_and_comes_last():
    pytest.importorskip("torch")
    devices = describe_devices()
    assert devices[-1].name == "cpu"
    assert choose_device("auto") == devices[0]
    assert choose_device("cpu").precision == "float32"
    with pytest.raises(BadInputError, match="cpu"):
        choose_device("tpu")


def windows(*shape, dtype=np.uint8):
    return np.zeros(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((windows(2, 8, 9, 3),), r"\(2, 8, 9, 3\)"),
        ((windows(2, 8, 8, 4),), r"\(2, 8, 8, 4\)"),
        ((windows(8, 8, 3),), r"\(8, 8, 3\)"),
        ((windows(2, 8, 8, 3, dtype=float),), "float64"),
        ((windows(2, 8, 8, 3), windows(2, 8, 7, dtype=bool)), r"\(2, 8, 7\)"),
        ((windows(2, 8, 8, 3), windows(2, 8, 8)), "masks must be bool"),
        ((windows(2, 8, 8, 3), None, windows(1, 8, 8, dtype=bool)), "nuclei must"),
        ((windows(2, 8, 8, 3), None, None, np.ones(3)), "each of the 2 cells"),
    ],
)
def test_pictures_of_another_form_are_refused(parts, said):
    with pytest.raises(BadInputError, match=said):
        CellImages(*parts)


def test_batches_are_consecutive_pieces_of_everything():
    size = np.arange(5, dtype=np.float32)
    masks = np.zeros((5, 4, 4), dtype=bool)
    pieces = list(CellImages(windows(5, 4, 4, 3), masks, None, size).batches(2))
    assert [len(piece) for piece in pieces] == [2, 2, 1]
    np.testing.assert_array_equal(
        np.concatenate([piece.pixel_size_um for piece in pieces]), size
    )
    assert pieces[2].masks.shape == (1, 4, 4)
