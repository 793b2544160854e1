"""How large the round outlines in a picture are, in a crowd as well as alone."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.peaks import greatest_around
from napari_dinobloom.segmentation.smoothing import smoothed

_SMALLEST_RADIUS = 2.5
_LARGEST_SHARE = 0.45  # of the shorter side of the picture
_STEP = 1.1  # from one radius to the next
_SHARPNESS = 6.0  # votes within a sixth of the radius agree: red cells are not circles
_LEAST_OUTLINE = 0.25  # of a full circle, for a centre to count
_APART = 0.75  # of the radius, between two centres
_FEWEST = 3  # circles of one size; fewer may be one large cell or an accident
_FAINT = 0.3  # of a strong edge
_FAINTEST = 0.03  # of the red cells' level, per pixel


@dataclass(frozen=True, slots=True)
class Edges:
    """Where it grows darker, and in which direction.

    Parameters
    ----------
    places
        (n, 2) row and column, pixels.
    inward
        (n, 2) unit vectors towards the darker side.
    """

    places: np.ndarray
    inward: np.ndarray


def find_edges(strength: np.ndarray, level: float, valid: np.ndarray) -> Edges:
    """Ridges of the slope of the density, one pixel wide.

    Parameters
    ----------
    strength
        (H, W) float, density strength.
    level
        Strength of a typical red cell; what is darker counts as that dark.
    valid
        (H, W) bool, where edges are wanted.
    """
    smooth = smoothed(np.minimum(strength, level), 1.0)
    down, right = map(np.asarray, np.gradient(smooth.astype(np.float32)))
    slope = np.hypot(down, right)
    rows, columns = np.nonzero(valid & (slope > _FAINTEST * level))
    steep = slope[rows, columns]
    inward = np.stack([down[rows, columns], right[rows, columns]]) / steep

    def beside(sign: int) -> np.ndarray:
        at = (
            np.clip(np.rint(place + sign * step).astype(np.int32), 0, side - 1)
            for place, step, side in zip(
                (rows, columns), inward, slope.shape, strict=True
            )
        )
        neighbour: np.ndarray = slope[tuple(at)]
        return neighbour

    ridge = (steep >= beside(1)) & (steep > beside(-1))
    if ridge.any():
        ridge &= steep > _FAINT * np.percentile(steep[ridge], 90)
    # one column after the other in memory: each is counted alone, many times
    return Edges(np.stack([rows[ridge], columns[ridge]]).T, inward[:, ridge].T)


def outline_diameter(
    edges: Edges, shape: tuple[int, int], about: float | None = None
) -> float:
    """Diameter of the circles that explain most of the edges.

    Every edge pixel votes for a centre one radius inward. Where many votes meet there
    is a circle of that radius, whole or half hidden by its neighbours; a pallor and the
    gaps of a crowd have their dark side outward and never vote for themselves. The
    radius whose circles make up the longest outline wins, which favours neither many
    small nor few large ones (a Hough transform along the gradient,
    doi:10.1016/0031-3203(81)90009-1).

    Parameters
    ----------
    edges
        Of the cells whose size is asked.
    shape
        Height and width of the picture, pixels.
    about
        What it was on a smaller picture, in pixels of this one: only radii within a
        factor of two are tried first, which spares most of the work.

    Returns
    -------
    float
        In pixels; nan where fewer than three circles of one size are seen.
    """
    largest = _LARGEST_SHARE * min(shape)
    steps = int(np.log(max(largest / _SMALLEST_RADIUS, 1)) / np.log(_STEP)) + 1
    radii = _SMALLEST_RADIUS * _STEP ** np.arange(steps)
    if about is not None:
        close = np.abs(np.log2(2 * radii / about)) <= 1
        found = _longest_outline(edges, shape, radii[close])
        if np.isfinite(found):
            return found
    return _longest_outline(edges, shape, radii)


def _longest_outline(edges: Edges, shape: tuple[int, int], radii: np.ndarray) -> float:
    """Diameter of the circles of one of these sizes that explain most of the edges."""
    steps = len(radii)
    explained = np.zeros(steps)
    for k, radius in enumerate(radii):
        circles = _circles(edges, shape, float(radius))
        if len(circles) >= _FEWEST:
            explained[k] = circles.sum() * radius
    # A smallest radius that wins is texture, of which a still smaller one sees more.
    tops = [
        k
        for k in range(1, steps - 1)
        if explained[k] > 0 and explained[k - 1] <= explained[k] > explained[k + 1]
    ]
    if not tops:
        return float("nan")
    best = max(tops, key=lambda k: explained[k])
    below, top, above = explained[best - 1 : best + 2]
    shift = 0.5 * (below - above) / (below - 2 * top + above)
    return float(2 * radii[best] * _STEP**shift)


@dataclass(frozen=True, slots=True)
class VoteGrid:
    """Where votes for centres are counted: coarser than pixels, wider than the picture.

    Parameters
    ----------
    cell
        Side of a cell of the grid, pixels.
    margin
        Cells around the picture, because a centre may lie outside.
    shape
        Rows and columns of the grid, the margins included.
    """

    cell: float
    margin: int
    shape: tuple[int, int]


def vote_grid(shape: tuple[int, int], radius: float, cell: float) -> VoteGrid:
    """Lay a grid for circles up to a radius over a picture; never finer than pixels."""
    cell = max(cell, 1.0)
    margin = int(np.ceil(radius / cell)) + 2
    height, width = (int(side / cell) + 2 * margin + 2 for side in shape)
    return VoteGrid(cell, margin, (height, width))


def count_votes(edges: Edges, grid: VoteGrid, radius: float, blur: float) -> np.ndarray:
    """Share of its outline that is seen, for a circle of that radius around each place.

    Parameters
    ----------
    radius
        Pixels.
    blur
        How far off a vote may be and still agree, pixels; never less than one.

    Returns
    -------
    np.ndarray
        Float32 of the grid's shape; 1 where a whole circle votes for one place.
    """
    from scipy import ndimage

    height, width = grid.shape
    centres = np.rint((edges.places + radius * edges.inward) / grid.cell).astype(int)
    rows, columns = (centres + grid.margin).T
    votes = np.bincount(rows * width + columns, minlength=height * width)
    votes = votes.reshape(height, width).astype(np.float32)
    sigma = max(blur, 1.0) / grid.cell
    votes = ndimage.gaussian_filter(votes, sigma, mode="constant")
    # Of a circle's 2 π r pixels a Gaussian leaves 1 / (2 π σ²) in the middle.
    seen: np.ndarray = votes * np.float32(sigma**2 / radius)
    return seen


def _circles(edges: Edges, shape: tuple[int, int], radius: float) -> np.ndarray:
    """Share of its outline that is seen, for each circle of that radius; (n,)."""
    blur = radius / _SHARPNESS
    grid = vote_grid(shape, radius, blur)
    seen = count_votes(edges, grid, radius, blur)
    area = shape[0] * shape[1] / grid.cell**2
    sigma = max(blur, 1.0) / grid.cell
    # What chance alone brings together
    seen -= len(edges.places) / area * sigma**2 / radius
    reach = 2 * round(_APART * radius / grid.cell) + 1
    peaks = greatest_around(seen, seen > _LEAST_OUTLINE, (reach, reach))
    circles: np.ndarray = np.minimum(seen[peaks], 1.0)
    return circles
