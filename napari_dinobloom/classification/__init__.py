"""Classes from neighbours: learned at once, judged honestly, counted."""

from napari_dinobloom.classification.knn import IncrementalKNN
from napari_dinobloom.core import Registry

classifiers: Registry[IncrementalKNN] = Registry(
    "classifier", group="napari_dinobloom.classifiers"
)
"""Name → factory taking (n, d) features and parameters by keyword."""

classifiers.register("knn", IncrementalKNN)

__all__ = ["IncrementalKNN", "classifiers"]
