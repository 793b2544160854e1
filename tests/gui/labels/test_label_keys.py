"""The keys that label: on napari's canvas, on pages, and not where text is typed."""

from collections.abc import Callable

import numpy as np
import pytest
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItem, QStandardItemModel
from qtpy.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListView,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.label_keys import LabelKeys

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

WORDS = "b 1 u x n p space enter delete backspace ? ctrl+z ctrl+y ctrl+shift+z"
KEYS = frozenset(WORDS.split())


class Noted:
    """Stands in for the labeller and notes what it is asked."""

    keys_changed = Signal()
    said = Signal(str)

    def __init__(self, keys: frozenset[str] = KEYS) -> None:
        self.keys = keys
        self.pressed: list[str] = []

    def knows(self, key: str) -> bool:
        return key in self.keys

    def key(self, text: str) -> bool:
        self.pressed.append(text)
        return True

    def key_in_smear(self, text: str, awaits: Callable) -> int | None:
        self.key(text)
        return 7


class Field:
    """Stands in for the smear on the canvas."""

    def __init__(self) -> None:
        self.shown: list[int] = []

    def show_cell(self, cell_id: int) -> None:
        self.shown.append(cell_id)

    def awaits(self, cell_id: int | None) -> bool:
        return False


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def canvas(make_napari_viewer) -> Callable[..., tuple]:
    """Opens a viewer with our two layers; gives it and its canvas."""

    def make():
        viewer = make_napari_viewer(show=True)
        return viewer, viewer.window._qt_viewer.canvas.native

    return make


def smear(viewer) -> None:
    """A picture and an overlay that nobody may draw in, as the session makes them."""
    viewer.add_image(np.zeros((20, 20, 3), np.uint8), rgb=True, name="Smear")
    cells = viewer.add_labels(np.zeros((20, 20), np.uint8), name="Cells")
    cells.editable = False


@pytest.mark.parametrize("chosen", ["Smear", "Cells", None])
def test_keys_on_the_canvas_label_whatever_of_ours_is_chosen(
    qtbot, canvas, noted, chosen
):
    viewer, native = canvas()
    field = Field()
    keys = LabelKeys(viewer, noted, field)
    smear(viewer)
    viewer.layers.selection.active = viewer.layers[chosen] if chosen else None
    for key in ("b", "1", Qt.Key.Key_Space, "x", "p", Qt.Key.Key_Delete):
        qtbot.keyClick(native, key)
    qtbot.keyClick(native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(native, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert noted.pressed == ["b", "1", "space", "x", "p", "delete", "ctrl+z", "ctrl+y"]
    assert field.shown == [7] * 8, "the cell that came in hand has to be seen"
    assert viewer.dims.ndisplay == 2, "Ctrl+Y is napari's key for three dimensions"
    keys.release()


def test_a_layer_somebody_draws_in_keeps_its_own_keys(qtbot, canvas, noted):
    viewer, native = canvas()
    smear(viewer)
    keys = LabelKeys(viewer, noted, Field())
    mine = viewer.add_labels(np.zeros((20, 20), np.uint8), name="mine")
    said = []
    noted.said.connect(said.append)
    qtbot.keyClick(native, "p")
    assert mine.mode == "paint"
    qtbot.keyClick(native, "u")
    assert noted.pressed == []
    assert "belong to the layer mine" in said[0]
    keys.release()


def test_what_was_bound_before_comes_back(qtbot, canvas, noted):
    viewer, native = canvas()
    calls = []
    viewer.bind_key("b", lambda _: calls.append("theirs"))
    smear(viewer)
    viewer.layers.selection.clear()
    before = [dict(h.keymap) for h in (viewer, *viewer.layers)]
    keys = LabelKeys(viewer, noted, Field())
    qtbot.keyClick(native, "b")
    assert (calls, noted.pressed) == ([], ["b"])
    keys.release()
    qtbot.keyClick(native, "b")
    assert calls == ["theirs"]
    assert [dict(h.keymap) for h in (viewer, *viewer.layers)] == before


def test_without_a_study_napari_keeps_all_its_keys(qtbot, canvas):
    viewer, native = canvas()
    noted = Noted(frozenset())
    before = dict(viewer.keymap)
    keys = LabelKeys(viewer, noted, Field())
    assert dict(viewer.keymap) == before
    noted.keys = KEYS
    noted.keys_changed.emit()
    qtbot.keyClick(native, "b")
    noted.keys = frozenset()
    noted.keys_changed.emit()
    qtbot.keyClick(native, "b")
    assert noted.pressed == ["b"]
    assert dict(viewer.keymap) == before
    keys.release()


def test_a_question_mark_over_the_canvas_shows_the_keys(qtbot, canvas, noted):
    viewer, native = canvas()
    keys = LabelKeys(viewer, noted, Field())
    page = QWidget()
    viewer.window.add_dock_widget(page, name="page")
    keys.install(page)
    viewer.window.activate()
    native.setFocus()
    qtbot.waitUntil(native.hasFocus)
    qtbot.keyClick(native, "?")
    assert noted.pressed == ["?"]
    keys.release()


def test_a_key_of_no_class_comes_to_the_labeller_and_takes_no_command(
    qtbot, canvas, noted
):
    viewer, native = canvas()
    calls = []
    viewer.bind_key("k", lambda _: calls.append("theirs"))
    smear(viewer)
    viewer.layers["Smear"].bind_key("j", lambda _: calls.append("the layer's"))
    viewer.layers.selection.active = viewer.layers["Smear"]
    keys = LabelKeys(viewer, noted, Field())
    for key in "kj7":
        qtbot.keyClick(native, key)
    assert (calls, noted.pressed) == (["theirs", "the layer's"], ["7"])
    viewer.add_points(np.zeros((1, 2)), name="mine")
    qtbot.keyClick(native, "7")
    assert noted.pressed == ["7"], "where somebody draws nothing is labelled"
    keys.release()


# -- pages -------------------------------------------------------------------------


class Page(QWidget):
    """What pages are made of."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.number, self.box = QLineEdit(), QSpinBox(), QComboBox()
        self.box.addItems(["alpha", "blast"])
        self.cells, self.button = QListView(), QPushButton("press")
        model = QStandardItemModel(self.cells)
        for name in ("a", "blast", "c"):
            model.appendRow(QStandardItem(name))
        self.cells.setModel(model)
        layout = QVBoxLayout(self)
        for widget in (self.line, self.number, self.box, self.cells, self.button):
            layout.addWidget(widget)


@pytest.fixture
def page(qtbot, make_napari_viewer, noted):
    """A watched page in a window of its own that has the keyboard."""
    keys = LabelKeys(make_napari_viewer(), noted, Field())
    page = Page()
    qtbot.addWidget(page)
    keys.install(page)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    yield page
    keys.release()


def focus(qtbot, widget: QWidget) -> QWidget:
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return widget


def test_a_list_of_cells_does_not_search_for_the_letter(qtbot, page, noted):
    cells = focus(qtbot, page.cells)
    cells.setCurrentIndex(cells.model().index(0, 0))
    for key in ("b", Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Backspace):
        qtbot.keyClick(cells, key)
    qtbot.keyClick(cells, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert noted.pressed == ["b", "space", "enter", "backspace", "ctrl+z"]
    assert cells.currentIndex().row() == 0
    qtbot.keyClick(cells, Qt.Key.Key_Down)
    assert cells.currentIndex().row() == 1


def test_a_letter_that_means_nothing_stays_with_the_list(qtbot, page, noted):
    cells = focus(qtbot, page.cells)
    qtbot.keyClick(cells, "c")
    assert noted.pressed == []
    assert cells.currentIndex().row() == 2


def test_a_letter_that_no_widget_takes_comes_to_the_labeller_once(qtbot, page, noted):
    inner = QWidget()
    page.layout().addWidget(inner)
    inner.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    inner.show()
    qtbot.keyClick(focus(qtbot, inner), "k")
    qtbot.keyClicks(focus(qtbot, page.line), "k")
    assert noted.pressed == ["k"]


def test_typing_is_typing(qtbot, page, noted):
    qtbot.keyClicks(focus(qtbot, page.line), "blub x?")
    qtbot.keyClick(page.line, Qt.Key.Key_Backspace)
    qtbot.keyClick(page.line, Qt.Key.Key_Return)
    qtbot.keyClicks(focus(qtbot, page.number), "1")
    qtbot.keyClick(focus(qtbot, page.box), "b")
    assert noted.pressed == []
    assert page.line.text() == "blub x"
    assert page.box.currentText() == "blast"


def test_space_presses_the_button_that_has_the_focus(qtbot, page, noted):
    clicked = []
    page.button.clicked.connect(lambda: clicked.append(1))
    button = focus(qtbot, page.button)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.keyClick(button, "b")
    assert (clicked, noted.pressed) == ([1], ["b"])


def test_widgets_that_come_later_are_watched_too(qtbot, page, noted):
    late = QListView()
    page.layout().addWidget(late)
    late.setModel(page.cells.model())
    late.show()
    qtbot.keyClick(focus(qtbot, late), "b")
    assert noted.pressed == ["b"]


def test_a_key_held_down_labels_once_but_goes_on_paging(qtbot, page, noted):
    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QKeyEvent
    from qtpy.QtWidgets import QApplication

    none = Qt.KeyboardModifier.NoModifier
    cells = focus(qtbot, page.cells)
    for key, text in ((Qt.Key.Key_B, "b"), (Qt.Key.Key_N, "n")):
        for repeated in (False, True, True):
            event = QKeyEvent(QEvent.Type.KeyPress, key, none, text, repeated)
            QApplication.sendEvent(cells, event)
    assert noted.pressed == ["b", "n", "n", "n"]


def test_a_question_mark_asks_for_the_keys_once(qtbot, page, noted):
    qtbot.keyClick(focus(qtbot, page.cells), "?")
    assert noted.pressed == ["?"]
