"""Nearest neighbours: one exact graph, and the vectors it is searched in."""

from napari_dinobloom.neighbours.exact import exact_neighbours
from napari_dinobloom.neighbours.graph import NeighbourGraph
from napari_dinobloom.neighbours.vectors import (
    CellVectors,
    check_features,
    check_metric,
)

__all__ = [
    "CellVectors",
    "NeighbourGraph",
    "check_features",
    "check_metric",
    "exact_neighbours",
]
