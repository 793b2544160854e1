"""Fields of different sizes on one sheet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import contact_sheet

SIZES = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=9
)


@given(SIZES, st.integers(1, 10) | st.none(), st.integers(0, 3))
def test_every_picture_is_found_again_at_its_offset(
    sizes: list[tuple[int, int]], columns: int | None, gap: int
) -> None:
    pictures = [np.full((*s, 3), i, np.uint8) for i, s in enumerate(sizes)]
    sheet, offsets = contact_sheet(pictures, columns, gap)
    covered = 0
    for picture, (x, y) in zip(pictures, offsets, strict=True):
        height, width = picture.shape[:2]
        assert np.array_equal(sheet[y : y + height, x : x + width], picture)
        covered += height * width
    # nothing overlaps, and all the rest is white
    assert (sheet[..., 0] == 255).sum() == sheet.shape[0] * sheet.shape[1] - covered


def test_columns_and_gap_are_kept() -> None:
    pictures = [np.zeros((10, 20, 3), np.uint8)] * 3
    sheet, offsets = contact_sheet(pictures, columns=2, gap=4)
    assert offsets.tolist() == [[0, 0], [24, 0], [0, 14]]
    assert sheet.shape == (24, 44, 3)


def test_no_picture_and_too_many_pixels_are_refused() -> None:
    with pytest.raises(BadInputError):
        contact_sheet([])
    long = np.broadcast_to(np.uint8(0), (1, 20_000, 3))
    high = np.broadcast_to(np.uint8(0), (20_000, 1, 3))
    with pytest.raises(BadInputError, match="too large"):
        contact_sheet([long, high], columns=1)
