"""The cells in hand in words, and the ways to take others."""

from pathlib import Path

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.selection.presenter import SelectionPresenter
from napari_dinobloom.study import Selection, SetTaxonomy, Taxonomy
from napari_dinobloom.workflows.label_cells import label_cells, mark_unsure

KINDS = ("wbc", "wbc", "rbc", "platelet")


class FakeBar:
    clear_wished = Signal()
    invert_wished = Signal()
    pick_wished = Signal(str, int, bool)
    kind_wished = Signal(str, bool)

    def set_source(self, source):
        self.source = source

    def show_hand(self, state):
        self.state = state


@pytest.fixture
def hand(make_study, desk_with):
    """Two slides with one field of four cells each: 1 … 4 and 5 … 8."""

    class Hand:
        study = make_study(slides=2, kinds=KINDS)

        def __init__(self):
            self.study.apply(SetTaxonomy(Taxonomy().extended(("blast", "band"))))
            desk = desk_with(self.study, is_open=False)
            self.bar, self.selection = FakeBar(), Selection()
            self.roster = Roster(desk, later=lambda call: call)
            desk.open(Path("x.study"))

        def present(self, similar=None):
            self.presenter = SelectionPresenter(
                self.bar,
                self.selection,
                self.roster,
                similar=similar,
                later=lambda call: call,
            )
            return self.presenter

        @property
        def ids(self):
            return self.selection.ids.tolist()

        def predict(self, said):
            rows = self.roster.rows_of(np.array(list(said)))
            codes = np.array([self.roster.class_names.index(n) for n in said.values()])
            self.roster.set_predictions(rows, codes, np.full(len(rows), 0.9))

    return Hand()


def test_the_bar_counts_cells_slides_and_the_commonest_classes(hand):
    hand.present()
    assert hand.bar.state.text == "No cells in hand"
    label_cells(hand.study, [1, 5], "blast")
    hand.selection.take([1, 3, 5])
    assert hand.bar.state.text == "3 cells in hand · 2 slides"
    chips = [(c.name, c.source, c.count) for c in hand.bar.state.chips]
    assert chips == [("blast", "labelled", 2), ("red cell", "kind", 1)]
    hand.selection.take([3])
    assert hand.bar.state.text == "1 cell in hand · 1 slide"
    hand.bar.clear_wished.emit()
    assert hand.ids == []


def test_inverting_stays_among_the_kinds_in_hand(hand):
    hand.present()
    assert hand.bar.state.invert == "Take all white cells of the study"
    hand.bar.invert_wished.emit()
    assert hand.ids == [1, 2, 5, 6]
    hand.selection.take([1])
    hand.bar.invert_wished.emit()
    assert hand.ids == [2, 5, 6]
    hand.selection.take([3, 4])
    assert "red cells and platelets" in hand.bar.state.invert
    hand.bar.invert_wished.emit()
    assert hand.ids == [7, 8]


def test_cells_are_taken_by_label_and_by_prediction(hand):
    presenter = hand.present()
    label_cells(hand.study, [1, 7], "band")
    hand.predict({2: "blast", 7: "blast"})
    (labelled,) = presenter.choices("labelled")
    assert (labelled.name, labelled.count) == ("band", 2)
    hand.bar.pick_wished.emit("labelled", labelled.code, False)
    assert hand.ids == [1, 7]
    (predicted,) = presenter.choices("predicted")
    hand.bar.pick_wished.emit("predicted", predicted.code, True)
    assert hand.ids == [1, 2, 7]
    hand.bar.pick_wished.emit("differ", -1, False)
    assert hand.ids == [7]


def test_a_slide_gives_its_white_cells_unless_others_are_asked_for(hand):
    presenter = hand.present()
    second = presenter.choices("slide")[1]
    assert (second.name, second.count) == ("slide 1", 2)
    hand.bar.pick_wished.emit("slide", second.code, False)
    assert hand.ids == [5, 6]
    hand.bar.kind_wished.emit("platelet", True)
    hand.bar.pick_wished.emit("slide", second.code, False)
    assert hand.ids == [5, 6, 8]
    assert presenter.choices("patient") == []


def test_cells_without_a_label_and_those_in_doubt_are_taken(hand):
    presenter = hand.present()
    label_cells(hand.study, [1], "band")
    mark_unsure(hand.study, [3])
    assert presenter.count("unlabelled") == 3
    hand.bar.pick_wished.emit("unlabelled", -1, False)
    assert hand.ids == [2, 5, 6]
    hand.bar.pick_wished.emit("unsure", -1, False)
    assert hand.ids == [3]


def test_the_class_of_the_cell_looked_at_is_its_label_or_else_what_is_predicted(hand):
    presenter = hand.present()
    assert presenter.current_class() == ""
    assert presenter.count("same") == 0
    label_cells(hand.study, [1, 2], "band")
    hand.predict({1: "blast", 5: "blast"})
    hand.selection.look_at(1)
    assert presenter.current_class() == "labelled band"
    hand.bar.pick_wished.emit("same", -1, False)
    assert hand.ids == [1, 2]
    hand.selection.look_at(5)
    assert presenter.current_class() == "predicted blast"
    hand.bar.pick_wished.emit("same", -1, False)
    assert hand.ids == [1, 5]


def test_similar_cells_are_those_of_the_cell_looked_at(hand):
    asked = []
    presenter = hand.present(similar=lambda cell_id, n: asked.append((cell_id, n)))
    assert "Click a cell" in presenter.why_not_similar()
    hand.selection.look_at(5)
    assert presenter.why_not_similar() == ""
    hand.bar.pick_wished.emit("similar", 30, False)
    assert asked == [(5, 30)]


def test_why_there_are_no_similar_cells_is_said(hand):
    assert "Describe the cells" in hand.present().why_not_similar()


def test_a_released_bar_hears_nothing(hand):
    hand.present().release()
    hand.bar.state = None
    hand.selection.take([1])
    assert hand.bar.state is None


@pytest.mark.gui
@pytest.mark.filterwarnings("ignore:.*PyQt5.*")
def test_the_bar_fits_the_dock_and_its_menu_takes_cells(hand, qtbot):
    from napari_dinobloom.gui.views.selection.bar import SelectionBar

    bar = SelectionBar()
    qtbot.addWidget(bar)
    hand.bar = bar
    hand.present()
    label_cells(hand.study, [1, 7], "band")
    hand.selection.take([1, 2, 3, 7])
    assert bar.minimumSizeHint().width() <= 400
    assert "band, labelled: 2" in bar.summary.toolTip()
    bar.menu.build()
    (labelled,) = [a.menu() for a in bar.menu.actions() if a.text() == "Labelled"]
    labelled.actions()[0].trigger()
    assert hand.ids == [1, 7]
    bar.none.click()
    assert hand.ids == []
    assert not bar.none.isEnabled()
