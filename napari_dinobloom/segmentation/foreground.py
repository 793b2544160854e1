"""Which pixels are cell and which are glass."""

import numpy as np

from napari_dinobloom.segmentation.optical_density import strength

_SHARE_OF_RED = 0.36  # half of the red cells' level would lose pale ghosts
_SIGMAS = 4.0
_FAINTEST = 0.035  # natural density units: what an eye can still call a cell


def foreground_threshold(
    density: np.ndarray, valid: np.ndarray, glass_covariance: np.ndarray
) -> float:
    """Density strength above which a pixel is cell.

    About a third of the way from glass to the typical cell, and never within four
    standard deviations of the glass.

    Parameters
    ----------
    density
        (H, W, 3) optical density, smoothed.
    valid
        (H, W) bool, the field of view.
    glass_covariance
        (3, 3) of the density of empty glass.

    Returns
    -------
    float
        inf where nothing stands out from the glass.
    """
    values = strength(density)[valid]
    noise = float(np.sqrt(np.trace(glass_covariance)))
    floor = max(_SIGMAS * noise, _FAINTEST)
    stained = values[values > floor]
    if len(stained) == 0:
        return float("inf")
    # A nucleus is far darker than a red cell: the level is taken among the paler half.
    level = float(np.percentile(stained, 40))
    return max(floor, _SHARE_OF_RED * level)


def fill_pallor(cells: np.ndarray, largest_px: float) -> np.ndarray:
    """Close the pale middles of red cells, but not the gaps between cells.

    A pallor is round and convex; a gap between touching cells has concave sides.

    Parameters
    ----------
    cells
        (H, W) bool.
    largest_px
        Diameter in pixels up to which a hole may be a pallor; inf for any.

    Returns
    -------
    np.ndarray
        (H, W) bool.
    """
    from scipy import ndimage
    from skimage.measure import regionprops

    holes, count = ndimage.label(~cells)
    if count == 0:
        return cells
    sizes = np.bincount(holes.ravel())
    edge = np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])
    closed = np.zeros(count + 1, bool)
    area_limit = np.pi / 4 * largest_px**2
    # A speck of a hole has no shape to speak of; any is filled.
    speck = max(6.0, 0.01 * area_limit) if np.isfinite(area_limit) else 6.0
    closed[1:] = sizes[1:] <= speck
    candidates = (sizes <= area_limit) & ~closed
    candidates[edge] = False
    candidates[0] = False
    kept = np.where(candidates[holes], holes, 0)
    for hole in regionprops(kept):
        length = hole.axis_major_length
        roundness = hole.area / (np.pi / 4 * max(length, 1.0) ** 2)
        if hole.solidity > 0.86 and roundness > 0.45 and length <= largest_px:
            closed[hole.label] = True
    closed[0] = False
    filled: np.ndarray = cells | closed[holes]
    return filled
