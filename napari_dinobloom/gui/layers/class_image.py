"""The class image: at every drawn pixel of a cell the code of its class.

A Labels layer whose values are cells would need a colour per cell, and a new colour
for one of them means a new colour map for all. A layer whose values are *classes*
needs a handful of colours, and one cell changes by writing its box. Outlines are
drawn by us for the same reason: napari's own contour goes through the whole picture
at every change (benchmarks/overlay.py).
"""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import CellTable

INSIDE, LINE, SEAM = 0, 1, 2
"""What a pixel is to its cell: drawn when filled, drawn always, drawn never."""


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


def line_px(shape: tuple[int, ...]) -> int:
    """Width of an outline that is still seen when the whole picture is."""
    return int(np.clip(round(max(shape) / 250), 2, 10))


def grain_of(mask: np.ndarray) -> np.ndarray:
    """(H, W) uint8: INSIDE, LINE or SEAM; once per picture, on any thread.

    LINE is what lies within `line_px` of another cell or of the background. SEAM is
    one of two pixels at which cells touch: left out, it keeps two of one class apart.
    """
    line: np.ndarray = np.zeros(mask.shape, bool)
    for step in range(1, line_px(mask.shape) + 1):
        across = mask[:, step:] != mask[:, :-step]
        line[:, step:] |= across
        line[:, :-step] |= across
        down = mask[step:] != mask[:-step]
        line[step:] |= down
        line[:-step] |= down
    grain = line.astype(np.uint8)
    grain[seams(mask)] = SEAM
    return grain


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


def drawn(grain: np.ndarray, outlines: bool) -> np.ndarray:
    """Bool, which pixels show their cell's code."""
    where: np.ndarray = grain == LINE if outlines else grain != SEAM
    return where


def paint_classes(
    mask: np.ndarray,
    grain: np.ndarray,
    cells: CellTable,
    codes: np.ndarray,
    outlines: bool,
) -> np.ndarray:
    """(H, W) codes of all cells.

    Parameters
    ----------
    mask
        (H, W) int32 label image; its values are ``cells.mask_label``.
    grain
        What `grain_of` says about it.
    codes
        (n,) unsigned, one per cell of the table.
    outlines
        Draw the outline of each cell only.
    """
    table: np.ndarray = np.zeros(int(mask.max(initial=0)) + 1, codes.dtype)
    known = cells.mask_label < len(table)
    table[cells.mask_label[known]] = codes[known]
    table[0] = 0
    image: np.ndarray = table[mask]
    image *= drawn(grain, outlines)
    return image


def patch_of(
    mask: np.ndarray,
    grain: np.ndarray,
    cells: CellTable,
    row: int,
    code: int,
    outlines: bool,
) -> Patch:
    """What to write so that one cell shows another class."""
    top, left = int(cells.top[row]), int(cells.left[row])
    rows = slice(top, top + int(cells.height[row]))
    columns = slice(left, left + int(cells.width[row]))
    inside = mask[rows, columns] == cells.mask_label[row]
    return Patch(rows, columns, inside & drawn(grain[rows, columns], outlines), code)
