"""Outlines, boxes and masks of single cells, as pixels inside a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from napari_dinobloom.core import BadInputError

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in whole pixels, inside the picture."""
_MOST_CROSSINGS = 50_000_000


class Shape(Protocol):
    """One cell or nucleus, wherever it lies."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Top, left, bottom, right in pixels; may reach beyond the picture."""
        ...

    def pixels(self, window: Box) -> tuple[np.ndarray, bool]:
        """(h, w) bool inside a window, and whether the outline crosses itself."""
        ...


@dataclass(frozen=True, slots=True)
class Polygons:
    """Parts, each an outer ring and its holes; rings are (n, 2) float64 x, y."""

    parts: tuple[tuple[np.ndarray, ...], ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Of all outer rings."""
        corners = np.concatenate([part[0] for part in self.parts])
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        return float(top), float(left), float(bottom), float(right)

    def pixels(self, window: Box) -> tuple[np.ndarray, bool]:
        """Pixels whose centre lies in a part and in none of its holes."""
        top, left, bottom, right = window
        inside = np.zeros((bottom - top, right - left), bool)
        crosses = False
        for outer, *holes in self.parts:
            winding = winding_numbers(outer, window)
            crosses |= bool(
                np.abs(winding).max(initial=0) > 1
                or winding.min(initial=0) < 0 < winding.max(initial=0)
            )
            part = winding != 0
            for hole in holes:
                part &= winding_numbers(hole, window) == 0
            inside |= part
        return inside, crosses


@dataclass(frozen=True, slots=True)
class Ellipse:
    """What a box alone says of a cell: the ellipse that touches its four sides."""

    left: float
    top: float
    width: float
    height: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The box itself."""
        return self.top, self.left, self.top + self.height, self.left + self.width

    def pixels(self, window: Box) -> tuple[np.ndarray, bool]:
        """Pixels whose centre lies in the ellipse."""
        top, left, bottom, right = window
        y = (np.arange(top, bottom) + 0.5 - self.top) / self.height - 0.5
        x = (np.arange(left, right) + 0.5 - self.left) / self.width - 0.5
        return y[:, None] ** 2 + x[None, :] ** 2 <= 0.25, False


@dataclass(frozen=True, slots=True)
class Mask:
    """Pixels that were given as such; (h, w) bool from ``top``, ``left`` on."""

    top: int
    left: int
    mask: np.ndarray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where they lie."""
        height, width = self.mask.shape
        return self.top, self.left, self.top + height, self.left + width

    def pixels(self, window: Box) -> tuple[np.ndarray, bool]:
        """The part of them that lies in the window."""
        top, left, bottom, right = window
        rows = slice(top - self.top, bottom - self.top)
        columns = slice(left - self.left, right - self.left)
        return self.mask[rows, columns], False


def winding_numbers(ring: np.ndarray, window: Box) -> np.ndarray:
    """How often a closed ring runs round the centre of each pixel, with its sense.

    Parameters
    ----------
    ring
        (n, 2) float64 x, y; the last corner is joined to the first. Pixel (row,
        column) covers x … x + 1, y … y + 1, so that an outline along pixel edges
        gives exactly the pixels that it was drawn round.
    window
        Which pixels are asked about.

    Returns
    -------
    np.ndarray
        (h, w) int32; 0 outside.

    Raises
    ------
    BadInputError
        If the outline has so many corners that no cell can have it.
    """
    top, left, bottom, right = window
    turns = np.zeros((bottom - top, right - left + 1), np.int32)
    x0, y0 = ring[:, 0], ring[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    # Rows whose centre an edge passes: half-open, so that a corner counts once.
    first = np.clip(np.ceil(np.minimum(y0, y1) - 0.5), top, bottom).astype(np.int64)
    stop = np.clip(np.ceil(np.maximum(y0, y1) - 0.5), top, bottom).astype(np.int64)
    passed = stop - first
    if passed.sum() > _MOST_CROSSINGS:
        raise BadInputError(f"An outline has {len(ring):,} corners; no cell has.")
    edge = np.repeat(np.arange(len(ring)), passed)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(passed) - passed, passed)
    row += first[edge]
    slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
    x = x0[edge] + (row + 0.5 - y0[edge]) * slope
    column = np.clip(np.ceil(x - 0.5), left, right).astype(np.int64) - left
    np.add.at(turns, (row - top, column), np.where(y1[edge] > y0[edge], 1, -1))
    wound: np.ndarray = np.cumsum(turns, axis=1, dtype=np.int32)[:, :-1]
    return wound


def window_of(shape: Shape, size: tuple[int, int]) -> Box | None:
    """The whole pixels that a shape may touch inside a picture; None outside of it."""
    top, left, bottom, right = np.nan_to_num(np.array(shape.box), posinf=2**40)
    low = np.clip(np.floor([top, left]), 0, size).astype(int)
    high = np.clip(np.ceil([bottom, right]), 0, size).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def reaches_out(shapes: Sequence[Shape], size: tuple[int, int]) -> np.ndarray:
    """(n,) bool: whose box lies a pixel or more beyond the picture's edge."""
    boxes = np.array([shape.box for shape in shapes]).reshape(-1, 4)
    out: np.ndarray = (
        (boxes[:, 0] <= -1)
        | (boxes[:, 1] <= -1)
        | (boxes[:, 2] >= size[0] + 1)
        | (boxes[:, 3] >= size[1] + 1)
    )
    return out
