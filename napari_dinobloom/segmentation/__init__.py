"""Finding cells: pictures in, label images out.

`segmenters` is open to other packages through the entry-point group
``napari_dinobloom.segmenters``; the built-in ``smear`` needs no trained weights, and
``cellpose`` is for those who installed the extra and have a network for it.
"""

from collections.abc import Mapping
from typing import Any

from napari_dinobloom.core import Registry
from napari_dinobloom.segmentation.cellpose import CellposeSegmenter
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
segmenters.register("cellpose", CellposeSegmenter)


def ready_segmenter(name: str, parameters: Mapping[str, Any]) -> Segmenter:
    """The named segmenter, after it made sure that it can work.

    Raises
    ------
    UnknownNameError
        If nobody registered it.
    DinoBloomError
        What its own ``require_ready()`` raises, where it has one: absent weights, say.
    """
    built = segmenters.create(name, **parameters)
    check = getattr(built, "require_ready", None)
    if check is not None:
        check()
    return built


def processes_for(segmenter: Segmenter, wanted: int | None) -> int | None:
    """How many processes may run it: one where it says ``in_processes = False``."""
    return wanted if getattr(segmenter, "in_processes", True) else 1


__all__ = [
    "CELL_KINDS",
    "CellposeSegmenter",
    "Parameter",
    "Segmentation",
    "Segmenter",
    "SmearSegmenter",
    "measure",
    "only_unusual",
    "parameters_of",
    "processes_for",
    "ready_segmenter",
    "segmenters",
]
