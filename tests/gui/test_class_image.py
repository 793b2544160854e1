"""The class image: what a cell's pixels say."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dinobloom.gui.layers.class_image import (
    grain_of,
    paint_classes,
    patch_of,
    seams,
)
from napari_dinobloom.study import CellTable

PLAIN = np.zeros(256, bool)


def row_of_cells(n: int, side: int = 10) -> tuple[np.ndarray, CellTable]:
    """n touching squares, and their table."""
    mask = np.repeat(np.arange(1, n + 1, dtype=np.int32), side)[None].repeat(side, 0)
    left = side * np.arange(n)
    zeros = np.zeros(n)
    return mask, CellTable(
        np.arange(1, n + 1), zeros, np.arange(1, n + 1), zeros, left, zeros,
        left, zeros, zeros + side, zeros + side, zeros, zeros, zeros, zeros,
    )  # fmt: skip


def filled(mask: np.ndarray, cells: CellTable, codes: list[int]) -> np.ndarray:
    """The class image without outlines."""
    return paint_classes(
        mask, grain_of(mask), cells, np.array(codes, np.uint8), PLAIN, outlines=False
    )


def test_touching_cells_of_one_class_stay_apart():
    mask, cells = row_of_cells(2)
    image = filled(mask, cells, [7, 7])
    assert (image[:, :9] == 7).all()
    assert (image[:, 9] == 0).all()
    assert (image[:, 10:] == 7).all()


def test_pixels_without_a_cell_stay_empty():
    mask, cells = row_of_cells(3)
    mask = np.pad(mask, 4)
    image = filled(mask, cells.take(np.arange(2)), [1, 2])
    assert not image[:4].any()
    assert not image[mask == 3].any()


def test_an_outline_runs_inside_its_cell():
    mask, cells = row_of_cells(1)
    mask = np.pad(mask, 5)
    codes = np.array([3], np.uint8)
    image = paint_classes(mask, grain_of(mask), cells, codes, PLAIN, outlines=True)
    assert not image[mask == 0].any()
    assert (image[5:15, 5:7] == 3).all()
    assert not image[7:13, 7:13].any()


def test_a_bold_outline_is_wider():
    mask, cells = row_of_cells(1, side=30)
    mask = np.pad(mask, 5)
    codes, grain = np.array([3], np.uint8), grain_of(mask)
    plain = paint_classes(mask, grain, cells, codes, PLAIN, outlines=True)
    bold = paint_classes(mask, grain, cells, codes, ~PLAIN, outlines=True)
    assert (bold[plain > 0] == 3).all()
    assert (bold > 0).sum() > 2 * (plain > 0).sum()
    assert not bold[mask == 0].any()


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 5),
    row=st.integers(0, 4),
    old=st.lists(st.integers(1, 250), min_size=5, max_size=5),
    new=st.integers(1, 250),
    outlines=st.booleans(),
)
def test_patching_one_cell_equals_painting_all_anew(n, row, old, new, outlines):
    row %= n
    mask, cells = row_of_cells(n)
    grain, codes = grain_of(mask), np.array(old[:n], np.uint8)
    bold = np.arange(256) % 2 == 0
    image = paint_classes(mask, grain, cells, codes, bold, outlines)
    patch = patch_of(mask, grain, cells, row, np.uint8(new), bold, outlines)
    image[patch.rows, patch.columns][patch.where] = patch.values[patch.where]
    codes[row] = new
    np.testing.assert_array_equal(
        image, paint_classes(mask, grain, cells, codes, bold, outlines)
    )


def test_a_seam_runs_only_between_cells():
    mask = np.zeros((5, 5), np.int32)
    mask[1:3, 1:3] = 1
    assert not seams(mask).any()
    mask[3, 1:3] = 2
    assert seams(mask).sum() == 2
