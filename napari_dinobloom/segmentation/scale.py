"""How large a red cell is in this picture: the ruler for every other step."""

import numpy as np

from napari_dinobloom.segmentation.foreground import fill_pallor, red_level
from napari_dinobloom.segmentation.morphology import (
    depth,
    depth_in_parts,
    grown_in_steps,
    near,
    shrunk_in_steps,
)
from napari_dinobloom.segmentation.outlines import find_edges, outline_diameter
from napari_dinobloom.segmentation.shapes import (
    ellipses,
    greatest,
)

RED_CELL_UM = 7.5  # human erythrocyte on a dried smear (ICSH); the default ruler
_SMALLEST_PX = 6.5  # below this a cell has no shape left; letters have one
_LEAST_OF_NUCLEUS = 0.55  # the smallest red cell beside the largest normal nucleus
_LEAST_ALONE = 0.5  # in red-cell areas: less is no whole cell
_OVAL = 0.96  # fullness of one cell
_SLIMMEST = 0.35  # short over long axis
_FEW = 8
_MANY = 0.5  # of the patches that may be cells
_CLEARLY_LARGER = 1.2
_LARGEST_SHARE = 0.9  # of the shorter side of the picture


def red_cell_diameter(
    strength: np.ndarray,
    threshold: float,
    nuclei: np.ndarray,
    valid: np.ndarray,
    about: float | None = None,
) -> float:
    """Typical diameter of a red cell, in pixels of the masks.

    The size of the round outlines between glass and cells. Where hardly any is seen, as
    in a crop that shows one cell, the largest discs that fit the foreground, read off
    at the peaks of the distance map. Nuclei are taken out before.

    Parameters
    ----------
    strength
        (H, W) float, density strength.
    threshold
        Strength above which a pixel is foreground.
    nuclei
        (H, W) bool, a first guess at the nuclei of white cells.
    valid
        (H, W) bool, the field of view.
    about
        The same, as far as a look at a smaller picture tells.

    Returns
    -------
    float
        nan when nothing has the size and the shape of cells.
    """
    inside = depth_in_parts(nuclei)
    # Nuclei and the cytoplasm they may have: half their own radius around them.
    white = near(nuclei, 0.5 * float(inside.max())) if nuclei.any() else nuclei
    # A rim of the field of view is an edge too.
    inner = shrunk_in_steps(valid, 3)
    edges = find_edges(strength, red_level(threshold), inner & ~white)
    diameter = outline_diameter(edges, valid.shape, about)
    if np.isnan(diameter):
        cells = fill_pallor(valid & (strength > threshold), float("inf"))
        radii = _peak_radii(cells & ~white, valid)
        if radii.size == 0:
            radii = _peak_radii(cells, valid)
        if radii.size == 0:
            return float("nan")
        diameter = 2.0 * _weighted_median(radii, radii)
    cells = fill_pallor(valid & (strength > threshold), diameter)
    without_white = cells & ~white
    if not without_white.any():  # all of one colour: taken for nuclei by mistake
        without_white = cells
    diameter = _of_ovals(without_white, inner, diameter)
    diameter = max(diameter, _LEAST_OF_NUCLEUS * _nucleus_diameter(nuclei, inside))
    if diameter < _SMALLEST_PX or diameter > _LARGEST_SHARE * min(valid.shape):
        return float("nan")
    return float(diameter)


def _of_ovals(cells: np.ndarray, inner: np.ndarray, diameter: float) -> float:
    """Diameter of a disc as large as a typical cell, where most are ovals.

    The outline of an elliptocyte, or of a bird's red cell, is seen as the circles that
    fit its ends. Cells that lie alone and are full ellipses tell how large they are.
    """
    from scipy import ndimage

    alone, count = ndimage.label(cells)
    if count == 0:
        return diameter
    area, axes, fullness = ellipses(alone)
    relative = area / (np.pi / 4 * diameter**2)
    whole = np.ones(count + 1, bool)
    outside = grown_in_steps(np.pad(~inner, 1, constant_values=True), 1)
    whole[alone[outside[1:-1, 1:-1]]] = False
    counted = whole[1:] & (relative > _LEAST_ALONE)
    single = counted & (fullness > _OVAL) & (axes[:, 1] > _SLIMMEST * axes[:, 0])
    if single.sum() < _FEW or single.sum() < _MANY * counted.sum():
        return diameter
    typical = float(np.sqrt(4 / np.pi * np.median(area[single])))
    return typical if typical > _CLEARLY_LARGER * diameter else diameter


def _peak_radii(cells: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Radii of the discs inscribed in the cells that do not touch the border."""
    from scipy import ndimage

    inside = depth(np.pad(cells, 1, mode="edge"))[1:-1, 1:-1]
    smooth = ndimage.gaussian_filter(inside, 1.0)
    peaks = (smooth == ndimage.maximum_filter(smooth, 5)) & (inside >= 2)
    border = depth(np.pad(valid, 1))[1:-1, 1:-1]
    whole = peaks & (border > inside)
    radii = inside[whole]
    if len(radii) < 3:
        radii = inside[peaks]
    # A ridge of a long shape gives many peaks of one radius; a flank gives small ones.
    kept: np.ndarray = radii[radii >= 0.3 * radii.max()] if radii.size else radii
    return kept


def _nucleus_diameter(nuclei: np.ndarray, inside: np.ndarray) -> float:
    """Diameter of the largest disc inside a typical nucleus; 0 without any."""
    from scipy import ndimage

    if not nuclei.any():
        return 0.0
    parts, _ = ndimage.label(nuclei)
    radii = greatest(inside, parts)
    return 2.0 * _weighted_median(radii, radii**2)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
