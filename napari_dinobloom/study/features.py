"""Rows of numbers per cell: features and map positions, aligned by id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

import numpy as np

from napari_dinobloom.study.recipe import Recipe

Scaling = Literal["none", "standard"]
_ROWS_AT_ONCE = 16_384


def new_revision() -> str:
    """A name for one version of a computed result, unique for ever."""
    return uuid4().hex[:12]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Cell ids with one row of float32 each; may cover a part of the study's cells."""

    cell_ids: np.ndarray
    values: np.ndarray
    is_ascending: bool = field(init=False, repr=False)
    """Whether the ids are in order, as they nearly always are: no sorting is needed."""

    def __post_init__(self) -> None:
        ids = np.ascontiguousarray(self.cell_ids, dtype=np.int64)
        values = np.ascontiguousarray(self.values, dtype=np.float32)
        if values.ndim != 2 or len(ids) != len(values):
            raise ValueError(f"{len(ids)} cell ids but values of shape {values.shape}")
        # Ascending ids, the usual case, are told apart in a tenth of the time.
        is_ascending = bool((ids[1:] > ids[:-1]).all())
        if not is_ascending and len(np.unique(ids)) != len(ids):
            raise ValueError("a cell id occurs twice")
        object.__setattr__(self, "is_ascending", is_ascending)
        object.__setattr__(self, "cell_ids", ids)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.cell_ids)

    def of(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of these cells, by id, and which cells have one.

        Returns
        -------
        values
            (n, d) float32, nan where a cell has no row. The very array where these are
            all cells in their order: do not write into it.
        present
            (n,) bool.
        """
        wanted = np.asarray(cell_ids, dtype=np.int64)
        if np.array_equal(wanted, self.cell_ids):
            return self.values, np.ones(len(self), bool)
        rows, present = self.positions(wanted)
        out = np.full((len(wanted), self.values.shape[1]), np.nan, np.float32)
        out[present] = self.values[rows[present]]
        return out, present

    def positions(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """At which rows these cells are.

        Returns
        -------
        rows
            (n,) int64; of no meaning where the cell has no row.
        present
            (n,) bool.
        """
        wanted = np.asarray(cell_ids, dtype=np.int64)
        if not len(self) or not len(wanted):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
        last = len(self) - 1
        if self.is_ascending:
            rows = np.minimum(np.searchsorted(self.cell_ids, wanted), last)
        else:
            order = np.argsort(self.cell_ids, kind="stable")
            at = np.searchsorted(self.cell_ids, wanted, sorter=order)
            rows = order[np.minimum(at, last)]
        return rows, self.cell_ids[rows] == wanted

    def column(self, cell_ids: np.ndarray, j: int) -> np.ndarray:
        """(n,) float32: one column for these cells, nan where a cell has no row."""
        rows, present = self.positions(cell_ids)
        out = np.full(len(rows), np.nan, np.float32)
        out[present] = self.values[rows[present], j]
        return out


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """What an encoder said about each cell: raw values, never scaled in place.

    Parameters
    ----------
    name
        The encoder's name.
    feature_names
        d names, one per column.
    scaling
        "standard": distances want zero mean and unit variance (see `scaled`);
        "none": they are used as they are.
    blocks
        Rows in the order in which they arrived; append with `with_rows`.
    outlines
        Tells apart the same rows read for other outlines; see `by_outline.by_cell`.
    source
        The matrix by outline that this one was read from, or None if this is it.
    """

    name: str
    feature_names: tuple[str, ...]
    recipe: Recipe
    scaling: Scaling = "none"
    blocks: tuple[Rows, ...] = ()
    revision: str = field(default_factory=new_revision)
    outlines: str = ""
    source: "FeatureMatrix | None" = field(default=None, repr=False)
    _joined: list[Rows] = field(default_factory=list, repr=False)

    kind = "features"

    def __len__(self) -> int:
        return sum(len(block) for block in self.blocks)

    @property
    def dimension(self) -> int:
        """d, the number of columns."""
        return len(self.feature_names)

    @property
    def version(self) -> str:
        """Changes with added rows, cells drawn anew, or another revision."""
        return f"{self.revision}/{len(self)}{self.outlines}"

    @property
    def rows(self) -> Rows:
        """All rows as one block; joined when first asked for."""
        if not self._joined:
            self._joined.append(join(self.blocks, self.dimension))
        return self._joined[0]

    @property
    def cell_ids(self) -> np.ndarray:
        """(n,) int64."""
        return self.rows.cell_ids

    @property
    def values(self) -> np.ndarray:
        """(n, d) float32, raw; nan where a feature could not be measured."""
        return self.rows.values

    def without_known(self, rows: Rows) -> Rows:
        """Those of the rows whose cells the matrix does not have yet."""
        known = np.zeros(len(rows), bool)
        for block in self._joined or self.blocks:
            known |= np.isin(rows.cell_ids, block.cell_ids)
        return Rows(rows.cell_ids[~known], rows.values[~known]) if known.any() else rows

    def with_rows(self, rows: Rows) -> "FeatureMatrix":
        """The matrix with further cells, none of which it has; the revision stays."""
        if rows.values.shape[1] != self.dimension:
            raise ValueError(f"{rows.values.shape[1]} columns, not {self.dimension}")
        return replace(self, blocks=(*self.blocks, rows), _joined=[])


def join(blocks: Sequence[Rows], dimension: int) -> Rows:
    """All blocks below each other; of a cell that occurs twice the last row stands."""
    if not blocks:
        return Rows(np.empty(0, np.int64), np.empty((0, dimension), np.float32))
    if len(blocks) == 1:
        return blocks[0]
    ids = np.concatenate([block.cell_ids for block in blocks])
    values = np.concatenate([block.values for block in blocks])
    _, last = np.unique(ids[::-1], return_index=True)
    if len(last) < len(ids):
        keep = np.sort(len(ids) - 1 - last)
        ids, values = ids[keep], values[keep]
    return Rows(ids, values)


def scaled(values: np.ndarray, scaling: Scaling) -> np.ndarray:
    """(n, d) float32 fit for distances: standardised if asked, and without nan.

    Standardising uses these rows' own mean and standard deviation; a feature that
    could not be measured takes the mean, a constant one becomes zero. Where nothing is
    to be changed the array itself is returned: do not write into the result. Beside it
    only blocks of rows take memory.
    """
    if scaling == "none":
        return _without_gaps(values)
    out = np.empty(values.shape, np.float32)
    if not len(out):
        return out
    mean, deviation = _moments(values)
    # A deviation at rounding level of the mean is a constant feature, not a tiny scale.
    constant = deviation <= 1e-6 * np.abs(mean)
    divisor = np.where(constant, np.inf, deviation)
    for part in _parts(values):
        centred = values[part] - mean
        out[part] = np.where(np.isfinite(values[part]), centred, 0.0) / divisor
    return out


def _without_gaps(values: np.ndarray) -> np.ndarray:
    """The same array if it is float32 and finite, else a copy with 0 in the gaps."""
    fit = values.dtype == np.float32 and all(
        np.isfinite(values[part]).all() for part in _parts(values)
    )
    if fit:
        return values
    out = np.array(values, dtype=np.float32)
    for part in _parts(out):
        np.nan_to_num(out[part], copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return out


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(d,) float64 mean and standard deviation of the finite numbers."""
    total, count = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for part in _parts(values):
        known = np.isfinite(values[part])
        count += known.sum(axis=0)
        total += np.where(known, values[part], 0).sum(axis=0, dtype=np.float64)
    count = np.maximum(count, 1)
    mean, squares = total / count, np.zeros(values.shape[1])
    for part in _parts(values):
        known = np.isfinite(values[part])
        squares += (np.where(known, values[part] - mean, 0.0) ** 2).sum(axis=0)
    return mean, np.sqrt(squares / count)


def _parts(values: np.ndarray) -> Iterator[slice]:
    for low in range(0, len(values), _ROWS_AT_ONCE):
        yield slice(low, low + _ROWS_AT_ONCE)
