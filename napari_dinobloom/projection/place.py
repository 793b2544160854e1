"""New cells on an existing map, beside the cells they resemble; nothing else moves."""

from collections.abc import Generator
from typing import Literal

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.neighbours import check_features

_KNOWN_AT_ONCE = 65_536
_NEW_AT_ONCE = 512
_SPARE = 8
_HALVINGS = 64


def place_beside(
    known: np.ndarray,
    coordinates: np.ndarray,
    new: np.ndarray,
    *,
    n_neighbours: int = 15,
    metric: Literal["euclidean", "cosine"] = "euclidean",
) -> Generator[Progress, None, np.ndarray]:
    """Return (m, 2) float32: each new cell at the weighted mean of its neighbours.

    The weights are those with which UMAP (arXiv 1802.03426) starts its own transform:
    exp(−d/σ), σ such that all but the nearest add up to log₂ k. A new cell that is the
    same as a known one is put on it. The mean always lies among known cells: unlike a
    map drawn anew, this cannot show that new cells are a group of their own.

    Parameters
    ----------
    known
        (n, d) float32 features of the cells on the map, finite, n ≥ 1.
    coordinates
        (n, 2) float32 where they lie.
    new
        (m, d) float32 features of the cells to be placed, finite.
    n_neighbours
        How many of them count; all if there are fewer.
    metric
        As of the map.

    Raises
    ------
    BadInputError
        If there is no known cell or a feature is not finite.
    """
    if not len(known):
        raise BadInputError("There is no cell on the map yet.", "Draw the map first.")
    check_features(known)
    check_features(new)
    k = min(n_neighbours, len(known))
    if metric == "cosine":
        known, new = _unit(known), _unit(new)
    places = np.empty((len(new), 2), np.float32)
    for lo in range(0, len(new), _NEW_AT_ONCE):
        yield Progress(lo, len(new), "Placing new cells")
        part = new[lo : lo + _NEW_AT_ONCE]
        rows, distances = _nearest(known, part, k)
        if metric == "cosine":
            distances = distances**2 / 2  # of unit vectors: one minus the cosine
        weights = neighbour_weights(distances)
        mean = np.einsum("ij,ijc->ic", weights, coordinates[rows].astype(np.float64))
        twin = distances[:, 0] == 0
        mean[twin] = coordinates[rows[twin, 0]]
        places[lo : lo + len(part)] = mean
    return places


def neighbour_weights(distances: np.ndarray) -> np.ndarray:
    """(m, k) float64 rows that add up to one, larger for nearer neighbours.

    Parameters
    ----------
    distances
        (m, k) ascending, not negative.
    """
    given = np.asarray(distances, np.float64)
    k = given.shape[1]
    if k == 1:
        return np.ones_like(given)
    target, others = np.log2(k), given[:, 1:]
    mean = given.mean(axis=1)
    # The sum grows with σ; where it cannot reach the target all count alike.
    low, high = np.zeros(len(given)), np.maximum(1e3 * mean, 1e-12)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        much = _falling(others, middle).sum(axis=1) > target
        high, low = np.where(much, middle, high), np.where(much, low, middle)
    # as UMAP does: no neighbourhood is so steep that one neighbour is all of it
    weights = _falling(given, np.maximum(high, 1e-3 * mean))
    total: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return total


def _falling(distances: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    scale = np.maximum(sigma, np.finfo(np.float64).tiny)[:, None]
    fallen: np.ndarray = np.exp(-np.minimum(distances / scale, 700.0))
    return fallen


def _nearest(
    known: np.ndarray, new: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (m, k) of the nearest known cells and their Euclidean distances, ascending.

    Products in single precision choose a few more than k, differences in double
    precision order them.
    """
    wanted = min(k + _SPARE, len(known))
    rows = np.empty((len(new), 0), np.int64)
    keys = np.empty((len(new), 0), np.float32)
    for lo in range(0, len(known), _KNOWN_AT_ONCE):
        part = known[lo : lo + _KNOWN_AT_ONCE]
        near = np.einsum("ij,ij->i", part, part)[None] - 2 * (new @ part.T)
        here = np.argpartition(near, min(wanted, near.shape[1]) - 1, axis=1)
        here = here[:, :wanted]
        rows = np.hstack([rows, here + lo])
        keys = np.hstack([keys, np.take_along_axis(near, here, axis=1)])
        if keys.shape[1] > wanted:
            best = np.argpartition(keys, wanted - 1, axis=1)[:, :wanted]
            rows = np.take_along_axis(rows, best, axis=1)
            keys = np.take_along_axis(keys, best, axis=1)
    steps = known[rows].astype(np.float64) - new[:, None].astype(np.float64)
    exact = np.sqrt(np.einsum("ijd,ijd->ij", steps, steps))
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return (
        np.take_along_axis(rows, order, axis=1),
        np.take_along_axis(exact, order, axis=1),
    )


def _unit(features: np.ndarray) -> np.ndarray:
    """(n, d) float32 of length one; a cell without direction stays where it is."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.where(length > 0, length, 1)).astype(np.float32)
