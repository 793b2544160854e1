"""Groups of points that lie densely together: HDBSCAN on the plane of a map."""

import numpy as np

MOST_FITTED = 20_000
"""Beyond these a seeded sample is clustered: time grows with the square."""


def find_clusters(
    coordinates: np.ndarray, fewest: int, *, seed: int = 0, most: int = MOST_FITTED
) -> tuple[np.ndarray, bool]:
    """Clusters by HDBSCAN (doi:10.1007/978-3-642-37456-2_14), the largest first.

    Distances on a map are not distances between cells: a cluster is a suggestion of
    what to look at together, not a class.

    Parameters
    ----------
    coordinates
        (n, 2) float32, finite.
    fewest
        How many points a cluster has at least, of all n, ≥ 2.
    seed
        Of the sample.
    most
        How many points are clustered; a point beyond takes the cluster of the nearest
        one that was, and so may lie between clusters too.

    Returns
    -------
    labels
        (n,) int32 from 0, −1 between clusters.
    sampled
        Whether only a sample was clustered.
    """
    n = len(coordinates)
    sampled = n > most
    if n < 2 * max(fewest, 2):
        return np.full(n, -1, np.int32), False
    if not sampled:
        return _by_size(_hdbscan(coordinates, max(fewest, 2))), False
    from scipy.spatial import cKDTree

    chosen = np.random.default_rng(seed).choice(n, most, replace=False)
    smaller = max(5, round(fewest * most / n))
    labels = _hdbscan(coordinates[chosen], smaller)
    _, nearest = cKDTree(coordinates[chosen]).query(coordinates, workers=-1)
    return _by_size(labels[nearest]), True


def _hdbscan(coordinates: np.ndarray, fewest: int) -> np.ndarray:
    from sklearn.cluster import HDBSCAN

    # few samples make it follow thin strands; many dissolve small clusters
    samples = int(np.clip(fewest // 4, 3, 15))
    made = HDBSCAN(min_cluster_size=fewest, min_samples=samples, copy=True)
    labels: np.ndarray = made.fit_predict(coordinates.astype(np.float64))
    return labels


def _by_size(labels: np.ndarray) -> np.ndarray:
    """(n,) int32, clusters numbered from the largest."""
    out = np.full(len(labels), -1, np.int32)
    inside = labels >= 0
    sizes = np.bincount(labels[inside])
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    out[inside] = rank[labels[inside]]
    return out
