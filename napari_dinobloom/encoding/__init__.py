"""Cells to vectors: morphology without any download, DinoBloom and RedDino with one."""

from napari_dinobloom.core import Registry
from napari_dinobloom.encoding.morphology import create_morphology
from napari_dinobloom.encoding.protocol import (
    WINDOW_UM,
    CellImages,
    Encoder,
    EncoderInfo,
    FeatureMeaning,
)

encoders: Registry[Encoder] = Registry("encoder", "napari_dinobloom.encoders")
encoders.register("morphology", create_morphology)

__all__ = [
    "WINDOW_UM",
    "CellImages",
    "Encoder",
    "EncoderInfo",
    "FeatureMeaning",
    "encoders",
]
