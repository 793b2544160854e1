"""A cell's measurements beside those of its peers."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.encoding import FeatureMeaning, feature_meanings
from napari_dinobloom.study import FeatureMatrix

MOST_PEERS = 20_000
"""More are sampled evenly: a percentile needs no more, and the answer stays quick."""
FEWEST_PEERS = 10


@dataclass(frozen=True, slots=True)
class FeatureComparison:
    """Every named measurement of a cell, and how it lies among its peers.

    Parameters
    ----------
    matrix
        The encoder.
    meanings
        d names with unit and meaning; empty where columns cannot be read.
    values
        (d,) float32, nan where not measured.
    percentiles
        (d,) float32 in 0 … 100, nan where not measured or without peers.
    n_peers
        How many cells were compared with.
    n_all
        How many there are.
    unusual
        Where columns cannot be read: share of peers, in 0 … 100, that lie nearer to
        their common middle than this cell; nan where there are too few.
    has_row
        Whether the cell was measured at all.
    """

    matrix: str
    meanings: tuple[FeatureMeaning, ...]
    values: np.ndarray
    percentiles: np.ndarray
    n_peers: int
    n_all: int
    unusual: float
    has_row: bool


def compare_features(
    matrix: FeatureMatrix, cell_id: int, peers: np.ndarray
) -> FeatureComparison:
    """Compare a cell with others.

    Parameters
    ----------
    peers
        (n,) int64, ids of the cells to compare with; it may be among them.
    """
    n_all = len(peers)
    if n_all > MOST_PEERS:
        peers = peers[np.linspace(0, n_all - 1, MOST_PEERS).astype(np.int64)]
    at = _rows(matrix, np.append(peers, cell_id))
    has_row = len(at) > 0 and at[-1] >= 0
    others = matrix.values[at[:-1][at[:-1] >= 0]]
    d = matrix.dimension
    own = matrix.values[at[-1]] if has_row else np.full(d, np.nan, np.float32)
    meanings = _meanings(matrix)
    enough = len(others) >= FEWEST_PEERS
    ranks = np.full(d, np.nan, np.float32)
    if meanings and enough and has_row:
        ranks = percentiles(others, own)
    unusual = float("nan")
    if not meanings and enough and has_row:
        unusual = _share_nearer(others, own)
    return FeatureComparison(
        matrix.name, meanings, own, ranks, len(others), n_all, unusual, has_row
    )


def percentiles(others: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(d,) float32: share of (n, d) others below a cell's value, in 0 … 100.

    Equal ones count half; others that were not measured do not count.
    """
    known = np.isfinite(others).sum(axis=0)
    with np.errstate(invalid="ignore"):
        below = (others < own).sum(axis=0) + 0.5 * (others == own).sum(axis=0)
    out = np.full(len(own), np.nan, np.float32)
    some = (known > 0) & np.isfinite(own)
    out[some] = 100 * below[some] / known[some]
    return out


# -- parts -----------------------------------------------------------------------


def _rows(matrix: FeatureMatrix, cell_ids: np.ndarray) -> np.ndarray:
    """(n,) int64 row of each cell, -1 where it has none."""
    known = matrix.cell_ids
    if not len(known):
        return np.full(len(cell_ids), -1, np.int64)
    ascending = bool((known[1:] > known[:-1]).all())
    order = None if ascending else np.argsort(known, kind="stable")
    at = np.searchsorted(known, cell_ids, sorter=order)
    at = np.minimum(at, len(known) - 1)
    rows = at if order is None else order[at]
    return np.where(known[rows] == cell_ids, rows, -1)


def _meanings(matrix: FeatureMatrix) -> tuple[FeatureMeaning, ...]:
    """One per column, or none at all."""
    said = {meaning.name: meaning for meaning in feature_meanings(matrix.name)}
    if not said:
        return ()
    return tuple(
        said.get(name, FeatureMeaning(name, "", "")) for name in matrix.feature_names
    )


def _share_nearer(others: np.ndarray, own: np.ndarray) -> float:
    """Percent of the others that lie nearer to their middle than the cell does."""
    middle = np.nanmean(others, axis=0)
    far = np.sqrt(np.nansum((others - middle) ** 2, axis=1))
    here = float(np.sqrt(np.nansum((own - middle) ** 2)))
    return 100 * float((far < here).mean())
