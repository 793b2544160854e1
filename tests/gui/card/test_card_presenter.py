"""Which cell the card shows, and what it follows: no window needed."""

from types import SimpleNamespace

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.card.features import number, rows_of
from napari_dinobloom.gui.presenters.card.peers import peers_of, votes
from napari_dinobloom.gui.presenters.card.presenter import NOTHING, CardPresenter
from napari_dinobloom.gui.presenters.card.reasons import CardReasons
from napari_dinobloom.gui.presenters.card.words import said_of
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.study import (
    FeatureMatrix,
    LabelRecord,
    Recipe,
    Rows,
    Selection,
    set_element,
)
from napari_dinobloom.workflows import accept_predictions, label_cells, mark_unsure
from napari_dinobloom.workflows.compare_features import compare_features
from napari_dinobloom.workflows.live_classifier import NearestLabel, Voting


class FakeView:
    go_wished = Signal()
    step_wished = Signal(int)
    cell_wished = Signal(object)

    def __init__(self):
        self.shown, self.text, self.standing = [], "", None
        self.history, self.neighbours, self.rows = (), (), ()
        self.said, self.place, self.portraits = "", None, {}

    def show_empty(self, text):
        self.shown.append(None)
        self.text = text

    def show_cell(self, cell, head, scale):
        self.shown.append(cell.cell_id)
        self.head, self.scale = head, scale

    def show_place(self, text, has_last, has_next):
        self.place = text, has_last, has_next

    def show_standing(self, standing):
        self.standing = standing

    def show_history(self, said):
        self.history = said

    def show_neighbours(self, cells, text):
        self.neighbours, self.neighbours_said = cells, text

    def show_portrait(self, cell_id, rgb):
        self.portraits[cell_id] = rgb

    def show_features(self, rows, text):
        self.rows, self.said = rows, text


class FakeWorker:
    """Does what was handed in when the test says so."""

    def __init__(self):
        self.jobs, self.asked = [], 0

    def submit(self, job, done, failed):
        self.asked += 1
        ticket = SimpleNamespace(cancelled=False)
        ticket.cancel = lambda: setattr(ticket, "cancelled", True)
        self.jobs.append((ticket, job, done, failed))
        return ticket

    def work(self):
        while self.jobs:
            ticket, job, done, failed = self.jobs.pop(0)
            if ticket.cancelled:
                continue
            try:
                answer = job()
            except Exception as error:  # noqa: BLE001 - as the real one
                failed(error)
            else:
                done(answer)


class FakeLive:
    changed = Signal()

    def __init__(self):
        self.voting, self.features = Voting(k=3), "morphology"
        self.status = SimpleNamespace(stage="ready", text="", is_learning=False)
        self.nearest, self.asked = {}, []

    def explain(self, cell_id, m, answer):
        self.asked.append(cell_id)
        answer(self.nearest.get(cell_id, [])[:m])


class FakePortraits:
    arrived = Signal(object)

    def __init__(self):
        self.ready = set()

    def image(self, cell_id, side_px, masked=False, wisher=""):
        return (
            np.full((side_px,) * 2 + (3,), cell_id) if cell_id in self.ready else None
        )

    def prefer(self, cell_ids, wisher=""):
        self.preferred = set(cell_ids)


def at_once(call):
    return call


class Bench:
    def __init__(self, study, desk):
        self.study, self.selection, self.view = study, Selection(), FakeView()
        self.roster = Roster(desk, later=at_once)
        if desk.study is not None:
            self.roster._opened(desk.study)
        self.worker, self.live = FakeWorker(), FakeLive()
        self.portraits, self.gone_to = FakePortraits(), []
        self.reasons = CardReasons(
            self.roster, self.live, self.portraits, later=at_once
        )
        self.card = CardPresenter(
            desk,
            self.selection,
            self.roster,
            self.view,
            worker=self.worker,
            reasons=self.reasons,
            go_to=self.gone_to.append,
            later=at_once,
        )

    def look(self, cell_id):
        self.selection.look_at(cell_id)
        self.worker.work()

    def predict(self, cell_id, name, chance=0.8):
        row = self.roster.rows_of(np.array([cell_id]))
        code = self.roster.class_names.index(name)
        self.roster.set_predictions(row, np.array([code]), np.array([chance]))


@pytest.fixture
def desk(make_study, desk_with):
    study = make_study(slides=2, kinds=("wbc",) * 3 + ("rbc",) * 3)
    ids = study.cells.cell_id
    values = np.arange(2.0 * len(ids)).reshape(-1, 2)
    names = ("cell_area_um2", "nucleus_to_cell")
    study.apply(
        set_element(
            FeatureMatrix("morphology", names, Recipe("m"), blocks=(Rows(ids, values),))
        )
    )
    return desk_with(study)


@pytest.fixture
def bench(desk):
    """Two slides of three white and three red cells each: ids 1 … 12."""
    return Bench(desk.study, desk)


def test_no_cell_says_what_to_do(bench):
    assert bench.view.text == NOTHING
    bench.look(1)
    bench.look(None)
    assert bench.view.shown[-1] is None
    assert bench.view.text == NOTHING


def test_the_cell_that_is_looked_at_is_shown(bench):
    bench.look(4)
    assert bench.view.shown[-1] == 4
    assert bench.view.head.title == "Red cell 4"
    assert bench.view.head.origin == "Slide slide 0"
    assert not bench.card.is_busy


def test_of_many_cells_passed_only_the_last_is_described(bench):
    for cell_id in range(1, 11):
        bench.selection.look_at(cell_id)
    bench.worker.work()
    shown = [cell_id for cell_id in bench.view.shown if cell_id is not None]
    assert shown == [10]
    # the first, which was under way, the last, and its comparison
    assert bench.worker.asked == 3


def test_the_card_before_stays_until_the_new_one_is_there(bench):
    bench.look(1)
    bench.selection.look_at(2)
    assert bench.view.shown[-1] == 1
    bench.worker.work()
    assert bench.view.shown[-1] == 2


def test_a_cell_that_cannot_be_described_does_not_stop_the_next(bench, monkeypatch):
    bench.look(1)
    ground = bench.card._ground
    monkeypatch.setattr(ground, "describe", lambda _: 1 / 0)
    bench.look(2)
    assert "could not be described" in bench.view.text
    monkeypatch.undo()
    bench.look(3)
    assert bench.view.shown[-1] == 3


def test_a_label_shows_at_once_and_so_does_its_undo(bench):
    bench.look(1)
    assert bench.view.standing.label == ""
    label_cells(bench.study, [1], "blast")
    assert bench.view.standing.label == "blast"
    assert "tester" in bench.view.standing.label_said
    assert [said.what for said in bench.view.history] == ["blast"]
    bench.study.undo()
    assert bench.view.standing.label == ""
    assert bench.view.history == ()


def test_the_history_tells_all_oldest_first(bench):
    bench.look(1)
    label_cells(bench.study, [1], "blast")
    mark_unsure(bench.study, [1])
    accept_predictions(bench.study, [1], [0], ("lymphocyte",), [0.93], "1f0c")
    label_cells(bench.study, [1], None)
    said = [(line.what, line.by) for line in bench.view.history]
    assert said == [
        ("blast", "tester, person"),
        ("blast, unsure", "tester, person"),
        ("lymphocyte", "tester, accepted prediction with 93 % of the vote"),
        ("label taken away", "tester, person"),
    ]


def test_a_strange_time_or_prediction_is_told_as_it_is():
    record = LabelRecord(1, "blast", "me", "long ago", "import: a.csv", "rev x")
    line = said_of(record, "#000000")
    assert (line.when, line.by) == ("long ago", "me, import: a.csv")


def test_label_and_prediction_are_compared_in_words(bench):
    label_cells(bench.study, [1], "blast")
    label_cells(bench.study, [2], "lymphocyte")
    bench.look(1)
    assert bench.view.standing.agree is None
    bench.predict(1, "lymphocyte")
    assert bench.view.standing.agree is False
    assert "labelled blast, but looks like lymphocyte" in bench.view.standing.verdict
    bench.predict(1, "blast")
    assert bench.view.standing.agree is True
    assert bench.view.standing.predicted_said == "80 % of the vote"


def test_why_nothing_is_predicted_is_said(bench):
    bench.live.status = SimpleNamespace(stage="missing", text="…", is_learning=False)
    bench.look(1)
    assert "Not enough labels" in bench.view.standing.predicted_said
    assert "Not enough labels" in bench.view.neighbours_said


def test_neighbours_come_with_colour_and_picture(bench):
    label_cells(bench.study, [2, 3], "blast")
    bench.live.nearest[1] = [NearestLabel(2, "blast", 0.5), NearestLabel(3, "blast", 1)]
    bench.portraits.ready = {2}
    bench.look(1)
    assert [n.cell_id for n in bench.view.neighbours] == [2, 3]
    assert bench.view.neighbours[0].colour == bench.roster.classes[0].colour
    assert set(bench.view.portraits) == {2}
    bench.portraits.ready = {2, 3}
    bench.portraits.arrived.emit(frozenset({3}))
    assert set(bench.view.portraits) == {2, 3}


def test_an_answer_about_another_cell_is_dropped(bench):
    answers = {}
    bench.live.explain = lambda cell_id, m, answer: answers.update({cell_id: answer})
    bench.look(1)
    bench.look(2)
    answers[2]([NearestLabel(5, "blast", 1)])
    answers[1]([NearestLabel(6, "blast", 1)])
    assert [n.cell_id for n in bench.view.neighbours] == [5]


def test_neighbours_of_the_cell_before_do_not_stay(bench):
    bench.live.nearest[1] = [NearestLabel(2, "blast", 0.5)]
    bench.look(1)
    bench.live.explain = lambda *_: None  # busy learning
    bench.look(4)
    assert bench.view.neighbours == ()


def test_votes_are_counted_and_weighted():
    near = [NearestLabel(1, "a", 1.0), NearestLabel(2, "b", 4), NearestLabel(3, "b", 4)]
    even = votes(near, Voting(k=3, weights="uniform"), {})
    assert [(s.name, s.text) for s in even] == [("b", "2 of 3"), ("a", "1 of 3")]
    assert even[0].share == pytest.approx(2 / 3)
    close = votes(near, Voting(k=3, weights="distance"), {})
    assert (close[0].name, close[0].share) == ("a", pytest.approx(2 / 3))
    one = votes(near, Voting(k=1, weights="uniform"), {})
    assert one[0].text == "1 of 1"


def test_peers_are_those_labelled_so_else_predicted_so_else_of_its_kind(
    make_study, desk_with
):
    study = make_study(kinds=("wbc",) * 30 + ("rbc",) * 5, write=False)
    bench = Bench(study, desk_with(study))
    ids = study.cells.cell_id
    label_cells(study, ids[:8], "blast")
    find = peers_of(bench.roster, 0)
    assert find().words == "white cells"
    assert len(find().cell_ids) == 29
    for cell_id in ids[8:20]:
        bench.predict(int(cell_id), "blast")
    assert peers_of(bench.roster, 0)().cell_ids.tolist() == ids[8:20].tolist()
    label_cells(study, ids[8:12], "blast")
    named = peers_of(bench.roster, 0)()
    assert named.words == "cells labelled blast"
    assert named.cell_ids.tolist() == ids[1:12].tolist()


def test_steps_go_through_the_cells_in_hand(bench):
    bench.selection.take([2, 5, 9], current=5)
    bench.worker.work()
    assert bench.view.place == ("2 of 3", True, True)
    bench.view.step_wished.emit(1)
    bench.worker.work()
    assert bench.selection.current == 9
    assert bench.view.place == ("3 of 3", True, False)
    bench.view.step_wished.emit(1)
    assert bench.selection.current == 9
    bench.look(3)  # between two of them
    bench.view.step_wished.emit(-1)
    assert bench.selection.current == 2
    bench.look(3)
    bench.view.step_wished.emit(1)
    assert bench.selection.current == 5


def test_wishes_of_the_card_reach_slide_and_selection(bench):
    bench.look(3)
    bench.view.go_wished.emit()
    bench.view.cell_wished.emit(7)
    assert bench.gone_to == [3]
    assert bench.selection.current == 7


def test_a_study_that_closes_takes_the_card_away(bench, desk):
    bench.selection.look_at(3)
    desk.study_closing.emit(desk.study)
    bench.worker.work()
    assert bench.view.shown[-1] is None
    assert 3 not in bench.view.shown


def test_what_is_released_hears_nothing_more(bench):
    bench.look(3)
    bench.card.release()
    bench.look(4)
    label_cells(bench.study, [3], "blast")
    assert bench.view.shown[-1] == 3
    assert bench.view.standing.label == ""


def test_main_measurements_come_first_and_fit_the_cell(bench):
    names = ("ring_1_density", "central_pallor", "nucleus_to_cell", "cell_diameter_um")
    values = np.random.default_rng(0).random((30, 4), np.float32)
    values[0, 2] = 0
    ids = np.arange(1, 31)
    matrix = FeatureMatrix(
        "morphology", names, Recipe("m"), blocks=(Rows(ids, values),)
    )
    red = rows_of(compare_features(matrix, 1, ids))
    white = rows_of(compare_features(matrix, 2, ids))
    main = [[row.title for row in rows if row.group == "Main"] for rows in (red, white)]
    assert main == [
        ["Cell diameter", "Central pallor"],
        ["Cell diameter", "Nucleus / cell area"],
    ]
    assert len(red) == len(white) == 4


def test_numbers_are_told_with_three_figures():
    said = [number(v, "µm") for v in (0.0, 12.345, 1.234, 345.6, 0.00123, np.nan)]
    assert said == ["0 µm", "12.3 µm", "1.23 µm", "346 µm", "0.001 µm", "–"]


def test_a_cell_only_looked_at_stays_while_cells_come_and_go(bench):
    bench.look(3)
    bench.selection.keep(bench.roster.cells.cell_id)
    assert bench.selection.current == 3
    bench.selection.keep(np.array([1, 2]))
    assert bench.selection.current is None
