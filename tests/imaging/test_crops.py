"""Windows against Pillow's own answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import cut_boxes, cut_windows, resize_picture

RGB = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def _by_pillow(centre: tuple[float, float], size: float, out_px: int) -> np.ndarray:
    """The whole picture mirrored all round and resized in one go."""
    pad = 400
    mirrored = np.pad(RGB, ((pad, pad), (pad, pad), (0, 0)), mode="symmetric")
    left, top = (c - size / 2 + pad for c in centre)
    box = (left, top, left + size, top + size)
    image = Image.fromarray(mirrored)
    return np.array(image.resize((out_px, out_px), Image.Resampling.BILINEAR, box=box))


@given(
    st.floats(-30, 150), st.floats(-30, 120), st.floats(0.5, 300), st.integers(1, 48)
)
def test_a_window_anywhere_is_what_pillow_gives(
    x: float, y: float, size: float, out_px: int
) -> None:
    crop = cut_windows(RGB, np.array([[x, y]]), size, out_px)[0]
    assert np.abs(crop.astype(int) - _by_pillow((x, y), size, out_px)).max() <= 2


def test_a_window_at_its_own_size_is_a_copy() -> None:
    crop = cut_windows(RGB, np.array([[50.0, 40.0]]), 20, 20)[0]
    assert np.array_equal(crop, RGB[30:50, 40:60])


def test_many_windows_are_the_same_as_each_alone() -> None:
    centres = np.random.default_rng(2).uniform(0, 90, (200, 2))
    together = cut_windows(RGB, centres, 33.3, 16)
    alone = [cut_windows(RGB, c[None], 33.3, 16)[0] for c in centres]
    assert np.array_equal(together, np.stack(alone))


def test_no_cells_give_no_crops() -> None:
    assert cut_windows(RGB, np.empty((0, 2)), 20, 8).shape == (0, 8, 8, 3)
    assert cut_boxes(RGB, np.empty((0, 4)), 0.1, 8).shape == (0, 8, 8, 3)


def test_a_picture_of_one_pixel_fills_its_windows() -> None:
    one = np.full((1, 1, 3), 77, dtype=np.uint8)
    assert (cut_windows(one, np.array([[0.5, 0.5]]), 50, 10) == 77).all()


def test_a_box_keeps_its_proportions_and_gets_its_margin() -> None:
    rgb = np.zeros((100, 100, 3), dtype=np.uint8)
    rgb[40:60, 30:70] = 255  # 40 wide, 20 high
    crop = cut_boxes(rgb, np.array([[30, 40, 40, 20]]), 0.25, 60)[0]
    bright = crop[..., 0] > 127
    assert bright.any(axis=0).sum() == 40
    assert bright.any(axis=1).sum() == 20


def test_a_single_cell_picture_is_squashed() -> None:
    squashed = resize_picture(RGB, 24)
    expected = Image.fromarray(RGB).resize((24, 24), Image.Resampling.BILINEAR)
    assert np.array_equal(squashed, np.asarray(expected))


def test_a_window_far_from_the_picture_costs_no_more_than_itself() -> None:
    crop = cut_windows(RGB, np.array([[1e7, -1e7], [50, 40]]), 20, 20)
    assert np.array_equal(crop[1], RGB[30:50, 40:60])


@pytest.mark.parametrize("size", [0.0, -3.0, float("nan"), float("inf"), 1e9])
def test_a_window_without_a_size_is_refused(size: float) -> None:
    with pytest.raises(BadInputError):
        cut_windows(RGB, np.array([[5.0, 5.0]]), size, 8)


def test_a_grey_picture_is_refused_with_a_remedy() -> None:
    with pytest.raises(BadInputError, match="read_picture"):
        cut_windows(RGB[..., 0], np.array([[5.0, 5.0]]), 8, 8)
