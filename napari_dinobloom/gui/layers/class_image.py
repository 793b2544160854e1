"""The class image: at every pixel of a cell the code of its class.

A Labels layer whose values are cells would need a colour per cell, and a new colour
for one of them means a new colour map for all. A layer whose values are *classes*
needs a handful of colours, and one cell changes by writing its box
(benchmarks/overlay.py).
"""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import CellTable


@dataclass(frozen=True, slots=True)
class Patch:
    """A new code for some pixels of the class image.

    Parameters
    ----------
    rows, columns
        The box.
    where
        Bool in the shape of the box: which of its pixels are meant.
    """

    rows: slice
    columns: slice
    where: np.ndarray
    code: int


def paint_classes(mask: np.ndarray, cells: CellTable, codes: np.ndarray) -> np.ndarray:
    """(H, W) codes: inside each cell its own, a gap of a pixel where two touch.

    Parameters
    ----------
    mask
        (H, W) int32 label image; its values are ``cells.mask_label``.
    codes
        (n,) unsigned, one per cell of the table.
    """
    table: np.ndarray = np.zeros(int(mask.max(initial=0)) + 1, codes.dtype)
    known = cells.mask_label < len(table)
    table[cells.mask_label[known]] = codes[known]
    table[0] = 0
    image: np.ndarray = table[mask]
    image[seams(mask)] = 0
    return image


def patch_of(mask: np.ndarray, cells: CellTable, row: int, code: int) -> Patch:
    """What to write so that one cell shows another class."""
    top, left = int(cells.top[row]), int(cells.left[row])
    rows = slice(top, top + int(cells.height[row]))
    columns = slice(left, left + int(cells.width[row]))
    inside = mask[rows, columns] == cells.mask_label[row]
    # one pixel more below and to the right, where a neighbour that touches it lies
    wider = seams(mask[top : rows.stop + 1, left : columns.stop + 1])
    return Patch(
        rows, columns, inside & ~wider[: inside.shape[0], : inside.shape[1]], code
    )


def seams(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool, pixels whose right or lower neighbour belongs to another cell."""
    out: np.ndarray = np.zeros(mask.shape, bool)
    for here, there in (
        (mask[:, :-1], mask[:, 1:]),
        (mask[:-1], mask[1:]),
    ):
        touch = (here != there) & (here != 0) & (there != 0)
        out[: touch.shape[0], : touch.shape[1]] |= touch
    return out
