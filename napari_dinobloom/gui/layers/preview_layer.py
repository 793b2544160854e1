"""Outlines of cells that would be found; a layer for as long as the preview lasts."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from napari.layers import Labels
from napari.utils import DirectLabelColormap
from psygnal import Signal

from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.smear_layers import SmearLayers, placement
from napari_dinobloom.study import KIND_COLOURS

PREVIEW = "Preview"
LINE_PX = 2


class Outlined(Protocol):
    """Cells of a part of a picture."""

    @property
    def labels(self) -> np.ndarray:
        """(h, w) int32."""
        ...

    @property
    def kinds(self) -> Sequence[str]:
        """Of the labels 1 … n."""
        ...

    @property
    def top(self) -> int:
        """Where the part begins."""
        ...

    @property
    def left(self) -> int:
        """Where the part begins."""
        ...


class PreviewLayer:
    """One Labels layer of its own; the cells of the study are hidden meanwhile."""

    moved = Signal()
    """Another part of the field is in view."""

    def __init__(self, viewer: Any, smear: SmearLayers) -> None:
        self._viewer, self._smear = viewer, smear
        self._layer: Labels | None = None
        self._hidden: Any = None
        events = camera_of(viewer).events
        events.zoom.connect(self._on_camera)
        events.center.connect(self._on_camera)

    def release(self) -> None:
        """Listen to the camera no more."""
        events = camera_of(self._viewer).events
        events.zoom.disconnect(self._on_camera)
        events.center.disconnect(self._on_camera)

    def seen(self) -> tuple[float, float, float, float] | None:
        """Top, left, bottom, right in pixels of the field that are on the canvas."""
        image = self._smear.image
        if image is None:
            return None
        canvas = getattr(self._viewer, "canvas", None)
        if canvas is None:
            (top, left), (bottom, right) = image.corner_pixels[:, :2]
            return float(top), float(left), float(bottom), float(right)
        camera, scale = camera_of(self._viewer), float(image.scale[-1])
        high, wide = np.array(canvas.size) / camera.zoom / scale
        y, x = np.array(camera.center[-2:]) / scale + 0.5
        return y - high / 2, x - wide / 2, y + high / 2, x + wide / 2

    def show(self, found: Outlined, pixel_size_um: float | None) -> None:
        """Draw outlines, each in the colour of its kind."""
        place = placement(pixel_size_um)
        scale = place["scale"][0]
        place["translate"] = (found.top * scale, found.left * scale)
        colours: dict[int | None, Any] = {None: "transparent", 0: "transparent"}
        colours |= {i: KIND_COLOURS[kind] for i, kind in enumerate(found.kinds, 1)}
        colormap = DirectLabelColormap(color_dict=colours)
        layer = self._there()
        if layer is None:
            active = self._viewer.layers.selection.active
            layer = self._layer = self._viewer.add_labels(
                found.labels, name=PREVIEW, colormap=colormap, **place
            )
            layer.contour = LINE_PX
            layer.editable = False
            self._viewer.layers.selection.active = active
            self._hide_cells()
            return
        layer.data = found.labels
        layer.colormap = colormap
        for name, value in place.items():
            setattr(layer, name, value)

    def clear(self) -> None:
        """Take the outlines away and show the cells of the study again."""
        layer = self._there()
        if layer is not None:
            self._viewer.layers.remove(layer)
        self._layer = None
        if self._hidden is not None and self._hidden in self._viewer.layers:
            self._hidden.visible = True
        self._hidden = None

    def _there(self) -> Labels | None:
        layer = self._layer
        return layer if layer is not None and layer in self._viewer.layers else None

    def _hide_cells(self) -> None:
        overlay = self._smear.overlay
        if overlay is not None and overlay.visible:
            overlay.visible, self._hidden = False, overlay

    def _on_camera(self, event: object = None) -> None:
        self.moved.emit()
