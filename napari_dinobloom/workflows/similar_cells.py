"""The cells that look most like one cell, or like several."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.study import CellTable, FeatureMatrix

_ROWS_AT_ONCE = 4096
_ROUNDING = 8 * float(np.finfo(np.float32).eps)


@dataclass
class SimilarCells:
    """Searches the features of all cells; what a search needs is kept for the next.

    Features stay where they are: what is to be standardised is standardised block by
    block. Not thread-safe: one worker owns it.

    Parameters
    ----------
    matrix
        Features, perhaps of a part of the cells.
    cells
        Those that may be found.
    """

    matrix: FeatureMatrix
    cells: CellTable
    _centre: np.ndarray | None = field(default=None, repr=False)
    _scale: np.ndarray | None = field(default=None, repr=False)
    _norms: np.ndarray | None = field(default=None, repr=False)
    _here: np.ndarray | None = field(default=None, repr=False)

    def nearest(self, cell_ids: np.ndarray, n: int) -> np.ndarray:
        """The n cells most like the mean of these, nearest first, these left out.

        Distances are Euclidean over the features as the classifier sees them; cells at
        the same distance are ordered by id.

        Parameters
        ----------
        cell_ids
            One cell, or several: "more like these".

        Raises
        ------
        BadInputError
            If none of the cells has features.
        """
        self._prepare()
        rows = self.matrix.rows
        asked = np.flatnonzero(np.isin(rows.cell_ids, np.asarray(cell_ids, np.int64)))
        if not len(asked):
            raise BadInputError(
                f"The cells in hand have no {self.matrix.name} features.",
                "Describe them first on the page Study, or take other cells.",
            )
        target = self._block(asked).astype(np.float64).mean(axis=0)
        far = self._squares(target)
        far[asked] = np.inf
        if self._here is not None:
            far[~self._here] = np.inf
        candidates = _candidates(far, self._margins(target), n)
        squares = np.concatenate(
            [
                np.einsum("ij,ij->i", block, block)
                for block in self._differences(candidates, target)
            ]
            or [np.empty(0)]
        )
        order = np.lexsort((rows.cell_ids[candidates], squares))[:n]
        found: np.ndarray = rows.cell_ids[candidates[order]]
        return found

    def _prepare(self) -> None:
        """Means, deviations and norms, once."""
        if self._norms is not None:
            return
        rows = self.matrix.rows
        if self.matrix.scaling == "standard":
            self._centre, self._scale = _moments(rows.values)
        norms = np.empty(len(rows), np.float32)
        for lo in range(0, len(rows), _ROWS_AT_ONCE):
            part = self._block(slice(lo, lo + _ROWS_AT_ONCE))
            norms[lo : lo + len(part)] = np.einsum("ij,ij->i", part, part)
        self._norms = norms
        self.look_among(self.cells)

    def look_among(self, cells: CellTable) -> None:
        """Find these cells only from now on."""
        self.cells = cells
        rows = self.matrix.rows
        if np.array_equal(rows.cell_ids, cells.cell_id):
            self._here = None
            return
        at = np.searchsorted(cells.cell_id, rows.cell_ids)
        at = np.minimum(at, max(len(cells) - 1, 0))
        none = np.zeros(len(rows), bool)
        self._here = cells.cell_id[at] == rows.cell_ids if len(cells) else none

    def _block(self, which: np.ndarray | slice) -> np.ndarray:
        """(m, d) float32 as the distance wants them: scaled, and without nan."""
        part: np.ndarray = self.matrix.rows.values[which]
        if self._centre is None or self._scale is None:
            return part if np.isfinite(part).all() else _finite(part)
        known = np.isfinite(part)
        centred = np.where(known, part, self._centre) - self._centre
        return np.asarray(centred * self._scale, np.float32)

    def _squares(self, target: np.ndarray) -> np.ndarray:
        """(n,) float32 squared distances, rounded as a product of matrices rounds."""
        assert self._norms is not None  # noqa: S101 - prepared
        values, single = self.matrix.rows.values, target.astype(np.float32)
        plain = self._centre is None
        out = np.empty(len(values), np.float32)
        for lo in range(0, len(values), _ROWS_AT_ONCE):
            which = slice(lo, lo + _ROWS_AT_ONCE)
            part = values[which] if plain else self._block(which)
            out[which] = part @ single
        bad = ~np.isfinite(out)
        if bad.any():
            out[bad] = self._block(np.flatnonzero(bad)) @ single
        out *= -2
        out += self._norms
        out += np.float32(target @ target)
        return out

    def _margins(self, target: np.ndarray) -> np.ndarray:
        """(n,) float32, by how much each squared distance may be wrong."""
        assert self._norms is not None  # noqa: S101 - prepared
        rounding = _ROUNDING * np.sqrt(self.matrix.dimension)
        margins: np.ndarray = self._norms + np.float32(target @ target)
        margins *= np.float32(rounding)
        return margins

    def _differences(
        self, which: np.ndarray, target: np.ndarray
    ) -> Iterator[np.ndarray]:
        for lo in range(0, len(which), _ROWS_AT_ONCE):
            yield self._block(which[lo : lo + _ROWS_AT_ONCE]).astype(float) - target


def similar_cells(
    matrix: FeatureMatrix, cells: CellTable, cell_ids: np.ndarray, n: int
) -> np.ndarray:
    """(≤ n,) int64 ids, nearest first; see `SimilarCells.nearest`."""
    return SimilarCells(matrix, cells).nearest(cell_ids, n)


def of_the_kinds(cells: CellTable, cell_ids: np.ndarray) -> CellTable:
    """The cells of those kinds that these ids are of: like is sought among like."""
    kinds = np.unique(cells.kind[cells.rows_here(np.asarray(cell_ids, np.int64))])
    wanted = np.isin(cells.kind, kinds)
    return cells if wanted.all() else cells.take(wanted)


def _candidates(far: np.ndarray, margins: np.ndarray, n: int) -> np.ndarray:
    """Rows of all that may be among the n nearest, given how wrong ``far`` may be."""
    n = min(n, int(np.isfinite(far).sum()))
    if n < 1:
        return np.empty(0, np.int64)
    border = np.partition(far + margins, n - 1)[n - 1]
    near = (far - margins <= border) & np.isfinite(far)
    return np.asarray(np.flatnonzero(near))


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and one over the deviation per column, as `study.scaled` takes them."""
    count = np.zeros(values.shape[1])
    total = np.zeros(values.shape[1])
    for part in _parts(values):
        known = np.isfinite(part)
        count += known.sum(axis=0)
        total += np.where(known, part, 0).sum(axis=0, dtype=np.float64)
    mean = total / np.maximum(count, 1)
    squares = np.zeros(values.shape[1])
    for part in _parts(values):
        known = np.isfinite(part)
        squares += (np.where(known, part - mean, 0.0) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / np.maximum(count, 1))
    constant = deviation <= 1e-6 * np.abs(mean)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=~constant)
    return mean, scale


def _parts(values: np.ndarray) -> list[np.ndarray]:
    starts = range(0, len(values), _ROWS_AT_ONCE)
    return [values[lo : lo + _ROWS_AT_ONCE] for lo in starts]


def _finite(part: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(part, nan=0.0, posinf=0.0, neginf=0.0))
