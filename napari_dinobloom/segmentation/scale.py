"""How large a red cell is in this picture: the ruler for every other step."""

import numpy as np

from napari_dinobloom.segmentation.foreground import fill_pallor
from napari_dinobloom.segmentation.shapes import ellipses

RED_CELL_UM = 7.5  # human erythrocyte on a dried smear (ICSH); the default ruler
_SMALLEST_PX = 5.0  # below this a cell has no shape left
_RISES = (
    1.0,
    1.4,
    1.9,
    2.4,
)  # of the foreground threshold, up to the red cells' own level
_LEAST_OF_NUCLEUS = 0.55  # the smallest red cell beside the largest normal nucleus
_LARGEST_SHARE = 0.9  # of the shorter side of the picture


def red_cell_diameter(
    strength: np.ndarray, threshold: float, nuclei: np.ndarray, valid: np.ndarray
) -> float:
    """Typical diameter of a red cell, in pixels of the masks.

    First the round pieces that stand alone at any of several thresholds: in a crowd the
    gaps between cells appear only when the threshold rises. Where few stand alone, the
    largest discs that fit the clumps, read off at the peaks of the distance map. Nuclei
    are taken out and pallors filled before; everything counts by its area, so that
    specks do not outvote cells.

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

    Returns
    -------
    float
        nan when nothing has the size and the shape of cells.
    """
    white = _around_nuclei(nuclei)
    cells = valid & (strength > threshold)
    filled = fill_pallor(cells, float("inf"))
    body = max(float((filled & ~white).sum()), 1.0)
    diameters, areas = np.zeros(0), np.zeros(0)
    count, covered = 0, 0.0
    for rise in _RISES:
        if _stand_alone(count, covered):
            break  # a higher threshold would only add pieces of cells
        higher = fill_pallor(valid & (strength > rise * threshold), float("inf"))
        more, their_areas = _round_pieces(higher & ~white, valid)
        diameters = np.concatenate([diameters, more])
        areas = np.concatenate([areas, their_areas])
        count = max(count, len(more))
        covered = max(covered, their_areas.sum() / body)
    if _stand_alone(count, covered):
        diameter = _weighted_median(diameters, areas)
    else:
        radii = _peak_radii(filled & ~white, valid)
        if radii.size == 0:
            radii = _peak_radii(filled, valid)
        if radii.size == 0:
            return float("nan")
        diameter = 2.0 * _weighted_median(radii, radii)
    diameter = max(diameter, _LEAST_OF_NUCLEUS * _nucleus_diameter(nuclei))
    if diameter < _SMALLEST_PX or diameter > _LARGEST_SHARE * min(cells.shape):
        return float("nan")
    return float(diameter)


def _stand_alone(count: int, covered: float) -> bool:
    """Whether enough pieces stand alone: a good share of the cells, or many."""
    return (count >= 4 and covered > 0.12) or (count >= 12 and covered > 0.015)


def _round_pieces(
    cells: np.ndarray, valid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Diameters and areas of whole, convex, roundish pieces."""
    from scipy import ndimage

    parts, _ = ndimage.label(cells)
    edge = ~valid
    edge[[0, -1]] = edge[:, [0, -1]] = True
    touching = np.unique(parts[ndimage.binary_dilation(edge, iterations=2)])
    area, axes, fullness = ellipses(parts)
    single = (area >= _SMALLEST_PX**2) & (axes[:, 1] > 0.6 * axes[:, 0])
    single &= fullness > 0.955
    single[touching[touching > 0] - 1] = False
    return np.sqrt(4 / np.pi * area[single]), area[single]


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
