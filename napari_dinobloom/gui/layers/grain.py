"""How deep in its cell each pixel lies: where outlines, rims and nuclei run."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import CellTable

DEEP, SEAM = 254, 255
"""Farther inside than any line; a gap to a neighbour that touches."""
NUCLEUS = 128
"""Added to the depth of a pixel on the outline of a nucleus."""
MOST_THIN_PX = 6


@dataclass(frozen=True, slots=True)
class Lines:
    """How many pixels wide the lines along the inside of a cell are.

    Parameters
    ----------
    thin
        The outline of a cell.
    wide
        The outline of a cell that somebody labelled.
    rim
        Each of the two lines, light and dark, inside the outline of a cell in hand.
    casing
        The dark line on either side of an outline whose colour is pale.
    nucleus
        The outline of a nucleus.
    """

    thin: int = 2
    wide: int = 5
    rim: int = 2
    casing: int = 1
    nucleus: int = 1

    @property
    def depth(self) -> int:
        """How far inside a cell something may be drawn."""
        return self.wide + 2 * self.rim + 2 * self.casing

    @classmethod
    def fitting(cls, shape: tuple[int, ...], cells: CellTable) -> "Lines":
        """Seen when the whole picture is, and yet most of each cell left free."""
        sides = np.minimum(cells.width, cells.height)
        largest = int(np.median(sides)) // 16 if len(sides) else MOST_THIN_PX
        seen = round(max(shape[:2]) / 300)
        thin = int(np.clip(seen, 1, np.clip(largest, 1, MOST_THIN_PX)))
        quiet = max(1, thin // 2)
        return cls(thin, 2 * thin, thin, quiet, quiet)

    def for_small_cells(self) -> "Lines":
        """As thin as can be: such a cell would not be seen for its lines."""
        return Lines(1, min(self.wide, 2), 1, 1, self.nucleus)

    def are_too_wide_for(self, cells: CellTable) -> np.ndarray:
        """(n,) bool: cells of which too little would be left free."""
        least = 3 * (self.wide + 2 * self.rim)
        small: np.ndarray = np.minimum(cells.width, cells.height) < least
        return small


def grain_of(
    mask: np.ndarray, depth: int, nuclei: np.ndarray | None = None, width: int = 1
) -> np.ndarray:
    """(H, W) uint8: how many pixels deep in its cell; once per picture, on any thread.

    1 at a cell's edge, up to ``depth``, `DEEP` beyond that. `SEAM` is one of two pixels
    at which cells touch: left out, it keeps two of one class apart. Background is DEEP
    or less, which does not matter: it has no colour.

    Parameters
    ----------
    nuclei
        (H, W) bool, what is nucleus. On the outline of one, ``width`` pixels wide and
        inside of it, the grain is `NUCLEUS` more, where DEEP counts as ``depth`` + 1.
    """
    reached = _edges(mask)
    grain: np.ndarray = np.full(mask.shape, DEEP, np.uint8)
    grain[reached] = 1
    for step in range(2, depth + 1):
        # crosses and squares in turn make octagons, which is round enough
        grown = _grown(reached, square=step % 2 == 1)
        grain[grown & ~reached] = step
        reached = grown
    if nuclei is not None and nuclei.any():
        line = _nucleus_lines(mask, nuclei, width)
        grain[line] = NUCLEUS + np.minimum(grain[line], depth + 1)
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


def _nucleus_lines(mask: np.ndarray, nuclei: np.ndarray, width: int) -> np.ndarray:
    """(H, W) bool: the pixels of nuclei that lie at their edges."""
    owner = np.where(nuclei, mask, 0)
    line = _edges(owner)
    for step in range(1, width):
        line = _grown(line, square=step % 2 == 0)
    line &= owner > 0
    return line


def _edges(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool: pixels with a neighbour of another cell, or of none."""
    edge: np.ndarray = np.zeros(mask.shape, bool)
    across = mask[:, 1:] != mask[:, :-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    down = mask[1:] != mask[:-1]
    edge[1:] |= down
    edge[:-1] |= down
    return edge


def _grown(region: np.ndarray, *, square: bool) -> np.ndarray:
    """The region and what touches it, with or without the diagonals."""
    out = region.copy()
    out[:, 1:] |= region[:, :-1]
    out[:, :-1] |= region[:, 1:]
    rows = out.copy() if square else region
    out[1:] |= rows[:-1]
    out[:-1] |= rows[1:]
    return out
