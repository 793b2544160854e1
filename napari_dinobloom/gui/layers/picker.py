"""Click and drag on the smear: one cell, or a box of them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.smear_layers import SmearLayers
from napari_dinobloom.study.selection import Combine

STILL_PX = 4.0
"""A mouse that moved no farther on the screen clicked."""
LEFT_BUTTON = 1
ESCAPE = "Escape"

Place = tuple[float, float]


class CanvasPicker:
    """Says what was clicked and which box was drawn; a drag without Shift still pans.

    Parameters
    ----------
    layers
        The smear, and the marks into which the rubber band is drawn.
    clicked
        Called with (y, x) in pixels of the picture, or None beside it, and with what
        that does to the cells in hand: Shift adds, Ctrl or Cmd toggles.
    boxed
        Called with two opposite corners and the same.
    escaped
        Called when Escape is pressed over the canvas.
    boxing
        Whether a drag draws a box even without Shift.
    resting
        Whether the mouse is somebody else's now.
    """

    def __init__(
        self,
        viewer: Any,
        layers: SmearLayers,
        *,
        clicked: Callable[[Place | None, Combine], None],
        boxed: Callable[[Place, Place, Combine], None],
        escaped: Callable[[], None],
        boxing: Callable[[], bool],
        resting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._viewer, self._layers = viewer, layers
        self._clicked, self._boxed = clicked, boxed
        self._escaped, self._boxing, self._resting = escaped, boxing, resting
        self._is_cancelled = False
        viewer.mouse_drag_callbacks.append(self._pressed)
        viewer.bind_key(ESCAPE, self._escape, overwrite=True)

    def release(self) -> None:
        """Give mouse and key back."""
        self._viewer.bind_key(ESCAPE, None)
        if self._pressed in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._pressed)

    def _pressed(self, viewer: Any, event: Any) -> Iterator[None]:
        """From press to release; napari goes on with it at each move of the mouse."""
        if self._resting() or not may_take(viewer, self._layers, event):
            return
        start, pressed_at = place_of(self._layers, event), np.array(event.pos, float)
        draws = self._boxing() or "Shift" in event.modifiers
        combine, moved = _combine(event.modifiers), False
        camera = camera_of(viewer)
        pans, self._is_cancelled = camera.mouse_pan, False
        if draws:
            camera.mouse_pan = False
        try:
            yield
            while event.type == "mouse_move":
                far = float(np.abs(np.array(event.pos, float) - pressed_at).max())
                moved = moved or far > STILL_PX
                if draws and moved and not self._is_cancelled:
                    self._layers.marks.show_band(start, place_of(self._layers, event))
                yield
        finally:
            if draws:
                camera.mouse_pan = pans
                self._layers.marks.hide_band()
        if not moved:
            self._clicked(self._inside(start), combine)
        elif draws and not self._is_cancelled:
            self._boxed(start, place_of(self._layers, event), combine)

    def _escape(self, _: Any) -> None:
        if self._layers.marks.has_band:
            self._is_cancelled = True
            self._layers.marks.hide_band()
        else:
            self._escaped()

    def _inside(self, place: Place) -> Place | None:
        image = self._layers.image
        if image is None:
            return None
        height, width = image.data.shape[:2]
        y, x = place
        inside = -0.5 <= y < height - 0.5 and -0.5 <= x < width - 0.5
        return place if inside else None


def _combine(modifiers: Any) -> Combine:
    if "Control" in modifiers or "Meta" in modifiers:
        return "toggle"
    return "add" if "Shift" in modifiers else "replace"


def may_take(viewer: Any, layers: SmearLayers, event: Any) -> bool:
    """Whether a press is ours: not while somebody draws in another layer, or zooms."""
    if event.button != LEFT_BUTTON or "Alt" in event.modifiers:
        return False
    active = viewer.layers.selection.active
    pans = active is None or active.mode == "pan_zoom"
    return pans and layers.image is not None


def place_of(layers: SmearLayers, event: Any) -> Place:
    """(y, x) of the mouse in pixels of the picture."""
    image = layers.image
    if image is None:
        return 0.0, 0.0
    y, x = image.world_to_data(event.position)[-2:]
    return float(y), float(x)
