"""The map as a picture: points on a transparent ground, fit for light and dark."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from napari_dinobloom.storage.report.images import data_uri, rgb_of

MOST_POINTS = 20_000
SIDE_PX = 1040
_MARGIN = 0.03
_FLATTEST = 0.45  # height over width, at least


@dataclass(frozen=True, slots=True)
class Group:
    """One colour of a map: its name in the legend, and how many cells have it."""

    name: str
    colour: str
    n: int


def draw_map(coordinates: np.ndarray, groups: list[Group], codes: np.ndarray) -> str:
    """A PNG of the points as a data URI; both axes have one scale.

    Groups are drawn in their order, so that the last lies on top.

    Parameters
    ----------
    coordinates
        (n, 2) float, finite.
    codes
        (n,) int, index into ``groups``.
    """
    radius = point_radius(len(coordinates))
    places, height = _placed(coordinates)
    # Drawn twice as large and reduced: Pillow's discs have no smooth edge.
    canvas = Image.new("RGBA", (SIDE_PX, height), (0, 0, 0, 0))
    for code, group in enumerate(groups):
        layer = ImageDraw.Draw(canvas)
        fill = (*rgb_of(group.colour), 235)
        for x, y in places[codes == code].tolist():
            layer.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
    half = (SIDE_PX // 2, height // 2)
    return data_uri(canvas.resize(half, Image.Resampling.LANCZOS), "PNG")


def point_radius(n: int) -> float:
    """Radius in pixels of the large canvas: smaller points where there are many."""
    return float(np.clip(90 / np.sqrt(max(n, 1)), 1.6, 8.0))


def _placed(coordinates: np.ndarray) -> tuple[np.ndarray, int]:
    """Pixels on the large canvas, y upwards, and how high the canvas is."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    inner = SIDE_PX * (1 - 2 * _MARGIN)
    span = np.maximum(high - low, 1e-9)
    scale = float(min(inner / span[0], inner / span[1]))
    shortest, margins = SIDE_PX * _FLATTEST, 2 * _MARGIN * SIDE_PX
    height = int(max(span[1] * scale + margins, shortest)) // 2 * 2
    centred = (coordinates - (low + high) / 2) * scale
    places = centred * (1, -1) + (SIDE_PX / 2, height / 2)
    return np.asarray(places), height


def sample(n: int, most: int, seed: int = 0) -> np.ndarray:
    """Row numbers, all of them or ``most`` at random, ascending."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
