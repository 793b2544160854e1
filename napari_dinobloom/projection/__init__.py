"""Maps of cells: UMAP and PCA; new cells on an old map; clusters."""

from napari_dinobloom.core import Registry
from napari_dinobloom.projection.clusters import find_clusters
from napari_dinobloom.projection.pca import PCA
from napari_dinobloom.projection.place import place_beside
from napari_dinobloom.projection.projector import Projector
from napari_dinobloom.projection.umap import UMAP

projectors: Registry[Projector] = Registry(
    "projector", group="napari_dinobloom.projectors"
)
"""Name → factory taking the projector's parameters by keyword."""

projectors.register("umap", UMAP)
projectors.register("pca", PCA)

__all__ = [
    "PCA",
    "UMAP",
    "Projector",
    "find_clusters",
    "place_beside",
    "projectors",
]
