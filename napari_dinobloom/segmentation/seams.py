"""The cells of all tiles put into one label image, those on seams once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.tiles import (
    UNIT_PX,
    Box,
    Tile,
    TileCells,
    touches_border,
)

_TAKEN = 0.5  # of a cell that another tile drew already: it is the same cell


@dataclass(frozen=True, slots=True)
class Part:
    """A square of the label image in which nothing will be drawn any more.

    Attributes
    ----------
    top, left
        In pixels of the picture, multiples of `UNIT_PX`.
    labels, nuclei
        (h, w) int32, `UNIT_PX` high and wide or to the picture's edge.
    """

    top: int
    left: int
    labels: np.ndarray
    nuclei: np.ndarray


class Seams:
    """Paints tiles into squares of the picture; gives those away that are finished.

    A cell is new unless half of it lies on cells that were painted before. What two
    cells of different tiles share stays with the first. No pixel has two cells. Memory
    is that of the squares in which a tile to come may still draw: a strip along the
    row of tiles that was painted last.

    Parameters
    ----------
    shape
        Height and width of the picture, pixels.
    tiles
        All that will be painted, in that order.
    """

    def __init__(self, shape: tuple[int, int], tiles: Iterable[Tile]) -> None:
        self._shape = shape
        self._awaited: dict[tuple[int, int], int] = {}
        for tile in tiles:
            for square in _squares(tile.window):
                self._awaited[square] = self._awaited.get(square, 0) + 1
        self._held: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
        self._columns: list[dict[str, np.ndarray]] = []
        self.n_cells = 0
        self.n_twice = 0
        """Cells along seams that two tiles had found."""

    @property
    def held_bytes(self) -> int:
        """Of the squares that are not finished."""
        return sum(a.nbytes + b.nbytes for a, b in self._held.values())

    def paint(self, found: TileCells) -> Iterator[Part]:
        """Add the next tile's cells; yield what is finished with it, if not empty."""
        if len(found):
            self._paint(found)
        yield from self.leave_out(found.tile)

    def leave_out(self, tile: Tile) -> Iterator[Part]:
        """The next tile shows nothing; yield what is finished without it."""
        for square in _squares(tile.window):
            self._awaited[square] -= 1
            if self._awaited[square]:
                continue
            del self._awaited[square]
            if square in self._held:
                labels, nuclei = self._held.pop(square)
                yield Part(*square, labels, np.where(nuclei, labels, 0))

    def columns(self) -> dict[str, np.ndarray]:
        """One row per cell, as `measure` gives it; label i is row i − 1."""
        if not self._columns:
            return {}
        names = self._columns[0]
        joined = {
            name: np.concatenate([some[name] for some in self._columns])
            for name in names
        }
        joined["cut_by_border"] = touches_border(joined, self._shape)
        return joined

    def _paint(self, found: TileCells) -> None:
        top, left, _, _ = found.tile.window
        labels, nuclei = self._window(found.tile.window)
        columns = {name: values.copy() for name, values in found.columns.items()}
        kept = np.zeros(len(found), bool)
        for k in range(len(found)):
            y, x = int(columns["top"][k]) - top, int(columns["left"][k]) - left
            box = (
                slice(y, y + int(columns["height"][k])),
                slice(x, x + int(columns["width"][k])),
            )
            cell = found.labels[box] == k + 1
            free = cell & (labels[box] == 0)
            area, whole = int(free.sum()), int(cell.sum())
            if area <= _TAKEN * whole:
                self.n_twice += 1
                continue
            kept[k] = True
            self.n_cells += 1
            labels[box][free] = self.n_cells
            nucleus = free & found.nuclei[box]
            nuclei[box][nucleus] = True
            if area < whole:
                _measure_again(columns, k, free, nucleus)
        columns = {name: values[kept] for name, values in columns.items()}
        columns["label"] = np.arange(
            self.n_cells - int(kept.sum()) + 1, self.n_cells + 1, dtype=np.int32
        )
        self._columns.append(columns)
        self._put_back(found.tile.window, labels, nuclei)

    def _window(self, window: Box) -> tuple[np.ndarray, np.ndarray]:
        """What is painted there so far."""
        shape = window[2] - window[0], window[3] - window[1]
        both = np.zeros(shape, np.int32), np.zeros(shape, bool)
        for square in _squares(window):
            if square in self._held:
                there, here = _overlap(window, square)
                for whole, held in zip(both, self._held[square], strict=True):
                    whole[there] = held[here]
        return both

    def _put_back(self, window: Box, labels: np.ndarray, nuclei: np.ndarray) -> None:
        for square in _squares(window):
            there, here = _overlap(window, square)
            if square not in self._held:
                if not labels[there].any():
                    continue
                size = (
                    min(UNIT_PX, self._shape[0] - square[0]),
                    min(UNIT_PX, self._shape[1] - square[1]),
                )
                self._held[square] = np.zeros(size, np.int32), np.zeros(size, bool)
            held = self._held[square]
            held[0][here], held[1][here] = labels[there], nuclei[there]


Slices = tuple[slice, slice]


def _squares(window: Box) -> list[tuple[int, int]]:
    """Top and left of the squares that a window touches."""
    top, left = (side // UNIT_PX * UNIT_PX for side in window[:2])
    return [
        (y, x)
        for y in range(top, window[2], UNIT_PX)
        for x in range(left, window[3], UNIT_PX)
    ]


def _overlap(window: Box, square: tuple[int, int]) -> tuple[Slices, Slices]:
    """What they share, in the window and in the square."""
    shared = [
        (max(low, corner), min(high, corner + UNIT_PX))
        for low, high, corner in zip(window[:2], window[2:], square, strict=True)
    ]
    in_window, in_square = (
        tuple(
            slice(low - start, high - start)
            for (low, high), start in zip(shared, starts, strict=True)
        )
        for starts in (window[:2], square)
    )
    return in_window, in_square  # type: ignore[return-value]


def _measure_again(
    columns: dict[str, np.ndarray], k: int, cell: np.ndarray, nucleus: np.ndarray
) -> None:
    """Correct the row of a cell that lost pixels to a neighbour over the seam."""
    rows, across = np.nonzero(cell)
    top, left = columns["top"][k], columns["left"][k]
    columns["y"][k], columns["x"][k] = top + rows.mean(), left + across.mean()
    columns["top"][k], columns["left"][k] = top + rows.min(), left + across.min()
    columns["height"][k] = np.ptp(rows) + 1
    columns["width"][k] = np.ptp(across) + 1
    columns["area_px"][k] = len(rows)
    columns["nucleus_area_px"][k] = nucleus.sum()
