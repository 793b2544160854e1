"""Which pixels are cell and which are glass."""

import numpy as np

from napari_dinobloom.segmentation.optical_density import strength
from napari_dinobloom.segmentation.shapes import ellipses

_SHARE_OF_RED = 0.36  # half of the red cells' level would lose pale ghosts
_SIGMAS = 4.0
_SURELY_STAINED = 3.5  # standard deviations of the glass, over all channels
_ROUND = 0.88  # fullness of a pallor; a gap between three discs has about 0.75
_SLIM = 0.45
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


def red_level(threshold: float) -> float:
    """Density strength of a typical cell, from the threshold that was derived of it."""
    return threshold / _SHARE_OF_RED


def unlike_glass(density: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Pixels that no empty glass looks like, though paler than cells; (H, W) bool."""
    inverse = np.linalg.inv(covariance).astype(np.float32)
    distance = np.einsum("...c,...c", density @ inverse, density)
    darker = density[..., 0] + density[..., 1] + density[..., 2] > 0
    unlike: np.ndarray = (distance > _SURELY_STAINED**2) & darker
    return unlike


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

    holes, count = ndimage.label(~cells)
    if count == 0:
        return cells
    area, axes, fullness = ellipses(holes)
    edge = np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])
    inner = np.ones(count + 1, bool)
    inner[edge] = inner[0] = False
    # A speck of a hole has no shape to speak of; any is filled.
    speck = area <= max(6.0, 0.01 * min(largest_px, 100.0) ** 2)
    rounded = (fullness > _ROUND) & (axes[:, 1] > _SLIM * axes[:, 0])
    close = np.zeros(count + 1, bool)
    close[1:] = speck | (inner[1:] & rounded & (axes[:, 0] <= largest_px))
    filled: np.ndarray = cells | close[holes]
    return filled
