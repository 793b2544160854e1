"""Label images on disk: known again, and never searched."""

from pathlib import Path

import numpy as np

from napari_dinobloom.core.label_images import SOFTWARE


def is_label_image(path: Path) -> bool:
    """Whether `core.label_images` wrote this file."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return bool(page.software == SOFTWARE and page.dtype == np.int32)
    except (OSError, ValueError, KeyError, IndexError, tifffile.TiffFileError):
        return False
