"""A picture of a smear, and what its file says about itself."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError

MAX_PIXELS = 170_000_000
"""Largest width × height that is opened (13,000 × 13,000), checked before decoding.

Just under the limit at which Pillow refuses; decoded, it is 510 MB.
"""

PLAUSIBLE_PIXEL_SIZE_UM = (0.01, 5.0)
"""Pixel sizes that a microscope makes; a print resolution of 300 dpi is 85 µm."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels of one field.

    Attributes
    ----------
    rgb
        (H, W, 3) uint8.
    pixel_size_um
        Width of a pixel on the smear in µm, or None where the file does not say.
    notes
        What was done to the pixels on the way, one sentence each.
    """

    rgb: np.ndarray
    pixel_size_um: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Size in pixels and pixel size in µm, known without decoding the picture."""

    width: int
    height: int
    pixel_size_um: float | None


def check_size(path: Path, width: int, height: int) -> None:
    """Refuse a picture that has no pixels or more than can be opened safely.

    Raises
    ------
    BadInputError
        Outside 1 … MAX_PIXELS.
    """
    if width < 1 or height < 1:
        raise BadInputError(
            f"{path} declares a size of {width}×{height} pixels.",
            "The file is damaged; export it again from the microscope software.",
        )
    if width * height > MAX_PIXELS:
        raise BadInputError(
            f"{path} declares {width}×{height} pixels; at most "
            f"{MAX_PIXELS // 1_000_000} million are opened as one picture.",
            "Export the region of interest or single fields from the slide.",
        )


def plausible_pixel_size(um: float | None) -> float | None:
    """The pixel size in µm where a microscope could have made it, else None."""
    low, high = PLAUSIBLE_PIXEL_SIZE_UM
    return um if um is not None and low <= um <= high else None
