"""Finding cells: pictures in, label images out.

`segmenters` is open to other packages through the entry-point group
``napari_dinobloom.segmenters``; the built-in ``smear`` needs no trained weights.
"""

from napari_dinobloom.core import Registry
from napari_dinobloom.segmentation.measure import measure
from napari_dinobloom.segmentation.parameters import (
    Parameter,
    only_unusual,
    parameters_of,
)
from napari_dinobloom.segmentation.protocol import (
    CELL_KINDS,
    Segmentation,
    Segmenter,
)
from napari_dinobloom.segmentation.smear import SmearSegmenter

segmenters: Registry[Segmenter] = Registry("segmenter", "napari_dinobloom.segmenters")
segmenters.register("smear", SmearSegmenter)

__all__ = [
    "CELL_KINDS",
    "Parameter",
    "Segmentation",
    "Segmenter",
    "SmearSegmenter",
    "measure",
    "only_unusual",
    "parameters_of",
    "segmenters",
]
