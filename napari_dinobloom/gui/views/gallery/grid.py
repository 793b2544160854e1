"""Where each cell of the gallery lies: reckoned, never kept per cell."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

HEADING_PX = 30
PAD = 6
"""Round each picture, for the marks of cells in hand."""
SMALLEST, MARGIN = 48, 4


class Stretch(Protocol):
    """Cells under one heading."""

    title: str
    start: int
    count: int


class Tile(NamedTuple):
    """A square in content coordinates."""

    x: int
    y: int
    side: int


class Grid:
    """Rows of square tiles under headings; y runs down through all the cells.

    Parameters
    ----------
    sections
        Stretches of the order, one after the other.
    width, height
        Of what can be seen, in pixels.
    wished_px
        Side of a picture; it becomes a little larger where tiles fill a row, and not
        larger than what can be seen.
    """

    def __init__(
        self, sections: Sequence[Stretch], width: int, height: int, wished_px: int
    ) -> None:
        self.sections = sections
        room = max(width - 2 * MARGIN, SMALLEST)
        wished = min(wished_px, largest_px(width, height))
        self.columns = max(1, room // (wished + 2 * PAD))
        most = largest_px(width, height) + 2 * PAD
        self.tile = max(SMALLEST, min(room // self.columns, most))
        self._left = MARGIN + (room - self.columns * self.tile) // 2
        self._starts = np.array([s.start for s in sections], np.int64)
        self._counts = np.array([s.count for s in sections], np.int64)
        heads = np.array([HEADING_PX if s.title else 0 for s in sections], np.int64)
        self._rows = -(-self._counts // self.columns)
        bottoms = np.cumsum(heads + self._rows * self.tile)
        self._heads = bottoms - self._rows * self.tile - heads
        self._tops = self._heads + heads
        self.height = int(bottoms[-1]) + MARGIN if len(bottoms) else 0
        self.n = int(self._counts.sum())

    @property
    def picture_px(self) -> int:
        """Side of a picture as it is drawn."""
        return self.tile - 2 * PAD

    def tile_of(self, index: int) -> Tile:
        """Where a cell lies."""
        section = self._section_of(index)
        row, column = divmod(index - int(self._starts[section]), self.columns)
        x = self._left + column * self.tile
        return Tile(x, int(self._tops[section]) + row * self.tile, self.tile)

    def index_at(self, x: int, y: int) -> int:
        """The cell there, or -1."""
        column = (x - self._left) // self.tile
        section = self._section_at(y)
        if section < 0 or not 0 <= column < self.columns or x < self._left:
            return -1
        row = (y - int(self._tops[section])) // self.tile
        place = row * self.columns + column
        if row < 0 or place >= self._counts[section]:
            return -1
        return int(self._starts[section]) + int(place)

    def heading_at(self, y: int) -> int:
        """The section whose heading is there, or -1."""
        section = self._section_at(y)
        return section if section >= 0 and y < self._tops[section] else -1

    def headings(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Sections whose heading can be seen, and its y."""
        for section in self._sections_in(top, bottom):
            if self._heads[section] < self._tops[section]:
                yield section, int(self._heads[section])

    def seen(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Stretches (first, end) of cells of which a part can be seen."""
        yield from self._between(top, bottom, 0, self.columns - 1)

    def inside(self, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """Indices of the cells that a rectangle touches."""
        first = max(0, (left - self._left) // self.tile)
        last = min(self.columns - 1, (right - self._left) // self.tile)
        if first > last:
            return np.empty(0, np.int64)
        parts = [
            np.arange(start, end)
            for start, end in self._between(top, bottom, first, last)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def beside(self, index: int, way: str, rows_per_page: int) -> int:
        """Where a key leads from a cell: "left", "page down", "home" and so on."""
        if not self.n:
            return -1
        if index < 0:
            return self.n - 1 if way == "end" else 0
        if way in ("home", "end"):
            return 0 if way == "home" else self.n - 1
        if way in ("left", "right"):
            return min(max(index + (1 if way == "right" else -1), 0), self.n - 1)
        rows = rows_per_page if way.startswith("page") else 1
        for _ in range(max(1, rows)):
            index = self._up(index) if way.endswith("up") else self._down(index)
        return index

    # -- parts -------------------------------------------------------------------

    def _section_of(self, index: int) -> int:
        return int(np.searchsorted(self._starts, index, side="right")) - 1

    def _section_at(self, y: int) -> int:
        if not len(self._heads) or not 0 <= y < self.height:
            return -1
        return int(np.searchsorted(self._heads, y, side="right")) - 1

    def _sections_in(self, top: int, bottom: int) -> range:
        if not len(self._heads):
            return range(0)
        first = max(0, int(np.searchsorted(self._heads, top, side="right")) - 1)
        return range(first, int(np.searchsorted(self._heads, bottom, side="left")))

    def _between(
        self, top: int, bottom: int, first: int, last: int
    ) -> Iterator[tuple[int, int]]:
        """Stretches of rows between two heights, from one column to another."""
        whole = first == 0 and last == self.columns - 1
        for section in self._sections_in(top, bottom):
            y, start = int(self._tops[section]), int(self._starts[section])
            end = start + int(self._counts[section])
            rows = range(
                max(0, (top - y) // self.tile),
                min(int(self._rows[section]), (bottom - y) // self.tile + 1),
            )
            if not rows:
                continue
            if whole:
                stop = min(start + rows.stop * self.columns, end)
                yield start + rows.start * self.columns, stop
                continue
            for row in rows:
                at = start + row * self.columns
                if at + first < end:
                    yield at + first, min(at + last + 1, end)

    def _down(self, index: int) -> int:
        section = self._section_of(index)
        start, count = int(self._starts[section]), int(self._counts[section])
        place = index - start + self.columns
        if place < count:
            return start + place
        last_row = (count - 1) // self.columns
        if (index - start) // self.columns < last_row:
            return start + count - 1
        if section + 1 == len(self._starts):
            return index
        column = (index - start) % self.columns
        return start + count + min(column, int(self._counts[section + 1]) - 1)

    def _up(self, index: int) -> int:
        section = self._section_of(index)
        start = int(self._starts[section])
        if index - start >= self.columns:
            return index - self.columns
        if section == 0:
            return index
        before = int(self._counts[section - 1])
        last_row = (before - 1) // self.columns * self.columns
        place = min(last_row + (index - start) % self.columns, before - 1)
        return int(self._starts[section - 1]) + place


def largest_px(width: int, height: int) -> int:
    """Side of a picture that fills what can be seen."""
    return max(SMALLEST, min(width - 2 * MARGIN, height) - 2 * PAD)
