"""TIFF and OME-TIFF: the first plane as RGB, with the pixel size in µm."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.picture import (
    PictureHeader,
    check_size,
    plausible_pixel_size,
)
from napari_dinobloom.imaging.tiff_tiles import microns_of_svs, reads_by_window

_UM_PER_UNIT = {
    "pm": 1e-6, "nm": 1e-3, "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0,
    "\\u00b5m": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25400.0, "in": 25400.0,
}  # fmt: skip
_UM_PER_TAG_UNIT = {2: 25400.0, 3: 10000.0}
_TURNED = {5, 6, 7, 8}


class MissingCodecError(Exception):
    """The compression needs a codec that tifffile has not got; Pillow may have it."""


def read_tiff_header(path: Path) -> PictureHeader:
    """Size and pixel size of the first plane; may raise what tifffile raises."""
    with tifffile.TiffFile(path) as tiff:
        # larger ones are read by windows, where the file allows it
        return _header(path, tiff, any_size=reads_by_window(tiff.pages[0]))


def read_tiff(path: Path) -> tuple[np.ndarray, float | None, list[str]]:
    """Pixels (H, W) or (H, W, C) of any dtype, pixel size in µm, and notes.

    Of a stack or a series the first plane is read, and a note says so.

    Raises
    ------
    MissingCodecError
        The compression is unknown to this installation of tifffile.
    BadInputError
        Too many pixels, or bytes missing at the end.
    """
    with tifffile.TiffFile(path) as tiff:
        header = _header(path, tiff)
        _check_complete(path, tiff.pages[0])
        try:
            pixels, notes = _first_plane(tiff)
        except ValueError as error:
            if "imagecodecs" in str(error):
                raise MissingCodecError(str(error)) from error
            raise
        page = tiff.pages[0]
        pixels = _upright(_as_light(page, pixels), _orientation(page))
        return pixels, header.pixel_size_um, notes


def _header(
    path: Path, tiff: tifffile.TiffFile, *, any_size: bool = False
) -> PictureHeader:
    page = tiff.pages[0]
    width, height = int(page.imagewidth), int(page.imagelength)
    if not any_size:
        check_size(path, width, height)
    if _orientation(page) in _TURNED:
        width, height = height, width
    return PictureHeader(width, height, plausible_pixel_size(_pixel_size(tiff)))


def _check_complete(path: Path, page: Any) -> None:
    size = path.stat().st_size
    ends = (o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=False))
    if max(ends, default=0) > size:
        raise BadInputError(
            f"{path} is cut short: its pixels should reach beyond its {size} bytes.",
            "Copy the file again from where it came from.",
        )


def _first_plane(tiff: tifffile.TiffFile) -> tuple[np.ndarray, list[str]]:
    """First plane; colour channels stored as planes of their own are put together."""
    series = tiff.series[0]
    lead = [(a, n) for a, n in zip(series.axes, series.shape, strict=True)
            if a not in "YXS"]  # fmt: skip
    planes = math.prod(n for _, n in lead)
    others = len(tiff.series) - 1 + sum(n > 1 for a, n in lead if a != "C")
    notes = ["several pages or planes: only the first is shown"] if others else []
    channels = dict(lead).get("C", 1)
    if planes == 1 or channels == 1 or "S" in series.axes:
        if channels > 1:
            notes.append(f"{channels} channels: only the first is shown")
        return _plane(tiff, series, 0), notes
    if channels not in (3, 4):
        notes.append(f"{channels} channels: only the first is shown")
        return _plane(tiff, series, 0), notes
    at = [a for a, _ in lead].index("C")
    step = math.prod(n for _, n in lead[at + 1 :])
    return np.stack([_plane(tiff, series, i * step) for i in range(3)], axis=-1), notes


def _plane(tiff: tifffile.TiffFile, series: Any, number: int) -> np.ndarray:
    """One (Y, X) or (Y, X, S) plane, decoding as little as the layout allows."""
    if series.dataoffset is None and len(series.pages) > number:
        page = series.pages[number]
        pixels = np.asarray(page.asarray(maxworkers=1))
        axes = page.axes
    else:
        # uncompressed and contiguous: bounded by the file's own length
        pixels, axes = np.asarray(series.asarray(maxworkers=1)), series.axes
        lead = [n for a, n in zip(axes, pixels.shape, strict=True) if a not in "YXS"]
        index = list(np.unravel_index(number, lead)) if lead else []
        pixels = pixels[tuple(index.pop(0) if a not in "YXS" else slice(None)
                              for a in axes)]  # fmt: skip
        axes = "".join(a for a in axes if a in "YXS")
    if axes.startswith("S"):
        pixels = np.moveaxis(pixels, 0, -1)
    return pixels.reshape(pixels.shape[:2] if "S" not in axes else pixels.shape[-3:])


def _as_light(page: Any, pixels: np.ndarray) -> np.ndarray:
    """Palette looked up, and grey where 0 is white turned round."""
    photometric = int(page.photometric)
    if photometric == 3 and page.colormap is not None:
        colours = np.asarray(page.colormap).T  # (levels, 3) uint16
        bits = 8 if colours.max(initial=0) > 255 else 0
        looked_up: np.ndarray = (colours[pixels] >> bits).astype(np.uint8)
        return looked_up
    if photometric == 0:
        return ~pixels if pixels.dtype.kind in "ub" else pixels.max() - pixels
    return pixels


def _orientation(page: Any) -> int:
    tag = page.tags.get("Orientation")
    return int(tag.value) if tag is not None else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in _TURNED:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _pixel_size(tiff: tifffile.TiffFile) -> float | None:
    if tiff.is_ome and tiff.ome_metadata:
        return _ome_pixel_size(tiff.ome_metadata)
    page = tiff.pages[0]
    if tiff.is_svs:
        return microns_of_svs(str(page.description))
    tag = page.tags.get("XResolution")
    if tag is None or not tag.value[0] or not tag.value[1]:
        return None
    per_unit = tag.value[0] / tag.value[1]
    if tiff.is_imagej:
        unit = str((tiff.imagej_metadata or {}).get("unit", ""))
        um = _UM_PER_UNIT.get(unit)
    else:
        unit_tag = page.tags.get("ResolutionUnit")
        um = _UM_PER_TAG_UNIT.get(int(unit_tag.value) if unit_tag is not None else 2)
    return um / per_unit if um is not None else None


def _ome_pixel_size(xml: str) -> float | None:
    """PhysicalSizeX of the first image, in µm."""
    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", xml)
    if pixels is None:
        return None
    size = re.search(r'\bPhysicalSizeX\s*=\s*"([^"]+)"', pixels.group())
    unit = re.search(r'\bPhysicalSizeXUnit\s*=\s*"([^"]+)"', pixels.group())
    um = _UM_PER_UNIT.get(unit.group(1).replace("&#181;", "µ") if unit else "µm")
    if size is None or um is None:
        return None
    try:
        return float(size.group(1)) * um
    except ValueError:
        return None
