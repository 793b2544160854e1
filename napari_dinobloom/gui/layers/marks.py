"""What lies over the cells: the cell looked at, the one pointed at, a rubber band."""

from typing import Any

import numpy as np
from napari.layers import Points

from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.strokes import (
    DARK,
    LIGHT,
    Box,
    brackets,
    dotted,
    frame,
    grown,
    polyline,
    ring,
)

MARKS = "Marks"
LINE_PX = 2.2
"""On the screen, however near one looks."""
SPACING_PX = 1.5
"""Between the middles of two dots of a line."""
GAP_PX, ARM_PX = 5.0, 9.0
STALE_ZOOM = 1.15
"""Lines may get so many times too wide or too thin before they are drawn anew."""


class Marks:
    """One Points layer; everything is given in pixels of the picture.

    Each line is a light and a dark one side by side, so that it is seen on a pale
    background, on a nucleus and on black alike. Lines are rows of dots: for each change
    of a Vectors layer the shaders are linked anew (vispy's mesh), which takes longer
    and leaves memory behind at every cell that somebody looks at; for dots they are
    not.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layer: Points | None = None
        self._current: Box | None = None
        self._pointed: Box | None = None
        self._band: Box | None = None
        self._line: np.ndarray | None = None
        self._zoom = 1.0
        self._n_colours = (-1, -1)
        camera_of(viewer).events.zoom.connect(self._on_zoom)

    @property
    def layer(self) -> Points | None:
        """The layer, while it is in the viewer."""
        layer = self._layer
        return layer if layer is not None and layer in self._viewer.layers else None

    @property
    def has_band(self) -> bool:
        """Whether a rubber band is being drawn."""
        return self._band is not None

    def lay(self, **placement: Any) -> None:
        """Have a layer with this scale and these units on top."""
        layer = self.layer
        if layer is None:
            self._layer = self._viewer.add_points(
                np.zeros((0, 2)),
                name=MARKS,
                symbol="square",
                border_width=0,
                antialiasing=0,
                **placement,
            )
            self._n_colours = (-1, -1)
        else:
            for name, value in placement.items():
                setattr(layer, name, value)
        self._current = self._pointed = self._band = self._line = None
        self._draw()

    def show_current(self, box: Box | None) -> None:
        """Brackets round the cell looked at."""
        if box != self._current:
            self._current = box
            self._draw()

    def show_pointed(self, box: Box | None) -> None:
        """A ring round the cell pointed at."""
        if box != self._pointed:
            self._pointed = box
            self._draw()

    def show_band(
        self, corner: tuple[float, float], opposite: tuple[float, float]
    ) -> None:
        """A rubber band between two corners (y, x)."""
        (top, bottom), (left, right) = map(sorted, zip(corner, opposite, strict=True))
        self._set_band((top, left, bottom, right))

    @property
    def has_line(self) -> bool:
        """Whether a line is being drawn."""
        return self._line is not None

    def show_line(self, path: np.ndarray | None) -> None:
        """The line that is being drawn, (n, 2) of (y, x); None for none."""
        self._line = path
        self._draw()

    def hide_band(self) -> None:
        """No rubber band."""
        self._set_band(None)

    def _set_band(self, box: Box | None) -> None:
        if box != self._band:
            self._band = box
            self._draw()

    def clear(self) -> None:
        """Take the layer away."""
        layer = self.layer
        if layer is not None:
            self._viewer.layers.remove(layer)
        self.abandon()

    def abandon(self) -> None:
        """Forget the layer: the viewer is being taken apart."""
        self._layer = None
        self._current = self._pointed = self._band = self._line = None

    def release(self) -> None:
        """Follow the camera no more."""
        camera_of(self._viewer).events.zoom.disconnect(self._on_zoom)

    # -- strokes -----------------------------------------------------------------

    def _on_zoom(self) -> None:
        if not any((self._current, self._pointed, self._band, self.has_line)):
            return
        change = camera_of(self._viewer).zoom / self._zoom
        if not 1 / STALE_ZOOM < change < STALE_ZOOM:
            self._draw()

    def _draw(self) -> None:
        layer = self.layer
        if layer is None:
            return
        self._zoom = camera_of(self._viewer).zoom
        pixel = 1 / (self._zoom * float(layer.scale[-1]))
        width = LINE_PX * pixel
        light, dark = self._dots(pixel), self._dots(pixel, width)
        if not (len(light) or len(layer.data)):
            return
        # Never hidden: napari then builds up its scene anew, and its shaders with it.
        layer.data = np.concatenate([dark, light])
        if len(light) and self._n_colours != (len(dark), len(light)):
            layer.face_color = np.array([DARK] * len(dark) + [LIGHT] * len(light))
            self._n_colours = len(dark), len(light)
        if len(light) and (layer.size != width).any():
            layer.size = layer.current_size = width

    def _dots(self, pixel: float, out: float = 0.0) -> np.ndarray:
        """(n, 2) places (y, x) along all strokes, moved outwards by so much."""
        return dotted(self._strokes(pixel, out), SPACING_PX * pixel)

    def _strokes(self, pixel: float, out: float = 0.0) -> np.ndarray:
        """All strokes, moved outwards by so much; ``pixel`` is one of the screen."""
        parts = [np.empty((0, 2, 2))]
        if self._current is not None:
            box = grown(self._current, GAP_PX * pixel + out)
            arm = max(ARM_PX * pixel, 0.2 * (box[2] - box[0]), 0.2 * (box[3] - box[1]))
            parts.append(brackets(box, arm))
        if self._pointed is not None:
            top, left, bottom, right = self._pointed
            radius = 0.5 * max(bottom - top, right - left) + 2 * pixel
            centre = (top + bottom) / 2, (left + right) / 2
            parts.append(ring(*centre, radius + out))
        if self._band is not None:
            parts.append(frame(grown(self._band, out)))
        if self._line is not None and len(self._line) > 1:
            parts.append(polyline(self._line + out))
        return np.concatenate(parts)
