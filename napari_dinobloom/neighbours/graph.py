"""The one graph of nearest neighbours that map, metrics and queues share."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.core import BadInputError


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """Each cell's k nearest other cells, nearest first.

    Attributes
    ----------
    indices
        (n, k) int32; rows of the neighbours, never the cell itself.
    distances
        (n, k) float32, ascending; ties are in the order of the rows.
    metric
        "euclidean" or "cosine" (one minus the cosine).
    """

    indices: np.ndarray
    distances: np.ndarray
    metric: str

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return len(self.indices)

    @property
    def k(self) -> int:
        """How many neighbours each cell has."""
        return int(self.indices.shape[1])

    def first(self, k: int) -> "NeighbourGraph":
        """Return the graph of the k nearest only.

        Raises
        ------
        BadInputError
            If this graph has fewer.
        """
        if k > self.k:
            raise BadInputError(
                f"The graph holds {self.k} neighbours per cell; {k} were asked for.",
                f"Compute it again with k = {k}.",
            )
        return NeighbourGraph(self.indices[:, :k], self.distances[:, :k], self.metric)
