"""Windows round cells, resized as Pillow's antialiased bilinear filter does it."""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from napari_dinobloom.core import BadInputError

_THREADED_FROM = 64
"""Windows from which threads pay (benchmarks/crops.py); Pillow releases the lock."""


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
    if (sides <= 0).any():
        raise BadInputError("A window's side must be above 0 pixels.")
    crops = np.empty((len(centres), out_px, out_px, 3), dtype=np.uint8)

    def cut(i: int) -> None:
        crops[i] = _window(rgb, centres[i], float(sides[i]), out_px)

    _each(cut, len(centres))
    return crops


def _each(cut: Callable[[int], None], n: int) -> None:
    """Every index once; crops are independent, so threads change nothing in them."""
    workers = min(4, os.cpu_count() or 1)
    if n < _THREADED_FROM or workers == 1:
        for i in range(n):
            cut(i)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(cut, range(n)))


def _window(
    rgb: np.ndarray, centre: np.ndarray, side: float, out_px: int
) -> np.ndarray:
    """One window; only its own pixels are copied, with the filter's support around."""
    support = math.ceil(max(1.0, side / out_px)) + 1
    starts = np.floor(centre - side / 2).astype(int) - support
    stops = np.ceil(centre + side / 2).astype(int) + support
    height, width = rgb.shape[:2]
    if (starts >= 0).all() and stops[0] <= width and stops[1] <= height:
        patch = rgb[starts[1] : stops[1], starts[0] : stops[0]]
    else:
        patch = rgb[
            np.ix_(
                _mirrored(starts[1], stops[1], height),
                _mirrored(starts[0], stops[0], width),
            )
        ]
    left, top = centre - side / 2 - starts
    image = Image.fromarray(np.ascontiguousarray(patch))
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((out_px, out_px), Image.Resampling.BILINEAR, box))


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
