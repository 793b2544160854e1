"""Drives the real window as a person would, for those who take pictures of it."""

import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

WAIT_S = 300.0
QUALITY_COLOURS = 256


def foreign_home() -> str:
    """Keep recent studies, samples and layouts of whoever takes the pictures out."""
    home = tempfile.mkdtemp(prefix="dinobloom-pictures-")
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = home
    return home


class Window:
    """Napari's window with the dock in it.

    Parameters
    ----------
    theme
        "dark" or "light".
    width, height
        In pixels of the screen.
    """

    def __init__(
        self, theme: str = "dark", width: int = 1366, height: int = 768
    ) -> None:
        import napari
        from qtpy.QtWidgets import QApplication

        from napari_dinobloom.gui import plugin

        self.viewer = napari.Viewer(show=True, title="DinoBloom")
        self.dock = plugin.show_dock(self.viewer)
        self.session = plugin.session_of(self.viewer)
        self.app = QApplication.instance()
        self.window = self.dock.window()
        self.rest(3)
        self.look(theme, width, height)

    # -- time ----------------------------------------------------------------------

    def rest(self, seconds: float) -> None:
        """Let the window work for a while."""
        self.wait(lambda: False, seconds)

    def wait(self, until: Callable[[], bool], seconds: float = WAIT_S) -> None:
        """Let the window work until something is so, or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self.app.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Wait until nothing runs, nothing is being read and nothing is learned."""
        session, gallery = self.session, self.page("Cells").cells
        self.wait(lambda: not session.runner.is_busy)
        self.rest(0.5)
        self.wait(lambda: not session.loader.is_busy)
        live = session.live
        self.wait(lambda: live.has_caught_up)
        self.rest(0.3)
        if gallery.isVisible():
            self.wait(lambda: not gallery.pixmaps_missing(), 1) if hasattr(
                gallery, "pixmaps_missing"
            ) else self.rest(2.0)
        self.rest(0.6)

    # -- what is seen ----------------------------------------------------------------

    def look(self, theme: str, width: int, height: int) -> None:
        """Dress and size the window."""
        self.viewer.theme = theme
        self.window.resize(width, height)
        self.rest(0.6)
        self.viewer.reset_view()

    def dock_width(self, width: int) -> None:
        """Pull the border between canvas and dock."""
        from qtpy.QtCore import Qt

        way = Qt.Orientation.Horizontal
        self.window.resizeDocks([self.dock.parentWidget()], [width], way)
        self.rest(0.4)
        self.viewer.reset_view()

    def open(self, folder: Path) -> None:
        """Open a study."""
        from napari_dinobloom.gui import plugin

        plugin.open_study_in(self.viewer, folder)
        self.settle()

    def page(self, title: str) -> Any:
        """A page by its tab's title."""
        return self.dock.page(title)

    def show(self, title: str) -> Any:
        """Bring a page to the front."""
        self.dock.pages.show_page(title)
        self.settle()
        return self.page(title)

    def alone(self, title: str, width: int, height: int) -> Any:
        """Take a page out into a window of its own; returns the window."""
        self.dock.pages.take_out(title)
        torn = self.dock.pages.windows[title]
        torn.resize(width, height)
        self.settle()
        return torn

    # -- what is done ----------------------------------------------------------------

    def take_in_hand(self, cell_ids: Iterable[int]) -> None:
        """As a lasso or a click would."""
        self.session.selection.take(np.array(sorted(cell_ids), np.int64))
        self.settle()

    def look_at(self, cell_id: int) -> None:
        """Take one cell in hand and show it in its smear."""
        self.take_in_hand([cell_id])
        self.session.field.go_to(cell_id)
        self.settle()

    def mouse(self, widget: Any, kind: str, at: tuple[float, float]) -> None:
        """Press, move, drag or release the left button there."""
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent

        kinds, buttons = QEvent.Type, Qt.MouseButton
        event_kind, button, held = {
            "press": (kinds.MouseButtonPress, buttons.LeftButton, buttons.LeftButton),
            "drag": (kinds.MouseMove, buttons.NoButton, buttons.LeftButton),
            "move": (kinds.MouseMove, buttons.NoButton, buttons.NoButton),
            "release": (
                kinds.MouseButtonRelease, buttons.LeftButton, buttons.NoButton,
            ),
        }[kind]  # fmt: skip
        place = QPointF(*at)
        on_screen = QPointF(widget.mapToGlobal(place.toPoint()))
        self.app.sendEvent(
            widget,
            QMouseEvent(
                event_kind,
                *(place, place, on_screen),
                *(button, held, Qt.KeyboardModifier.NoModifier),
            ),
        )

    def on_canvas(self, y: float, x: float) -> tuple[float, float]:
        """Where a pixel of the smear lies on the canvas."""
        from napari_dinobloom.gui.layers.camera import camera_of

        canvas = self.viewer.window._qt_viewer.canvas.native
        camera = camera_of(self.viewer)
        world = np.array(self.session.layers.image.data_to_world((y, x)))[-2:]
        down, right = (world - np.array(camera.center)[-2:]) * camera.zoom
        return canvas.width() / 2 + right, canvas.height() / 2 + down

    def outline_round(self, cell_ids: list[int], far: float = 12) -> np.ndarray:
        """(m, 2) canvas pixels of a lasso round these dots of the map, closed."""
        from scipy.spatial import ConvexHull

        canvas, roster = self.page("Map").canvas, self.session.roster
        dots = np.array([canvas.place_of(roster.row_of(i)) for i in cell_ids])
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        ring = far * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        cloud = (dots[:, None] + ring[None]).reshape(-1, 2)
        hull = cloud[ConvexHull(cloud).vertices]
        return np.concatenate([hull, hull[:1]])

    def point_on_map(self, cell_id: int) -> None:
        """Rest the mouse on a dot of the map."""
        page = self.page("Map")
        place = page.canvas.place_of(self.session.roster.row_of(cell_id))
        self.mouse(page.canvas.surface, "move", place)
        self.wait(page.popup.isVisible, 5)
        self.rest(1.0)

    def key(self, text: str) -> None:
        """A key of the scheme, as every page hands it on."""
        self.session.labeller.key(text)

    # -- pictures --------------------------------------------------------------------

    def grab(self, widget: Any = None) -> Any:
        """The window, or another one, as a Pillow picture."""
        from PIL import Image
        from qtpy.QtGui import QImage

        pixmap = (widget or self.window).grab()
        image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB888)
        width, height, step = image.width(), image.height(), image.bytesPerLine()
        bits = image.constBits()
        if hasattr(bits, "setsize"):
            bits.setsize(height * step)
        rows = np.frombuffer(bytes(bits), np.uint8).reshape(height, step)
        return Image.fromarray(rows[:, : 3 * width].reshape(height, width, 3).copy())

    def save(self, path: Path, widget: Any = None, most_kb: int = 400) -> None:
        """Grab and write; with a palette where the file would grow too large."""
        from PIL import Image

        picture = self.grab(widget)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, optimize=True)
        if path.stat().st_size > 1000 * most_kb:
            few = picture.quantize(QUALITY_COLOURS, method=0, kmeans=2)
            few = picture.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG)
            few.save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201

    def close(self) -> None:
        """Close the window and wait until the study is put away."""
        self.viewer.close()
        self.wait(lambda: self.session.is_closed, 20)
