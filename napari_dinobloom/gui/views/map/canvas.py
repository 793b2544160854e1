"""The map itself: draws cells, pans and zooms, and tells what a person drew on it."""

from collections.abc import Callable, Mapping
from typing import Literal
from weakref import ref

import numpy as np
from qtpy import API_NAME
from qtpy.QtCore import QEvent, Qt, QTimer, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from vispy import app, scene

from napari_dinobloom.gui.layers.cell_map import CellMap
from napari_dinobloom.gui.views.map.frame import MapFrame
from napari_dinobloom.gui.views.map.overlay import MapOverlay, box_between

Tool = Literal["lasso", "box", "pan"]

STILL_PX = 4
"""Moved less than this between press and release, the mouse has clicked."""
PICK_PX = 8
"""How near the mouse must be to a cell to point at it."""
WHEEL_STEP = 1.0015
HOVER_MS, REST_MS = 25, 180
DARK = {"background": "#262930", "text": "#f0f1f2", "current": "#007acc"}


class MapCanvas(QWidget):
    """Implements the drawing half of `MapView`.

    The left button uses the tool; the middle and the right one move the map, as the
    left one does while the space bar is held. The wheel zooms about the mouse.
    """

    region_drawn = Signal(object, str)
    """(m, 2) corners on the map, and how to combine: "replace", "add", "remove"."""
    clicked = Signal(float, float, float, str)
    """x, y, radius on the map, and how to combine: "replace", "add", "toggle"."""
    hovered = Signal(object)
    """(x, y, radius) on the map, or None: the mouse is elsewhere."""
    escaped = Signal()

    def __init__(self) -> None:
        super().__init__()
        app.use_app(API_NAME)
        self.frame = MapFrame()
        self._canvas = _new_canvas()
        self.surface: QWidget = self._canvas.native
        self.cells = CellMap(self._canvas.scene)
        self._overlay = MapOverlay(self)
        self._shown_in: ref[QWidget] | None = None
        self._tool: Tool = "lasso"
        self._xy = np.empty((0, 2), np.float32)
        self._current: int | None = None
        self._pointed: int | None = None
        self._size_factor = 1.0
        self._fitted = True
        self._drag: str = ""
        self._trace: list[tuple[float, float]] = []
        self._space = False
        self._hover_place: tuple[float, float] | None = None
        self._hover_timer = _timer(self, HOVER_MS, self._tell_hover)
        self._rest_timer = _timer(self, REST_MS, self._rest)
        self._prepare()

    def _prepare(self) -> None:
        expanding = QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)
        self.setMinimumSize(160, 160)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._take_surface()
        self.set_theme(DARK)
        self.set_tool("lasso")

    def _take_surface(self) -> None:
        surface = self.surface
        surface.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        surface.setMouseTracking(True)
        surface.installEventFilter(self)
        surface.setAccessibleName("Map of the cells")
        self.setFocusProxy(surface)
        self.layout().addWidget(surface)
        self._overlay.raise_()

    def showEvent(self, event) -> None:
        """In another window the card has forgotten everything: tell it again."""
        super().showEvent(event)
        elsewhere = self._is_elsewhere()
        self._shown_in = ref(self.window())  # or neither would ever be freed
        if not elsewhere:
            return
        old_canvas, old_surface = self._canvas, self.surface
        self._canvas = _new_canvas()
        self.surface = self._canvas.native
        self.cells = self.cells.again(self._canvas.scene)
        self._canvas.bgcolor = self._ground
        self.surface.setCursor(old_surface.cursor())
        old_surface.removeEventFilter(self)
        self.layout().removeWidget(old_surface)
        self._take_surface()
        self._show_frame()
        old_surface.hide()
        old_canvas.close()
        old_surface.deleteLater()

    def _is_elsewhere(self) -> bool:
        return self._shown_in is not None and self.window() is not self._shown_in()

    # -- what is drawn -----------------------------------------------------------

    def set_positions(self, xy: np.ndarray, keep_frame: bool = False) -> None:
        """Lay the cells out, (n, 2) float32, nan where a cell has no place."""
        self._xy = xy
        self._current = self._pointed = None
        self.cells.set_positions(xy)
        self._resize_dots()
        if keep_frame and not self._fitted:
            self._show_frame()
        else:
            self.fit()

    def set_selected(self, rows: np.ndarray) -> None:
        """Which cells are in hand."""
        self.cells.set_selected(rows)

    def set_current(self, row: int | None) -> None:
        """Ring the cell that is looked at."""
        self._current = row
        self._place_rings()

    def set_pointed(self, row: int | None) -> None:
        """Ring the cell under the mouse, here or in the slide."""
        self._pointed = row
        self._place_rings()

    def set_opacity(self, opacity: float) -> None:
        """How much of what lies below a dot it hides, 0 … 1."""
        self.cells.set_opacity(opacity)

    def set_size_factor(self, factor: float) -> None:
        """Dots this much larger than suits their number."""
        self._size_factor = factor
        self._resize_dots()

    def set_tool(self, tool: Tool) -> None:
        """What dragging with the left button does."""
        self._tool = tool
        cross, hand = Qt.CursorShape.CrossCursor, Qt.CursorShape.OpenHandCursor
        self.surface.setCursor(hand if tool == "pan" else cross)

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Colours of ground, lines and rims."""
        self._ground, self._tone = theme["background"], theme["text"]
        self._canvas.bgcolor = self._ground
        self.cells.set_tone(QColor(self._tone).getRgbF()[:3])
        self._overlay.set_theme(theme)

    def fit(self) -> None:
        """Show all cells."""
        placed = self._xy[np.isfinite(self._xy).all(axis=1)]
        if len(placed):
            self.frame.fit(placed.min(axis=0), placed.max(axis=0))
        self._fitted = True
        self._show_frame()

    def centre_on(self, row: int) -> None:
        """Bring a cell into sight if it is out of it."""
        x, y = self._xy[row]
        x0, y0, x1, y1 = self.frame.bounds
        if np.isfinite(x) and not (x0 <= x <= x1 and y0 <= y <= y1):
            self.frame.centre(self._xy[row])
            self._show_frame()

    def picture(self, factor: int, ground: str, tone: str) -> np.ndarray:
        """(h, w, 4) uint8: what is seen, ``factor`` times as many pixels.

        Parameters
        ----------
        ground, tone
            Colour of the ground, and of rims and cloud.
        """
        width, height = self._canvas.size
        # vispy draws a region that is larger than the canvas at the canvas' own scale
        # and counts its height from below
        times = factor / self._canvas.pixel_scale
        left, top = self.frame.offset
        top = height - times * (height - top)
        self.cells.sketch(on=False)
        self.cells.set_tone(QColor(tone).getRgbF()[:3])
        self.cells.magnify(times)
        self.cells.set_frame(self.frame.scale * times, left * times, top)
        try:
            region = (0, 0, round(width * times), round(height * times))
            return self._canvas.render(region=region, bgcolor=ground)
        finally:
            self.cells.magnify(1.0)
            self.cells.set_tone(QColor(self._tone).getRgbF()[:3])
            self._show_frame()

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.surface.width(), self.surface.height()

    def place_of(self, row: int) -> tuple[float, float] | None:
        """Canvas pixels of a cell, None where it has no place."""
        xy = self._xy[row]
        if not np.isfinite(xy).all():
            return None
        x, y = self.frame.to_canvas(xy[None])[0]
        return float(x), float(y)

    def _resize_dots(self) -> None:
        self.cells.set_size(usual_size(self.cells.n_dots) * self._size_factor)

    def _show_frame(self) -> None:
        self.cells.set_frame(self.frame.scale, *self.frame.offset)
        self._place_rings()

    def _place_rings(self) -> None:
        rings = [
            self.place_of(row) if row is not None and row < len(self._xy) else None
            for row in (self._current, self._pointed)
        ]
        self._overlay.set_rings(*rings)

    # -- mouse and keys ----------------------------------------------------------

    def eventFilter(self, watched, event) -> bool:
        """Take mouse and keys before vispy does."""
        kinds = QEvent.Type
        if self._is_elsewhere() and event.type() in (kinds.Show, kinds.Paint):
            return True  # the card has forgotten what this surface drew
        act = {
            kinds.MouseButtonPress: self._pressed,
            kinds.MouseButtonDblClick: self._pressed,
            kinds.MouseMove: self._moved,
            kinds.MouseButtonRelease: self._released,
            kinds.Wheel: self._wheeled,
            kinds.KeyPress: self._key_pressed,
            kinds.KeyRelease: self._key_released,
        }.get(event.type())
        if act is not None:
            return act(event)
        if event.type() == kinds.Leave:
            self._point_at(None)
        elif event.type() == kinds.Resize:
            self._resized(event.size().width(), event.size().height())
        return False

    def _resized(self, width: int, height: int) -> None:
        self._overlay.resize(width, height)
        self.frame.resize(width, height)
        if self._fitted:
            self.fit()
        else:
            self._show_frame()

    def _pressed(self, event) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        moves = not left or self._space or self._tool == "pan"
        self._drag = "pan" if moves else self._tool
        self._trace = [_place(event)]
        self._point_at(None)
        self.surface.setFocus()
        return True

    def _moved(self, event) -> bool:
        place = _place(event)
        if not self._drag:
            self._point_at(place)
            return True
        before = self._trace[-1]
        if self._drag == "pan":
            if self._has_moved(place):
                self._move_by(place[0] - before[0], place[1] - before[1])
                self._trace.append(place)
        else:
            self._trace.append(place)
            self._overlay.set_outline(self._outline())
        return True

    def _released(self, event) -> bool:
        drag, self._drag = self._drag, ""
        if not drag:
            return True
        place, combine = _place(event), _combine(event.modifiers())
        self._overlay.set_outline(np.empty((0, 2)))
        if not self._has_moved(place) and len(self._trace) < 30:
            if event.button() == Qt.MouseButton.LeftButton:
                x, y = self.frame.to_map(np.array([place]))[0]
                radius = PICK_PX / self.frame.scale
                self.clicked.emit(float(x), float(y), radius, combine)
        elif drag == "pan":
            before = self._trace[-1]
            self._move_by(place[0] - before[0], place[1] - before[1])
        else:
            self._trace.append(place)
            outline = self._outline(drag)
            if len(outline) > 2:
                # an outline says what to put away, a click turns one cell round
                combine = "remove" if combine == "toggle" else combine
                self.region_drawn.emit(self.frame.to_map(outline), combine)
        self._trace = []
        return True

    def _outline(self, tool: str = "") -> np.ndarray:
        if (tool or self._drag) == "box":
            return box_between(self._trace[0], self._trace[-1])
        return np.array(self._trace)

    def _has_moved(self, place: tuple[float, float]) -> bool:
        x, y = self._trace[0]
        far = max((abs(px - x) + abs(py - y) for px, py in self._trace), default=0)
        return max(far, abs(place[0] - x) + abs(place[1] - y)) > STILL_PX

    def _wheeled(self, event) -> bool:
        step = event.angleDelta().y() or event.angleDelta().x()
        self._point_at(None)
        self._keep_moving()
        self.frame.zoom(WHEEL_STEP**step, _place(event))
        self._show_frame()
        return True

    def _move_by(self, right: float, down: float) -> None:
        self._keep_moving()
        self.frame.pan(right, down)
        self._show_frame()

    def _keep_moving(self) -> None:
        self._fitted = False
        self.cells.sketch(on=True)
        self._rest_timer.start()

    def _rest(self) -> None:
        self.cells.sketch(on=False)

    def _key_pressed(self, event) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        if key == Qt.Key.Key_Space and self._tool != "pan":
            self._space = True
            self.surface.setCursor(Qt.CursorShape.OpenHandCursor)
        elif key == Qt.Key.Key_Escape:
            self._drag, self._trace = "", []
            self._overlay.set_outline(np.empty((0, 2)))
            self.escaped.emit()
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home) and not event.modifiers():
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._zoom_at_middle(1.25 if key == Qt.Key.Key_Plus else 0.8)
        else:
            event.ignore()  # goes on to the page and the dock
        return True

    def _key_released(self, event) -> bool:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.set_tool(self._tool)
        return True

    def _zoom_at_middle(self, factor: float) -> None:
        self._keep_moving()
        middle = (self.surface.width() / 2, self.surface.height() / 2)
        self.frame.zoom(factor, middle)
        self._show_frame()

    def _point_at(self, place: tuple[float, float] | None) -> None:
        self._hover_place = place
        if place is None:
            self._hover_timer.stop()
            self.hovered.emit(None)
        elif not self._hover_timer.isActive():
            self._hover_timer.start()

    def _tell_hover(self) -> None:
        if self._hover_place is not None:
            x, y = self.frame.to_map(np.array([self._hover_place]))[0]
            self.hovered.emit((float(x), float(y), PICK_PX / self.frame.scale))


def _new_canvas() -> scene.SceneCanvas:
    return scene.SceneCanvas(keys=None, show=False, vsync=False)


def usual_size(n: int) -> float:
    """Diameter in pixels that suits so many dots: 8 for a hundred, 2 for a million."""
    return float(np.clip(13 - 1.9 * np.log10(max(n, 1)), 2.0, 9.0))


def _place(event) -> tuple[float, float]:
    position = event.position()
    return position.x(), position.y()


def _combine(modifiers) -> str:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "add"
    control = Qt.KeyboardModifier.ControlModifier
    return "toggle" if modifiers & control else "replace"


def _timer(parent: QWidget, milliseconds: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
