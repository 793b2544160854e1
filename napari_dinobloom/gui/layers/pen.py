"""A pen on the smear: a line drawn while the button is held, or a place clicked."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.picker import STILL_PX, may_take, place_of
from napari_dinobloom.gui.layers.smear_layers import SmearLayers

APART_PX = 2.0
"""Points of a line are so far apart on the screen: nearer ones say nothing more."""


class CanvasPen:
    """Says which line was drawn; the smear stays where it is meanwhile.

    Parameters
    ----------
    layers
        The smear, and the marks into which the line is drawn.
    drawn
        Called with (n, 2) float of (y, x) in pixels of the picture; one point is a
        click.
    drawing
        Whether a pen is in hand.
    """

    def __init__(
        self,
        viewer: Any,
        layers: SmearLayers,
        *,
        drawn: Callable[[np.ndarray], None],
        drawing: Callable[[], bool],
    ) -> None:
        self._viewer, self._layers = viewer, layers
        self._drawn, self._drawing = drawn, drawing
        self._is_cancelled = False
        viewer.mouse_drag_callbacks.insert(0, self._pressed)

    def release(self) -> None:
        """Give the mouse back."""
        if self._pressed in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self._pressed)

    def give_up(self) -> bool:
        """Throw the line away that is being drawn; False where none is."""
        if not self._layers.marks.has_line:
            return False
        self._is_cancelled = True
        self._layers.marks.show_line(None)
        return True

    def show_in_hand(self) -> None:
        """Let the mouse look like what it does."""
        self._viewer.cursor.style = "cross" if self._drawing() else "standard"

    def _pressed(self, viewer: Any, event: Any) -> Iterator[None]:
        """From press to release; napari goes on with it at each move of the mouse."""
        if not self._drawing() or not may_take(viewer, self._layers, event):
            return
        marks, camera = self._layers.marks, camera_of(viewer)
        path, last = [place_of(self._layers, event)], np.array(event.pos, float)
        pressed_at, moved = last, False
        pans, self._is_cancelled = camera.mouse_pan, False
        camera.mouse_pan = False
        try:
            yield
            while event.type == "mouse_move":
                at = np.array(event.pos, float)
                moved = moved or np.abs(at - pressed_at).max() > STILL_PX
                if np.abs(at - last).max() >= APART_PX and not self._is_cancelled:
                    path.append(place_of(self._layers, event))
                    last = at
                    marks.show_line(np.array(path))
                yield
        finally:
            camera.mouse_pan = pans
            marks.show_line(None)
        if self._is_cancelled:
            return
        if moved:  # napari tells of a move every few milliseconds, of the end always
            path.append(place_of(self._layers, event))
        self._drawn(np.array(path if moved else path[:1], float))
