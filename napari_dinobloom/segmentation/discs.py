"""Round cells seen by their outline: whole, pale in the middle, or half hidden."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.outlines import Edges, count_votes, vote_grid
from napari_dinobloom.segmentation.peaks import greatest_around

# Red cells differ in size within a smear; radii in red-cell diameters.
_SMALLEST, _LARGEST = 0.36, 0.75
_STEP = 1.07  # from one radius to the next
_SHARPNESS = 7.0  # votes within a seventh of the radius agree
_LEAST_OUTLINE = 0.2  # of a full circle: of two overlapping cells each shows more
_BODY = 0.62  # share of the disc's outer part that must be stained
_OUTER_PART = (0.7, 0.85)  # of the radius; the pallor lies farther in
_APART = 0.72  # of the larger radius, between two centres
_WITHIN = 1.1  # times a disc, what lies all inside of that is a part of it
_DIRECTIONS = 24


@dataclass(frozen=True, slots=True)
class Discs:
    """Circles that fit round cells, the best seen first.

    Parameters
    ----------
    rows, columns, radii
        (n,) float, pixels; a centre may lie outside the picture.
    seen
        (n,) float, share of the circle's outline that is seen, about 0…1.
    """

    rows: np.ndarray
    columns: np.ndarray
    radii: np.ndarray
    seen: np.ndarray

    def __len__(self) -> int:
        return len(self.radii)

    def chosen(self, which: np.ndarray) -> "Discs":
        """Return some of them, in the order of the indices or the mask."""
        columns = (self.rows, self.columns, self.radii, self.seen)
        return Discs(*(values[which] for values in columns))


def find_discs(edges: Edges, cells: np.ndarray, diameter: float) -> Discs:
    """Fit circles to the outlines of round cells.

    Each edge pixel votes for a centre one radius inward, for a range of radii; a
    circle is where more votes meet than for its neighbours in place and size. It
    counts when what lies just within it is stained, and no better seen one has nearly
    the same centre.

    Parameters
    ----------
    edges
        Of the picture, without those of nuclei.
    cells
        (H, W) bool, foreground.
    diameter
        Of a red cell, in pixels.
    """
    candidates = _tops(edges, cells.shape, diameter)
    stained = _stained(candidates, cells) >= _BODY
    return _apart(candidates.chosen(stained))


def _tops(edges: Edges, shape: tuple[int, int], diameter: float) -> Discs:
    steps = int(np.log(_LARGEST / _SMALLEST) / np.log(_STEP)) + 1
    radii = _SMALLEST * diameter * _STEP ** np.arange(steps)
    grid = vote_grid(shape, float(radii[-1]), 0.5 * diameter / (1.15 * _SHARPNESS))
    seen = np.full((steps + 2, *grid.shape), -1, np.float32)  # no circle is beyond
    for k, r in enumerate(radii.tolist()):
        seen[k + 1] = count_votes(edges, grid, r, r / _SHARPNESS)
    reach = 2 * round(0.25 * diameter / grid.cell) + 1
    tops = greatest_around(seen, seen > _LEAST_OUTLINE, (3, reach, reach))
    size, row, column = tops
    found = Discs(
        (row - grid.margin) * grid.cell,
        (column - grid.margin) * grid.cell,
        radii[size - 1],
        seen[tops],
    )
    return found.chosen(np.argsort(-found.seen, kind="stable"))


def _stained(discs: Discs, cells: np.ndarray) -> np.ndarray:
    """Share of each disc's outer part, within the picture, that is stained; (n,)."""
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    rings = np.outer(_OUTER_PART, np.ones(_DIRECTIONS)).ravel()
    turned = np.tile(angles, len(_OUTER_PART))
    rows = discs.rows[:, None] + discs.radii[:, None] * rings * np.sin(turned)
    columns = discs.columns[:, None] + discs.radii[:, None] * rings * np.cos(turned)
    y, x = np.rint(rows).astype(int), np.rint(columns).astype(int)
    inside = (y >= 0) & (y < cells.shape[0]) & (x >= 0) & (x < cells.shape[1])
    hit = cells[np.where(inside, y, 0), np.where(inside, x, 0)] & inside
    counted = inside.sum(1)
    enough = counted >= inside.shape[1] // 4  # less than a quarter shows no shape
    share: np.ndarray = np.where(enough, hit.sum(1) / np.maximum(counted, 1), 0)
    return share


def _apart(discs: Discs) -> Discs:
    """Discs without those whose centre lies in the middle of a better seen one."""
    from scipy.spatial import cKDTree

    if not len(discs):
        return discs
    radii = discs.radii
    middles = np.stack([discs.rows, discs.columns], 1)
    farthest = max(_APART, _WITHIN - float(radii.min() / radii.max())) * radii.max()
    pairs = cKDTree(middles).query_pairs(farthest * 1.001, output_type="ndarray")
    better, worse = pairs.min(1), pairs.max(1)  # the best seen come first
    away = np.hypot(*(middles[better] - middles[worse]).T)
    nearby = away < _APART * np.maximum(radii[better], radii[worse])
    within = away + radii[worse] < _WITHIN * radii[better]
    order = np.flatnonzero(nearby | within)
    order = order[np.argsort(better[order], kind="stable")]
    better, worse = better[order], worse[order]
    ends = np.searchsorted(better, np.arange(len(discs) + 1))
    kept = np.ones(len(discs), bool)
    for i in range(len(discs)):
        if kept[i]:
            kept[worse[ends[i] : ends[i + 1]]] = False
    return discs.chosen(kept)
