"""Nuclei: the outline of each white cell's nucleus, as depth in µm."""

from collections.abc import Callable

import numpy as np

from napari_dinobloom.imaging.synthetic.shapes import (
    Array,
    Outline,
    capsule,
    ellipse,
    outside,
    union,
)

Point = tuple[float, float]
Nucleus = Callable[[Array, Array, float, np.random.Generator], Array]
"""(x, y, cell radius in µm, random numbers) → depth in µm."""


def segmented(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """Two to five lobes on a bent string, joined by thin threads."""
    n = int(rng.choice([2, 3, 4, 5], p=[0.15, 0.45, 0.33, 0.07]))
    return _lobes(x, y, radius, n, (0.25, 0.33), (0.16, 0.42), rng)


def bilobed(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """Two, seldom three, plump lobes: an eosinophil's spectacles."""
    n = int(rng.choice([2, 3], p=[0.8, 0.2]))
    return _lobes(x, y, radius, n, (0.34, 0.42), (0.4, 0.9), rng)


def clover(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """A blurred nucleus of two or three lobes grown together: a basophil's."""
    n = int(rng.integers(2, 4))
    return _lobes(x, y, radius, n, (0.42, 0.52), (1.6, 2.2), rng)


def band(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """A thick horseshoe without threads."""
    bend = radius * rng.uniform(0.46, 0.56)
    opening = rng.uniform(3.1, 4.4)
    start = rng.uniform(0, 2 * np.pi)
    squash = rng.uniform(0.75, 1.0)
    angles = start + np.linspace(0, opening, 9)
    points = [(bend * np.cos(a), squash * bend * np.sin(a)) for a in angles]
    thick = radius * rng.uniform(0.22, 0.27) * (1 + 0.16 * rng.standard_normal(9))
    parts = [
        capsule(x, y, points[i], points[i + 1], float(thick[i : i + 2].mean()))
        for i in range(8)
    ]
    return union(parts, 0.3)


def kidney(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """A large folded bean: a monocyte's."""
    size = radius * rng.uniform(0.64, 0.74)
    turn = rng.uniform(0, 2 * np.pi)
    body, _ = Outline.wavering(rng, size, 0.06, rng.uniform(1.15, 1.4)).measure(x, y)
    away = size * rng.uniform(0.85, 1.15)
    notch = size * rng.uniform(0.35, 0.62)
    middle = (away * np.cos(turn), away * np.sin(turn))
    hole = ellipse(x, y, middle, (notch * 1.25, notch * 0.8), turn)
    return outside(body, hole, 0.5)


def rounded(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """A round nucleus that fills most of the cell, at times with a notch."""
    size = radius * rng.uniform(0.80, 0.90)
    shape = Outline.wavering(rng, size, 0.025, rng.uniform(1.0, 1.15))
    body, _ = shape.measure(x, y)
    if rng.random() < 0.3:
        turn = rng.uniform(0, 2 * np.pi)
        notch = (size * 1.15 * np.cos(turn), size * 1.15 * np.sin(turn))
        body = outside(body, ellipse(x, y, notch, (size * 0.35, size * 0.3), turn), 0.5)
    return body


def large(x: Array, y: Array, radius: float, rng: np.random.Generator) -> Array:
    """A blast's nucleus: large, round or a little indented."""
    size = radius * rng.uniform(0.83, 0.91)
    shape = Outline.wavering(rng, size, 0.035, rng.uniform(1.0, 1.18))
    body, _ = shape.measure(x, y)
    if rng.random() < 0.35:
        turn = rng.uniform(0, 2 * np.pi)
        notch = (size * 1.05 * np.cos(turn), size * 1.05 * np.sin(turn))
        body = outside(body, ellipse(x, y, notch, (size * 0.4, size * 0.22), turn), 0.6)
    return body


def _lobes(
    x: Array,
    y: Array,
    radius: float,
    n: int,
    size: tuple[float, float],
    thread_um: tuple[float, float],
    rng: np.random.Generator,
) -> Array:
    # few lobes are large, many are small: the chromatin is the same
    plump = (3 / n) ** 0.4
    size = (size[0] * plump, size[1] * plump)
    centres = _string(radius, n, 2.15 * radius * float(np.mean(size)), rng)
    parts = []
    for i, centre in enumerate(centres):
        other = centres[i - 1] if i else centres[min(1, n - 1)]
        along = float(np.arctan2(other[1] - centre[1], other[0] - centre[0]))
        long = radius * rng.uniform(*size) * rng.uniform(1.0, 1.25)
        short = radius * rng.uniform(*size) * rng.uniform(0.8, 0.95)
        parts.append(ellipse(x, y, centre, (long, short), along + rng.normal(0, 0.6)))
        if i:
            parts.append(capsule(x, y, centres[i - 1], centre, rng.uniform(*thread_um)))
    return union(parts, 0.22)


def _string(
    radius: float, n: int, step: float, rng: np.random.Generator
) -> list[Point]:
    """Lobe centres along a bent string, centred and kept inside the cell."""
    heading = rng.uniform(0, 2 * np.pi)
    turn = rng.choice([-1, 1]) * rng.uniform(0.7, 1.5)
    points = [np.zeros(2)]
    for _ in range(n - 1):
        length = step * rng.uniform(0.9, 1.15)
        points.append(
            points[-1] + length * np.array([np.cos(heading), np.sin(heading)])
        )
        if rng.random() < 0.2:
            turn = -turn
        heading += turn * rng.uniform(0.8, 1.2)
    string = np.array(points) - np.mean(points, axis=0)
    farthest = np.hypot(*string.T).max()
    if n > 1:
        string *= min(1.0, 0.63 * radius / max(farthest, 1e-6))
    string += rng.normal(0, 0.05 * radius, 2)
    return [(float(px), float(py)) for px, py in string]
