"""Exact nearest neighbours in blocks, never with a table of n × n."""

from collections.abc import Generator
from typing import Literal

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.neighbours.graph import NeighbourGraph
from napari_dinobloom.neighbours.vectors import (
    CellVectors,
    check_features,
    check_metric,
)


def exact_neighbours(
    features: np.ndarray,
    k: int,
    metric: Literal["euclidean", "cosine"] = "euclidean",
    *,
    block: int = 4096,
) -> Generator[Progress, None, NeighbourGraph]:
    """Find each cell's k nearest others, as a search of all pairs in float64 would.

    Matrix products in single precision tell which pairs are too far by more than their
    rounding error; the others are measured in double precision. Cells at the same
    distance are ordered by row. Fewer than k + 1 cells give n - 1 neighbours each.

    Parameters
    ----------
    features
        (n, d) float32, finite.
    k
        Neighbours per cell, without itself.
    metric
        "euclidean", or "cosine" for one minus the cosine.
    block
        Side of the tiles of the product; 4,096² floats are 64 MiB.

    Raises
    ------
    BadInputError
        If a feature is not finite, k < 1 or the metric is unknown.
    """
    check_features(features)
    check_metric(metric)
    if k < 1:
        raise BadInputError(f"k must be at least 1; got {k}.")
    n = len(features)
    k = min(k, max(n - 1, 0))
    if k == 0:
        return NeighbourGraph(
            np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32), metric
        )
    yield Progress(0, n, "Finding neighbours")
    vectors = CellVectors(features, metric)
    slots, keys = np.zeros((n, k), np.int32), np.zeros((n, k))
    borders = np.full(n, np.inf), np.full(n, np.iinfo(np.int64).max)
    lists = (slots, keys, np.zeros(n, np.int32), *borders)
    changed = np.zeros(n, np.bool_)
    for lo in range(0, n, block):
        rows = vectors.rows[lo : lo + block]
        offering = vectors.offering(vectors.rows, rows)
        for start in range(0, n, block):
            others = vectors.rows[start : start + block]
            offering.offer(lists, others, k, changed, exclude_self=True)
            part = len(rows) * (start + len(others)) // n
            yield Progress(lo + part, n, "Finding neighbours")
    distances = keys if metric == "cosine" else np.sqrt(keys)
    return NeighbourGraph(slots, distances.astype(np.float32), metric)
