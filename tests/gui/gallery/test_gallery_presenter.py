"""What clicks, keys and events mean for the gallery, with a fake view."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.gallery import presenter as gallery_presenter
from napari_dinobloom.gui.presenters.gallery.filters import Filters, first_filters
from napari_dinobloom.gui.presenters.gallery.order import Sort
from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.study import (
    CELL_KINDS,
    FeatureMatrix,
    Recipe,
    Rows,
    Selection,
    set_element,
)


class FakeView:
    facet_chosen = Signal(str, object)
    chance_chosen = Signal(float, float)
    flag_chosen = Signal(str, bool)
    text_chosen = Signal(str)
    filters_cleared = Signal()
    sort_chosen = Signal(str, str, str)
    direction_chosen = Signal(bool)
    group_chosen = Signal(str)
    again_wished = Signal()
    cell_picked = Signal(int, str)
    cell_moved_to = Signal(int)
    stretch_taken = Signal(object, str)
    all_wished = Signal()
    none_wished = Signal()
    cell_opened = Signal(int)
    cell_pointed = Signal(int)
    similar_wished = Signal(int)
    alike_wished = Signal(int, str)

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}
        self.repaints = 0

    def repaint_cells(self) -> None:
        self.repaints += 1

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("show_"):
            raise AttributeError(name)
        return lambda *args: self.said.__setitem__(name[5:], args)


@pytest.fixture
def at(make_study, desk_with, label) -> SimpleNamespace:
    """A gallery of twelve cells on three slides; cell 2 is labelled."""
    study = make_study(slides=3, kinds=("wbc", "rbc", "rbc", "platelet"))
    label(study, 2, "blast")
    label(study, 1, "band")
    values = np.arange(12, dtype=np.float32)[:, None] ** 2
    rows = Rows(study.cells.cell_id, values)
    matrix = FeatureMatrix("morphology", ("area",), Recipe("test"), "none", (rows,))
    study.apply(set_element(matrix))
    desk = desk_with(study, False)
    roster, selection, view = Roster(desk, later=lambda c: c), Selection(), FakeView()
    desk.open(Path("x.study"))
    jobs: list[Any] = []

    def submit(job, done, failed):
        ticket = SimpleNamespace(cancelled=False)
        ticket.cancel = lambda: setattr(ticket, "cancelled", True)
        jobs.append((ticket, job, done))
        return ticket

    went: list[int] = []
    similar: list[int] = []
    gallery = GalleryPresenter(
        desk,
        roster,
        selection,
        view,
        submit=submit,
        go_to=went.append,
        similar=similar.append,
    )
    gallery.filter_by(Filters())  # all cells, not the white ones alone
    return SimpleNamespace(
        study=study, desk=desk, roster=roster, selection=selection, view=view,
        gallery=gallery, jobs=jobs, went=went, similar=similar,
    )  # fmt: skip


def predict(at, rows, codes, chance) -> None:
    at.roster.set_predictions(
        np.array(rows), np.array(codes, np.int16), np.array(chance, np.float32)
    )


def test_a_click_takes_one_ctrl_toggles_shift_takes_a_range(at):
    pick = at.view.cell_picked.emit
    pick(2, "one")
    assert at.selection.ids.tolist() == [3]
    assert at.selection.current == 3
    pick(5, "toggle")
    assert at.selection.ids.tolist() == [3, 6]
    pick(8, "range")
    assert at.selection.ids.tolist() == [6, 7, 8, 9]
    assert at.selection.current == 9
    pick(3, "range")  # from the same start, the other way
    assert at.selection.ids.tolist() == [4, 5, 6]
    pick(0, "toggle")
    pick(1, "add range")
    assert at.selection.ids.tolist() == [1, 2, 4, 5, 6]


def test_a_range_follows_the_order_that_is_shown(at):
    at.gallery.sort_by(Sort("found", True))
    at.view.cell_picked.emit(0, "one")
    at.view.cell_picked.emit(2, "range")
    assert at.selection.ids.tolist() == [10, 11, 12]


def test_looking_at_a_cell_leaves_what_is_in_hand(at):
    at.selection.take([1, 2])
    at.view.cell_moved_to.emit(6)
    assert at.selection.ids.tolist() == [1, 2]
    assert at.selection.current == 7


def test_all_means_all_that_are_shown(at):
    at.view.facet_chosen.emit("kind", frozenset({"wbc"}))
    at.view.all_wished.emit()
    assert at.selection.ids.tolist() == [1, 5, 9]
    at.view.none_wished.emit()
    assert not len(at.selection)


def test_a_label_leaves_every_cell_in_its_place_until_somebody_sorts_again(at, label):
    at.gallery.sort_by(Sort("label"))
    before = at.gallery.order().tolist()
    assert before[:2] == [2, 1]
    repaints = at.view.repaints
    label(at.study, 7, "blast")
    assert at.gallery.order().tolist() == before
    assert at.view.repaints > repaints
    assert at.view.said["outdated"] == (True,)
    at.view.again_wished.emit()
    assert at.gallery.order().tolist()[:3] == [2, 7, 1]
    assert at.view.said["outdated"] == (False,)


def test_a_label_that_does_not_matter_to_the_order_makes_nothing_outdated(at, label):
    label(at.study, 7, "blast")
    assert at.view.said["outdated"] == (False,)


@pytest.mark.parametrize(
    ("choose", "happens"),
    [
        (lambda g: g.sort_by(Sort("chance")), "predict"),
        (lambda g: g.filter_by(Filters(most=0.5)), "predict"),
        (lambda g: g.group_by("prediction"), "predict"),
        (lambda g: g.filter_by(Filters({"state": frozenset({"agreeing"})})), "predict"),
        (lambda g: g.sort_by(Sort("near", matrix="morphology")), "select"),
        (lambda g: g.filter_by(Filters(in_hand=True)), "select"),
        (lambda g: g.group_by("patient"), "facts"),
    ],
)
def test_what_the_order_rests_on_makes_it_outdated(at, choose, happens):
    choose(at.gallery)
    assert at.view.said["outdated"] == (False,)
    if happens == "predict":
        predict(at, [0], [0], [0.3])
    elif happens == "select":
        at.selection.take([4])
    else:
        at.roster.facts_changed.emit()
    assert at.view.said["outdated"] == (True,)


def test_what_is_not_sure_comes_first_once_something_is_predicted(at):
    assert at.gallery.wish.sort.key == "found"
    predict(at, [0, 1], [0, 1], [0.9, 0.5])
    at.roster.reset.emit()
    assert at.gallery.wish.sort.key == "chance"
    assert at.gallery.order().tolist()[:2] == [2, 1]


def test_the_order_that_was_chosen_stays_when_cells_come(at, search_picture):
    at.gallery.sort_by(Sort("found", True))
    search_picture(at.study, 1, ("wbc",))
    assert at.gallery.order().tolist()[0] == 13
    assert at.view.said["cells"][1] is True  # and the place is kept


def test_another_study_is_shown_without_the_filters_of_the_last(at):
    at.view.text_chosen.emit("slide 1")
    assert at.view.said["counts"] == (4, 12, 0)
    at.desk.close()
    assert at.view.said["empty"] == ("no study",)
    assert at.gallery.wish.filters.is_open


def test_white_cells_are_shown_first_and_once_labelled_the_kinds_that_were(at):
    kinds = at.roster.cells.kind
    at.roster.label[:] = NONE
    assert first_filters(at.roster).names == {"kind": frozenset({"wbc"})}
    red = at.roster.cells.cell_id[kinds == CELL_KINDS.index("rbc")]
    at.roster.label[at.roster.rows_of(red[:2])] = 0
    assert first_filters(at.roster).names == {"kind": frozenset({"rbc"})}


def test_cells_taken_elsewhere_are_shown_at_once_where_only_those_in_hand_are(at):
    ids = at.roster.cells.cell_id
    at.selection.take(ids[:3])
    at.gallery.filter_by(Filters(in_hand=True))
    assert at.gallery.order().tolist() == ids[:3].tolist()
    at.selection.take(ids[4:8])
    assert at.gallery.order().tolist() == ids[4:8].tolist()
    at.selection.take(ids[9:10])  # a step to the next cell
    assert at.gallery.order().tolist() == ids[4:8].tolist()


def test_where_one_kind_is_all_there_is_nothing_is_filtered(make_study, desk_with):
    desk = desk_with(make_study(kinds=("rbc", "rbc")), False)
    roster = Roster(desk, later=lambda c: c)
    desk.open(Path("x.study"))
    assert first_filters(roster).is_open


def test_filters_that_no_cell_passes_are_said_and_cleared(at):
    at.view.text_chosen.emit("nowhere")
    assert at.view.said["empty"] == ("no match",)
    assert at.view.said["counts"] == (0, 12, 0)
    assert [chip.facet for chip in at.view.said["choices"][0]] == ["text"]
    at.view.filters_cleared.emit()
    assert at.view.said["empty"] == ("",)
    assert at.view.said["choices"][0] == []


def test_a_study_without_cells_says_so(make_study, desk_with):
    desk = desk_with(make_study(kinds=()), False)
    roster = Roster(desk, later=lambda c: c)
    desk.open(Path("x.study"))
    view = FakeView()
    GalleryPresenter(desk, roster, Selection(), view, submit=print, go_to=print)
    assert view.said["empty"] == ("no cells",)


def test_likeness_puts_the_cells_in_hand_first_and_then_the_nearest(at):
    at.selection.take([6])
    at.view.sort_chosen.emit("near", "morphology", "")
    assert at.gallery.order().tolist()[:4] == [6, 5, 7, 4]


def test_show_only_its_class_uses_the_label_and_else_the_prediction(at):
    predict(at, [4], [1], [0.9])
    at.view.alike_wished.emit(1, "class")
    assert at.gallery.order().tolist() == [2]
    at.view.filters_cleared.emit()
    at.view.alike_wished.emit(4, "class")
    assert at.gallery.order().tolist() == [5]
    at.view.filters_cleared.emit()
    at.view.alike_wished.emit(4, "slide")
    assert at.gallery.order().tolist() == [5, 6, 7, 8]


def test_a_cell_is_looked_at_and_gone_to(at):
    at.view.cell_opened.emit(3)
    assert at.went == [4]
    assert at.selection.current == 4
    at.view.similar_wished.emit(3)
    assert at.similar == [4]


def test_other_pages_move_the_mark_and_bring_the_cell_into_view(at):
    at.gallery.sort_by(Sort("found", True))
    at.selection.look_at(12)
    assert at.view.said["current"] == (0, True)
    at.selection.point_at(11)
    assert at.view.said["pointed"] == (1,)
    at.view.cell_pointed.emit(2)
    assert at.selection.pointed == 10


def test_many_cells_are_sorted_elsewhere_and_an_older_order_is_dropped(at, monkeypatch):
    monkeypatch.setattr(gallery_presenter, "AT_ONCE", 5)
    before = at.gallery.order().tolist()
    at.gallery.sort_by(Sort("found", True))
    at.gallery.sort_by(Sort("label"))
    assert at.gallery.order().tolist() == before
    (first, _, _), (second, job, done) = at.jobs
    assert first.cancelled
    assert not second.cancelled
    done(job())
    assert at.gallery.order().tolist()[0] == 2


def test_what_stands_about_a_cell_is_read_when_it_is_painted(at):
    predict(at, [1, 2], [0, 0], [0.8, 0.7])
    at.roster.label[2] = 1
    at.selection.take([3])
    faces = at.gallery.shown.faces(0, 4)
    assert [f.label for f in faces] == ["band", "blast", "band", ""]
    assert faces[1].agrees
    assert faces[2].disagrees
    assert [f.in_hand for f in faces] == [False, False, True, False]
    assert "Predicted: blast, 80 % of the vote" in at.gallery.shown.describe(1)
    assert "slide 0" in at.gallery.shown.describe(1)


def test_the_names_of_a_facet_come_with_their_counts(at):
    offers = {o.name: o.n_cells for o in at.gallery.offers("kind")}
    assert offers == {"wbc": 3, "rbc": 6, "platelet": 3}
    labels = {o.text: o.n_cells for o in at.gallery.offers("label")}
    assert labels == {"blast": 1, "band": 1, "Not labelled": 10}
    assert "patient" not in dict(at.gallery.facets())


def test_after_release_nothing_is_heard(at, label):
    at.gallery.sort_by(Sort("label"))
    at.gallery.release()
    label(at.study, 7, "blast")
    at.view.cell_picked.emit(0, "one")
    assert at.view.said["outdated"] == (False,)
    assert not len(at.selection)
    assert at.roster.label[6] != NONE
