"""Keys and mouse over the canvas."""

from collections.abc import Callable
from typing import Any

from napari_dinobloom.gui.layers.smear_layers import SmearLayers

KEYS_BACK, KEYS_ON = (",", "PageUp"), (".", "PageDown")


class CanvasPointer:
    """Pages by key and says which cell lies under the mouse.

    Parameters
    ----------
    step
        Called with −1 or +1.
    hover
        Called with (y, x) in pixels of the picture, or None beside it and once the
        mouse has left the canvas.
    """

    def __init__(
        self,
        viewer: Any,
        layers: SmearLayers,
        step: Callable[[int], None],
        hover: Callable[[tuple[float, float] | None], None],
    ) -> None:
        self._viewer, self._layers, self._hover = viewer, layers, hover
        for key in KEYS_BACK:
            viewer.bind_key(key, lambda _: step(-1), overwrite=True)
        for key in KEYS_ON:
            viewer.bind_key(key, lambda _: step(1), overwrite=True)
        viewer.mouse_move_callbacks.append(self._moved)
        viewer.events.mouse_over_canvas.connect(self._came_or_left)

    def release(self) -> None:
        """Give keys and mouse back."""
        for key in (*KEYS_BACK, *KEYS_ON):
            self._viewer.bind_key(key, None)
        if self._moved in self._viewer.mouse_move_callbacks:
            self._viewer.mouse_move_callbacks.remove(self._moved)
        self._viewer.events.mouse_over_canvas.disconnect(self._came_or_left)

    def _came_or_left(self, _: Any) -> None:
        if not self._viewer.mouse_over_canvas:
            self._hover(None)

    def _moved(self, viewer: Any, event: Any) -> None:
        image = self._layers.image
        if image is None:
            return
        y, x = image.world_to_data(event.position)[-2:]
        height, width = image.data.shape[:2]
        inside = -0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5
        self._hover((float(y), float(x)) if inside else None)
