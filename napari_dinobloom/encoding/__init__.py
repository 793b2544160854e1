"""Cells to vectors: morphology without any download, DinoBloom and RedDino with one."""

from napari_dinobloom.encoding.protocol import (
    WINDOW_UM,
    CellImages,
    Encoder,
    EncoderInfo,
    FeatureMeaning,
)

__all__ = ["WINDOW_UM", "CellImages", "Encoder", "EncoderInfo", "FeatureMeaning"]
