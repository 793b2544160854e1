"""The outline of each nucleus, told from the cell's own cytoplasm."""

from typing import NamedTuple

import numpy as np

from napari_dinobloom.segmentation.morphology import (
    opened,
    without_holes,
    without_small,
)

_TWO_GROUPS = 0.72  # of the variance between two classes; one Gaussian gives 0.64
_LEAST_LEFT = 0.2  # of the nucleus first found: less is a lobe or a dark clump in it
_SMALLEST_LOBE = 0.03  # in red-cell areas
_SPUR = 0.04  # half the width of a spur or a thread, in red-cell diameters


def outline_nuclei(
    stain: np.ndarray,
    white: np.ndarray,
    nuclei: np.ndarray,
    diameter: float,
    threshold: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Part each white cell into nucleus and cytoplasm by its own two levels of stain.

    The threshold that finds nuclei in a field must lie near the red cells, or pale
    nuclei would be missed; in a cell with blue or granulated cytoplasm it is too low.
    Where a cell does not have two clear levels, its nucleus stays as it was.

    Parameters
    ----------
    stain
        (H, W) nuclear stain.
    white
        (H, W) int32, white cells.
    nuclei
        (H, W) int32, their nuclei as first found, with the same numbers.
    diameter
        Of a red cell, in pixels.
    threshold
        Nuclear stain above which a pixel was called nucleus at first.

    Returns
    -------
    nuclei
        (H, W) int32, within the white cells.
    splits
        (n + 1,) float, nuclear stain at which the nucleus of each cell ends.
    """
    from scipy import ndimage

    result = np.where(nuclei == white, nuclei, 0)
    splits = np.full(int(white.max()) + 1, threshold)
    for k, box in enumerate(ndimage.find_objects(white), start=1):
        if box is None:
            continue
        cell = white[box] == k
        first = (nuclei[box] == k) & cell
        better = _upper_group(stain[box], cell, first, diameter)
        if better is not None:
            window = result[box]
            window[first] = 0
            window[better.mask] = k
            splits[k] = better.edge
    return result.astype(np.int32), splits


class _Upper(NamedTuple):
    """The darker of two groups of pixels, and the stain where it ends."""

    mask: np.ndarray
    edge: float


def _upper_group(
    stain: np.ndarray, cell: np.ndarray, first: np.ndarray, diameter: float
) -> _Upper | None:
    from skimage.filters import threshold_otsu

    values = stain[cell]
    spread = float(values.var())
    if values.size < 20 or spread <= 0 or not first.any():
        return None
    split = float(threshold_otsu(values, nbins=64))
    upper = values > split
    share = float(upper.mean())
    if share in (0.0, 1.0):
        return None
    apart = float(values[upper].mean() - values[~upper].mean())
    if share * (1 - share) * apart**2 < _TWO_GROUPS * spread:
        return None
    mask = cell & (stain > split)
    mask = opened(np.pad(mask, 1), _SPUR * diameter)[1:-1, 1:-1]
    area = np.pi / 4 * diameter**2
    mask = without_small(without_holes(mask) & cell, _SMALLEST_LOBE * area)
    if (mask & first).sum() < _LEAST_LEFT * first.sum():
        return None
    light = _halfway_in_light(values[upper].mean(), values[~upper].mean())
    return _Upper(mask, 0.5 * (split + light))


def _halfway_in_light(dark: float, pale: float) -> float:
    """Nuclear stain where the lens mixes the light of two levels half and half.

    A lens blurs light and not its logarithm, so a dark nucleus seen in density ends
    below the mean of the two; how far below depends on how sharp the lens is. Two
    colours take part in the stain about equally.
    """
    light = 0.5 * (np.exp(-0.5 * float(dark)) + np.exp(-0.5 * float(pale)))
    return float(-2 * np.log(light))
