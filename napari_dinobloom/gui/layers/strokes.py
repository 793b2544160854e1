"""Marks as short strokes: corner brackets, a ring, a box; each light and dark."""

import numpy as np

LIGHT, DARK = (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0)
RING_STROKES = 28

Box = tuple[float, float, float, float]
"""Top, left, bottom, right."""


def brackets(box: Box, arm: float) -> np.ndarray:
    """(8, 2, 2) strokes (start, direction), each (y, x): the four corners of a box."""
    top, left, bottom, right = box
    corners = ((top, left), (top, right), (bottom, left), (bottom, right))
    strokes = []
    for y, x in corners:
        down = min(arm, (bottom - top) / 2) * (1 if y == top else -1)
        across = min(arm, (right - left) / 2) * (1 if x == left else -1)
        strokes += [((y, x), (down, 0.0)), ((y, x), (0.0, across))]
    return np.array(strokes)


def ring(y: float, x: float, radius: float) -> np.ndarray:
    """(n, 2, 2) strokes of a circle."""
    angle = np.linspace(0, 2 * np.pi, RING_STROKES + 1)
    points = np.stack([y + radius * np.sin(angle), x + radius * np.cos(angle)], axis=1)
    return np.stack([points[:-1], np.diff(points, axis=0)], axis=1)


def polyline(path: np.ndarray) -> np.ndarray:
    """(n - 1, 2, 2) strokes from each point (y, x) of a path to the next."""
    strokes: np.ndarray = np.stack([path[:-1], np.diff(path, axis=0)], axis=1)
    return strokes


def frame(box: Box) -> np.ndarray:
    """(4, 2, 2) strokes of a box."""
    top, left, bottom, right = box
    corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)])
    return np.stack([corners, np.roll(corners, -1, axis=0) - corners], axis=1)


def dotted(strokes: np.ndarray, spacing: float) -> np.ndarray:
    """(n, 2) places (y, x) along strokes, ends included, at most so far apart."""
    start, along = strokes[:, 0], strokes[:, 1]
    steps = np.ceil(np.linalg.norm(along, axis=1) / spacing).astype(int)
    which = np.repeat(np.arange(len(strokes)), steps + 1)
    first = np.cumsum(steps + 1) - (steps + 1)
    share = (np.arange(len(which)) - first[which]) / np.maximum(steps, 1)[which]
    places: np.ndarray = start[which] + share[:, None] * along[which]
    return places


def grown(box: Box, by: float) -> Box:
    """The box with a margin."""
    top, left, bottom, right = box
    return top - by, left - by, bottom + by, right + by
