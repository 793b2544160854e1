"""Painted smears whose cells are known to the pixel."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy import ndimage

# Transmitted light in red, green, blue; roughly May-Grünwald-Giemsa.
GLASS = (235, 225, 215)
RED = (200, 140, 150)
CYTOPLASM = (190, 180, 215)
NUCLEUS = (95, 45, 140)
PLATELET = (150, 110, 175)


@dataclass
class PaintedSmear:
    """A smear under construction; positions are (row, column) in pixels."""

    shape: tuple[int, int] = (360, 480)
    diameter: float = 44.0
    glass: tuple[int, int, int] = GLASS
    canvas: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.canvas = np.empty((*self.shape, 3))
        self.canvas[:] = self.glass

    def disc(
        self, centre: tuple[float, float], diameter: float, colour: tuple[int, ...]
    ) -> np.ndarray:
        rows, columns = np.ogrid[: self.shape[0], : self.shape[1]]
        away = np.hypot(rows - centre[0], columns - centre[1])
        inside = away <= diameter / 2
        tint = np.asarray(colour) / np.asarray(GLASS)
        self.canvas[inside] = np.asarray(self.glass) * tint
        return inside

    def red_cell(self, centre: tuple[float, float], pallor: float = 0.35) -> None:
        self.disc(centre, self.diameter, RED)
        if pallor:
            self.disc(centre, pallor * self.diameter, (226, 205, 200))

    def white_cell(
        self, centre: tuple[float, float], lobes: int = 1, size: float = 1.6
    ) -> np.ndarray:
        whole = self.disc(centre, size * self.diameter, CYTOPLASM)
        if lobes == 1:
            self.disc(centre, 0.72 * size * self.diameter, NUCLEUS)
            return whole
        for angle in np.linspace(0, 2 * np.pi, lobes, endpoint=False):
            shift = 0.26 * size * self.diameter
            at = (centre[0] + shift * np.sin(angle), centre[1] + shift * np.cos(angle))
            self.disc(at, 0.32 * size * self.diameter, NUCLEUS)
        return whole

    def platelet(self, centre: tuple[float, float]) -> None:
        self.disc(centre, 0.3 * self.diameter, PLATELET)

    def rgb(self, seed: int = 0, noise: float = 2.0, blur: float = 0.8) -> np.ndarray:
        """(H, W, 3) uint8, as a camera would see it."""
        soft = ndimage.gaussian_filter(self.canvas, (blur, blur, 0))
        grain = np.random.default_rng(seed).normal(0, noise, soft.shape)
        return np.clip(soft + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def paint_smear() -> Callable[..., PaintedSmear]:
    """An empty smear, or one of another size, scale or glass."""
    return PaintedSmear


@pytest.fixture
def red_field(paint_smear) -> PaintedSmear:
    """Twenty-eight red cells that stand apart, and room in the middle."""
    smear = paint_smear()
    for row in range(5):
        for column in range(7):
            if row in (1, 2, 3) and column in (2, 3, 4):
                continue
            smear.red_cell((38 + 70 * row, 38 + 67 * column))
    return smear
