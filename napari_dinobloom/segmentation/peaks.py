"""Tops of an image, looked for only where there may be some."""

from functools import lru_cache

import numpy as np

_FEW = 3000  # places that are compared with all of their windows at once
_DENSE_STEPS = 6  # of the whole image, before only what still changes is followed


def greatest_around(
    values: np.ndarray, where: np.ndarray, size: tuple[int, ...]
) -> tuple[np.ndarray, ...]:
    """Places whose value no other in the window around them exceeds.

    A filter would ask the whole image; a few comparisons with neighbours leave so
    little that the rest of a large window costs nothing.

    Parameters
    ----------
    values
        (…) float.
    where
        Bool of the same shape, places that are asked.
    size
        Of the window, one length per axis.

    Returns
    -------
    tuple of np.ndarray
        Their indices, as `numpy.nonzero` gives them.
    """
    places = np.unravel_index(np.flatnonzero(where), where.shape)
    lows = [s // 2 for s in size]
    if any(
        len(axis) and (axis.min() < low or axis.max() >= side - low)
        for axis, low, side in zip(places, lows, values.shape, strict=True)
    ):
        values = np.pad(values, [(low, low) for low in lows], constant_values=-np.inf)
    else:
        lows = [0] * len(size)
    values = np.ascontiguousarray(values)
    at = np.ravel_multi_index(
        [axis + low for axis, low in zip(places, lows, strict=True)], values.shape
    )
    flat, kept = values.ravel(), np.arange(len(at))
    top = flat[at]
    steps = np.array(values.strides) // values.itemsize
    offsets = _window(size) @ steps
    while len(offsets):
        # one by one while each takes many away, then all that are left together
        n = 1 if len(at) > _FEW else len(offsets)
        beside = flat[at[:, None] + offsets[:n]].max(1, initial=-np.inf)
        offsets, stay = offsets[n:], top >= beside
        kept, at, top = kept[stay], at[stay], top[stay]
    return tuple(axis[kept] for axis in places)


@lru_cache
def _window(size: tuple[int, ...]) -> np.ndarray:
    """Steps to all places of a window but its middle, the nearest first; (k, axes)."""
    sides = (np.arange(-(s // 2), s - s // 2) for s in size)
    steps = np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, len(size))
    away = np.square(steps).sum(1)
    nearest_first = np.argsort(away, kind="stable")
    return steps[nearest_first[1:]]


def greatest_beside(
    values: np.ndarray, places: tuple[np.ndarray, ...], size: int
) -> np.ndarray:
    """Greatest value in the square window around each of n places; (n,).

    Parameters
    ----------
    values
        (H, W).
    places
        Rows and columns.
    size
        Of the window, pixels.
    """
    low, high = size // 2, size - 1 - size // 2
    wide = np.pad(values, (low, high), mode="edge")
    views = np.lib.stride_tricks.sliding_window_view(wide, (size, size))
    greatest: np.ndarray = views[places].max((1, 2))
    return greatest


def reconstructed(marker: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Grow a marker under a mask until nothing changes (L. Vincent, 10.1109/83.217222).

    Parameters
    ----------
    marker, mask
        (H, W) of one float type, the marker nowhere above the mask.

    Returns
    -------
    np.ndarray
        (H, W), at each pixel the highest level at which a path of neighbours (of
        eight) leads up to a marker without leaving the mask.
    """
    height, width = marker.shape
    level = np.pad(marker, 1, constant_values=-np.inf)
    under = np.pad(mask, 1, constant_values=-np.inf)
    inner = level[1:-1, 1:-1]
    before = inner.copy()
    across = np.empty((height + 2, width), level.dtype)
    for _ in range(_DENSE_STEPS):
        np.copyto(before, inner)
        np.maximum(level[:, :-2], level[:, 2:], out=across)
        np.maximum(across, level[:, 1:-1], out=across)
        np.maximum(across[:-2], across[2:], out=inner)
        np.maximum(inner, across[1:-1], out=inner)
        np.minimum(inner, mask, out=inner)
    rows, columns = np.nonzero(inner != before)
    changed = (rows + 1) * (width + 2) + columns + 1
    flat, most = level.ravel(), under.ravel()
    stride = width + 2
    around = (-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1)
    while len(changed):
        risen = []
        for step in around:
            beside = changed + step
            reached = np.minimum(flat[changed], most[beside])
            higher = reached > flat[beside]
            beside = beside[higher]
            flat[beside] = reached[higher]
            risen.append(beside)
        changed = np.unique(np.concatenate(risen))
    return level[1:-1, 1:-1]
