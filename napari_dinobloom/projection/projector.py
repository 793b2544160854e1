"""What every projection offers: a map of cells in two dimensions."""

from collections.abc import Generator
from typing import Protocol

import numpy as np

from napari_dinobloom.core import Progress
from napari_dinobloom.neighbours import NeighbourGraph


class Projector(Protocol):
    """Lays cells out in the plane; a frozen value whose fields are its parameters."""

    @property
    def name(self) -> str:
        """Under which it is registered: "umap"."""
        ...

    @property
    def neighbours_needed(self) -> int:
        """How many neighbours per cell the graph must hold; 0 if it needs none."""
        ...

    def project(
        self, features: np.ndarray, graph: NeighbourGraph | None
    ) -> Generator[Progress, None, np.ndarray]:
        """Return (n, 2) float32 coordinates of (n, d) float32 features.

        A projector that needs a graph and is given None computes its own.

        Raises
        ------
        BadInputError
            If a feature is not finite or the graph is of other cells.
        """
        ...
