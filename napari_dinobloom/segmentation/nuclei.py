"""Nuclei of white cells: where they are, and which lobes belong together."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from napari_dinobloom.segmentation.optical_density import median_and_spread

_STANDS_OUT = 1.6  # a nucleus takes up that much more nuclear stain than red cells
_SPREADS = 3.0
_SMALLEST_LOBE = 0.04  # in red-cell areas
_SMALLEST_NUCLEUS = 0.22  # all lobes together
_WIDEST_NUCLEUS = 2.0  # in red-cell diameters, over all lobes
_LOBE_GAP = 0.45  # in red-cell diameters
_WHOLE_NUCLEUS = 0.75  # a lobe that large, and round, is a nucleus of its own
_GREY = 0.7  # azure-eosin dyes let blue pass; dirt, pointers and ink do not


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
    from scipy import ndimage

    threshold = _two_classes(stain[cells])
    mask: np.ndarray = ndimage.binary_opening(cells & (stain > threshold))
    return mask


def _two_classes(values: np.ndarray) -> float:
    """Otsu's split if the classes differ like red cells and nuclei, else a far tail."""
    from skimage.filters import threshold_otsu

    if values.size < 10:
        return float("inf")
    split = float(threshold_otsu(values))
    upper = values[values > split]
    low, spread = median_and_spread(values[values <= split])
    high = float(np.median(upper)) if upper.size else low
    if high > _STANDS_OUT * max(low, 0) and high - low > 3 * spread:
        return split
    middle, spread = median_and_spread(values)
    return middle + max(5 * spread, (_STANDS_OUT - 1) * abs(middle))


def find_nuclei(
    density: np.ndarray, stain: np.ndarray, cells: np.ndarray, diameter: float
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
    diameter
        Of a red cell, in pixels.
    """
    from scipy import ndimage
    from skimage.measure import label

    red, spread = _stain_of_red_cells(stain, cells, diameter)
    body = float(np.median(np.sqrt(np.square(density[cells]).sum(-1))))
    threshold = red + max(_SPREADS * spread, 0.3 * abs(red), 0.3 * body)
    mask = cells & (stain > threshold)
    mask = _without_small(mask, _SMALLEST_LOBE * _area(diameter))
    mask = ndimage.binary_fill_holes(mask)
    lobes = label(mask, connectivity=2)
    lobes = _drop_grey(lobes, density)
    owner = _join_lobes(lobes, cells, diameter)
    merged = owner[lobes].astype(np.int32)
    return _judge(merged, stain, diameter, red, threshold, body)


def _area(diameter: float) -> float:
    return float(np.pi / 4 * diameter**2)


def _stain_of_red_cells(
    stain: np.ndarray, cells: np.ndarray, diameter: float
) -> tuple[float, float]:
    """Nuclear stain of the darkest part of red cells, and its spread between cells."""
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    inside = ndimage.gaussian_filter(
        ndimage.distance_transform_edt(cells), 0.06 * diameter
    )
    peaks = inside == ndimage.maximum_filter(inside, max(3, round(0.5 * diameter)))
    peaks &= inside > 0.25 * diameter
    smooth = ndimage.gaussian_filter(stain, 0.06 * diameter)
    darkest = ndimage.maximum_filter(smooth, max(3, round(0.6 * diameter)))
    levels = darkest[peaks]
    if len(levels) < 3:
        return median_and_spread(stain[cells])
    split = float(threshold_otsu(levels)) if np.ptp(levels) > 0 else float(levels[0])
    lower, upper = levels[levels <= split], levels[levels > split]
    low, spread = median_and_spread(lower)
    if len(upper) and np.median(upper) > max(_STANDS_OUT * low, low + 3 * spread):
        levels = lower
    middle, spread = median_and_spread(levels)
    return middle, spread


def _without_small(mask: np.ndarray, smallest: float) -> np.ndarray:
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    large = np.bincount(parts.ravel()) >= smallest
    large[0] = False
    kept: np.ndarray = large[parts]
    return kept


def _drop_grey(lobes: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Take out what darkens all colours alike: pointers, dirt, ink."""
    from scipy import ndimage

    count = int(lobes.max())
    index = np.arange(1, count + 1)
    means = [np.asarray(ndimage.mean(density[..., c], lobes, index)) for c in range(3)]
    grey = means[2] > _GREY * 0.5 * (means[0] + means[1])
    keep = np.concatenate([[False], ~grey])
    return np.where(keep[lobes], lobes, 0)


def _join_lobes(lobes: np.ndarray, cells: np.ndarray, diameter: float) -> np.ndarray:
    """Which nucleus each lobe belongs to; (largest label + 1,) int, 0 for none.

    Lobes are joined, nearest first, when cell lies between them, they fit a circle
    that one white cell may fill, and they are not two whole round nuclei.
    """
    from skimage.measure import regionprops

    props = regionprops(lobes)
    area = _area(diameter)
    groups = {p.label: [p] for p in props}
    owner = np.arange(int(lobes.max()) + 1)
    owner[[k for k in range(1, len(owner)) if k not in groups]] = 0
    outlines = {p.label: _outline(p) for p in props}
    pairs = []
    for a, b in combinations(props, 2):
        reach = np.hypot(*(np.subtract(a.centroid, b.centroid)))
        if reach > _WIDEST_NUCLEUS * diameter:
            continue
        gap, start, end = _nearest(outlines[a.label], outlines[b.label])
        if gap <= _LOBE_GAP * diameter:
            pairs.append((gap, a, b, start, end))
    for _, a, b, start, end in sorted(pairs, key=lambda pair: pair[0]):
        first, second = int(owner[a.label]), int(owner[b.label])
        if first == second or not _is_cell_between(cells, start, end):
            continue
        if all(_is_whole(groups[k], area) for k in (first, second)):
            continue
        together = groups[first] + groups[second]
        points = np.concatenate([outlines[p.label] for p in together])
        if _span(points) > _WIDEST_NUCLEUS * diameter:
            continue
        groups[first] = together
        owner[owner == second] = first
    return owner


def _outline(lobe: object) -> np.ndarray:
    """Pixels of a lobe's border, thinned to some sixty points; (n, 2)."""
    from scipy import ndimage

    mask = lobe.image  # type: ignore[attr-defined]  # skimage is untyped here
    edge = mask & ~ndimage.binary_erosion(mask)
    points = np.argwhere(edge) + np.asarray(lobe.bbox[:2])  # type: ignore[attr-defined]  # as above
    return points[:: max(1, len(points) // 60)]


def _nearest(a: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    squared = np.square(a[:, None] - b[None]).sum(-1)
    i, j = np.unravel_index(int(squared.argmin()), squared.shape)
    return float(np.sqrt(squared[i, j])), a[i], b[j]


def _is_cell_between(cells: np.ndarray, start: np.ndarray, end: np.ndarray) -> bool:
    steps = np.linspace(0, 1, 12)[:, None]
    path = np.rint(start + (end - start) * steps).astype(int)
    return float(cells[path[:, 0], path[:, 1]].mean()) > 0.7


def _is_whole(lobes: list, area: float) -> bool:
    return len(lobes) == 1 and (
        lobes[0].area > _WHOLE_NUCLEUS * area and lobes[0].solidity > 0.92
    )


def _span(points: np.ndarray) -> float:
    """Largest distance between two of the points."""
    thin = points[:: max(1, len(points) // 150)]
    return float(np.sqrt(np.square(thin[:, None] - thin[None]).sum(-1).max()))


def _judge(
    merged: np.ndarray,
    stain: np.ndarray,
    diameter: float,
    red: float,
    threshold: float,
    body: float,
) -> Nuclei:
    """Keep the nuclei large enough, number them, and score how they stand out."""
    from scipy import ndimage

    sizes = np.bincount(merged.ravel()) / _area(diameter)
    sizes[0] = 0
    kept = np.flatnonzero(sizes >= _SMALLEST_NUCLEUS)
    number = np.zeros(len(sizes), np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    labels = number[merged]
    levels = np.asarray(ndimage.median(stain, labels, np.arange(1, len(kept) + 1)))
    contrast = (levels - red) / max(threshold - red, 1e-6)
    size = np.clip(sizes[kept] / 0.6, 0, 1)
    scores = (1 - np.exp(-np.clip(contrast - 0.5, 0, None))) * (0.5 + 0.5 * size)
    return Nuclei(labels, np.clip(scores, 0, 1).astype(np.float32), red, threshold)
