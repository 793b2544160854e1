"""The plane of greatest variance: fast, linear, the same every time."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.core import Progress
from napari_dinobloom.neighbours import NeighbourGraph, check_features

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class PCA:
    """The first two principal components; exact, without a copy of the features.

    The sign of each component is the one that makes its largest loading positive.
    """

    name = "pca"
    neighbours_needed = 0

    def project(
        self, features: np.ndarray, graph: NeighbourGraph | None = None
    ) -> Generator[Progress, None, np.ndarray]:
        """Return (n, 2) float32 coordinates; directions without variance are 0.

        Parameters
        ----------
        features
            (n, d) float32, finite.
        graph
            Not used.
        """
        check_features(features)
        n, d = features.shape
        if n < 2 or d == 0:
            return np.zeros((n, 2), np.float32)
        mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
        axes = yield from _axes(features, mean)
        coordinates = np.zeros((n, 2), np.float32)
        for lo in range(0, n, _ROWS_AT_ONCE):
            centred = features[lo : lo + _ROWS_AT_ONCE] - mean
            coordinates[lo : lo + len(centred), : axes.shape[1]] = centred @ axes
        return coordinates


def _axes(
    features: np.ndarray, mean: np.ndarray
) -> Generator[Progress, None, np.ndarray]:
    """(d, ≤ 2) float32 directions of greatest variance."""
    n, d = features.shape
    if n < d:
        yield Progress(0, 1, "Finding principal components")
        _, _, rows = np.linalg.svd((features - mean).astype(float), full_matrices=False)
        axes = rows[:2].T
    else:
        covariance = np.zeros((d, d))
        for lo in range(0, n, _ROWS_AT_ONCE):
            yield Progress(lo, n, "Finding principal components")
            centred = features[lo : lo + _ROWS_AT_ONCE] - mean
            covariance += centred.T @ centred
        _, columns = np.linalg.eigh(covariance)
        axes = columns[:, ::-1][:, :2]
    strongest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return (axes * np.where(strongest < 0, -1.0, 1.0)).astype(np.float32)
