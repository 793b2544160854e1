"""Label images on disk: written so that they are known again, and never searched."""

from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core.new_files import replacing

_SOFTWARE = "napari-dinobloom"


def write_label_image(
    path: Path, labels: np.ndarray, pixel_size_um: float | None
) -> None:
    """One (H, W) int32 label image as deflated TIFF, with its pixel size if known.

    Raises
    ------
    BadInputError
        If it cannot be written.
    """
    import tifffile

    scale: dict[str, Any] = {}
    if pixel_size_um:
        per_cm = 1e4 / pixel_size_um
        scale = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            labels,
            compression="zlib",
            software=_SOFTWARE,
            metadata=None,
            **scale,
        )


def is_label_image(path: Path) -> bool:
    """Whether `write_label_image` made this file."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return bool(page.software == _SOFTWARE and page.dtype == np.int32)
    except (OSError, ValueError, KeyError, IndexError, tifffile.TiffFileError):
        return False
