"""Pictures of every common kind as 8-bit RGB, and errors that name the file."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageOps, UnidentifiedImageError

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.levels import to_eight_bit
from napari_dinobloom.imaging.openslide_file import (
    needs_openslide,
    openslide_header,
    openslide_levels,
)
from napari_dinobloom.imaging.picture import (
    MAX_PIXELS,
    Picture,
    PictureHeader,
    check_size,
    plausible_pixel_size,
)
from napari_dinobloom.imaging.tiff import (
    MissingCodecError,
    read_tiff,
    read_tiff_header,
)

__all__ = [
    "MAX_PIXELS",
    "Picture",
    "PictureHeader",
    "is_picture",
    "read_header",
    "read_picture",
]

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STARTS = (*TIFF_STARTS, b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8")
_ORIENTATION = 0x0112

# What Pillow, zlib and tifffile raise on damaged bytes.
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError,
    AttributeError, ZeroDivisionError, OverflowError, RuntimeError, AssertionError,
    struct.error, zlib.error, tifffile.TiffFileError,
)  # fmt: skip


def read_picture(path: Path) -> Picture:
    """A picture file as 8-bit RGB.

    PNG, JPEG (CMYK too), BMP, GIF, WebP, TIFF and OME-TIFF; what a file is is read from
    its first bytes, not from its name. Grey becomes three equal channels, a palette its
    colours; transparency is dropped, not blended; EXIF and TIFF orientation is applied;
    deeper pixels are scaled by the rule of `levels.to_eight_bit`, except 16-bit colour
    PNG, of which Pillow gives the upper 8 bit. Of a stack the first plane is read.

    Raises
    ------
    BadInputError
        Missing, empty, truncated, damaged, not a picture, or above MAX_PIXELS.
    """
    path = Path(path)
    with blaming(path):
        start = _start(path)
        if needs_openslide(path):
            return _slide_picture(path)
        if start.startswith(TIFF_STARTS):
            return _tiff_picture(path)
        return _pillow_picture(path)


def read_header(path: Path) -> PictureHeader:
    """Width and height as `read_picture` will give them, without decoding.

    Of a PNG that says only behind its pixels that it is turned, this is not known.

    Raises
    ------
    BadInputError
        As for `read_picture`, as far as the header shows it.
    """
    path = Path(path)
    with blaming(path):
        start = _start(path)
        if needs_openslide(path):
            return openslide_header(path)
        if start.startswith(TIFF_STARTS):
            return read_tiff_header(path)
        with _opened(path) as image:
            width, height = image.size
            if _orientation(image) in (5, 6, 7, 8):
                width, height = height, width
            return PictureHeader(width, height, _pixel_size(image))


def is_tiff(path: Path) -> bool:
    """Whether the first bytes are those of a TIFF.

    Raises
    ------
    BadInputError
        If there is nothing to read.
    """
    return _start(path).startswith(TIFF_STARTS)


def is_picture(path: Path) -> bool:
    """Whether the first bytes are those of a picture format that can be read."""
    with path.open("rb") as file:
        start = file.read(12)
    return start.startswith(_STARTS) or (start[:4], start[8:]) == (b"RIFF", b"WEBP")


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises into a message that names the file."""
    try:
        yield
    except BadInputError:
        raise
    except MemoryError as error:
        raise BadInputError(
            f"{path} needs more memory than there is.",
            "Close other programs, or export a smaller region.",
        ) from error
    except _DAMAGE as error:
        raise BadInputError(
            f"{path} is damaged or incomplete and cannot be read ({error}).",
            "Open it in another viewer to check it, then copy or export it again.",
        ) from error


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except FileNotFoundError as error:
        raise BadInputError(
            f"There is no file {path}.",
            "Check the name, or whether a drive is missing.",
        ) from error
    except (PermissionError, IsADirectoryError) as error:
        reason = "a folder" if path.is_dir() else "not readable for you"
        raise BadInputError(
            f"{path} is {reason}.", "Choose a picture file that you may read."
        ) from error
    if not start:
        raise BadInputError(f"{path} is empty (0 bytes).", "Copy or export it again.")
    return start


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The file opened by Pillow, not yet decoded, its size checked."""
    with warnings.catch_warnings():
        # ours is the limit that counts; between Pillow's two it only warns
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise BadInputError(
                f"{path} declares too many pixels ({error}); at most "
                f"{MAX_PIXELS // 1_000_000} million are opened as one picture.",
                "Export the region of interest or single fields from the slide.",
            ) from error
        except UnidentifiedImageError as error:
            raise BadInputError(
                f"{path} is not a picture that can be read.",
                "PNG, JPEG, BMP, GIF, WebP, TIFF and OME-TIFF are.",
            ) from error
    with image:
        check_size(path, *image.size)
        yield image


def _pillow_picture(path: Path) -> Picture:
    with _opened(path) as image:
        notes = ["several pages: only the first is shown"] if _is_stack(image) else []
        pixel_size = _pixel_size(image)
        image.load()
        upright = ImageOps.exif_transpose(image)
        rgb, note = _as_rgb(upright)
    return Picture(rgb, pixel_size, (*notes, *([note] if note else [])))


def _slide_picture(path: Path) -> Picture:
    header = openslide_header(path)
    check_size(path, header.width, header.height)
    return Picture(np.asarray(openslide_levels(path)[0]), header.pixel_size_um)


def _tiff_picture(path: Path) -> Picture:
    try:
        pixels, pixel_size, notes = read_tiff(path)
    except MissingCodecError:
        return _pillow_picture(path)
    pixels, note = to_eight_bit(pixels)
    if pixels.ndim == 2:
        rgb = np.repeat(pixels[..., None], 3, axis=2)
    elif pixels.shape[2] < 3:  # grey, with or without alpha
        rgb = np.repeat(pixels[..., :1], 3, axis=2)
    else:
        rgb = pixels[..., :3]
    notes += [note] if note else []
    return Picture(np.ascontiguousarray(rgb), pixel_size, tuple(notes))


def _as_rgb(image: Image.Image) -> tuple[np.ndarray, str]:
    if image.mode in ("F", "I") or image.mode.startswith("I;16"):
        grey, note = to_eight_bit(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2), note
    note = ""
    if image.mode in ("RGBA", "LA", "PA") and image.getextrema()[-1] != (255, 255):
        note = "transparency dropped"
    # Straight to RGB: Pillow drops alpha without blending.
    return np.array(image.convert("RGB")), note


def _orientation(image: Image.Image) -> int:
    # Asked for EXIF that it has not met yet, a PNG would decode all its pixels.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    return int(image.getexif().get(_ORIENTATION, 1))


def _is_stack(image: Image.Image) -> bool:
    # MPO is how telephones store a JPEG with its preview
    return image.format != "MPO" and getattr(image, "n_frames", 1) > 1


def _pixel_size(image: Image.Image) -> float | None:
    dpi = image.info.get("dpi")
    if not dpi or not dpi[0]:
        return None
    return plausible_pixel_size(25400.0 / float(dpi[0]))
