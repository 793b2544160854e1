"""The cells of all tiles put into one label image, those on seams once."""

from collections.abc import Iterator

import numpy as np

from napari_dinobloom.segmentation.tiles import TileCells, touches_border

_TAKEN = 0.5  # of a cell that another tile drew already: it is the same cell

_STRIP = 128  # rows given away at once


class Seams:
    """Paints tiles row by row into a band of the picture; gives finished rows away.

    A cell is new unless half of it lies on cells that were painted before. What two
    cells of different tiles share stays with the first. No pixel has two cells, and the
    memory is that of one row of tiles, whatever the picture's height.

    Parameters
    ----------
    shape
        Height and width of the picture, pixels.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._top = 0
        self._labels = np.zeros((0, shape[1]), np.int32)
        self._nuclei = np.zeros((0, shape[1]), bool)
        self._columns: list[dict[str, np.ndarray]] = []
        self.n_cells = 0
        self.n_twice = 0
        """Cells along seams that two tiles had found."""

    def paint(self, found: TileCells) -> None:
        """Add a tile's cells; tiles come row by row."""
        top, left, bottom, right = found.tile.window
        self._reach(bottom)
        inside = slice(top - self._top, bottom - self._top), slice(left, right)
        labels, nuclei = self._labels[inside], self._nuclei[inside]
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

    def finished(self, bottom: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows above ``bottom`` as (k, W) int32 labels and nuclei, few at a time.

        No tile that is still to come may reach there.
        """
        n = bottom - self._top
        if n <= 0:
            return
        held = min(n, len(self._labels))
        for top in range(0, held, _STRIP):
            part = slice(top, min(top + _STRIP, held))
            labels = self._labels[part]
            yield labels, np.where(self._nuclei[part], labels, 0)
        # nothing was painted below: there may be far more of that than memory
        nothing = np.zeros((min(_STRIP, n - held), self._shape[1]), np.int32)
        for top in range(held, n, _STRIP):
            rows = nothing[: min(_STRIP, n - top)]
            yield rows, rows
        self._labels = self._labels[held:].copy()
        self._nuclei = self._nuclei[held:].copy()
        self._top = bottom

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

    def _reach(self, bottom: int) -> None:
        """Make the band as long as that."""
        more = bottom - self._top - len(self._labels)
        if more > 0:
            width = self._shape[1]
            self._labels = np.concatenate(
                [self._labels, np.zeros((more, width), np.int32)]
            )
            self._nuclei = np.concatenate([self._nuclei, np.zeros((more, width), bool)])


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
