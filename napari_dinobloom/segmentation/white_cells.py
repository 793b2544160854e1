"""White cells: the cytoplasm round each nucleus."""

import numpy as np

from napari_dinobloom.segmentation.foreground import fill_pallor
from napari_dinobloom.segmentation.morphology import (
    box_of,
    closed,
    depth,
    grown_in_steps,
    near,
    opened,
    widened,
    without_holes,
)
from napari_dinobloom.segmentation.red_cells import split_red_cells
from napari_dinobloom.segmentation.red_colour import RedColour, red_colour
from napari_dinobloom.segmentation.smear_parameters import REACH

# All lengths in red-cell diameters.
_RED_CORE = 0.2  # radius of the disc that a patch must hold to be a red cell
_RED_RIM = 0.15  # how far a red cell goes on beyond that disc
_PALLOR = 0.65
_NECK = 0.2  # half the width below which a process is no part of a white cell
_BAY = 0.16  # half the width of the bays that are closed
_SLENDER = 0.45  # of a cell's inner radius: half the width of what only leans on it
_UNEVEN = 2.0  # times its usual width, so far may cytoplasm go out on one side
_SLACK = 0.2
_LEANING = 1.5  # what is farther off than a cell is wide can lean on no nucleus
_BEYOND = 1.0  # so much more is looked at, for the shape of what is near
_WRAPPED = 0.3  # share of a red patch's rim on a nucleus that makes it cytoplasm


def grow_cytoplasm(
    density: np.ndarray,
    cells: np.ndarray,
    nuclei: np.ndarray,
    stained: np.ndarray,
    diameter: float,
    reach: float = REACH,
) -> np.ndarray:
    """Give each nucleus its cytoplasm.

    Cytoplasm is what differs from glass, is near a nucleus and is no red cell. Red
    cells are told by the direction of their colour, not its strength, so that a pale
    red cell stays one.

    Parameters
    ----------
    density
        (H, W, 3) optical density, smoothed.
    cells
        (H, W) bool, foreground with the pallors filled.
    nuclei
        (H, W) int32, one number per white cell.
    stained
        (H, W) bool, the foreground and what is paler than any red cell but no glass.
    diameter
        Of a red cell, in pixels.
    reach
        How far cytoplasm may lie from its nucleus, in red-cell diameters.

    Returns
    -------
    np.ndarray
        (H, W) int32, the white cells with the numbers of their nuclei.
    """
    from scipy import ndimage

    result = np.zeros_like(nuclei)
    margin = (max(reach, _LEANING) + _BEYOND) * diameter
    box = box_of(nuclei > 0, int(margin))
    if box is None:
        return result
    shape, nuclei, stained = nuclei.shape, nuclei[box], stained[box]
    away, (rows, columns) = ndimage.distance_transform_edt(
        nuclei == 0, return_indices=True
    )
    far = np.full(shape, np.inf)
    far[box] = away
    colour = _colour_of_red_cells(density, cells, far, diameter, reach)
    red = np.zeros(nuclei.shape, bool)
    if colour is not None:
        red = _red_cells_nearby(density[box], cells[box], away, diameter, colour)
    body = stained & ~red & (away <= reach * diameter)
    body = opened(body | (nuclei > 0), 0.09 * diameter) | (nuclei > 0)
    owner = np.where(body, nuclei[rows, columns], 0)
    free = stained & ~red
    grown = result[box]
    for k, box in enumerate(ndimage.find_objects(owner), start=1):
        if box is None:
            continue
        window = widened(box, round(0.3 * diameter), nuclei.shape)
        nucleus = nuclei[window] == k
        whole = _tidy(owner[window] == k, nucleus, free[window], diameter)
        others = (owner[window] != k) & (owner[window] != 0)
        taken = others | (grown[window] != 0)
        grown[window][(whole & ~taken & ~red[window]) | nucleus] = k
    return result


def _colour_of_red_cells(
    density: np.ndarray,
    cells: np.ndarray,
    away: np.ndarray,
    diameter: float,
    reach: float,
) -> RedColour | None:
    """What cells far from nuclei look like; None where there is hardly any."""
    for distance in (reach, 0.35):
        far = cells & (away > distance * diameter)
        if far.sum() > 0.4 * diameter**2:
            return red_colour(density, far)
    return None


def _red_cells_nearby(
    density: np.ndarray,
    cells: np.ndarray,
    away: np.ndarray,
    diameter: float,
    colour: RedColour,
) -> np.ndarray:
    """Patches with the red cells' colour and of their size; (H, W) bool."""
    alike = cells & (away > 0) & colour.alike(density)
    alike = fill_pallor(alike, _PALLOR * diameter) & (away > 0)
    core = opened(alike, _RED_CORE * diameter)
    patches = alike & near(core, _RED_RIM * diameter)
    red: np.ndarray = patches & ~_wrapped_by_nuclei(patches, away, diameter)
    return red


def _wrapped_by_nuclei(
    patches: np.ndarray, away: np.ndarray, diameter: float
) -> np.ndarray:
    """Patches that lean on a nucleus with much of their rim: eosinophil cytoplasm.

    Eosin colours granules and red cells alike, so here only the shape can tell.
    """
    pieces = split_red_cells(patches & (away <= _LEANING * diameter), diameter)
    count = int(pieces.max())
    rim = (pieces > 0) & grown_in_steps(~patches, 1)
    rims = np.bincount(pieces[rim], minlength=count + 1)
    leaning = rim & (away <= 0.1 * diameter)
    contact = np.bincount(pieces[leaning], minlength=count + 1)
    area = np.bincount(pieces.ravel(), minlength=count + 1) / (diameter**2)
    wrapped = (contact > _WRAPPED * rims) & (area < 1.0) & (rims > 0)
    wrapped[0] = False
    inside: np.ndarray = wrapped[pieces]
    return inside


def _tidy(
    body: np.ndarray, nucleus: np.ndarray, free: np.ndarray, diameter: float
) -> np.ndarray:
    """One piece, holding its nucleus, without bays or whiskers; (h, w) bool.

    Bays are closed where they are stained, and a little where they look like glass.
    """
    whole = _holding(body | nucleus, nucleus)
    whole = closed(whole, 0.3 * _BAY * diameter) | (
        closed(whole, _BAY * diameter) & free
    )
    whole = without_holes(whole)
    whole = _holding(opened(whole, _NECK * diameter) | nucleus, nucleus)
    whole = _without_outgrowths(whole, nucleus, diameter)
    inner = depth(np.pad(whole, 1, mode="edge")).max()
    neck = max(_NECK * diameter, _SLENDER * float(inner))
    return _holding(opened(whole, neck) | nucleus, nucleus)


def _without_outgrowths(
    whole: np.ndarray, nucleus: np.ndarray, diameter: float
) -> np.ndarray:
    """A cell without what goes out much farther than the rest of its cytoplasm.

    A nucleus may lie to one side, so that the rim is far on the other. What is much
    farther still, while most of the rim is near, is a neighbour that leans on the cell.
    """
    from scipy import ndimage

    rim = whole & ~ndimage.binary_erosion(whole)
    away = ndimage.distance_transform_edt(~nucleus)
    usual = float(np.median(away[rim])) if rim.any() else 0.0
    kept: np.ndarray = whole & (away <= _UNEVEN * usual + _SLACK * diameter)
    return kept


def _holding(mask: np.ndarray, nucleus: np.ndarray) -> np.ndarray:
    """The parts of a mask that hold a part of the nucleus."""
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    held = np.unique(parts[nucleus])
    kept: np.ndarray = np.isin(parts, held[held > 0])
    return kept
