import logging

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, DinoBloomError
from napari_dinobloom.encoding import CellImages, encoders
from napari_dinobloom.testing import check_encoder

torch = pytest.importorskip("torch")


def small(checkpoint, **parameters):
    parameters = {"device": "cpu", "heads": 3} | parameters
    return encoders.create("dinov2", weights=checkpoint, **parameters)


def test_a_network_keeps_the_contract_of_encoders(checkpoint):
    check_encoder(small(checkpoint))


def test_the_batch_size_does_not_change_the_embedding(checkpoint, windows):
    by_two = small(checkpoint, batch_size=2).encode(CellImages(windows))
    at_once = small(checkpoint, batch_size=64).encode(CellImages(windows))
    np.testing.assert_allclose(by_two, at_once, atol=1e-5)


def test_the_checkpoint_says_how_many_columns_there_are(checkpoint):
    encoder = small(checkpoint)
    assert encoder.info.dimension == 48
    assert encoder.feature_names[:2] == ("cls_0", "cls_1")


class Cramped(torch.nn.Module):
    """A network on a device that holds only so many cells; counts its passes."""

    def __init__(self, network, room, said):
        super().__init__()
        self.network, self.room, self.said = network, room, said

    def forward(self, pixels):
        if len(pixels) > self.room:
            raise RuntimeError(self.said)
        return self.network(pixels)


OUT_OF_MEMORY = [
    "MPS backend out of memory (MPS allocated: 9 GB)",
    "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
]


@pytest.mark.parametrize("said", OUT_OF_MEMORY)
def test_a_full_device_gets_half_as_many_cells(checkpoint, windows, said):
    warnings = []
    encoder = small(checkpoint, batch_size=5, on_warning=warnings.append)
    expected = encoder.encode(CellImages(windows))
    encoder._network = Cramped(encoder._network, 1, said)
    found = encoder.encode(CellImages(windows))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert encoder.batch_size == 1
    assert len(warnings) == 2
    assert "out of memory with 5 cells at a time; going on with 2" in warnings[0]


def test_a_full_device_is_logged_where_nobody_listens(checkpoint, windows, caplog):
    encoder = small(checkpoint, batch_size=4)
    encoder._network = Cramped(encoder._network, 2, OUT_OF_MEMORY[0])
    with caplog.at_level(logging.WARNING, "napari_dinobloom"):
        encoder.encode(CellImages(windows))
    assert "going on with 2" in caplog.text


def test_a_device_too_small_for_one_cell_is_said_in_words(checkpoint, windows):
    encoder = small(checkpoint, on_warning=lambda _: None)
    encoder._network = Cramped(encoder._network, 0, OUT_OF_MEMORY[0])
    with pytest.raises(DinoBloomError, match="memory for a single cell") as failure:
        encoder.encode(CellImages(windows))
    assert "cpu" in failure.value.remedy


def test_other_failures_are_not_taken_for_a_full_device(checkpoint, windows):
    encoder = small(checkpoint)
    encoder._network = Cramped(encoder._network, 0, "shapes cannot be multiplied")
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        encoder.encode(CellImages(windows))


def test_other_weights_have_another_fingerprint(tmp_path, checkpoint, make_tensors):
    torch.save(make_tensors(seed=9), tmp_path / "other.pth")
    same = small(checkpoint).fingerprint()
    assert same == small(checkpoint, batch_size=1).fingerprint()
    assert same != small(tmp_path / "other.pth").fingerprint()
    assert "224" in same


def test_a_device_that_is_not_there_is_refused(checkpoint):
    with pytest.raises(BadInputError, match="'cuda:7' is not available"):
        small(checkpoint, device="cuda:7")


def test_masks_do_not_change_an_embedding(checkpoint, windows):
    encoder = small(checkpoint)
    masks = np.zeros(windows.shape[:3], dtype=bool)
    masks[:, 40:90, 40:90] = True
    np.testing.assert_array_equal(
        encoder.encode(CellImages(windows)), encoder.encode(CellImages(windows, masks))
    )
