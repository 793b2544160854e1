"""Masks that other programs made: files in, label images out."""

from napari_dinobloom.imaging.foreign.cells import ForeignCells, PictureMasks
from napari_dinobloom.imaging.foreign.opening import (
    file_digest_of,
    find_mask_files,
    looks_like_masks,
    open_masks,
)

__all__ = [
    "ForeignCells",
    "PictureMasks",
    "file_digest_of",
    "find_mask_files",
    "looks_like_masks",
    "open_masks",
]
