"""Soft shapes: depth below a wavering outline, in µm, positive inside."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Outline:
    """A closed outline round the origin, r(θ), of waves and at most one tail.

    Attributes
    ----------
    radius_um
        Mean radius.
    stretch
        Length over width, area kept.
    angle
        Direction of the long axis in radians.
    waves
        (k, amplitude, phase) of each wave, amplitude as a fraction of the radius.
    tail
        (length, width, direction) of a teardrop's tail: fraction of the radius, and
        radians.
    """

    radius_um: float
    stretch: float = 1.0
    angle: float = 0.0
    waves: tuple[tuple[int, float, float], ...] = ()
    tail: tuple[float, float, float] | None = None

    @classmethod
    def wavering(
        cls,
        rng: np.random.Generator,
        radius_um: float,
        roughness: float,
        stretch: float = 1.0,
        tail: tuple[float, float, float] | None = None,
    ) -> "Outline":
        """An outline with random waves 2 … 7, each smaller than the one before."""
        waves = tuple(
            (k, float(roughness * rng.normal() * (2.0 / k) ** 1.1),
             float(rng.uniform(0, 2 * np.pi)))
            for k in range(2, 8)
        )  # fmt: skip
        return cls(radius_um, stretch, float(rng.uniform(0, np.pi)), waves, tail)

    def measure(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Depth in µm and relative radius (0 in the centre, 1 on the outline)."""
        c, s = np.cos(self.angle), np.sin(self.angle)
        root = np.sqrt(self.stretch)
        u, v = (c * x + s * y) / root, (c * y - s * x) * root
        distance = np.hypot(u, v)
        theta = np.arctan2(v, u)
        reach = np.ones_like(distance)
        for k, amplitude, phase in self.waves:
            reach += amplitude * np.cos(k * theta + phase)
        if self.tail is not None:
            length, width, direction = self.tail
            off = np.angle(np.exp(1j * (theta - direction)))
            reach += length * np.exp(-((np.abs(off) / width) ** 1.3))
        reach *= self.radius_um
        return (reach - distance) / root, distance / np.maximum(reach, 1e-6)


def ellipse(
    x: Array,
    y: Array,
    centre: tuple[float, float],
    axes: tuple[float, float],
    angle: float,
) -> Array:
    """Depth below an ellipse with half axes in µm."""
    c, s = np.cos(angle), np.sin(angle)
    dx, dy = x - centre[0], y - centre[1]
    u, v = (c * dx + s * dy) / axes[0], (c * dy - s * dx) / axes[1]
    depth: Array = (1.0 - np.hypot(u, v)) * min(axes)
    return depth


def capsule(
    x: Array,
    y: Array,
    start: tuple[float, float],
    stop: tuple[float, float],
    radius: float,
) -> Array:
    """Depth below a thick line with round ends."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    length = max(dx * dx + dy * dy, 1e-9)
    t = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / length, 0, 1)
    depth: Array = radius - np.hypot(x - start[0] - t * dx, y - start[1] - t * dy)
    return depth


def union(depths: list[Array], blend_um: float = 0.25) -> Array:
    """Depth below all of them, their seams rounded off."""
    stack = np.stack(depths) / blend_um
    top = stack.max(axis=0)
    depth: Array = blend_um * (top + np.log(np.exp(stack - top).sum(axis=0)))
    return depth


def outside(depth: Array, hole: Array, blend_um: float = 0.15) -> Array:
    """Depth below the first shape where the second has been cut out of it."""
    return -union([-depth, hole], blend_um)


def cover(depth: Array, softness_um: float) -> Array:
    """0 outside … 1 inside, soft across the outline."""
    covered: Array = 0.5 * (1.0 + np.tanh(depth / (2.0 * softness_um)))
    return covered
