"""The smear under construction: how much of each stain lies where, and the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

Array = np.ndarray
_TILE = 320
_GRAINS_UM = {"fine": 0.16, "medium": 0.32, "coarse": 0.7, "broad": 2.4}


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of the canvas round one cell.

    Attributes
    ----------
    rows, columns
        Where it lies on the canvas.
    x, y
        (h, w) µm from the cell's centre.
    """

    rows: slice
    columns: slice
    x: Array
    y: Array

    @property
    def where(self) -> tuple[slice, slice]:
        """Index into a map of the canvas."""
        return self.rows, self.columns


class Canvas:
    """Amounts of stain and labels of one field.

    Attributes
    ----------
    amounts
        (H, W, 5) float32, in the order of `laboratories`' channels.
    labels, nuclei
        (H, W) int32, 0 = nothing; a nucleus carries its cell's number.
    white_depth, red_depth
        (H, W) µm below the outline of the nearest white or red cell; negative outside.
    """

    def __init__(
        self, width: int, height: int, pixel_size_um: float, rng: np.random.Generator
    ) -> None:
        self.um = pixel_size_um
        self.width, self.height = width, height
        self.amounts = np.zeros((height, width, 5), np.float32)
        self.labels = np.zeros((height, width), np.int32)
        self.nuclei = np.zeros((height, width), np.int32)
        self.white_depth = np.full((height, width), -50.0, np.float32)
        self.red_depth = np.full((height, width), -50.0, np.float32)
        self.classes: list[str] = []
        self.kinds: list[str] = []
        self.centres: list[tuple[float, float]] = []
        self._grain = {
            name: _grain_tile(rng, sigma / pixel_size_um)
            for name, sigma in _GRAINS_UM.items()
        }

    def patch(self, centre_px: Sequence[float], radius_um: float) -> Patch | None:
        """The canvas within a radius, or None where nothing of it is on the canvas."""
        reach = radius_um / self.um
        x0, x1 = _span(centre_px[0], reach, self.width)
        y0, y1 = _span(centre_px[1], reach, self.height)
        if x1 <= x0 or y1 <= y0:
            return None
        columns = (np.arange(x0, x1, dtype=np.float32) + 0.5 - centre_px[0]) * self.um
        rows = (np.arange(y0, y1, dtype=np.float32) + 0.5 - centre_px[1]) * self.um
        x, y = np.meshgrid(columns, rows)
        return Patch(slice(y0, y1), slice(x0, x1), x, y)

    def grain(self, patch: Patch, name: str, rng: np.random.Generator) -> Array:
        """Random texture for a patch: mean 0, standard deviation 1."""
        height, width = patch.x.shape
        top, left = rng.integers(0, _TILE, 2)
        rows = (np.arange(height) + top) % _TILE
        columns = (np.arange(width) + left) % _TILE
        return self._grain[name][np.ix_(rows, columns)]

    def add(self, patch: Patch, channel: int, amount: Array) -> None:
        """Lay stain on what is there already."""
        self.amounts[(*patch.where, channel)] += amount.astype(np.float32)

    def claim(
        self, patch: Patch, inside: Array, name: str, kind: str, centre: Sequence[float]
    ) -> int:
        """Give a cell its number and the pixels that it shows."""
        self.classes.append(name)
        self.kinds.append(kind)
        self.centres.append((float(centre[0]), float(centre[1])))
        number = len(self.classes)
        self.labels[patch.where][inside] = number
        return number


def _span(centre: float, reach: float, length: int) -> tuple[int, int]:
    low, high = int(np.floor(centre - reach)), int(np.ceil(centre + reach))
    return max(0, low), min(length, high)


def _grain_tile(rng: np.random.Generator, sigma_px: float) -> Array:
    noise = rng.standard_normal((_TILE, _TILE)).astype(np.float32)
    smooth = ndimage.gaussian_filter(noise, sigma_px, mode="wrap", truncate=3.0)
    tile: Array = (smooth - smooth.mean()) / smooth.std()
    return tile


def scatter(
    shape: tuple[int, int], points: Array, sigma_px: float, strengths: Array
) -> Array:
    """Soft dots of peak height ``strengths`` at (row, column) ``points``."""
    dots = np.zeros(shape, np.float32)
    index = np.rint(points).astype(int)
    rows, columns = index[:, 0], index[:, 1]
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    np.add.at(dots, (rows[inside], columns[inside]), strengths[inside])
    peak = 2 * np.pi * sigma_px**2
    soft: Array = ndimage.gaussian_filter(dots, sigma_px, truncate=3.0) * peak
    return soft
