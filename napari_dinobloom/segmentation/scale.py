"""How large a red cell is in this picture: the ruler for every other step."""

import numpy as np

from napari_dinobloom.segmentation.foreground import fill_pallor

RED_CELL_UM = 7.5  # human erythrocyte on a dried smear (ICSH); the default ruler
_SMALLEST_PX = 5.0  # below this a cell has no shape left
_LARGEST_SHARE = 0.9  # of the shorter side of the picture


def red_cell_diameter(
    cells: np.ndarray, nuclei: np.ndarray, valid: np.ndarray
) -> float:
    """Typical diameter of a red cell, in pixels of the masks.

    The radius of the largest disc that fits a cell, read off at the peaks of the
    distance map once nuclei are out and pallors are filled. Peaks count by their area,
    so that specks do not outvote cells.

    Parameters
    ----------
    cells
        (H, W) bool, foreground.
    nuclei
        (H, W) bool, a first guess at the nuclei of white cells.
    valid
        (H, W) bool, the field of view.

    Returns
    -------
    float
        nan when nothing has the size and the shape of cells.
    """
    filled = fill_pallor(cells, float("inf"))
    white = _around_nuclei(nuclei)
    radii = _peak_radii(filled & ~white, valid)
    if radii.size == 0:
        radii = _peak_radii(filled, valid)
    if radii.size == 0:
        return float("nan")
    diameter = 2.0 * _weighted_median(radii, radii**2)
    lower = 0.55 * _nucleus_diameter(nuclei)
    diameter = max(diameter, lower)
    if diameter < _SMALLEST_PX or diameter > _LARGEST_SHARE * min(cells.shape):
        return float("nan")
    return float(diameter)


def _around_nuclei(nuclei: np.ndarray) -> np.ndarray:
    """Nuclei and the cytoplasm they may have: half their own radius around them."""
    from scipy import ndimage

    if not nuclei.any():
        return nuclei
    inside = ndimage.distance_transform_edt(nuclei)
    reach = 0.5 * float(inside.max())
    grown: np.ndarray = ndimage.distance_transform_edt(~nuclei) <= reach
    return grown


def _peak_radii(cells: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Radii of the discs inscribed in the cells that do not touch the border."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(np.pad(cells, 1, mode="edge"))
    inside = inside[1:-1, 1:-1]
    smooth = ndimage.gaussian_filter(inside, 1.0)
    peaks = (smooth == ndimage.maximum_filter(smooth, 5)) & (inside >= 2)
    border = ndimage.distance_transform_edt(np.pad(valid, 1))[1:-1, 1:-1]
    whole = peaks & (border > inside)
    radii = inside[whole]
    if len(radii) < 3:
        radii = inside[peaks]
    # A ridge of a long shape gives many peaks of one radius; a flank gives small ones.
    kept: np.ndarray = radii[radii >= 0.3 * radii.max()] if radii.size else radii
    return kept


def _nucleus_diameter(nuclei: np.ndarray) -> float:
    """Diameter of the largest disc inside a typical nucleus; 0 without any."""
    from scipy import ndimage

    if not nuclei.any():
        return 0.0
    inside = ndimage.distance_transform_edt(nuclei)
    parts, count = ndimage.label(nuclei)
    radii = ndimage.maximum(inside, parts, np.arange(1, count + 1))
    return 2.0 * float(_weighted_median(np.asarray(radii), np.asarray(radii) ** 2))


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
