"""The gallery in a window: what is read, what keys and mouse do."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QContextMenuEvent, QWheelEvent

from napari_dinobloom.gui.portraits import Portraits
from napari_dinobloom.gui.presenters.gallery.filters import Filters
from napari_dinobloom.gui.presenters.gallery.order import Sort
from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.views.gallery.page import GalleryPage
from napari_dinobloom.gui.views.gallery.pictures import CellPixmaps
from napari_dinobloom.gui.worker import Worker
from napari_dinobloom.study import Selection

pytestmark = pytest.mark.gui
Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def open_gallery(qtbot, make_study, desk_with) -> Callable[..., SimpleNamespace]:
    """Opens the page on a study of so many fields with five cells each."""
    workers, kept = [], []  # a page that nobody keeps may go away while it is painted

    def make(fields: int = 40, kinds=("wbc", "rbc", "rbc", "platelet", "rbc")):
        study = make_study(fields=fields, kinds=kinds)
        desk = desk_with(study, False)
        at = SimpleNamespace()
        roster = Roster(desk, later=lambda call: call)
        worker = Worker("portraits")
        workers.append(worker)
        portraits = Portraits(roster, worker)
        page = GalleryPage(CellPixmaps(portraits))
        qtbot.addWidget(page)
        selection, went = Selection(), []
        gallery = GalleryPresenter(
            desk, roster, selection, page, submit=worker.submit, go_to=went.append
        )
        page.bar.facets, page.bar.offers = gallery.facets, gallery.offers
        page.bar.features = gallery.features
        portraits.arrived.connect(page.cells.repaint_cells)
        page.resize(430, 600)
        page.show()
        qtbot.waitExposed(page)
        desk.open(Path("x.study"))
        gallery.filter_by(Filters())  # all cells, not the white ones alone
        page.cells.set_wished_px(64)
        at.__dict__.update(
            page=page,
            cells=page.cells,
            gallery=gallery,
            portraits=portraits,
            selection=selection,
            roster=roster,
            study=study,
            went=went,
            desk=desk,
        )
        kept.append(at)
        return at

    yield make
    for worker in workers:
        worker.close()


def settle(qtbot, at) -> None:
    """Until all that can be seen has its picture."""

    def all_there() -> bool:
        at.cells.viewport().repaint()
        ids = at.gallery.order()[at.cells.seen_indices()].tolist()
        return not at.portraits.is_busy and all(
            at.portraits.any_image(i, False) is not None for i in ids
        )

    qtbot.waitUntil(all_there, timeout=20_000)


def seen(at) -> set[int]:
    return set(at.gallery.order()[at.cells.seen_indices()].tolist())


def test_only_the_cells_in_sight_are_read(qtbot, open_gallery):
    at = open_gallery()
    settle(qtbot, at)
    assert 20 < len(seen(at)) < 70
    assert at.portraits.thumbnails_read == len(seen(at))
    assert at.portraits.pictures_read == len({(i - 1) // 5 for i in seen(at)})


def test_scrolling_reads_only_what_comes_into_sight(qtbot, open_gallery):
    at = open_gallery()
    settle(qtbot, at)
    passed = seen(at)
    bar = at.cells.verticalScrollBar()
    for _ in range(2):
        bar.setValue(bar.value() + bar.pageStep())
        settle(qtbot, at)
        passed |= seen(at)
    assert len(passed) < 200
    assert at.portraits.thumbnails_read == len(passed)
    bar.setValue(0)
    settle(qtbot, at)
    assert at.portraits.thumbnails_read == len(passed)  # they were kept


def test_cells_scrolled_past_in_a_hurry_are_not_read(qtbot, open_gallery):
    at = open_gallery(fields=200)
    settle(qtbot, at)
    before = at.portraits.thumbnails_read
    bar = at.cells.verticalScrollBar()
    for place in np.linspace(0, bar.maximum(), 30).astype(int).tolist():
        bar.setValue(place)
        at.cells.viewport().repaint()
    settle(qtbot, at)
    # the end, and perhaps what was being read meanwhile; not the thousand between
    assert at.portraits.thumbnails_read - before < 300


def test_arrows_move_and_shift_takes_a_range(qtbot, open_gallery):
    at = open_gallery(fields=4)
    cells, columns = at.cells, at.cells.grid.columns
    cells.setFocus()
    press = qtbot.keyClick
    press(cells, Key.Key_Right)
    assert at.selection.ids.tolist() == [1]
    press(cells, Key.Key_Right)
    press(cells, Key.Key_Down)
    assert at.selection.current == 2 + columns
    press(cells, Key.Key_Right, SHIFT)
    press(cells, Key.Key_Right, SHIFT)
    assert at.selection.ids.tolist() == [2 + columns, 3 + columns, 4 + columns]
    press(cells, Key.Key_Left, CTRL)
    assert len(at.selection) == 3
    assert at.selection.current == 3 + columns
    press(cells, Key.Key_Space, CTRL)
    assert at.selection.ids.tolist() == [2 + columns, 4 + columns]
    press(cells, Key.Key_Home)
    assert at.selection.ids.tolist() == [1]
    press(cells, Key.Key_End)
    assert at.selection.ids.tolist() == [20]
    press(cells, Key.Key_A, CTRL)
    assert len(at.selection) == 20
    press(cells, Key.Key_Escape)
    assert len(at.selection) == 0


def test_a_key_brings_the_cell_into_view(qtbot, open_gallery):
    at = open_gallery()
    at.cells.setFocus()
    qtbot.keyClick(at.cells, Key.Key_End)
    assert 199 in at.cells.seen_indices()
    qtbot.keyClick(at.cells, Key.Key_PageUp)
    rect = at.cells.tile_rect(at.cells.current)
    assert at.cells.viewport().rect().contains(rect)
    at.selection.look_at(1)  # as "next" does, or the map
    assert at.cells.top == 0


def test_enter_goes_to_the_cell_in_its_slide(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.selection.take([7])
    qtbot.keyClick(at.cells, Key.Key_Return)
    assert at.went == [7]
    qtbot.mouseDClick(at.cells.viewport(), LEFT, NONE, middle(at, 2))
    assert at.went == [7, 3]


def test_space_lets_the_cell_fill_the_page_and_leads_back(qtbot, open_gallery):
    at = open_gallery()
    at.selection.take([120])
    before = at.cells.grid.picture_px
    qtbot.keyClick(at.cells, Key.Key_Space)
    assert at.cells.grid.columns == 1
    assert at.cells.viewport().rect().contains(at.cells.tile_rect(119).center())
    qtbot.keyClick(at.cells, Key.Key_Right)
    assert at.selection.current == 121
    qtbot.keyClick(at.cells, Key.Key_Space)
    assert at.cells.grid.picture_px == before
    assert at.cells.viewport().rect().contains(at.cells.tile_rect(120).center())


def test_plus_and_ctrl_wheel_enlarge_about_the_same_cell(qtbot, open_gallery):
    at = open_gallery()
    before = at.cells.wished_px
    qtbot.keyClick(at.cells, Key.Key_Plus)
    assert at.cells.wished_px > before
    qtbot.keyClick(at.cells, Key.Key_Minus)
    assert at.cells.wished_px == pytest.approx(before, abs=2)
    at.cells.verticalScrollBar().setValue(900)
    position = QPoint(150, 200)
    index = at.cells.index_at(position)
    y = at.cells.tile_rect(index).y()
    wheel(at, position, 240)
    assert at.cells.wished_px > 1.3 * before
    assert at.cells.tile_rect(index).y() == pytest.approx(y, abs=2)


def test_the_size_follows_the_slider_from_48_to_the_whole_page(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.page.size.setValue(0)
    assert at.cells.wished_px == 48
    at.page.size.setValue(100)
    assert at.cells.grid.columns == 1


def test_clicks_take_toggle_and_take_ranges(qtbot, open_gallery):
    at = open_gallery(fields=4)
    view = at.cells.viewport()
    qtbot.mouseClick(view, LEFT, NONE, middle(at, 3))
    assert at.selection.ids.tolist() == [4]
    qtbot.mouseClick(view, LEFT, CTRL, middle(at, 0))
    assert at.selection.ids.tolist() == [1, 4]
    qtbot.mouseClick(view, LEFT, SHIFT, middle(at, 2))
    assert at.selection.ids.tolist() == [1, 2, 3]
    qtbot.mouseClick(view, LEFT, NONE, QPoint(2, view.height() - 2))
    assert len(at.selection) == 0


def test_a_band_takes_what_it_touches_once_the_mouse_is_up(qtbot, open_gallery):
    at = open_gallery(fields=4)
    view, columns = at.cells.viewport(), at.cells.grid.columns
    heard = []
    at.selection.changed.connect(lambda: heard.append(len(at.selection)))
    qtbot.mousePress(view, LEFT, NONE, middle(at, 0))
    for place in (QPoint(60, 60), middle(at, 1), middle(at, columns + 1)):
        drag(at, place)
    assert heard == [1]  # the press alone
    qtbot.mouseRelease(view, LEFT, NONE, middle(at, columns + 1))
    assert at.selection.ids.tolist() == [1, 2, columns + 1, columns + 2]
    assert heard == [1, 4]


def test_a_click_on_a_heading_takes_all_below_it(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.gallery.group_by("kind")
    qtbot.mouseClick(at.cells.viewport(), LEFT, NONE, QPoint(100, 10))
    assert at.selection.ids.tolist() == [1, 6, 11, 16]


def test_a_heading_stays_on_top_while_its_cells_are_scrolled(qtbot, open_gallery):
    at = open_gallery()
    at.gallery.group_by("kind")
    at.cells.verticalScrollBar().setValue(700)
    assert at.cells.heading_at(QPoint(50, 5)) == 1  # white cells end at 420
    assert at.cells.index_at(QPoint(50, 5)) == -1


def test_the_cell_under_the_mouse_is_pointed_at_everywhere(qtbot, open_gallery):
    at = open_gallery(fields=4)
    drag(at, middle(at, 2), buttons=Qt.MouseButton.NoButton)
    assert at.selection.pointed == 3


def test_the_menu_offers_what_fits_and_takes_the_cell_in_hand(
    qtbot, open_gallery, monkeypatch
):
    at = open_gallery(fields=4)
    asked = []
    monkeypatch.setattr(at.page, "_ask_menu", lambda *a: asked.append(a))
    at.cells.menu_wished.disconnect()
    at.cells.menu_wished.connect(lambda index, at: asked.append(index))
    reason = QContextMenuEvent.Reason.Mouse
    at.cells.contextMenuEvent(QContextMenuEvent(reason, middle(at, 1)))
    assert asked == [1]
    assert at.selection.ids.tolist() == [2]
    menu = at.page.make_menu(1)
    texts = {a.text(): a for a in menu.actions() if a.text()}
    assert not texts["Take similar cells in hand"].isVisible()
    texts["Show only this slide"].trigger()
    assert at.gallery.wish.filters.names == {"slide": frozenset({"slide 0"})}


def test_a_letter_that_means_nothing_here_is_handed_on(qtbot, open_gallery):
    at = open_gallery(fields=4)
    typed = []
    at.cells.typed.connect(typed.append)
    qtbot.keyClick(at.cells, Key.Key_B)
    assert typed == ["b"]


def test_a_damaged_picture_leaves_the_others_and_is_tried_again(
    qtbot, open_gallery, tmp_path
):
    at = open_gallery(fields=3)
    picture = tmp_path / "slide-0-field-1.png"
    whole = picture.read_bytes()
    at.portraits.arrived.disconnect()
    at.desk.close()
    picture.write_bytes(b"no picture")
    at.portraits.arrived.connect(at.cells.repaint_cells)
    at.desk.open(Path("x.study"))
    settle(qtbot, at)
    assert "slide-0-field-1" in at.portraits.problem(6)
    assert at.portraits.problem(1) == ""
    picture.write_bytes(whole)
    at.portraits.try_again()
    at.cells.pixmaps.forget()
    settle(qtbot, at)
    assert at.portraits.problem(6) == ""


def test_a_band_of_many_thousands_is_no_list_of_ranges(qtbot, open_gallery):
    at = open_gallery(fields=2)
    at.selection.take(np.arange(1, 1_000_001))
    at.cells.viewport().repaint()
    assert all(face.in_hand for face in at.gallery.shown.faces(0, 10))


def test_the_counts_and_the_empty_page_say_what_to_do(qtbot, open_gallery):
    at = open_gallery(fields=4)
    assert at.page.counts.text() == "20 cells"
    at.page.bar.search.setText("nobody")
    assert at.page.empty_title.isVisible()
    assert at.page.counts.text() == "0 of 20 cells"
    qtbot.mouseClick(at.page.clear, LEFT)
    assert at.page.bar.search.text() == ""
    assert at.cells.isVisible()
    at.desk.close()
    assert "No study" in at.page.empty_title.text()


def test_the_button_to_sort_again_comes_when_the_order_is_old(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.gallery.sort_by(Sort("chance"))
    assert not at.page.bar.again.isVisible()
    rows = np.array([19])
    at.roster.set_predictions(rows, np.array([-1]), np.array([0.1], np.float32))
    assert at.page.bar.again.isVisible()
    assert at.gallery.order()[0] == 1
    qtbot.mouseClick(at.page.bar.again, LEFT)
    assert at.gallery.order()[0] == 20
    assert not at.page.bar.again.isVisible()


def test_every_menu_of_the_bar_can_be_filled(qtbot, open_gallery):
    at = open_gallery(fields=4)
    bar = at.page.bar
    bar.filter_button.menu().aboutToShow.emit()
    titles = [a.text() for a in bar.filter_button.menu().actions() if a.text()]
    assert titles[0] == "Kind of cell"
    for action in bar.filter_button.menu().actions():
        if action.menu() is not None:
            action.menu().aboutToShow.emit()
    bar.sort_button.menu().aboutToShow.emit()
    texts = {a.text(): a for a in bar.sort_button.menu().actions()}
    texts["Order in which they were found"].trigger()
    qtbot.mouseClick(bar.direction, LEFT)
    assert at.gallery.order()[0] == 20
    assert bar.sort_button.whole_text == "Found last first"


def test_a_tick_in_a_menu_filters_at_once(qtbot, open_gallery):
    from napari_dinobloom.gui.views.gallery.menus import NameList

    at = open_gallery(fields=4)
    names = NameList(at.gallery.offers("kind"))
    qtbot.addWidget(names)
    names.chosen.connect(lambda chosen: at.page.facet_chosen.emit("kind", chosen))
    names.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert at.page.counts.text() == "4 of 20 cells"
    assert at.page.bar.chips.isVisible()


def test_sizes_are_remembered(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.page.arrange({"cell": 90, "masked": True, "split": {"below": "nonsense"}})
    kept = at.page.arrangement()
    assert (kept["cell"], kept["masked"]) == (90, True)
    at.page.arrange({"cell": "wide", "masked": 7})
    assert at.page.arrangement()["cell"] == 90


def with_card(qtbot, at, width: int, height: int):
    """The page so large, with a card on which label and prediction stand."""
    from napari_dinobloom.gui.presenters.card.words import Standing
    from napari_dinobloom.gui.views.card.panel import CardPanel

    card = CardPanel()
    at.page.set_card(card)
    card.setCurrentIndex(1)
    card.standing.show_standing(
        Standing(
            "band neutrophil", "#99BB55", "anna, 3 May 2026, 10:12",
            "segmented neutrophil", "#CCDD00", "3 of 3 nearest labelled cells",
        )
    )  # fmt: skip
    at.page.resize(width, height)
    at.page.bar.arranged.emit()
    qtbot.waitUntil(lambda: card.width() > 0 and at.page.height() == height)
    return card


@pytest.mark.parametrize(
    ("width", "height", "rows"), [(428, 594, 2), (318, 441, 1), (560, 900, 4)]
)
def test_rows_of_cells_label_and_prediction_are_seen_without_scrolling(
    qtbot, open_gallery, width, height, rows
):
    at = open_gallery(fields=40)
    at.page.arrange({"cell": 112})
    at.page._sized_by_hand = False
    card = with_card(qtbot, at, width, height)
    at.gallery.filter_by(Filters(names={"kind": frozenset({"wbc", "rbc"})}))
    tile = at.cells._grid.tile

    def enough_rows() -> bool:
        return at.cells.viewport().height() >= rows * at.cells._grid.tile

    qtbot.waitUntil(enough_rows)
    assert tile > 76
    assert not card.area.verticalScrollBar().value()
    for said in (card.standing.label_said, card.standing.predicted_said):
        corner = said.mapTo(card, QPoint(said.width(), said.height()))
        assert corner.y() <= card.height()
        assert corner.x() <= card.width()


def test_searching_has_a_line_of_its_own_only_where_it_is_wished(qtbot, open_gallery):
    at = open_gallery(fields=4)
    bar = at.page.bar
    assert not bar.search.isVisible()
    qtbot.mouseClick(bar.find, LEFT)
    assert bar.search.isVisible()
    assert at.page.arrangement()["search"] is True
    qtbot.keyClicks(bar.search, "17")
    qtbot.mouseClick(bar.find, LEFT)
    assert not bar.search.isVisible()
    assert at.gallery.wish.filters.text == ""
    at.page.resize(800, 600)
    qtbot.waitUntil(bar.search.isVisible)
    assert not bar.find.isVisible()


def test_a_size_that_nobody_chose_is_not_kept_and_follows_the_page(qtbot, open_gallery):
    at = open_gallery(fields=4)
    at.page.arrange({"cell": 112})
    at.page.resize(430, 700)
    qtbot.waitUntil(lambda: at.cells.wished_px == 112)
    at.page.resize(330, 700)
    qtbot.waitUntil(lambda: at.cells.wished_px == 76)
    assert at.page.arrangement()["cell"] == 0
    at.cells.set_wished_px(100)
    at.page.resize(430, 700)
    assert at.page.arrangement()["cell"] == 100


def test_synthetic_cells_are_marked_one_by_one_only_among_real_ones(
    qtbot, open_gallery
):
    from dataclasses import replace

    from napari_dinobloom.study import ChangeSlides

    at = open_gallery(fields=2)
    study = at.study
    drawn = {i: replace(p, synthetic=True) for i, p in study.pictures.items()}
    study.apply(ChangeSlides({}, {1: drawn[1]}))
    at.roster.rebuild()
    assert not at.page.bar.synthetic.isVisible()
    assert at.cells._marks_synthetic
    study.apply(ChangeSlides({}, drawn))
    at.roster.rebuild()
    assert at.page.bar.synthetic.isVisible()
    assert not at.cells._marks_synthetic


def test_the_picture_is_drawn_where_its_cell_is(qtbot, open_gallery, tmp_path):
    at = open_gallery(fields=2)
    at.desk.close()
    red = np.zeros((60, 60, 3), np.uint8)
    red[:] = (250, 10, 10)
    Image.fromarray(red).save(tmp_path / "slide-0-field-1.png")
    at.desk.open(Path("x.study"))
    at.gallery.filter_by(Filters())
    settle(qtbot, at)
    at.cells.viewport().repaint()
    drawn = at.cells.viewport().grab().toImage()
    scale = drawn.devicePixelRatio()
    place = middle(at, 6)
    colour = drawn.pixelColor(int(place.x() * scale), int(place.y() * scale))
    assert colour.red() > 240
    assert colour.green() < 30


# -- parts -----------------------------------------------------------------------


def middle(at, index: int) -> QPoint:
    return at.cells.tile_rect(index).center()


def drag(at, place: QPoint, buttons=LEFT) -> None:
    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QMouseEvent

    where, nowhere = QPointF(place), Qt.MouseButton.NoButton
    at.cells.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, where, nowhere, buttons, NONE)
        if not hasattr(QMouseEvent, "globalPosition")
        else QMouseEvent(QEvent.Type.MouseMove, where, where, nowhere, buttons, NONE)
    )


def wheel(at, place: QPoint, delta: int) -> None:
    where = QPointF(place)
    phase = Qt.ScrollPhase.NoScrollPhase
    at.cells.wheelEvent(
        QWheelEvent(
            where,
            where,
            QPoint(),
            QPoint(0, delta),
            Qt.MouseButton.NoButton,
            CTRL,
            phase,
            False,
        )
    )
