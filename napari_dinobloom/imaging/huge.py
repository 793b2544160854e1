"""Whole slides and stitched mosaics: read by windows, never as one piece."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import tifffile

from napari_dinobloom.imaging.openslide_file import needs_openslide, openslide_levels
from napari_dinobloom.imaging.reading import blaming, is_tiff, read_header, read_picture
from napari_dinobloom.imaging.tiff_tiles import TiffLevel, windowed_levels
from napari_dinobloom.imaging.windowed import WindowedLevel

HUGE_PIXELS = 25_000_000
"""A picture of more pixels is searched, cut and shown by windows (5,000 × 5,000)."""

_GLIMPSE_PX = 64
_ON_SCREEN_PX = 8192
_CHEAP_LEVEL = 64  # pixels of a level per place that are no work to read
_LEAST = 0.7  # of the width that an overview shall have
_STRIP_PX = 16_000_000  # read at once while an overview is made


@dataclass(frozen=True, slots=True)
class HugePicture:
    """A picture that is read by windows.

    Attributes
    ----------
    levels
        From full size to small; each behaves like a (H, W, 3) uint8 array, of which
        slices read a window.
    pixel_size_um
        Of the first level, where the file says it.
    """

    path: Path
    levels: Sequence[np.ndarray | WindowedLevel]
    pixel_size_um: float | None

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the first level."""
        height, width = self.levels[0].shape[:2]
        return int(height), int(width)

    def window(self, top: int, left: int, bottom: int, right: int) -> np.ndarray:
        """(bottom − top, right − left, 3) uint8 of the first level, which it lies in.

        Raises
        ------
        BadInputError
            If the file is damaged there.
        """
        return np.asarray(self.levels[0][top:bottom, left:right])

    def glimpse(self, places: int = 40) -> np.ndarray:
        """(n, m, 3) uint8, the mean colour of little windows on a coarse grid.

        Parameters
        ----------
        places
            Along the longer side.
        """
        height, width = self.shape
        step = max(max(height, width) / places, _GLIMPSE_PX)
        if self.levels[-1].shape[1] * step <= _CHEAP_LEVEL * width:
            return self.overview(step)
        rows = np.arange(step / 2, height, step).astype(int)
        columns = np.arange(step / 2, width, step).astype(int)
        half = _GLIMPSE_PX // 2
        colours = np.empty((len(rows), len(columns), 3), np.uint8)
        for i, y in enumerate(rows.tolist()):
            for j, x in enumerate(columns.tolist()):
                top, left = max(y - half, 0), max(x - half, 0)
                bottom, right = min(y + half, height), min(x + half, width)
                window = self.window(top, left, bottom, right)
                colours[i, j] = window.mean(axis=(0, 1))
        return colours

    def overview(self, shrink: float) -> np.ndarray:
        """The whole picture, 1 / ``shrink`` as large, (h, w, 3) uint8.

        Made from the smallest level that is large enough; with none in the file, all of
        it is read once, strip by strip.
        """
        return np.concatenate(list(self.overview_strips(shrink)))

    def overview_strips(self, shrink: float) -> Iterator[np.ndarray]:
        """`overview` from top to bottom in (k, w, 3) strips."""
        from PIL import Image

        height, width = self.shape
        out_h = max(1, round(height / shrink))
        out_w = max(1, round(width / shrink))
        # a little enlarged is as good, and spares reading all of a larger level
        fitting = [lv for lv in self.levels if lv.shape[1] >= _LEAST * out_w]
        fitting = fitting or list(self.levels[:1])
        level = fitting[-1]
        down, across = level.shape[0] / out_h, level.shape[1]
        step = max(1, int(_STRIP_PX / across / down))
        for top in range(0, out_h, step):
            bottom = min(out_h, top + step)
            first, last = int(top * down), min(level.shape[0], round(bottom * down))
            strip = np.asarray(level[first : max(last, first + 1)])
            image = Image.fromarray(np.ascontiguousarray(strip))
            size = (out_w, bottom - top)
            yield np.asarray(image.resize(size, Image.Resampling.BOX))


def levels_to_show(path: Path) -> Sequence[Any]:
    """A huge picture from full size to one that a screen can hold.

    A file without small levels is read once, and one is made.
    """
    path = Path(path)
    return _levels_to_show(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _levels_to_show(path: Path, key: int) -> Sequence[Any]:
    del key
    picture = open_huge(path)
    longest = max(picture.levels[-1].shape[:2])
    if longest <= _ON_SCREEN_PX:
        return list(picture.levels)
    small = picture.overview(max(picture.shape) / (_ON_SCREEN_PX / 2))
    return [*picture.levels, small]


def is_huge(width: int, height: int) -> bool:
    """Whether a picture of that size is handled by windows."""
    return width * height > HUGE_PIXELS


def open_huge(path: Path, unpacked: Path | None = None) -> HugePicture:
    """Open a picture of any size for reading by windows.

    Tiled TIFF, OME-TIFF and SVS are read where they lie, and so are the slides of other
    scanners where OpenSlide is installed. Anything else (JPEG, PNG, TIFF in one piece)
    is decoded whole, up to `MAX_PIXELS`.

    Parameters
    ----------
    unpacked
        A folder in which a picture that has to be decoded whole is kept as plain
        pixels, so that every process maps the same file.

    Raises
    ------
    BadInputError
        If the file cannot be read, or has more than `MAX_PIXELS` in one piece.
    """
    path = Path(path)
    stat = path.stat() if path.exists() else None
    key = (stat.st_size, stat.st_mtime_ns) if stat else None
    return _opened(path, unpacked, key)


@lru_cache(maxsize=4)
def _opened(path: Path, unpacked: Path | None, key: object) -> HugePicture:
    del key  # another file under the same name is opened anew
    with blaming(path):
        size_um = read_header(path).pixel_size_um
        if needs_openslide(path):
            return HugePicture(path, openslide_levels(path), size_um)
        if is_tiff(path):
            with tifffile.TiffFile(path) as tiff:
                levels = [TiffLevel(path, page) for page in windowed_levels(tiff)]
            if levels:
                return HugePicture(path, levels, size_um)
    if unpacked is None:
        return HugePicture(path, [read_picture(path).rgb], size_um)
    return HugePicture(path, [_unpacked(path, unpacked)], size_um)


def _unpacked(path: Path, folder: Path) -> np.ndarray:
    plain = folder / "unpacked.npy"
    with suppress(OSError, ValueError):
        return _mapped(plain)
    temporary = folder / f".{uuid4().hex[:8]}.npy.part"
    try:
        with temporary.open("wb") as stream:
            np.save(stream, read_picture(path).rgb)
        temporary.replace(plain)
    finally:
        temporary.unlink(missing_ok=True)
    return _mapped(plain)


def _mapped(plain: Path) -> np.ndarray:
    pixels: np.ndarray = np.load(plain, mmap_mode="r", allow_pickle=False)
    return pixels
