"""Nuclei of white cells: where they are, and which lobes belong together."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.candidates import (
    THINNEST_LOBE,
    drop_thin,
    drop_unlike_nuclei,
)
from napari_dinobloom.segmentation.lobes import join_lobes
from napari_dinobloom.segmentation.morphology import (
    depth,
    grown_in_steps,
    near,
    opened,
    without_holes,
    without_small,
)
from napari_dinobloom.segmentation.optical_density import median_and_spread
from napari_dinobloom.segmentation.peaks import greatest_around, greatest_beside
from napari_dinobloom.segmentation.shapes import medians
from napari_dinobloom.segmentation.smoothing import smoothed

_STANDS_OUT = 1.6  # a nucleus takes up that much more nuclear stain than red cells
_OTHER_CELLS = 1.3  # so much more in one of two groups of cells: not all are red cells
_SPREADS = 3.0
_UNSURE = 0.35  # of the level: so far do red cells differ in no smear
_SURROUNDINGS = 0.3  # of a nucleus, in red-cell diameters
_ENOUGH_RED = 2.0  # red-cell areas that tell how red cells take up the stain
_SMALLEST_LOBE = 0.04  # in red-cell areas
_SMALLEST_NUCLEUS = 0.4  # all lobes together: 4.7 µm, that of a late erythroblast
_SMALLEST_CUT = 0.27  # of a nucleus that goes on beyond the border


@dataclass(frozen=True, slots=True)
class Nuclei:
    """The nuclei of a picture, one number per white cell.

    Parameters
    ----------
    labels
        (H, W) int32, 0 outside; all lobes of a nucleus carry one number.
    scores
        (n,) float32 in 0 … 1, how far each stands out from the red cells.
    red_stain
        Nuclear stain of the darkest part of a typical red cell.
    threshold
        Nuclear stain above which a pixel was called nucleus.
    """

    labels: np.ndarray
    scores: np.ndarray
    red_stain: float
    threshold: float


def rough_nuclei(stain: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """First guess at the nuclei before the scale is known; (H, W) bool."""
    values = stain[cells]
    if not values.size:
        return np.zeros_like(cells)
    threshold = _clear_split(values)
    if threshold is None:
        middle, spread = median_and_spread(values)
        threshold = middle + max(5 * spread, (_STANDS_OUT - 1) * abs(middle))
    mask = cells & (stain > threshold)
    core = ~grown_in_steps(~np.pad(mask, 1), 1)[1:-1, 1:-1]
    return grown_in_steps(core, 1)


def _clear_split(values: np.ndarray) -> float | None:
    """Otsu's split, if its classes differ like red cells and nuclei."""
    from skimage.filters import threshold_otsu

    if values.size < 10:
        return None
    split = float(threshold_otsu(values))
    upper = values[values > split]
    if not upper.size:
        return None
    low, spread = median_and_spread(values[values <= split])
    high = float(np.median(upper))
    if high > _STANDS_OUT * max(low, 0) and high - low > 3 * spread:
        return split
    return None


def find_nuclei(
    density: np.ndarray,
    stain: np.ndarray,
    cells: np.ndarray,
    stained: np.ndarray,
    diameter: float,
) -> Nuclei:
    """Find the nuclei of white cells.

    Parameters
    ----------
    density
        (H, W, 3) optical density, smoothed.
    stain
        (H, W) nuclear stain of it.
    cells
        (H, W) bool, foreground with the pallors filled.
    stained
        (H, W) bool, the foreground and what is paler than any red cell but no glass.
    diameter
        Of a red cell, in pixels.
    """
    split = _clear_split(stain[cells])
    levels = _stain_of_peaks(stain, cells, diameter)
    found = _above(levels, split, density, stain, cells, stained, diameter)
    if found.labels.any() or split is None or levels[1] < _UNSURE * abs(levels[0]):
        return found
    # One large white cell beside few red cells counted as several of them.
    dark = opened(cells & (stain > split), THINNEST_LOBE * diameter)
    plain = cells & ~near(dark, _SURROUNDINGS * diameter)
    if plain.sum() < _ENOUGH_RED * _area(diameter):
        return found
    levels = _stain_of_peaks(np.minimum(stain, split), plain, diameter)
    return _above(levels, split, density, stain, cells, stained, diameter)


def _above(
    levels: tuple[float, float],
    split: float | None,
    density: np.ndarray,
    stain: np.ndarray,
    cells: np.ndarray,
    stained: np.ndarray,
    diameter: float,
) -> Nuclei:
    """Nuclei above a level of red cells and its spread; the rest as `find_nuclei`."""
    from skimage.measure import label

    red, spread = levels
    squared = np.einsum("...c,...c", density, density)[cells]
    body = float(np.median(np.sqrt(squared)))
    least = max(0.3 * abs(red), 0.3 * body)
    threshold = red + max(_SPREADS * spread, least)
    if split is not None:  # few cells make the spread between them unsure
        threshold = min(threshold, max(split, red + least))
    mask = cells & (stain > threshold)
    mask = without_small(mask, _SMALLEST_LOBE * _area(diameter))
    mask = without_holes(mask)
    lobes = label(mask, connectivity=2)
    lobes = drop_thin(lobes, diameter)
    far = red + 3.0 * (threshold - red)
    lobes = drop_unlike_nuclei(lobes, density, stain, cells, far, diameter)
    owner = join_lobes(lobes, stained, diameter)
    merged = owner[lobes].astype(np.int32)
    return _judge(merged, stain, diameter, red, threshold, body)


def _area(diameter: float) -> float:
    return float(np.pi / 4 * diameter**2)


def _stain_of_peaks(
    stain: np.ndarray, cells: np.ndarray, diameter: float
) -> tuple[float, float]:
    """Nuclear stain of the darkest part of red cells, and its spread between cells."""
    from skimage.filters import threshold_otsu

    inside = smoothed(depth(cells), 0.06 * diameter)
    around = max(3, round(0.5 * diameter))
    peaks = greatest_around(inside, inside > 0.25 * diameter, (around, around))
    smooth = smoothed(stain, 0.06 * diameter)
    levels = greatest_beside(smooth, peaks, max(3, round(0.6 * diameter)))
    if len(levels) < 3:
        return median_and_spread(stain[cells])
    split = float(threshold_otsu(levels)) if np.ptp(levels) > 0 else float(levels[0])
    lower, upper = levels[levels <= split], levels[levels > split]
    low, spread = median_and_spread(lower)
    if len(upper) and np.median(upper) > max(_OTHER_CELLS * low, low + 3 * spread):
        levels = lower
    middle, spread = median_and_spread(levels)
    return middle, spread


def _judge(
    merged: np.ndarray,
    stain: np.ndarray,
    diameter: float,
    red: float,
    threshold: float,
    body: float,
) -> Nuclei:
    """Keep the nuclei large enough, number them, and score how they stand out."""
    sizes = np.bincount(merged.ravel()) / _area(diameter)
    sizes[0] = 0
    least = np.full(len(sizes), _SMALLEST_NUCLEUS)
    for side in (0, -1):
        least[merged[side]] = least[merged[:, side]] = _SMALLEST_CUT
    kept = np.flatnonzero(sizes >= least)
    number = np.zeros(len(sizes), np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    labels = number[merged]
    if not len(kept):
        return Nuclei(labels, np.zeros(0, np.float32), red, threshold)
    levels = medians(stain, labels)
    contrast = (levels - red) / max(threshold - red, 1e-6)
    size = np.clip(sizes[kept] / 0.6, 0, 1)
    scores = (1 - np.exp(-np.clip(contrast - 0.5, 0, None))) * (0.5 + 0.5 * size)
    return Nuclei(labels, np.clip(scores, 0, 1).astype(np.float32), red, threshold)
