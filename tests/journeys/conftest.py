"""A person at the real window: mouse and keys, nothing that they could not do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

LONG_MS, SHORT_MS = 240_000, 20_000
WINDOW_PX = 1366, 768


class Person:
    """Sits at one window, its study and its pages.

    Parameters
    ----------
    qtbot, viewer
        As pytest-qt and napari give them.
    """

    def __init__(self, qtbot: Any, viewer: Any) -> None:
        from napari_dinobloom.gui import plugin

        self.bot, self.viewer = qtbot, viewer
        self.dock = plugin.show_dock(viewer)
        self.session = plugin.session_of(viewer)
        viewer.window.resize(*WINDOW_PX)
        self.smear = viewer.window._qt_viewer.canvas.native
        self.said: list[str] = []
        self.refused: list[str] = []
        self.session.labeller.said.connect(self.said.append)
        self.session.labeller.failed.connect(lambda what, _: self.refused.append(what))
        viewer.window.activate()
        self.wait(lambda: self.header.isVisible() and self.smear.width() > 400)

    # -- what is seen ------------------------------------------------------------

    @property
    def study(self) -> Any:
        return self.session.desk.study

    @property
    def roster(self) -> Any:
        return self.session.roster

    @property
    def in_hand(self) -> list[int]:
        return self.session.selection.ids.tolist()

    @property
    def header(self) -> Any:
        return self.page("Study").header

    @property
    def map(self) -> Any:
        return self.page("Map").canvas

    @property
    def gallery(self) -> Any:
        return self.page("Cells").cells

    @property
    def card(self) -> Any:
        return self.page("Cells").splitter.widget(1)

    def page(self, title: str) -> Any:
        return self.dock.page(title)

    def button(self, title: str, text: str) -> Any:
        """The button on a page on which this stands."""
        from qtpy.QtWidgets import QAbstractButton

        buttons = self.page(title).findChildren(QAbstractButton)
        found = [b for b in buttons if b.text() == text and b.isVisible()]
        assert len(found) == 1, f"{len(found)} buttons say “{text}”"
        return found[0]

    @property
    def bar(self) -> Any:
        """The line about the cells in hand, below the pages of the dock."""
        return part(self.dock, "SelectionBar")

    def window_of(self, title: str) -> Any:
        """The window into which a page was taken out."""
        return self.dock.pages.windows[title]

    @property
    def study_button(self) -> Any:
        from qtpy.QtWidgets import QToolButton

        buttons = self.header.findChildren(QToolButton)
        return next(b for b in buttons if b.text() == "Study")

    @property
    def score(self) -> Any:
        """How good the predictions are, at the foot of the page Label."""
        return part(self.page("Label"), "LiveScoreView")

    @property
    def left(self) -> Any:
        from qtpy.QtCore import Qt

        return Qt.MouseButton.LeftButton

    @property
    def control(self) -> Any:
        from qtpy.QtCore import Qt

        return Qt.KeyboardModifier.ControlModifier

    def windows_called(self, title: str) -> list[Any]:
        """Those that can be seen."""
        from qtpy.QtWidgets import QApplication

        every = QApplication.topLevelWidgets()
        return [w for w in every if w.isVisible() and w.windowTitle() == title]

    def rows(self, cell_ids: list[int]) -> np.ndarray:
        return self.roster.rows_of(np.array(cell_ids, np.int64))

    def gallery_order(self) -> list[int]:
        return self.gallery._shown.order.ids.tolist()

    def label_of(self, cell_id: int) -> str | None:
        return self.study.labels.label_of(cell_id)

    def prediction_of(self, cell_id: int) -> str:
        """What the roster, from which everything draws, predicts; "" for nothing."""
        code = self.roster.predicted[self.roster.row_of(cell_id)]
        return (*self.roster.class_names, "")[code]

    def cells_of(self, kind: str) -> list[int]:
        from napari_dinobloom.study import CELL_KINDS

        cells = self.roster.cells
        return cells.cell_id[cells.kind == CELL_KINDS.index(kind)].tolist()

    def on_smear(self) -> list[int]:
        """Cells of the field that lies on the canvas."""
        scene = self.session.field.marks.scene
        return scene.cells.cell_id.tolist() if scene is not None else []

    # -- what is waited for ------------------------------------------------------

    def wait(self, seen: Callable[[], Any], ms: int = SHORT_MS) -> None:
        self.bot.waitUntil(lambda: bool(seen()), timeout=ms)

    def wait_for_run(self) -> None:
        self.wait(lambda: not self.session.runner.is_busy, LONG_MS)

    def wait_for_learning(self) -> None:
        """Until the classifier knows every label that stands."""
        live = self.session.live
        self.wait(lambda: live.has_caught_up, LONG_MS)

    def wait_for_card_of(self, cell_id: int) -> None:
        """Until its card can be read: behind “Reading the cell…” lies an old one."""
        title = self.card.title
        self.wait(lambda: title.isVisible() and title.text().endswith(f" {cell_id}"))

    # -- mouse and keys ----------------------------------------------------------

    def click(self, widget: Any, at: Any = None, modifier: Any = None) -> None:
        """Click in the middle of a widget that can be seen and used, or elsewhere."""
        from qtpy.QtCore import Qt

        assert widget.isVisible(), f"{widget} cannot be seen"
        assert widget.isEnabled(), f"{widget} cannot be used: {widget.toolTip()}"
        at = widget.rect().center() if at is None else at
        self.come_to(widget)
        none = Qt.KeyboardModifier.NoModifier
        self.bot.mouseClick(widget, Qt.MouseButton.LeftButton, modifier or none, at)

    def come_to(self, widget: Any) -> None:
        """Let its window have the keyboard, as window managers do on a click."""
        window = widget.window()
        if not window.isActiveWindow():
            window.activateWindow()
            self.wait(window.isActiveWindow)

    def go(self, title: str) -> Any:
        """Click a page's tab, or the window it was taken out into."""
        pages = self.dock.pages
        if title not in pages.windows:
            bar = pages.tabs.tabBar()
            titles = [bar.tabText(i) for i in range(bar.count())]
            self.click(bar, bar.tabRect(titles.index(title)).center())
            assert pages.current == title
        return self.page(title)

    def choose(self, button: Any, *texts: str) -> None:
        """Open a button's menu and choose an entry of it, or of a menu inside."""
        menu = button.menu()
        for text in texts[:-1]:
            menu.aboutToShow.emit()
            menu = next(a.menu() for a in menu.actions() if a.text() == text)
        menu.aboutToShow.emit()
        action = next(a for a in menu.actions() if a.text() == texts[-1])
        assert action.isEnabled(), action.toolTip()
        action.trigger()

    def key(self, key: Any, on: Any = None, modifier: Any = None) -> None:
        """Press a key where the keyboard is, or on a widget that is made to have it."""
        from qtpy.QtCore import Qt
        from qtpy.QtWidgets import QApplication

        if on is not None:
            self.come_to(on)
            on.setFocus()
            self.wait(on.hasFocus)
        focused = QApplication.focusWidget()
        assert focused is not None, "no widget has the keyboard"
        none = Qt.KeyboardModifier.NoModifier
        self.bot.keyClick(focused, key, modifier or none)

    def take_back(self, on: Any = None) -> None:
        from qtpy.QtCore import Qt

        self.key(Qt.Key.Key_Z, on, Qt.KeyboardModifier.ControlModifier)

    def place_on_smear(self, cell_id: int) -> Any:
        """Where the middle of a cell lies on napari's canvas, once it stands still."""
        from qtpy.QtCore import QPoint

        from napari_dinobloom.gui.layers.camera import camera_of

        scene, image = self.session.field.marks.scene, self.session.layers.image
        row = int(np.flatnonzero(scene.cells.cell_id == cell_id)[0])
        y, x = inner_point(scene.mask == scene.cells.mask_label[row])
        y, x = image.data_to_world((y, x))[-2:]
        camera = camera_of(self.viewer)
        _, middle_y, middle_x = camera.center
        width, height = self.smear.width(), self.smear.height()
        at_x = (x - middle_x) * camera.zoom + width / 2
        at_y = (y - middle_y) * camera.zoom + height / 2
        assert 0 <= at_x < width, "the cell lies beside the canvas"
        assert 0 <= at_y < height, "the cell lies beside the canvas"
        return QPoint(round(at_x), round(at_y))

    def click_on_smear(self, cell_id: int, modifier: Any = None) -> None:
        self.click(self.smear, self.place_on_smear(cell_id), modifier)

    def place_on_map(self, cell_id: int) -> Any:
        from qtpy.QtCore import QPoint

        x, y = self.map.place_of(self.roster.row_of(cell_id))
        return QPoint(round(x), round(y))

    def click_on_map(self, cell_id: int) -> None:
        self.click(self.map.surface, self.place_on_map(cell_id))

    def point_on_smear(self, cell_id: int) -> None:
        self.move(self.smear, self.place_on_smear(cell_id))

    def point_on_map(self, cell_id: int) -> None:
        self.move(self.map.surface, self.place_on_map(cell_id))

    def lasso(self, cell_ids: list[int], far: float = 12) -> None:
        """Draw round these dots with the left button held."""
        from qtpy.QtCore import QPoint, Qt

        left, surface = Qt.MouseButton.LeftButton, self.map.surface
        none = Qt.KeyboardModifier.NoModifier
        rows = self.rows(cell_ids).tolist()
        if any(self.map.place_of(row) is None for row in rows):
            self.click(self.page("Map").kinds.buttons[""])
        dots = [self.map.place_of(row) for row in rows]
        outline = [QPoint(round(x), round(y)) for x, y in around(np.array(dots), far)]
        self.bot.mousePress(surface, left, none, outline[0])
        for place in outline[1:]:
            self.move(surface, place, left)
        self.bot.mouseRelease(surface, left, none, outline[-1])

    def move(self, widget: Any, to: Any, held: Any = None) -> None:
        """Move the mouse there; pytest-qt would move a real one, on a small screen."""
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent
        from qtpy.QtWidgets import QApplication

        none = Qt.MouseButton.NoButton
        place, on_screen = QPointF(to), QPointF(widget.mapToGlobal(to))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            *(place, place, on_screen),
            *(none, held or none, Qt.KeyboardModifier.NoModifier),
        )
        QApplication.sendEvent(widget, event)

    def place_in_gallery(self, cell_id: int) -> Any:
        index = self.gallery._shown.order.index_of(cell_id)
        assert index >= 0, f"cell {cell_id} is not in the gallery"
        self.gallery.reveal(index)
        return self.gallery.tile_rect(index).center()

    def click_in_gallery(self, cell_id: int, modifier: Any = None) -> None:
        at = self.place_in_gallery(cell_id)
        self.click(self.gallery.viewport(), at, modifier)


def part(widget: Any, kind: str) -> Any:
    """The one part of a widget, in its own window, that is of a class of that name."""
    from qtpy.QtWidgets import QWidget

    parts = [w for w in widget.findChildren(QWidget) if type(w).__name__ == kind]
    (found,) = [w for w in parts if w.window() is widget.window()]
    return found


def around(dots: np.ndarray, far: float) -> np.ndarray:
    """An outline round points: (m, 2), closed."""
    from scipy.spatial import ConvexHull

    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = far * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cloud = (dots[:, None] + ring[None]).reshape(-1, 2)
    hull = cloud[ConvexHull(cloud).vertices]
    return np.concatenate([hull, hull[:1]])


def inner_point(inside: np.ndarray) -> tuple[float, float]:
    """(y, x) of the pixel of a cell that lies furthest from its border."""
    from scipy.ndimage import distance_transform_edt

    far = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(far.argmax()), far.shape)
    return float(y), float(x)


@pytest.fixture
def on_disk() -> Callable[[Path], dict[int, str]]:
    """Reads the labels of a study beside whoever writes to it."""
    from napari_dinobloom.storage import open_study

    def labels(folder: Path) -> dict[int, str]:
        with open_study(folder, read_only=True) as seen:
            return dict(seen.study.labels.labels())

    return labels


@pytest.fixture
def sit_down(make_napari_viewer, qtbot) -> Iterator[Callable[[], Person]]:
    """Opens napari's window with the dock in it; may be called again."""
    from napari.utils.notifications import notification_manager

    notification_manager.records.clear()
    people: list[Person] = []

    def open_window() -> Person:
        people.append(Person(qtbot, make_napari_viewer(show=True)))
        return people[-1]

    yield open_window
    for person in people:
        person.session.close()
    told = [r.message for r in notification_manager.records if r.severity != "info"]
    assert told == []


@pytest.fixture
def truth() -> Callable[[Any, Path], dict[int, str]]:
    """Says what was drawn where the program found a white cell."""

    def of(study: Any, smears: Path) -> dict[int, str]:
        drawn = pd.read_csv(smears / "truth" / "cells.csv")
        drawn = drawn[drawn["kind"] == "wbc"]
        said: dict[int, str] = {}
        for number, finding in study.findings.items():
            name = study.pictures[number].path.relative_to(smears).as_posix()
            here = drawn[drawn["image"] == name]
            cells = finding.cells
            for i in np.flatnonzero(cells.kind == 0):
                far = np.hypot(here["x"] - cells.x[i], here["y"] - cells.y[i])
                if len(far) and far.min() < 0.5 * cells.width[i]:
                    said[int(cells.cell_id[i])] = str(here["class"][far.idxmin()])
        return said

    return of
