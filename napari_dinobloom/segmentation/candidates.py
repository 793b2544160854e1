"""Dark patches that are no nuclei: slivers, dirt, and folds of red cells."""

import numpy as np

from napari_dinobloom.segmentation.morphology import closed, depth_in_parts
from napari_dinobloom.segmentation.red_colour import red_colour, slopes
from napari_dinobloom.segmentation.shapes import ellipses, greatest, means, medians

_FOLD = 0.4  # of the way from red cells' colour to the nuclei's
_LARGEST_FOLD = 1.3  # in red-cell areas: an overlap is smaller than either cell
_ROUND = 0.93  # fullness of a whole nucleus
_SLIM = 0.6
_RAGGED = 0.12  # half the width of the bays in a rim, in red-cell diameters
_GREY = 0.7  # azure-eosin dyes let blue pass; dirt, pointers and ink do not
THINNEST_LOBE = 0.09
"""Inscribed radius, in red-cell diameters."""


def drop_unlike_nuclei(
    lobes: np.ndarray,
    density: np.ndarray,
    stain: np.ndarray,
    cells: np.ndarray,
    far: float,
    diameter: float,
) -> np.ndarray:
    """Take out dirt, which darkens all colours alike, and folds of red cells.

    A fold or an overlap of red cells is dark in the red cells' own colour. How far the
    colour of nuclei is from it differs between stains, so it is compared with the
    candidate farthest off; a nuclear stain beyond ``far`` is believed in any case, and
    so is a round patch larger than a red cell.
    """
    if not lobes.any():
        return lobes
    typical = np.stack([means(density[..., c], lobes) for c in range(3)], 1)
    keep = typical[:, 2] <= _GREY * 0.5 * (typical[:, 0] + typical[:, 1])
    red = cells & (lobes == 0)
    if red.any() and keep.any():
        colour = red_colour(density, red)
        slope = slopes(typical, colour.axis)
        strong = medians(stain, lobes) > far
        candidates = slope[keep & np.isfinite(slope)]
        apart = _FOLD * float(candidates.max()) if candidates.size else 0.0
        keep &= (
            strong
            | _too_large_for_a_fold(lobes, diameter)
            | (slope > max(colour.limit, apart))
        )
    return _renumber(lobes, keep)


def _too_large_for_a_fold(lobes: np.ndarray, diameter: float) -> np.ndarray:
    """Round lobes in which no overlap of two red cells would find room; (n,) bool."""
    from scipy import ndimage

    # Granules lie over the rim of a nucleus and leave it ragged.
    smooth, _ = ndimage.label(closed(lobes > 0, _RAGGED * diameter))
    part = np.zeros(int(lobes.max()) + 1, int)
    part[lobes[lobes > 0]] = smooth[lobes > 0]
    area, axes, fullness = (m[part[1:] - 1] for m in ellipses(smooth))
    rounded = (fullness > _ROUND) & (axes[:, 1] > _SLIM * axes[:, 0])
    large: np.ndarray = rounded & (area > _LARGEST_FOLD * np.pi / 4 * diameter**2)
    return large


def drop_thin(lobes: np.ndarray, diameter: float) -> np.ndarray:
    """Take out slivers: the dark rims of red cells."""
    count = int(lobes.max())
    if count == 0:
        return lobes
    radius = greatest(depth_in_parts(lobes > 0), lobes)
    return _renumber(lobes, radius > THINNEST_LOBE * diameter)


def _renumber(lobes: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Lobes that are kept, numbered 1 … n without a gap; keep is (largest label,)."""
    number = np.concatenate([[0], np.where(keep, np.cumsum(keep), 0)])
    renumbered: np.ndarray = number[lobes]
    return renumbered
