"""The whole cell round a nucleus: rays from the nucleus out to the background."""

import numpy as np
from scipy import ndimage

from napari_dinobloom.encoding.morphology.outline import centroids, ray_samples
from napari_dinobloom.encoding.morphology.raster import (
    COLUMNS,
    CROSS,
    FROM_MIDDLE,
    IN_PLANE,
    ROWS,
    SIDE,
    otsu_thresholds,
)

RAYS = 64
"""Directions in which the border of a cell is sought from its nucleus."""


def find_cells(density: np.ndarray, nucleus: np.ndarray) -> np.ndarray:
    """Whole cell round each nucleus; where there is none, the cell in the middle.

    From the middle of the nucleus a ray goes out in each direction and ends where the
    background begins; the ends are smoothed along the contour, so that a red cell that
    touches in a few directions is left out.

    Parameters
    ----------
    density
        (n, s, s, 3) optical density.
    nucleus
        (n, s, s) bool.

    Returns
    -------
    np.ndarray
        (n, s, s) bool.
    """
    strength = density.sum(axis=-1)
    flat = strength.reshape(len(strength), -1)
    # Capped, so that the threshold parts plasma from cells and not cells from nuclei
    threshold, _, _ = otsu_thresholds(np.minimum(flat, 0.5))
    level = np.clip(0.5 * threshold, 0.04, 0.2)[:, None, None]
    coloured = strength > level
    has_nucleus = np.asarray(nucleus.any(axis=(1, 2)))[:, None, None]
    around = (coloured & _within_reach(coloured, nucleus)) | nucleus
    middle = coloured & (FROM_MIDDLE < 0.4 * SIDE)
    cell = np.where(has_nucleus, around, middle)
    cell = np.asarray(ndimage.binary_opening(cell, CROSS, iterations=2)) | nucleus
    seeds = np.where(has_nucleus, nucleus, FROM_MIDDLE < 0.12 * SIDE)
    return _joined_to(cell, seeds)


def _within_reach(coloured: np.ndarray, nucleus: np.ndarray) -> np.ndarray:
    """What each ray meets before the background, smoothed along the contour."""
    centre = centroids(nucleus)
    radii = np.arange(0, 0.5 * SIDE, 1.0)
    in_nucleus = ray_samples(nucleus, centre, radii, RAYS)
    last = len(radii) - 1 - in_nucleus[:, :, ::-1].argmax(axis=2)
    last = np.where(in_nucleus.any(axis=2), last, 0)
    outside = np.arange(len(radii)) > last[:, :, None]
    ends = outside & ~ray_samples(coloured, centre, radii, RAYS)
    reach = np.where(ends.any(axis=2), ends.argmax(axis=2), len(radii) - 1)
    # Between two lobes a ray meets no nucleus; its neighbours say where the rim begins
    start = ndimage.maximum_filter(last, (1, RAYS // 5), mode="wrap")
    radius = np.sqrt(nucleus.sum(axis=(1, 2)) / np.pi)[:, None]
    rim = np.clip(reach - start, 0, np.clip(0.9 * radius, 0.05 * SIDE, 0.2 * SIDE))
    # A neighbour that touches lengthens some rays; most of the contour says how far
    usual = np.percentile(rim, 60, axis=1, keepdims=True)
    reach = np.minimum(reach, start + np.minimum(rim, 1.5 * usual + 0.02 * SIDE))
    reach = ndimage.median_filter(reach, (1, 7), mode="wrap")
    row = ROWS - np.nan_to_num(centre[0] - (SIDE - 1) / 2)[:, None, None]
    column = COLUMNS - np.nan_to_num(centre[1] - (SIDE - 1) / 2)[:, None, None]
    ray = np.rint(np.arctan2(row, column) * (RAYS / (2 * np.pi))).astype(int) % RAYS
    limit = reach[np.arange(len(reach))[:, None, None], ray]
    within: np.ndarray = np.hypot(row, column) <= limit
    return within


def _joined_to(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Components of the mask that touch a seed, their holes filled."""
    labels, count = ndimage.label(mask, IN_PLANE)
    touched = np.zeros(count + 1, dtype=bool)
    touched[labels[seeds & mask]] = True
    touched[0] = False
    kept = touched[labels]
    holes, _ = ndimage.label(~kept, CROSS)
    open_ends = np.unique(
        np.concatenate(
            [
                holes[:, 0].ravel(),
                holes[:, -1].ravel(),
                holes[:, :, 0].ravel(),
                holes[:, :, -1].ravel(),
            ]
        )
    )
    filled: np.ndarray = kept | ((holes > 0) & ~np.isin(holes, open_ends))
    return filled
