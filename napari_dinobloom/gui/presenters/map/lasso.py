"""Which points lie inside a drawn outline: exactly, and quickly for a million."""

import numpy as np

RASTER = 768
"""Side of the grid that settles all points but those near the outline."""
PAIRS_AT_ONCE = 2_000_000


def inside(polygon: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ascending rows of the points inside a polygon, even-odd, as drawn by hand.

    The polygon is painted on a grid. A point in a square that no edge comes near is
    settled by that square; the others are tested against every edge that crosses their
    height. So the answer is exact.

    Parameters
    ----------
    polygon
        (m, 2) corners; the last is joined to the first.
    x, y
        (n,) float32; nan is outside.
    """
    corners = np.asarray(polygon, np.float64)
    if len(corners) < 3:
        return np.empty(0, np.int64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows = np.flatnonzero(
        (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
    )
    if not len(rows):
        return rows
    unit = np.maximum(high - low, np.finfo(np.float64).tiny) / RASTER
    settled = _painted(corners, low, unit)
    px = np.minimum(((x[rows] - low[0]) / unit[0]).astype(np.int32), RASTER - 1)
    py = np.minimum(((y[rows] - low[1]) / unit[1]).astype(np.int32), RASTER - 1)
    state = settled[py, px]
    near = np.flatnonzero(state == 2)
    keep = state == 1
    points = np.stack([x[rows[near]], y[rows[near]]], axis=1).astype(np.float64)
    keep[near] = _crossed(corners, points)
    found: np.ndarray = rows[keep]
    return found


def _painted(corners: np.ndarray, low: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """(RASTER, RASTER) uint8: 0 outside, 1 inside, 2 an edge is near."""
    a = (corners - low) / unit
    b = np.roll(a, -1, axis=0)
    near = _near(a, b)
    turns = np.zeros((RASTER, RASTER + 1), np.int32)
    for (x0, y0), (x1, y1) in zip(a, b, strict=True):
        if y0 == y1:
            continue
        first, last = sorted((y0, y1))
        # rows of squares whose middle lies between the two ends
        row = np.arange(int(np.ceil(first - 0.5)), int(np.ceil(last - 0.5)))
        row = row[(row >= 0) & (row < RASTER)]
        at = x0 + (row + 0.5 - y0) * (x1 - x0) / (y1 - y0)
        column = np.clip(np.ceil(at - 0.5), 0, RASTER).astype(np.int64)
        np.add.at(turns, (row, column), 1)
    filled = (np.cumsum(turns[:, :RASTER], axis=1) % 2).astype(np.uint8)
    filled[near] = 2
    return filled


def _near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(RASTER, RASTER) bool: every square that an edge touches, and those around."""
    length = np.abs(b - a).max(axis=1)
    steps = np.maximum(np.ceil(2 * length), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(a)), steps + 1)
    first = np.cumsum(steps + 1) - (steps + 1)
    along = (np.arange(len(edge)) - first[edge]) / steps[edge]
    places = a[edge] + along[:, None] * (b - a)[edge]
    column, row = np.clip(places.astype(np.int64), 0, RASTER - 1).T
    touched = np.zeros((RASTER + 2, RASTER + 2), bool)
    for down in range(3):
        for right in range(3):
            touched[row + down, column + right] = True
    return touched[1:-1, 1:-1]


def _crossed(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n,) bool: a ray to the right crosses the outline an odd number of times."""
    x0, y0 = corners.T
    x1, y1 = np.roll(corners, -1, axis=0).T
    odd = np.zeros(len(points), bool)
    block = max(1, PAIRS_AT_ONCE // len(corners))
    for lo in range(0, len(points), block):
        x, y = points[lo : lo + block, :1], points[lo : lo + block, 1:]
        spans = (y0 > y) != (y1 > y)
        # how far along the edge: between 0 and 1 wherever it is asked for
        along = np.divide(y - y0, y1 - y0, out=np.zeros(spans.shape), where=spans)
        crosses = spans & (x < x0 + along * (x1 - x0))
        odd[lo : lo + block] = crosses.sum(axis=1) % 2 == 1
    return odd
