"""Which part of the map the canvas shows, and where a point of it lies."""

import numpy as np

MARGIN = 0.06
STEEPEST = 1e9


class MapFrame:
    """A scale and a middle; x to the right, y upwards, both in one unit."""

    def __init__(self) -> None:
        self.scale = 1.0
        """Canvas pixels per unit of the map."""
        self._middle = np.zeros(2)
        self._size = np.ones(2)

    @property
    def offset(self) -> tuple[float, float]:
        """Canvas place (left, top) of the map's origin."""
        left, top = self._size / 2 + self.scale * self._middle * (-1, 1)
        return float(left), float(top)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Least x and y, greatest x and y that are seen."""
        half = self._size / 2 / self.scale
        (x0, y0), (x1, y1) = self._middle - half, self._middle + half
        return float(x0), float(y0), float(x1), float(y1)

    def resize(self, width: float, height: float) -> None:
        """The canvas has another size; the middle stays in the middle."""
        self._size = np.array([max(width, 1.0), max(height, 1.0)])

    def to_canvas(self, xy: np.ndarray) -> np.ndarray:
        """(n, 2) canvas pixels of points of the map."""
        return np.asarray(xy, float) * (self.scale, -self.scale) + self.offset

    def to_map(self, places: np.ndarray) -> np.ndarray:
        """(n, 2) points of the map at these canvas pixels."""
        away = np.asarray(places, float) - self.offset
        return away / (self.scale, -self.scale)

    def zoom(self, factor: float, at: tuple[float, float]) -> None:
        """Magnify; what lies under ``at`` stays there."""
        held = self.to_map(np.array([at]))[0]
        self.scale = float(np.clip(self.scale * factor, 1 / STEEPEST, STEEPEST))
        self._middle += held - self.to_map(np.array([at]))[0]

    def pan(self, right: float, down: float) -> None:
        """Move what is seen by canvas pixels."""
        self._middle += np.array([-right, down]) / self.scale

    def fit(self, low: np.ndarray, high: np.ndarray) -> None:
        """Show everything between two corners."""
        extent = np.maximum(np.asarray(high, float) - low, 1e-9)
        self._middle = (np.asarray(low, float) + high) / 2
        self.scale = float(np.min(self._size * (1 - 2 * MARGIN) / extent))

    def centre(self, xy: np.ndarray) -> None:
        """Put a point into the middle."""
        self._middle = np.asarray(xy, float).copy()
