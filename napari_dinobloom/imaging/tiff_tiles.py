"""Windows of a tiled TIFF: only the tiles that a window touches are decoded."""

import io
import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.windowed import WindowedLevel

MAX_SIDE = 1_000_000
"""Longest side of a picture that is opened by windows, in pixels."""

_LARGEST_SEGMENT = 64_000_000  # bytes of one decoded tile or strip
_CACHE_BYTES = 48_000_000
_NOT_SCANNED = 255  # a scanner leaves out tiles of empty glass
_GREY, _RGB, _YCBCR = 1, 2, 6
_JPEGS = (6, 7)


class TiffLevel(WindowedLevel):
    """One level of a picture in a file.

    May be used from any thread. Tiles that a scanner left out are white.

    Parameters
    ----------
    path
        The file, for messages.
    page
        Of tifffile; its file may be closed afterwards.
    """

    def __init__(self, path: Path, page: Any) -> None:
        self._path, self._lock = path, threading.Lock()
        self._places = page.dataoffsets, page.databytecounts
        self._compression = int(page.compression)
        self._is_rgb = int(page.photometric) == _RGB
        self._tables = page.jpegtables or b""
        self._decode = None if self._compression in _JPEGS else page.decode
        self.shape = (int(page.imagelength), int(page.imagewidth), 3)
        self.tile_shape = _segment_shape(page)
        self._across = -(-self.shape[1] // self.tile_shape[1])
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()

    def read(self, top: int, left: int, bottom: int, right: int) -> np.ndarray:
        """(bottom − top, right − left, 3) uint8; the window lies inside.

        Raises
        ------
        BadInputError
            If a tile cannot be decoded; the message names the file and the place.
        """
        out = np.empty((max(bottom - top, 0), max(right - left, 0), 3), np.uint8)
        if not out.size:
            return out
        high, wide = self.tile_shape
        for row in range(top // high, (bottom - 1) // high + 1):
            for column in range(left // wide, (right - 1) // wide + 1):
                tile = self._tile(row, column)
                y, x = row * high, column * wide
                t, b = max(top, y), min(bottom, y + tile.shape[0])
                le, r = max(left, x), min(right, x + tile.shape[1])
                out[t - top : b - top, le - left : r - left] = tile[
                    t - y : b - y, le - x : r - x
                ]
        return out

    def _tile(self, row: int, column: int) -> np.ndarray:
        index = row * self._across + column
        with self._lock:
            kept = self._kept.get(index)
            if kept is not None:
                self._kept.move_to_end(index)
                return kept
            try:
                tile = self._decoded(index)
            except Exception as error:
                high, wide = self.tile_shape
                raise _damaged(self._path, column * wide, row * high, error) from error
            self._kept[index] = tile
            most = max(1, _CACHE_BYTES // max(tile.nbytes, 1))
            while len(self._kept) > most:
                self._kept.popitem(last=False)
            return tile

    def _decoded(self, index: int) -> np.ndarray:
        high, wide = self.tile_shape
        row, column = divmod(index, self._across)
        shape = (
            min(high, self.shape[0] - row * high),
            min(wide, self.shape[1] - column * wide),
        )
        offset, count = (values[index] for values in self._places)
        if count == 0:
            return np.full((*shape, 3), _NOT_SCANNED, np.uint8)
        # Opened each time: a file held open could not be moved on Windows.
        with self._path.open("rb") as file:
            file.seek(offset)
            content = file.read(count)
        if len(content) < count:
            raise EOFError(f"{count - len(content)} bytes are missing")
        pixels = self._pixels(content, index)
        if pixels.shape[2] < 3:
            pixels = np.repeat(pixels[..., :1], 3, axis=2)
        return np.ascontiguousarray(pixels[: shape[0], : shape[1], :3])

    def _pixels(self, content: bytes, index: int) -> np.ndarray:
        if self._decode is None:
            return _jpeg(content, self._tables, is_rgb=self._is_rgb)
        pixels = self._decode(content, index)[0]
        if pixels is None:
            raise ValueError("it holds no pixels")
        pixels = np.asarray(pixels)
        return pixels.reshape(pixels.shape[-3:])


def windowed_levels(tiff: tifffile.TiffFile) -> list[Any]:
    """Pages of the first picture from large to small, or [] if windows do not pay."""
    first = tiff.pages[0]
    if not reads_by_window(first):
        return []
    pages = [first]
    pages += [level.pages[0] for level in tiff.series[0].levels[1:]]
    if len(pages) == 1:  # a pyramid whose writer did not call it one
        pages += [series.pages[0] for series in tiff.series[1:]]
    levels = [first]
    for page in pages[1:]:
        page = getattr(page, "keyframe", page) if not hasattr(page, "tags") else page
        zoom = first.imagewidth / max(page.imagewidth, 1)
        same = abs(first.imagelength / zoom - page.imagelength) <= 2
        smaller = page.imagewidth < levels[-1].imagewidth
        if smaller and same and reads_by_window(page):
            levels.append(page)
    return levels


def reads_by_window(page: Any) -> bool:
    """Whether a page is 8-bit colour or grey in parts that are decoded one by one."""
    if page.dtype != np.uint8 or page.samplesperpixel not in (1, 3, 4):
        return False
    if int(page.photometric) not in (_GREY, _RGB, _YCBCR) or page.imagedepth > 1:
        return False
    if page.samplesperpixel > 1 and int(page.planarconfig) != 1:
        return False
    orientation = page.tags.get("Orientation")
    if orientation is not None and int(orientation.value) != 1:
        return False
    high, wide = _segment_shape(page)
    if not high or not wide or high * wide * page.samplesperpixel > _LARGEST_SEGMENT:
        return False
    if not 0 < page.imagewidth <= MAX_SIDE or not 0 < page.imagelength <= MAX_SIDE:
        return False
    n = -(-page.imagelength // high) * -(-page.imagewidth // wide)
    return bool(n == len(page.dataoffsets) == len(page.databytecounts))


def microns_of_svs(description: str) -> float | None:
    """Pixel size in µm that an Aperio scanner wrote, or None."""
    found = re.search(r"\bMPP\s*=\s*([0-9.]+)", description)
    try:
        return float(found.group(1)) if found else None
    except ValueError:
        return None


def _segment_shape(page: Any) -> tuple[int, int]:
    if page.is_tiled:
        return int(page.tilelength), int(page.tilewidth)
    return min(int(page.rowsperstrip), int(page.imagelength)), int(page.imagewidth)


def _jpeg(content: bytes, tables: bytes, *, is_rgb: bool) -> np.ndarray:
    """A JPEG tile by Pillow: tifffile needs another package for it."""
    from PIL import Image

    # FFD8 tables FFD9 and FFD8 picture become one stream. Without the Adobe mark a
    # decoder takes three components for YCbCr.
    mark = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" if is_rgb else b""
    image = Image.open(io.BytesIO(content[:2] + mark + tables[2:-2] + content[2:]))
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _damaged(path: Path, x: int, y: int, error: Exception) -> BadInputError:
    if "imagecodecs" in str(error):
        return BadInputError(
            f"{path} is compressed in a way that needs another package ({error}).",
            "Install it with: pip install imagecodecs",
        )
    return BadInputError(
        f"{path} is damaged at x = {x:,}, y = {y:,} and cannot be read there "
        f"({type(error).__name__}: {error}).",
        "Copy the file again from where it came from, or export it anew.",
    )
