"""Windows round cells, resized as Pillow's antialiased bilinear filter does it."""

import math

import numpy as np
from PIL import Image

from napari_dinobloom.core import BadInputError

_WIDEST = 20_000
"""Largest side of a window in pixels: a wrong pixel size must not fill the memory."""


def cut_windows(
    rgb: np.ndarray, centres_xy: np.ndarray, size_px: float, out_px: int
) -> np.ndarray:
    """Square windows round points, resized to one size.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    centres_xy
        (n, 2) float, x and y in pixels; the centre of pixel (0, 0) is (0.5, 0.5).
    size_px
        Side of the window in pixels of the picture, > 0.
    out_px
        Side of each crop in pixels, ≥ 1.

    Returns
    -------
    (n, out_px, out_px, 3) uint8. Beyond the border the picture is mirrored. Smaller
    crops are antialiased: bilinear, its support widened by the reduction.

    Raises
    ------
    BadInputError
        The picture is not RGB of 8 bit, or a number is not finite or not positive.
    """
    centres = np.asarray(centres_xy, dtype=np.float64).reshape(-1, 2)
    sides = np.full(len(centres), float(size_px))
    return _cut(rgb, centres, sides, out_px)


def cut_boxes(
    rgb: np.ndarray, boxes: np.ndarray, margin: float, out_px: int
) -> np.ndarray:
    """Square thumbnails round boxes, undistorted, mirrored at the border.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    boxes
        (n, 4) x, y, width, height in pixels.
    margin
        Added on every side, as a fraction of the box's longer side (0.2 = 20 %).
    out_px
        Side of each thumbnail in pixels.

    Returns
    -------
    (n, out_px, out_px, 3) uint8.

    Raises
    ------
    BadInputError
        As for `cut_windows`.
    """
    boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    sides = boxes[:, 2:].max(axis=1, initial=0.0) * (1.0 + 2.0 * margin)
    return _cut(rgb, boxes[:, :2] + boxes[:, 2:] / 2, sides, out_px)


def resize_picture(rgb: np.ndarray, out_px: int) -> np.ndarray:
    """A picture of one cell squashed to (out_px, out_px, 3) uint8, antialiased."""
    _check(rgb, out_px)
    image = Image.fromarray(np.ascontiguousarray(rgb))
    return np.array(image.resize((out_px, out_px), Image.Resampling.BILINEAR))


def _cut(
    rgb: np.ndarray, centres: np.ndarray, sides: np.ndarray, out_px: int
) -> np.ndarray:
    _check(rgb, out_px)
    if not (np.isfinite(centres).all() and np.isfinite(sides).all()):
        raise BadInputError("A window's place or size is not a finite number.")
    if (sides <= 0).any() or (sides > _WIDEST).any():
        raise BadInputError(
            f"A window's side must be above 0 and at most {_WIDEST} pixels.",
            "Check the pixel size, or the red cells' diameter.",
        )
    # 1/256 px is exact in the single precision in which Pillow takes a box, so that
    # a crop does not depend on where its window's pixels came from
    sides = np.maximum(np.rint(sides * 256), 1) / 256
    corners = np.rint((centres - sides[:, None] / 2) * 256) / 256
    crops = np.empty((len(corners), out_px, out_px, 3), dtype=np.uint8)
    whole, margin = _mirrored_whole(rgb, corners, sides, out_px)
    for i, (corner, side) in enumerate(zip(corners, sides, strict=True)):
        if whole is not None:
            crops[i] = _resized(whole, corner + margin, side, out_px)
        else:
            crops[i] = _resized(*_patch(rgb, corner, side, out_px), side, out_px)
    return crops


def _mirrored_whole(
    rgb: np.ndarray, corners: np.ndarray, sides: np.ndarray, out_px: int
) -> tuple[Image.Image | None, int]:
    """The picture with a mirrored margin wide enough for all windows, and the margin.

    Handing pixels to Pillow costs as much as resizing them: this pays where windows
    cover the picture more than once; else None, and they are handed over one by one.
    """
    if not len(corners):
        return None, 0
    support = _support(sides[:, None], out_px)
    height, width = rgb.shape[:2]
    before = (support - corners).max()
    after = (corners + sides[:, None] + support - (width, height)).max()
    margin = max(0, math.ceil(max(before, after)))
    if (height + 2 * margin) * (width + 2 * margin) > (sides**2).sum():
        return None, 0
    around = ((margin, margin), (margin, margin), (0, 0))
    return Image.fromarray(np.pad(rgb, around, mode="symmetric")), margin


def _patch(
    rgb: np.ndarray, corner: np.ndarray, side: float, out_px: int
) -> tuple[Image.Image, np.ndarray]:
    """A window's own pixels with the filter's support, and its corner on them."""
    support = int(_support(np.array(side), out_px))
    starts = np.floor(corner).astype(int) - support
    stops = np.ceil(corner + side).astype(int) + support
    height, width = rgb.shape[:2]
    if min(starts) >= 0 and stops[0] <= width and stops[1] <= height:
        patch = rgb[starts[1] : stops[1], starts[0] : stops[0]]
    else:
        rows = _mirrored(starts[1], stops[1], height)
        columns = _mirrored(starts[0], stops[0], width)
        patch = rgb[np.ix_(rows, columns)]
    return Image.fromarray(np.ascontiguousarray(patch)), corner - starts


def _resized(
    image: Image.Image, corner: np.ndarray, side: float, out_px: int
) -> np.ndarray:
    left, top = float(corner[0]), float(corner[1])
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((out_px, out_px), Image.Resampling.BILINEAR, box))


def _support(side: np.ndarray, out_px: int) -> np.ndarray:
    """Pixels round a window that the filter looks at."""
    reach: np.ndarray = np.ceil(np.maximum(1.0, side / out_px)) + 1
    return reach


def _mirrored(start: int, stop: int, length: int) -> np.ndarray:
    """Indices start … stop folded back into 0 … length − 1, the rim repeated once."""
    folded = np.arange(start, stop) % (2 * length)
    return np.where(folded < length, folded, 2 * length - 1 - folded)


def _check(rgb: np.ndarray, out_px: int) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise BadInputError(
            f"Crops are cut from (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}.",
            "Read the picture with imaging.read_picture.",
        )
    if out_px < 1:
        raise BadInputError(f"A crop must have at least 1 pixel a side, not {out_px}.")
