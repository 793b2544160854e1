"""From windows to optical density, and to the nucleus and cytoplasm of each cell."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from napari_dinobloom.encoding.morphology.outline import distance_inside
from napari_dinobloom.encoding.protocol import CellImages

SIDE = 128
"""Side to which each window is resized before it is measured, in px."""

IN_PLANE = np.zeros((3, 3, 3), dtype=bool)
IN_PLANE[1] = True
"""Neighbourhood that joins pixels of one cell and never two cells of a stack."""

_ROWS, _COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float32) - (SIDE - 1) / 2
_FROM_MIDDLE = np.hypot(_ROWS, _COLUMNS)


@dataclass(frozen=True, slots=True)
class Regions:
    """Optical density of each window, and which pixels are nucleus and which cytoplasm.

    Parameters
    ----------
    density
        (n, SIDE, SIDE, 3) float32 optical density above the window's background.
    nucleus, cell
        (n, SIDE, SIDE) bool; the cell includes its nucleus. A cell in which no
        nucleus stands out has an empty one.
    um_per_px
        (n,) float64 µm per resized pixel; nan if unknown.
    """

    density: np.ndarray
    nucleus: np.ndarray
    cell: np.ndarray
    um_per_px: np.ndarray

    @property
    def cytoplasm(self) -> np.ndarray:
        """(n, SIDE, SIDE) bool, the cell without its nucleus."""
        return self.cell & ~self.nucleus


def find_regions(cells: CellImages) -> Regions:
    """Nucleus and cytoplasm of each cell, from the masks given or from the picture.

    Without a mask the cell is taken to be the one in the middle of its window: the
    nucleus is what stains by OD_red + OD_green - OD_blue above Otsu's threshold, with
    the lobes around it; the cytoplasm is what lies close to it, stands out from the
    background and has not the hue of red cells.
    """
    side = cells.windows.shape[1]
    density = optical_density(_resized(cells.windows))
    smooth = ndimage.gaussian_filter(density, (0, 1, 1, 0), truncate=3)
    given = _resized_masks(cells.masks, len(cells))
    known = given.any(axis=(1, 2))
    nucleus = _given_or_found_nuclei(cells, smooth, given, known)
    cell = given | nucleus
    if not known.all():
        cell[~known] = find_cells(smooth[~known], nucleus[~known])
    pixel_size = cells.pixel_size_um
    if pixel_size is None:
        pixel_size = np.full(len(cells), np.nan)
    return Regions(density, nucleus, cell, pixel_size.astype(np.float64) * side / SIDE)


def _given_or_found_nuclei(
    cells: CellImages, smooth: np.ndarray, given: np.ndarray, known: np.ndarray
) -> np.ndarray:
    if cells.nuclei is not None:
        nuclei = _resized_masks(cells.nuclei, len(cells))
        # No nucleus inside a known outline is an answer (a red cell), not a gap
        unknown = ~nuclei.any(axis=(1, 2)) & ~known
    else:
        nuclei = np.zeros(given.shape, dtype=bool)
        unknown = np.ones(len(cells), dtype=bool)
    if unknown.any():
        nuclei[unknown] = find_nuclei(smooth[unknown], given[unknown])
    return nuclei


def _resized(windows: np.ndarray) -> np.ndarray:
    if windows.shape[1] == SIDE:
        return windows
    resized = np.empty((len(windows), SIDE, SIDE, 3), dtype=np.uint8)
    for row, window in enumerate(windows):
        picture = Image.fromarray(window)
        # BOX averages when shrinking; enlarging wants interpolation
        how = Image.Resampling.BOX if len(window) > SIDE else Image.Resampling.BILINEAR
        resized[row] = picture.resize((SIDE, SIDE), how)
    return resized


def _resized_masks(masks: np.ndarray | None, n: int) -> np.ndarray:
    if masks is None:
        return np.zeros((n, SIDE, SIDE), dtype=bool)
    at = ((np.arange(SIDE) + 0.5) * masks.shape[1] / SIDE).astype(int)
    return masks[:, at[:, None], at[None, :]]


def optical_density(windows: np.ndarray) -> np.ndarray:
    """Optical density above the background of each window, (n, s, s, 3) float32.

    The background is the 95th percentile of each channel: nearly every window shows
    some plasma. Values below it are 0, so that glare does not become negative.
    """
    sample = windows[:, ::2, ::2].reshape(len(windows), -1, 3)
    background = np.percentile(sample, 95, axis=1)[:, None, None, :]
    logarithm = np.log10(np.arange(256) + 1.0).astype(np.float32)
    white = np.log10(background + 1).astype(np.float32)
    return np.maximum(white - logarithm[windows], 0)


def otsu_thresholds(
    values: np.ndarray, where: np.ndarray | None = None, bins: int = 64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Otsu's threshold of each row, and the means of its two classes.

    Parameters
    ----------
    values
        (n, m) float.
    where
        (n, m) bool, which values count; all if None.

    Returns
    -------
    threshold, lower, upper
        (n,) each; N. Otsu, 1979, doi:10.1109/TSMC.1979.4310076.
    """
    low = values.min(axis=1, keepdims=True)
    width = np.maximum(values.max(axis=1, keepdims=True) - low, 1e-6) / bins
    index = np.minimum(((values - low) / width).astype(np.int32), bins - 1)
    index += np.arange(len(values), dtype=np.int32)[:, None] * bins
    chosen = index.ravel() if where is None else index[where]
    counts = np.bincount(chosen, minlength=len(values) * bins)
    counts = counts.reshape(len(values), bins).astype(float)
    centres = low + (np.arange(bins) + 0.5) * width
    below, mass = counts.cumsum(axis=1), (counts * centres).cumsum(axis=1)
    above = below[:, -1:] - below
    mean_below = mass / np.maximum(below, 1)
    mean_above = (mass[:, -1:] - mass) / np.maximum(above, 1)
    best = (below * above * (mean_above - mean_below) ** 2).argmax(axis=1)
    rows = np.arange(len(values))
    threshold = low[:, 0] + (best + 1) * width[:, 0]
    return threshold, mean_below[rows, best], mean_above[rows, best]


def find_nuclei(density: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Nucleus of the cell in the middle of each window, lobes together.

    Parameters
    ----------
    density
        (n, s, s, 3) optical density.
    cell
        (n, s, s) bool, where the nucleus must lie; an empty row sets no limit.

    Returns
    -------
    np.ndarray
        (n, s, s) bool; empty where nothing stains like a nucleus.
    """
    stain = density[..., 0] + density[..., 1] - density[..., 2]
    limited = cell.any(axis=(1, 2))
    inside = cell | ~limited[:, None, None]
    flat = stain.reshape(len(stain), -1)
    threshold, lower, upper = otsu_thresholds(flat, inside.reshape(flat.shape))
    # A picture without a nucleus still has an Otsu threshold; its classes are close
    stands_out = (upper - lower > 0.08) & (upper > 1.6 * np.maximum(lower, 0))
    dark = (stain > threshold[:, None, None]) & inside & stands_out[:, None, None]
    dark = ndimage.binary_opening(dark, IN_PLANE & _cross())
    return _lobes_of_the_middle(dark, limited)


def _cross() -> np.ndarray:
    cross = np.zeros((3, 3, 3), dtype=bool)
    cross[1, 1, :] = cross[1, :, 1] = True
    return cross


def _lobes_of_the_middle(dark: np.ndarray, limited: np.ndarray) -> np.ndarray:
    """The component nearest the middle, and those close enough to be its lobes."""
    labels, count = ndimage.label(dark, IN_PLANE)
    if count == 0:
        return dark
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count + 1).astype(float)
    distance = np.broadcast_to(_FROM_MIDDLE, labels.shape).ravel()
    away = np.bincount(flat, weights=distance, minlength=count + 1) / np.maximum(
        area, 1
    )
    window = np.zeros(count + 1, dtype=int)
    window[labels] = np.arange(len(labels))[:, None, None]
    score = area * np.exp(-((away / (0.22 * SIDE)) ** 2))
    score[0] = 0
    best = np.zeros(len(labels))
    np.maximum.at(best, window[1:], score[1:])
    main = np.zeros(len(labels), dtype=int)
    winners = np.flatnonzero((score == best[window]) & (score > 0))
    main[window[winners]] = winners
    near = _near_main(labels, main, area, count)
    near &= area >= 0.04 * area[main[window]]
    near |= limited[window]
    near[0] = False
    return near[labels] & (main > 0)[:, None, None]


def _near_main(
    labels: np.ndarray, main: np.ndarray, area: np.ndarray, count: int
) -> np.ndarray:
    """Which components come within reach of the main one's centre, (count + 1,)."""
    is_main = labels == main[:, None, None]
    weight = np.maximum(is_main.sum(axis=(1, 2)), 1)
    centre_row = (is_main * _ROWS).sum(axis=(1, 2)) / weight
    centre_column = (is_main * _COLUMNS).sum(axis=(1, 2)) / weight
    distance = np.hypot(
        _ROWS - centre_row[:, None, None], _COLUMNS - centre_column[:, None, None]
    )
    nearest = np.full(count + 1, np.inf)
    np.minimum.at(nearest, labels.ravel(), distance.ravel())
    radius = np.sqrt(area[main] / np.pi)
    reach = np.clip(1.6 * radius, 0.14 * SIDE, 0.30 * SIDE)
    window = np.zeros(count + 1, dtype=int)
    window[labels] = np.arange(len(labels))[:, None, None]
    near: np.ndarray = nearest <= reach[window]
    return near


def find_cells(density: np.ndarray, nucleus: np.ndarray) -> np.ndarray:
    """Whole cell round each nucleus; where there is none, the cell in the middle.

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
    threshold, _, _ = otsu_thresholds(np.minimum(flat, 1.0))
    level = np.clip(0.6 * threshold, 0.04, 0.35)[:, None, None]
    coloured = strength > level
    has_nucleus = nucleus.any(axis=(1, 2))
    # Red cells take up little red: that share is their hue, whatever their thickness
    share = density[..., 0] / np.maximum(strength, 1e-3)
    reddish = (share < _red_cell_share(share, coloured, nucleus)) & coloured
    reach = _distance_outside(nucleus)
    radius = np.sqrt(nucleus.sum(axis=(1, 2)) / np.pi)
    limit = np.clip(0.9 * radius, 0.05 * SIDE, 0.2 * SIDE)[:, None, None]
    around = coloured & (reach < limit) & ~(reddish & (reach > 0.5 * limit))
    middle = coloured & (_FROM_MIDDLE < 0.4 * SIDE)
    cell = np.where(has_nucleus[:, None, None], around | nucleus, middle)
    cell = ndimage.binary_opening(cell, IN_PLANE & _cross(), iterations=2) | nucleus
    seeds = np.where(has_nucleus[:, None, None], nucleus, _FROM_MIDDLE < 0.12 * SIDE)
    return _joined_to(cell, seeds)


def _red_cell_share(
    share: np.ndarray, coloured: np.ndarray, nucleus: np.ndarray
) -> np.ndarray:
    """Share of red light below which a pixel has a red cell's hue, (n, 1, 1)."""
    rim = coloured & ~nucleus & (_FROM_MIDDLE > 0.42 * SIDE)
    values = np.where(rim, share, np.nan).reshape(len(share), -1)[:, ::3]
    enough = np.isfinite(values).sum(axis=1) > 30
    typical = np.full(len(share), -np.inf)
    typical[enough] = np.nanmedian(values[enough], axis=1)
    return np.minimum(typical + 0.06, 0.16)[:, None, None]


def _distance_outside(mask: np.ndarray) -> np.ndarray:
    return distance_inside(~mask)


def _joined_to(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Components of the mask that touch a seed, their holes filled."""
    labels, count = ndimage.label(mask, IN_PLANE)
    touched = np.zeros(count + 1, dtype=bool)
    touched[labels[seeds & mask]] = True
    touched[0] = False
    kept = touched[labels]
    holes, _ = ndimage.label(~kept, IN_PLANE & _cross())
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
    return kept | ((holes > 0) & ~np.isin(holes, open_ends))
