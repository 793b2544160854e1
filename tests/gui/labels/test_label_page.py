"""The Label page in its window: clicks, keys, room, and the sheet of keys."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMenu

from napari_dinobloom.gui.pages.label_page import keys_of, label_page
from napari_dinobloom.gui.presenters.labels.counts import CountTable
from napari_dinobloom.gui.views.labels.cheat_sheet import CheatSheet
from napari_dinobloom.gui.views.labels.menu import WHAT_GOES
from napari_dinobloom.gui.views.labels.page import LabelPage
from napari_dinobloom.storage import create_study
from napari_dinobloom.study import ChangeSlides, ReplaceCells
from napari_dinobloom.study.presets import preset

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]


@pytest.fixture
def at_work(qtbot, make_napari_viewer, make_study, tmp_path) -> Iterator[tuple]:
    """A session with four white cells, and its Label page in a window of its own."""
    from napari_dinobloom.gui import plugin

    source = make_study(kinds=("wbc",) * 4)
    folder = create_study(tmp_path / "ward.study")
    study = folder.study
    study.apply(ChangeSlides(source.slides, source.pictures))
    mask, nuclei = source.masks_of(1)
    name = study.save_masks(1, mask, nuclei)
    study.apply(ReplaceCells({1: replace(source.findings[1], mask_file=name)}))
    folder.close()
    viewer = make_napari_viewer(show=True)
    session = plugin.session_of(viewer)
    page = label_page(session)
    qtbot.addWidget(page.widget)
    page.widget.resize(430, 700)
    page.widget.show()
    session.desk.open(tmp_path / "ward.study")
    yield viewer, session, page.widget
    for presenter in page.presenters:
        presenter.release()
    session.close()


def test_from_an_empty_study_to_labels_by_click_and_key(qtbot, at_work):
    viewer, session, page = at_work
    study = session.desk.study
    qtbot.mouseClick(page.offers["blood"], Qt.MouseButton.LeftButton)
    assert study.taxonomy == preset("blood").taxonomy
    assert session.selection.current is None

    # by click on a class, on to the next, by key on the page
    first, second, third, fourth = session.roster.cells.cell_id.tolist()
    session.selection.take([first])
    button = page.classes.buttons["lymphocyte"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert study.labels.labels() == {first: "lymphocyte"}
    assert session.selection.ids.tolist() == [second]
    assert not button.hasFocus(), "Space would press it instead of accepting"
    qtbot.keyClick(page, "m")
    assert study.labels.label_of(second) == "monocyte"
    qtbot.waitUntil(lambda: "1 labelled" in button.accessibleName())
    assert "labelled monocyte" in page.said.text()

    # by key on the canvas
    native = viewer.window._qt_viewer.canvas.native
    qtbot.keyClick(native, "x")
    assert study.labels.label_of(third) == "artefact"
    qtbot.mouseClick(page.actions.buttons["u"], Qt.MouseButton.LeftButton)
    assert study.labels.is_unsure(fourth)
    qtbot.keyClick(native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(page.hand.undo, Qt.MouseButton.LeftButton)
    assert study.labels.labels() == {first: "lymphocyte", second: "monocyte"}


def test_labels_can_be_taken_back_after_a_restart(qtbot, at_work, tmp_path):
    _, session, page = at_work
    page.offers["blood"].click()
    session.selection.take(session.roster.cells.cell_id)
    qtbot.keyClick(page, "1")
    assert len(session.desk.study.labels.labels()) == 4
    session.desk.close()
    again = session.desk.open(tmp_path / "ward.study")
    assert len(again.labels.labels()) == 4
    qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert again.labels.labels() == {}
    qtbot.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert again.taxonomy.names() == []


def test_the_picture_of_a_single_cell_comes_when_it_is_read(qtbot, at_work):
    _, session, page = at_work
    page.offers["blood"].click()
    session.selection.take(session.roster.cells.cell_id[:1])
    qtbot.waitUntil(lambda: not page.hand.portrait.pixmap().isNull())
    session.selection.take(session.roster.cells.cell_id)
    assert not page.hand.portrait.isVisible()
    assert page.hand.title.text() == "4 cells in hand"


def test_the_sheet_of_keys_opens_with_a_question_mark_and_labels_go_on(qtbot, at_work):
    _, session, page = at_work
    page.offers["blood"].click()
    qtbot.keyClick(page, "?")
    sheet = next(w for w in page.findChildren(CheatSheet))
    assert sheet.isVisible()
    session.selection.take(session.roster.cells.cell_id[:1])
    qtbot.keyClick(sheet, "l")
    assert list(session.desk.study.labels.labels().values()) == ["lymphocyte"]
    qtbot.keyClick(sheet, "?")
    assert not sheet.isVisible()
    session.labeller.key("?")
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_escape_closes_the_sheet_of_keys_wherever_the_keyboard_is(qtbot, at_work):
    viewer, session, page = at_work
    page.offers["blood"].click()
    native = viewer.window._qt_viewer.canvas.native
    session.selection.take(session.roster.cells.cell_id[:1])
    for place in (page, native):
        session.labeller.key("?")
        (sheet,) = page.findChildren(CheatSheet)
        assert sheet.isVisible()
        qtbot.keyClick(place, Qt.Key.Key_Escape)
        assert not sheet.isVisible()
        assert len(session.selection.ids) == 1, "the cell is still in hand"
    qtbot.keyClick(native, Qt.Key.Key_Escape)
    assert len(session.selection.ids) == 0


def test_one_session_has_one_set_of_keys(at_work):
    _, session, _ = at_work
    assert keys_of(session) is keys_of(session)


# -- the view alone ----------------------------------------------------------------


class Shown:
    """A class as the view wants it."""

    def __init__(self, name, key, labelled=0, predicted=0):
        self.name, self.key, self.colour = name, key, "#AA3377"
        self.labelled, self.predicted = labelled, predicted


@pytest.fixture
def page(qtbot) -> LabelPage:
    """The view with three classes."""
    view = LabelPage()
    qtbot.addWidget(view)
    view.show_stage("ready")
    view.show_classes(
        [Shown("blast", "1", 3), Shown("band", "5"), Shown("lymphocyte", "l", 0, 7)]
    )
    return view


def test_classes_stand_in_as_many_columns_as_there_is_room_for(qtbot, page):
    page.resize(430, 600)
    page.show()
    qtbot.waitUntil(lambda: len({b.x() for b in page.classes.buttons.values()}) == 1)
    page.resize(1000, 600)
    qtbot.waitUntil(lambda: len({b.x() for b in page.classes.buttons.values()}) == 3)


def test_a_class_that_is_gone_has_no_button(page):
    page.show_classes([Shown("band", "5"), Shown("blast", "1")])
    assert set(page.classes.buttons) == {"band", "blast"}


def test_a_class_in_use_cannot_be_removed_from_its_menu(page):
    menu = QMenu()
    page.menus.fill_class(menu, "blast")
    enabled = {a.text(): a.isEnabled() for a in menu.actions() if a.text()}
    assert not enabled["Remove"]
    assert enabled["Take the 3 labelled in hand"]
    assert not enabled["Take the 0 predicted in hand"]
    menu.clear()
    page.menus.fill_class(menu, "lymphocyte")
    enabled = {a.text(): a.isEnabled() for a in menu.actions() if a.text()}
    assert enabled["Remove"]
    assert enabled["Take the 7 predicted in hand"]


def test_the_scheme_menu_offers_presets_and_each_class(qtbot, page):
    page.menus.fill_scheme(page.scheme.menu())
    texts = [action.text() for action in page.scheme.menu().actions()]
    assert {"Peripheral blood", "Bone marrow", "Red-cell morphology"} <= set(texts)
    marrow = next(a for a in page.scheme.menu().actions() if a.text() == "Bone marrow")
    assert WHAT_GOES in marrow.toolTip(), "which classes stay and which go"
    with qtbot.waitSignal(page.scheme_wished) as wished:
        marrow.trigger()
    assert wished.args == [preset("marrow").taxonomy]


def test_the_table_is_copied_as_csv(page):
    page.show_table(CountTable(("Slide", "All", "blast"), (("a", 3, 3), ("b", 0, 0))))
    page.counts.copy.click()
    assert QApplication.clipboard().text() == "Slide,All,blast\na,3,3\nb,0,0"
    index = page.counts.model.index(1, 1)
    assert page.counts.model.data(index) == "–"


def test_a_problem_stands_in_the_page_until_something_goes_well(page):
    page.show_problem("The disk is full.", "Make room.")
    assert page.message.text == "The disk is full.\nMake room."
    page.say("1 cell labelled blast")
    assert page.message.text == ""


def test_the_colours_of_the_buttons_are_those_of_the_classes(qtbot, page):
    page.resize(430, 600)
    page.show()
    button = page.classes.buttons["blast"]
    qtbot.waitUntil(lambda: button.height() > 0 and button.width() > 100)
    picture = button.grab().toImage()
    middle = (button.height() - 3) // 2
    assert picture.pixelColor(8 + 7, middle).name().upper() == "#AA3377"


def test_portraits_are_shown_as_they_are(page):
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 255
    page.show_hand("1 cell in hand", "no label", red, True)
    shown = page.hand.portrait.pixmap().toImage()
    assert shown.pixelColor(10, 10).name() == "#ff0000"
