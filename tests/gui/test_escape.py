"""Escape in a field or a popup of the dock leaves the cells in hand alone."""

from types import SimpleNamespace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.dock import DinoBloomDock
from napari_dinobloom.gui.views.gallery.menus import NameList, put_inside
from napari_dinobloom.gui.views.page_window import PageWindow

pytestmark = pytest.mark.gui
ESCAPE = Qt.Key.Key_Escape


@pytest.fixture(params=["dock", "window"])
def at(request, qtbot) -> SimpleNamespace:
    """A page with fields, in the dock or in a window of its own."""
    page, put_away = QWidget(), []
    text, number, choice = QLineEdit(), QSpinBox(), QComboBox()
    choice.setEditable(True)
    button = QPushButton("menu")
    column = QVBoxLayout(page)
    for part in (text, number, choice, button):
        column.addWidget(part)
    if request.param == "dock":
        host = DinoBloomDock()
        host.add_page("Cells", page)
        host.put_away_wished.connect(lambda: put_away.append(1))
    else:
        keeper = QWidget()
        qtbot.addWidget(keeper)
        host = PageWindow("Cells", page, None, keeper)
        host.escaped.connect(lambda: put_away.append(1))
        page.show()
    if request.param == "dock":
        qtbot.addWidget(host)
        keeper = host
    host.show()
    qtbot.waitExposed(host)
    return SimpleNamespace(
        host=host, keeper=keeper, text=text, number=number, choice=choice,
        button=button, put_away=put_away,
    )  # fmt: skip


def focus(qtbot, widget: QWidget) -> None:
    def has_it() -> bool:
        widget.activateWindow()  # another test's window may be in front still
        widget.setFocus()
        return QApplication.focusWidget() is widget

    qtbot.waitUntil(has_it)


def test_a_text_is_cleared_then_left_and_only_then_are_cells_put_away(at, qtbot):
    focus(qtbot, at.text)
    qtbot.keyClicks(at.text, "ring")
    qtbot.keyClick(at.text, ESCAPE)
    assert at.text.text() == ""
    assert at.text.hasFocus()
    qtbot.keyClick(at.text, ESCAPE)
    assert not at.text.hasFocus()
    assert at.put_away == []
    qtbot.keyClick(QApplication.focusWidget(), ESCAPE)
    assert at.put_away == [1]


@pytest.mark.parametrize("name", ["number", "choice"])
def test_other_fields_are_left(at, qtbot, name):
    field = getattr(at, name)
    focus(qtbot, field)
    qtbot.keyClick(field, ESCAPE)
    assert not field.hasFocus()
    assert at.put_away == []


def test_on_a_button_it_puts_the_cells_away(at, qtbot):
    focus(qtbot, at.button)
    qtbot.keyClick(at.button, ESCAPE)
    assert at.put_away == [1]


def test_in_a_menu_it_clears_the_search_and_then_closes_the_menu(at, qtbot):
    menu = QMenu(at.button)
    offers = [
        SimpleNamespace(
            name=str(i), text=f"slide {i}", colour="", n_cells=1, is_chosen=False
        )
        for i in range(20)
    ]
    names = NameList(offers)
    put_inside(menu, names)
    menu.popup(at.button.mapToGlobal(at.button.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    search = names.findChild(QLineEdit)
    focus(qtbot, search)
    qtbot.keyClicks(search, "17")
    qtbot.keyClick(search, ESCAPE)
    assert search.text() == ""
    assert menu.isVisible()
    qtbot.keyClick(search, ESCAPE)
    assert not menu.isVisible()
    assert at.put_away == []
