"""Rows of numbers per cell: features and map positions, aligned by id."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

import numpy as np

from napari_dinobloom.study.recipe import Recipe

Scaling = Literal["none", "standard"]


def new_revision() -> str:
    """A name for one version of a computed result, unique for ever."""
    return uuid4().hex[:12]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Cell ids with one row of float32 each; may cover a part of the study's cells."""

    cell_ids: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        ids = np.ascontiguousarray(self.cell_ids, dtype=np.int64)
        values = np.ascontiguousarray(self.values, dtype=np.float32)
        if values.ndim != 2 or len(ids) != len(values):
            raise ValueError(f"{len(ids)} cell ids but values of shape {values.shape}")
        # Ascending ids, the usual case, are told apart in a tenth of the time.
        if not (ids[1:] > ids[:-1]).all() and len(np.unique(ids)) != len(ids):
            raise ValueError("a cell id occurs twice")
        object.__setattr__(self, "cell_ids", ids)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.cell_ids)

    def of(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rows of these cells, by id, and which cells have one.

        Returns
        -------
        values
            (n, d) float32, nan where a cell has no row.
        present
            (n,) bool.
        """
        wanted = np.asarray(cell_ids, dtype=np.int64)
        out = np.full((len(wanted), self.values.shape[1]), np.nan, np.float32)
        if not len(self) or not len(wanted):
            return out, np.zeros(len(wanted), bool)
        order = np.argsort(self.cell_ids, kind="stable")
        at = np.searchsorted(self.cell_ids, wanted, sorter=order)
        rows = order[np.minimum(at, len(order) - 1)]
        present = self.cell_ids[rows] == wanted
        out[present] = self.values[rows[present]]
        return out, present


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
    """

    name: str
    feature_names: tuple[str, ...]
    recipe: Recipe
    scaling: Scaling = "none"
    blocks: tuple[Rows, ...] = ()
    revision: str = field(default_factory=new_revision)
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
        """Changes whenever rows are added, or another revision stands."""
        return f"{self.revision}/{len(self)}"

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
    could not be measured takes the mean, a constant one becomes zero.
    """
    out = np.array(values, dtype=np.float32)
    if scaling == "none":
        np.nan_to_num(out, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return out
    out[~np.isfinite(out)] = np.nan
    if not len(out):
        return out
    known = np.isfinite(out)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, out, 0).sum(axis=0, dtype=np.float64) / count
    centred = np.where(known, out - mean, 0.0)
    deviation = np.sqrt((centred**2).sum(axis=0, dtype=np.float64) / count)
    # A deviation at rounding level of the mean is a constant feature, not a tiny scale.
    constant = deviation <= 1e-6 * np.abs(mean)
    return (centred / np.where(constant, np.inf, deviation)).astype(np.float32)
