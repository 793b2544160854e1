"""Maps of cells: UMAP and PCA."""

from napari_dinobloom.core import Registry
from napari_dinobloom.projection.pca import PCA
from napari_dinobloom.projection.projector import Projector
from napari_dinobloom.projection.umap import UMAP

projectors: Registry[Projector] = Registry(
    "projector", group="napari_dinobloom.projectors"
)
"""Name → factory taking the projector's parameters by keyword."""

projectors.register("umap", UMAP)
projectors.register("pca", PCA)

__all__ = ["PCA", "UMAP", "Projector", "projectors"]
