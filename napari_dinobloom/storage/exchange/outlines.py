"""Outlines along pixel edges: polygons that cover exactly the pixels of a mask."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Ring = list[tuple[int, int]]
"""Corners (x, y) in pixels, closed: the last is the first."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One connected part: its outer ring and the rings of its holes.

    Outer rings have positive, holes negative signed area (x to the right, y down).
    """

    outer: Ring
    holes: tuple[Ring, ...] = ()


def outlines_of(mask: np.ndarray, left: int = 0, top: int = 0) -> list[Outline]:
    """The exact outline of a mask; pixel (row, column) covers x … x + 1, y … y + 1.

    Parts that touch at a corner only are parts of their own, so that every ring is
    simple and the polygons are valid for QuPath (JTS).

    Parameters
    ----------
    mask
        (h, w) bool.
    left, top
        Where the mask's first pixel lies in the picture.
    """
    rings = [simple for ring in _rings(mask) for simple in _simple(ring)]
    outers = [ring for ring in rings if signed_area(ring) > 0]
    holes = [ring for ring in rings if signed_area(ring) < 0]
    if not holes:
        return [Outline(_placed(ring, left, top)) for ring in outers]
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    holes_of: dict[int, list[Ring]] = defaultdict(list)
    for ring in holes:
        holes_of[_part(ring, parts)].append(_placed(ring, left, top))
    return [
        Outline(_placed(ring, left, top), tuple(holes_of[_part(ring, parts)]))
        for ring in outers
    ]


def signed_area(ring: Ring) -> float:
    """Area by the shoelace formula; positive for an outer ring."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2


def geometry_of(outlines: list[Outline]) -> dict[str, object]:
    """A GeoJSON Polygon, or a MultiPolygon where there are several parts."""
    polygons = [
        [[list(corner) for corner in ring] for ring in (part.outer, *part.holes)]
        for part in outlines
    ]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def rectangle(left: int, top: int, width: int, height: int) -> Outline:
    """The outline of a box."""
    right, bottom = left + width, top + height
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return Outline(corners)


def _rings(mask: np.ndarray) -> list[Ring]:
    """Chains of pixel edges with the mask to their right, corners only."""
    following = _edges(mask)
    rings = []
    while following:
        start = next(iter(following))
        here, step = start, next(iter(following[start]))
        ring = [here]
        while True:
            steps = following[here]
            steps.discard(step)
            if not steps:
                del following[here]
            there = (here[0] + step[0], here[1] + step[1])
            if there == start and start not in following:
                break
            here, before = there, step
            step = _next_step(following[here], before)
            if step != before:
                ring.append(here)
        rings.append(_without_flat_start([*ring, start]))
    return rings


Step = tuple[int, int]


def _next_step(steps: set[Step], before: Step) -> Step:
    """Where two edges leave a corner, the one that stays at the same pixel."""
    if len(steps) == 1:
        return next(iter(steps))
    turned_right = (-before[1], before[0])
    return turned_right if turned_right in steps else next(iter(steps))


def _edges(mask: np.ndarray) -> dict[tuple[int, int], set[Step]]:
    """Unit steps that leave each corner: along the top edge to the right, and so on."""
    padded = np.pad(np.asarray(mask, dtype=bool), 1)
    inner = padded[1:-1, 1:-1]
    sides = (
        (inner & ~padded[:-2, 1:-1], (0, 0), (1, 0)),
        (inner & ~padded[1:-1, 2:], (1, 0), (0, 1)),
        (inner & ~padded[2:, 1:-1], (1, 1), (-1, 0)),
        (inner & ~padded[1:-1, :-2], (0, 1), (0, -1)),
    )
    following: dict[tuple[int, int], set[Step]] = {}
    for side, (dx, dy), step in sides:
        rows, columns = np.nonzero(side)
        for corner in zip((columns + dx).tolist(), (rows + dy).tolist(), strict=True):
            following.setdefault(corner, set()).add(step)
    return following


def _without_flat_start(ring: Ring) -> Ring:
    """The ring without its first corner if that lies on a straight line."""
    (x0, y0), (x1, y1), (x2, y2) = ring[-2], ring[0], ring[1]
    if (x1 - x0) * (y2 - y1) == (y1 - y0) * (x2 - x1):
        return [*ring[1:-1], ring[1]]
    return ring


def _simple(ring: Ring) -> list[Ring]:
    """Rings that pass every corner once, where this one may pass some twice."""
    if len(set(ring)) == len(ring) - 1:
        return [ring]
    rings: list[Ring] = []
    path: Ring = []
    at: dict[tuple[int, int], int] = {}
    for corner in ring:
        if corner in at:
            start = at[corner]
            loop = [*path[start:], corner]
            for passed in path[start + 1 :]:
                del at[passed]
            del path[start + 1 :]
            rings.append(loop)
        else:
            at[corner] = len(path)
            path.append(corner)
    return rings


def _part(ring: Ring, parts: np.ndarray) -> int:
    """The connected part whose pixel lies to the right of the ring's first edge."""
    (x0, y0), (x1, y1) = ring[0], ring[1]
    dx, dy = np.sign(x1 - x0), np.sign(y1 - y0)
    column = x0 + (0 if dx > 0 or dy < 0 else -1)
    row = y0 + (0 if dy > 0 or dx > 0 else -1)
    return int(parts[row, column])


def _placed(ring: Ring, left: int, top: int) -> Ring:
    return [(x + left, y + top) for x, y in ring]
