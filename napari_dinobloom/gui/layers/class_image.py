"""The class image: at every drawn pixel of a cell the code of its class.

A Labels layer whose values are cells would need a colour per cell, and a new colour
for one of them means a new colour map for all. A layer whose values are *classes*
needs a handful of colours, and one cell changes by writing its box. Outlines are
drawn by us for the same reason: napari's own contour goes through the whole picture
at every change (benchmarks/overlay.py).
"""

from typing import NamedTuple

import numpy as np

from napari_dinobloom.gui.layers.grain import DEEP, NUCLEUS, Lines
from napari_dinobloom.study import CellTable

DEPTHS = 256
"""Values that `grain_of` may give."""
STRIP_PX = 1 << 18
"""Pixels painted at once: what is computed for them stays in the processor's cache."""
FEW_PX = 1 << 16
"""In boxes of so many pixels changes are looked for, to be drawn one by one."""
BOX_COSTS_PX = 1 << 11
"""Beginning a box takes as long as so many pixels in it."""


class Change(NamedTuple):
    """Pixels that have another code now.

    Parameters
    ----------
    y, x
        (n,) int64.
    codes
        (n,) of the image's dtype.
    """

    y: np.ndarray
    x: np.ndarray
    codes: np.ndarray


class LineCodes(NamedTuple):
    """The codes of lines that belong to no class."""

    light: int
    dark: int
    casing: int
    nucleus: int


class ClassImage:
    """Paints cells by code; one cell costs its box.

    Every pixel is looked up once: (pen of its cell, depth in it) gives the code.

    Parameters
    ----------
    mask
        (H, W) int32 label image; its values are ``cells.mask_label``.
    grain
        What `grain_of` says about it.
    cells
        Boxes and mask labels.
    codes
        (n,) unsigned, one per cell of the table; 0 is not drawn.
    bold, dashed
        Bool by code: a wide outline; a broken one.
    pale
        Bool by code: a colour that is lost on glass; its outline lies between two
        dark lines.
    held
        (n,) bool: cells in hand have a light and a dark line inside their outline.
    nuclei
        Whether the outlines of nuclei are drawn.
    """

    def __init__(
        self,
        mask: np.ndarray,
        grain: np.ndarray,
        cells: CellTable,
        codes: np.ndarray,
        *,
        bold: np.ndarray,
        dashed: np.ndarray,
        pale: np.ndarray,
        held: np.ndarray,
        lines: Lines,
        outlines: bool = True,
        nuclei: bool = True,
    ) -> None:
        self._mask, self._grain, self._cells = mask, grain, cells
        self._bold, self._pale, self._lines = bold, pale, lines
        self._outlines, self._nuclei = outlines, nuclei
        self._n_codes = len(bold)
        self._extra = line_codes(self._n_codes)
        self._codes, self._held = codes.astype(np.int32), held.copy()
        self._small = lines.are_too_wide_for(cells)
        self._dashed = np.tile(dashed, 4)
        known = int(mask.max(initial=0))
        self._pens: np.ndarray = np.zeros(known + 1, np.int32)
        self._ink = self._mixed()
        self._note(np.arange(len(cells)))
        self.pixels: np.ndarray = np.zeros(mask.shape, self._ink.dtype)
        """(H, W) uint8 or uint16."""
        self.paint()

    @property
    def outlines(self) -> bool:
        """Whether outlines are drawn, or filled cells."""
        return self._outlines

    def set_outlines(self, outlines: bool) -> None:
        """Outlines, or filled cells."""
        self._outlines = outlines
        self._ink = self._mixed()
        self.paint()

    def set_nuclei(self, nuclei: bool) -> None:
        """Draw the outlines of nuclei, or not."""
        self._nuclei = nuclei
        self._ink = self._mixed()
        self.paint()

    def recolour(self, rows: np.ndarray, codes: np.ndarray) -> Change | None:
        """Give these cells other codes; return what differs, None if it is much."""
        self._codes[rows] = codes
        self._note(rows)
        return self._paint_cells(rows)

    def hold(self, rows: np.ndarray, held: np.ndarray) -> Change | None:
        """Say of these cells whether they are in hand; return as `recolour` does."""
        self._held[rows] = held
        self._note(rows)
        return self._paint_cells(rows)

    def paint(self) -> None:
        """Write every pixel."""
        height, width = self._mask.shape
        step = max(1, STRIP_PX // max(width, 1))
        for top in range(0, height, step):
            self._paint_box(slice(top, top + step), slice(0, width))

    # -- pixels ------------------------------------------------------------------

    def _paint_cells(self, rows: np.ndarray) -> Change | None:
        cells = self._cells
        painted = int((cells.width[rows].astype(np.int64) * cells.height[rows]).sum())
        many = painted > FEW_PX and painted + BOX_COSTS_PX * len(rows) > self._mask.size
        if many or painted > 0.5 * self._mask.size:
            self.paint()
            return None
        differ = []
        for row in rows.tolist():
            top, left = max(int(cells.top[row]), 0), max(int(cells.left[row]), 0)
            bottom = int(cells.top[row]) + int(cells.height[row])
            right = int(cells.left[row]) + int(cells.width[row])
            box = slice(top, bottom), slice(left, right)
            before = self.pixels[box].copy() if painted <= FEW_PX else None
            self._paint_box(*box)
            if before is not None:
                y, x = np.nonzero(before != self.pixels[box])
                differ.append((y + top, x + left))
        if painted > FEW_PX:
            return None
        y, x = np.concatenate([np.empty((2, 0), np.int64), *differ], axis=1)
        return Change(y, x, self.pixels[y, x])

    def _paint_box(self, rows: slice, columns: slice) -> None:
        pens = self._pens.take(self._mask[rows, columns])
        at = pens * DEPTHS
        at += self._grain[rows, columns]
        codes = self._ink.ravel().take(at)
        if self._dashed.any():
            whole = (codes >= self._n_codes) & (codes != self._extra.casing)
            broken = self._dashed[pens] & ~whole
            if broken.any():
                codes[broken & self._gaps(rows, columns, broken.shape)] = 0
        self.pixels[rows, columns] = codes

    def _gaps(self, rows: slice, columns: slice, shape: tuple[int, ...]) -> np.ndarray:
        """Slanting stripes that stay where they are in the picture."""
        y = np.arange(rows.start, rows.start + shape[0])
        x = np.arange(columns.start, columns.start + shape[1])
        stripes: np.ndarray = np.add.outer(y, x) // (3 * self._lines.thin) % 2 == 1
        return stripes

    # -- pens --------------------------------------------------------------------

    def _note(self, rows: np.ndarray) -> None:
        """Give these cells the pen that draws code and hand; label 0 keeps none."""
        labels = self._cells.mask_label[rows]
        known = (labels > 0) & (labels < len(self._pens))
        pens = self._codes[rows] + self._n_codes * self._held[rows]
        pens = pens + 2 * self._n_codes * self._small[rows]
        self._pens[labels[known]] = pens[known]

    def _mixed(self) -> np.ndarray:
        """(pens, DEPTHS) codes: what each pen writes at each depth.

        Pens: all codes; then for cells in hand; then both again for small cells.
        """
        usual, small = self._lines, self._lines.for_small_cells()
        inks = [self._ink_of(lines) for lines in (usual, small)]
        return np.concatenate(inks).astype(np.min_scalar_type(self._extra.nucleus))

    def _ink_of(self, lines: Lines) -> np.ndarray:
        """(2 n, DEPTHS) codes: free, then in hand."""
        depth = np.arange(DEPTHS)
        of_nucleus = (depth >= NUCLEUS) & (depth < DEEP)
        depth = np.where(of_nucleus, depth - NUCLEUS, depth)
        codes = np.arange(self._n_codes)[:, None]
        case = np.where(self._pale & self._outlines, lines.casing, 0)[:, None]
        reach = case + np.where(self._bold, lines.wide, lines.thin)[:, None]
        reach[0] = case[0] = 0
        filled = np.full_like(reach, DEEP)
        free = np.where(depth <= (reach if self._outlines else filled), codes, 0)
        cased = (depth <= case) | ((depth > reach) & (depth <= reach + case))
        free[cased & (case > 0)] = self._extra.casing
        held = free.copy()
        held[(depth > reach) & (depth <= reach + lines.rim)] = self._extra.light
        inner = (depth > reach + lines.rim) & (depth <= reach + 2 * lines.rim)
        held[inner] = self._extra.dark
        if self._nuclei:
            drawn = of_nucleus & (codes > 0)
            free[drawn & (depth > reach + case)] = self._extra.nucleus
            held[drawn & (depth > reach + 2 * lines.rim)] = self._extra.nucleus
        return np.concatenate([free, held])


def line_codes(n_codes: int) -> LineCodes:
    """The codes of lines, after all codes of classes."""
    return LineCodes(*range(n_codes, n_codes + len(LineCodes._fields)))
