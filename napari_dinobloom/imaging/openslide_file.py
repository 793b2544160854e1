"""Slides of scanners whose files are no plain TIFF, by OpenSlide (extra ``wsi``)."""

import threading
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.picture import PictureHeader, plausible_pixel_size
from napari_dinobloom.imaging.windowed import WindowedLevel

SCANNERS = {
    ".mrxs": "3DHISTECH MIRAX",
    ".ndpi": "Hamamatsu NDPI",
    ".bif": "Ventana BIF",
    ".scn": "Leica SCN",
    ".svslide": "Sakura",
}
"""Endings of files that only OpenSlide reads as they are meant."""

MAX_SIDE = 1_000_000
_READ_PX = 4096  # side of what is asked of OpenSlide at once: it gives 4 bytes a pixel
_TILE_PX = 512


def needs_openslide(path: Path) -> bool:
    """Whether a file's ending is that of such a scanner.

    What the file begins with does not tell: a MIRAX slide begins as the JPEG that is
    its preview.
    """
    return path.suffix.lower() in SCANNERS


def openslide_header(path: Path) -> PictureHeader:
    """Size and pixel size of a slide.

    Raises
    ------
    BadInputError
        If OpenSlide is not installed, or cannot read the file.
    """
    slide = _opened(path)
    try:
        return _header(path, slide)
    finally:
        slide.close()


def openslide_levels(path: Path) -> list["OpenSlideLevel"]:
    """A slide from full size to small.

    Raises
    ------
    BadInputError
        As `openslide_header`.
    """
    slide = _opened(path)
    _header(path, slide)
    return [OpenSlideLevel(path, slide, k) for k in range(slide.level_count)]


class OpenSlideLevel(WindowedLevel):
    """One level of a slide. May be used from any thread.

    What was not scanned is white.
    """

    tile_shape = (_TILE_PX, _TILE_PX)

    def __init__(self, path: Path, slide: Any, level: int) -> None:
        self._path, self._slide, self._level = path, slide, level
        self._lock = threading.Lock()
        width, height = slide.level_dimensions[level]
        self._shrink = slide.level_downsamples[level]
        self.shape = (int(height), int(width), 3)

    def read(self, top: int, left: int, bottom: int, right: int) -> np.ndarray:
        """(bottom − top, right − left, 3) uint8; the window lies inside.

        Raises
        ------
        BadInputError
            If the file is damaged there.
        """
        out = np.empty((max(bottom - top, 0), max(right - left, 0), 3), np.uint8)
        for y in range(0, out.shape[0], _READ_PX):
            for x in range(0, out.shape[1], _READ_PX):
                place = out[y : y + _READ_PX, x : x + _READ_PX]
                place[:] = self._region(top + y, left + x, place.shape[:2])
        return out

    def _region(self, top: int, left: int, shape: tuple[int, ...]) -> np.ndarray:
        from PIL import Image

        corner = round(left * self._shrink), round(top * self._shrink)
        try:
            with self._lock:
                size = shape[1], shape[0]
                image = self._slide.read_region(corner, self._level, size)
        except Exception as error:
            raise BadInputError(
                f"{self._path} is damaged at x = {corner[0]:,}, y = {corner[1]:,} and "
                f"cannot be read there ({error}).",
                "Copy the file again from where it came from, or export it anew.",
            ) from error
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image))[..., :3]


def _opened(path: Path) -> Any:
    scanner = SCANNERS.get(path.suffix.lower(), "this scanner's")
    try:
        import openslide
    except (ImportError, OSError) as error:
        raise BadInputError(
            f"{path} is a slide of the kind {scanner}, which needs another package.",
            "Install it with: pip install openslide-python openslide-bin; or export "
            "the slide as OME-TIFF or SVS.",
        ) from error
    if not path.exists():
        raise BadInputError(
            f"There is no file {path}.",
            "Check the name, or whether a drive is missing.",
        )
    try:
        return openslide.OpenSlide(str(path))
    except openslide.OpenSlideError as error:
        beside = f", and the folder {path.stem} beside it" if _has_folder(path) else ""
        raise BadInputError(
            f"{path} cannot be read as a slide of the kind {scanner} ({error}).",
            f"Copy the file again{beside}, or export it as OME-TIFF or SVS.",
        ) from error


def _has_folder(path: Path) -> bool:
    return path.suffix.lower() == ".mrxs"


def _header(path: Path, slide: Any) -> PictureHeader:
    width, height = slide.dimensions
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE:
        raise BadInputError(
            f"{path} declares {width:,} × {height:,} pixels; no side may be longer "
            f"than {MAX_SIDE:,}.",
            "The file is damaged; copy it again, or export a region of it.",
        )
    try:
        um: float | None = float(slide.properties["openslide.mpp-x"])
    except (KeyError, ValueError):
        um = None
    return PictureHeader(width, height, plausible_pixel_size(um))
