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

INSIDE, RIM, LINE, SEAM = 0, 1, 2, 3
"""What a pixel is to its cell: filling, wide outline, outline, gap to a neighbour."""
RIM_LINES = 2.5
"""A cell that somebody labelled has an outline so many times as wide."""


@dataclass(frozen=True, slots=True)
class Patch:
    """What to write into a box of the class image.

    Parameters
    ----------
    rows, columns
        The box.
    where
        Bool in the shape of the box: the pixels of the cell.
    values
        In the shape of the box: the new codes.
    """

    rows: slice
    columns: slice
    where: np.ndarray
    values: np.ndarray


def line_px(shape: tuple[int, ...]) -> int:
    """Width of an outline that is still seen when the whole picture is."""
    return int(np.clip(round(max(shape) / 250), 2, 10))


def grain_of(mask: np.ndarray) -> np.ndarray:
    """(H, W) uint8: INSIDE, RIM, LINE or SEAM; once per picture, on any thread.

    LINE is what lies within `line_px` of another cell or of the background. SEAM is
    one of two pixels at which cells touch: left out, it keeps two of one class apart.
    """
    grain: np.ndarray = np.zeros(mask.shape, np.uint8)
    thin = line_px(mask.shape)
    wide = round(thin * RIM_LINES)
    edge: np.ndarray = np.zeros(mask.shape, bool)
    for step in range(1, wide + 1):
        across = mask[:, step:] != mask[:, :-step]
        edge[:, step:] |= across
        edge[:, :-step] |= across
        down = mask[step:] != mask[:-step]
        edge[step:] |= down
        edge[:-step] |= down
        if step == thin:
            grain[edge] = LINE
    grain[edge & (grain == INSIDE)] = RIM
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


def shown(
    codes: np.ndarray, grain: np.ndarray, bold: np.ndarray, outlines: bool
) -> np.ndarray:
    """The codes where they are drawn, 0 elsewhere; bold ones have a wide outline."""
    if not outlines:
        return np.where(grain == SEAM, codes.dtype.type(0), codes)
    keep = (grain == LINE) | ((grain == RIM) & bold[codes])
    out: np.ndarray = codes * keep
    return out


def paint_classes(
    mask: np.ndarray,
    grain: np.ndarray,
    cells: CellTable,
    codes: np.ndarray,
    bold: np.ndarray,
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
    bold
        Bool by code: which codes have a wide outline.
    outlines
        Draw the outline of each cell only.
    """
    table: np.ndarray = np.zeros(int(mask.max(initial=0)) + 1, codes.dtype)
    known = cells.mask_label < len(table)
    table[cells.mask_label[known]] = codes[known]
    table[0] = 0
    return shown(table[mask], grain, bold, outlines)


def patch_of(
    mask: np.ndarray,
    grain: np.ndarray,
    cells: CellTable,
    row: int,
    code: np.unsignedinteger,
    bold: np.ndarray,
    outlines: bool,
) -> Patch:
    """What to write so that one cell shows another class."""
    top, left = int(cells.top[row]), int(cells.left[row])
    rows = slice(top, top + int(cells.height[row]))
    columns = slice(left, left + int(cells.width[row]))
    inside = mask[rows, columns] == cells.mask_label[row]
    codes = inside * code
    return Patch(
        rows, columns, inside, shown(codes, grain[rows, columns], bold, outlines)
    )
