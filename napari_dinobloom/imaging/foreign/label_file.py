"""TIFF and PNG files whose pixels are numbers of cells."""

import struct
import zlib
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.picture import check_size
from napari_dinobloom.imaging.reading import TIFF_STARTS

_EXACT = 2**24
"""Whole numbers up to here are exact as 32-bit floating point."""
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError,
    AttributeError, ZeroDivisionError, OverflowError, RuntimeError, AssertionError,
    struct.error, zlib.error,
)  # fmt: skip


def read_labels(path: Path, shape: tuple[int, int]) -> tuple[np.ndarray, str]:
    """The values of a label image that fits a picture, and a remark or "".

    Parameters
    ----------
    shape
        (height, width) of the picture; checked before a pixel is decoded.

    Returns
    -------
    np.ndarray
        (H, W) int64 or smaller.

    Raises
    ------
    BadInputError
        If the file is damaged, of another size, in colour, or holds no whole numbers.
    """
    import tifffile

    try:
        with path.open("rb") as file:
            is_tiff = file.read(4) in TIFF_STARTS
        values = _tiff_values(path, shape) if is_tiff else _png_values(path, shape)
    except BadInputError:
        raise
    except MemoryError as error:
        raise BadInputError(f"{path} needs more memory than there is.") from error
    except (*_DAMAGE, tifffile.TiffFileError) as error:
        raise BadInputError(
            f"{path} cannot be read as a label image ({error}).",
            "TIFF and PNG with one whole number per pixel are read.",
        ) from error
    return as_numbers(path, values)


def as_numbers(path: Path, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Whole numbers out of whatever type they were saved in, and a remark or "".

    Raises
    ------
    BadInputError
        If they are no whole numbers.
    """
    if values.ndim == 3 and values.shape[-1] in (3, 4):
        colours = values[..., :3]
        if not (colours == colours[..., :1]).all():
            raise BadInputError(
                f"{path.name} is in colour; a label image has one number per pixel.",
                "Save the labels themselves, not the picture that shows them.",
            )
        values = colours[..., 0]
    if values.ndim != 2:
        raise BadInputError(
            f"{path.name} has {values.ndim} dimensions {values.shape}; a label image "
            "of a smear has two.",
            "Save a single plane.",
        )
    if values.dtype.kind in "bui":
        if values.dtype == np.uint64 and values.max(initial=0) >= 2**62:
            raise BadInputError(f"{path.name} has values that are too large.")
        whole: np.ndarray = (
            values.astype(np.int64)
            if values.dtype.kind == "b" or (values.dtype == np.uint64)
            else values
        )
        return whole, ""
    if values.dtype.kind == "f":
        fits = np.isfinite(values).all() and (np.abs(values) < _EXACT).all()
        if fits and (values == np.rint(values)).all():
            return values.astype(np.int64), "Its numbers were saved with decimals."
    raise BadInputError(
        f"{path.name} does not hold whole numbers ({values.dtype}): it may be a map of "
        "probabilities or of distances.",
        "Save the labels: 1, 2, 3 … for the cells and 0 for background.",
    )


def require_size(path: Path, found: tuple[int, int], shape: tuple[int, int]) -> None:
    """Refuse masks of another size.

    Raises
    ------
    BadInputError
        If height and width differ from those of the picture.
    """
    if tuple(found) != tuple(shape):
        raise BadInputError(
            f"{path.name} is {found[1]} × {found[0]} pixels; the picture is "
            f"{shape[1]} × {shape[0]}.",
            "Masks have to be as large as the picture, pixel by pixel.",
        )


def _tiff_values(path: Path, shape: tuple[int, int]) -> np.ndarray:
    import tifffile

    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        found = int(page.imagelength), int(page.imagewidth)
        check_size(path, found[1], found[0])
        require_size(path, found, shape)
        series = tiff.series[0]
        others = [n for a, n in zip(series.axes, series.shape, strict=True)
                  if a not in "YXS" and n > 1]  # fmt: skip
        if others or len(tiff.pages) > 1:
            raise BadInputError(
                f"{path.name} holds several planes; which one has the cells is not "
                "known.",
                "Save the plane with the labels as a file of its own.",
            )
        if page.dtype is None or np.dtype(page.dtype).itemsize > 8:
            raise BadInputError(f"{path.name} does not hold whole numbers.")
        return np.asarray(page.asarray(maxworkers=1))


def _png_values(path: Path, shape: tuple[int, int]) -> np.ndarray:
    import warnings

    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=("PNG", "BMP", "GIF"))
        except Image.DecompressionBombError as error:
            raise BadInputError(f"{path} declares too many pixels.") from error
    with image:
        check_size(path, *image.size)
        require_size(path, (image.height, image.width), shape)
        # A palette's colours only show the labels; its numbers are the labels.
        return np.array(image)
