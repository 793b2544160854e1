"""The panel with a real study, real workers and the real runner behind it."""

import numpy as np
import pytest

from napari_dinobloom.gui.presenters.live.panel_presenter import LivePanelPresenter
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.live.scores import LiveScores
from napari_dinobloom.gui.presenters.live.similar import LiveSimilar
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.task_runner import TaskRunner
from napari_dinobloom.gui.views.live.panel import LivePanel
from napari_dinobloom.gui.worker import Worker
from napari_dinobloom.study import (
    ChangeSlides,
    FeatureMatrix,
    LabelRecord,
    Recipe,
    Rows,
    Selection,
    SetLabels,
    SetTaxonomy,
    Taxonomy,
    now,
    set_element,
)
from napari_dinobloom.study.slide import Acquisition, Slide

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]
CLASSES = ("blast", "lymphocyte", "neutrophil")
WAIT_MS = 60_000


class Soon:
    """Calls that were put off, made when the test says so."""

    def __init__(self):
        self.calls = []

    def __call__(self, call):
        return lambda: self.calls.append(call)

    def act(self):
        calls, self.calls = self.calls, []
        for call in dict.fromkeys(calls):
            call()


def say(study, labels):
    at = now()
    records = tuple(LabelRecord(int(i), n, "tester", at) for i, n in labels.items())
    study.apply(SetLabels(records))


@pytest.fixture
def study(make_study):
    """Four slides with twelve white cells each that lie round three centres."""
    study = make_study(slides=4, kinds=("wbc",) * 12, write=False)
    ids = study.cells.cell_id
    draw = np.random.default_rng(0)
    values = draw.normal(size=(len(ids), 4)) * 0.3 + 3 * (ids % 3)[:, None]
    matrix = FeatureMatrix(
        "test",
        tuple("abcd"),
        Recipe("test"),
        blocks=(Rows(ids, values.astype(np.float32)),),
    )
    study.apply(set_element(matrix))
    study.apply(SetTaxonomy(Taxonomy().extended(CLASSES)))
    return study


def truth(cell_id):
    return CLASSES[cell_id % 3]


@pytest.fixture
def panel(qtbot, study, desk_with):
    """A panel on show, with everything behind it as in a session."""
    soon, runner, selection = Soon(), TaskRunner(), Selection()
    workers = [Worker(name) for name in ("live", "score", "similar")]
    desk = desk_with(study, is_open=False)
    roster = Roster(desk, later=soon)
    live = LivePredictions(desk, roster, workers[0], later=soon)
    scores = LiveScores(live, workers[1], later=soon)
    widget = LivePanel()
    widget.resize(430, 700)
    qtbot.addWidget(widget)
    presenter = LivePanelPresenter(desk, live, scores, runner, widget)
    widget.live, widget.scores, widget.soon, widget.desk = live, scores, soon, desk
    widget.runner, widget.selection, widget.roster = runner, selection, roster
    widget.similar = LiveSimilar(desk, roster, selection, live, workers[2])
    widget.show()
    yield widget
    presenter.release()
    for each in (widget.similar, scores, live):
        each.release()
    for each in (runner, *workers):
        each.close()


@pytest.fixture
def opened(qtbot, panel, study):
    panel.desk.open(study.folder)
    settle(qtbot, panel)
    return panel


def settle(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.live.status.is_learning, timeout=WAIT_MS)


def judge(qtbot, panel):
    settle(qtbot, panel)
    panel.soon.act()
    qtbot.waitUntil(lambda: not panel.scores.is_judging, timeout=WAIT_MS)


def test_before_a_study_is_open_only_what_to_do_is_on_show(panel):
    assert panel.status.text() == "Open a study first."
    assert not panel.keep_button.isVisible()
    assert not panel.score.isVisible()


def test_what_is_missing_is_said_until_two_classes_have_labels(qtbot, opened, study):
    assert "at least two classes" in opened.status.text()
    assert not opened.keep_button.isVisible()
    say(study, {1: truth(1), 2: truth(2)})
    settle(qtbot, opened)
    assert "2 labels of 2 classes (1 slide); 48 white cells" in opened.status.text()
    assert opened.keep_button.isEnabled()


def test_labels_on_one_slide_cannot_tell_how_good_it_is(qtbot, opened, study):
    say(study, {i: truth(i) for i in range(1, 10)})
    judge(qtbot, opened)
    assert "all labels lie on one slide" in opened.score.rests_on.text()
    assert not opened.score.headline.isVisible()
    opened.neighbours.setValue(3)
    say(study, {i: truth(i) for i in range(13, 20)})
    judge(qtbot, opened)
    assert "Balanced accuracy 100%" in opened.score.headline.text()
    assert "16 labels of 2 slides" in opened.score.rests_on.text()
    assert "few labels" in opened.score.rests_on.text()


def test_patients_are_left_out_where_they_are_known(qtbot, opened, study):
    say(study, {i: truth(i) for i in range(1, 49)})
    judge(qtbot, opened)
    assert opened.scores.score.by == "slide"
    slides = {
        name: Slide(name, Acquisition(patient="anna" if i < 2 else "bela"))
        for i, name in enumerate(study.slides)
    }
    study.apply(ChangeSlides(slides, {}))
    opened.soon.act()
    qtbot.waitUntil(lambda: opened.scores.is_judging, timeout=WAIT_MS)
    judge(qtbot, opened)
    assert opened.scores.score.by == "patient"
    assert "48 labels of 2 patients" in opened.score.rests_on.text()
    assert opened.score.by.currentData() == "patient"
    opened.score.left_out_wished.emit("slide")
    judge(qtbot, opened)
    assert "48 labels of 4 slides" in opened.score.rests_on.text()


def test_the_table_names_what_a_class_is_mostly_taken_for(qtbot, opened, study):
    wrong = {i: "blast" for i in range(1, 49) if i % 3 == 1 and i % 4}
    say(study, {i: truth(i) for i in range(1, 49)} | wrong)
    opened.neighbours.setValue(3)
    judge(qtbot, opened)
    table = opened.score.table
    assert table.rowCount() == 3
    assert not table.isVisible()
    opened.score.classes_button.click()
    assert table.isVisible()
    by_class = {table.item(r, 0).text(): r for r in range(3)}
    assert "blast" in table.item(by_class["lymphocyte"], 3).text()
    assert table.item(by_class["neutrophil"], 1).text() == "100%"


def test_nothing_is_judged_while_nobody_looks(qtbot, opened, study):
    opened.hide()
    say(study, {i: truth(i) for i in range(1, 30)})
    settle(qtbot, opened)
    opened.soon.act()
    assert opened.scores.score is None
    opened.show()
    judge(qtbot, opened)
    assert opened.scores.score.n_labels == 29


def test_new_labels_take_the_place_of_a_score_under_way(qtbot, opened, study):
    say(study, {i: truth(i) for i in range(1, 30)})
    settle(qtbot, opened)
    opened.soon.act()  # asks for the labelled cells
    say(study, {i: truth(i) for i in range(30, 40)})
    judge(qtbot, opened)
    assert opened.scores.score.n_labels == 39


def test_k_nearness_and_votes_reach_the_classifier(qtbot, opened, study):
    say(study, {i: truth(i) for i in range(1, 30)})
    settle(qtbot, opened)
    opened.settings_button.click()
    opened.neighbours.setValue(7)
    opened.metric.setCurrentIndex(1)
    opened.metric.activated.emit(1)
    opened.weights.setCurrentIndex(1)
    opened.weights.activated.emit(1)
    judge(qtbot, opened)
    voting = opened.live.voting
    assert (voting.k, voting.metric, voting.weights) == (7, "cosine", "distance")
    assert opened.scores.score.scores.method == "kNN-7"
    assert opened.neighbours.value() == 7


def test_kept_predictions_stand_in_the_study_and_can_be_taken_back(
    qtbot, opened, study
):
    say(study, {i: truth(i) for i in range(1, 30)})
    opened.neighbours.setValue(3)
    settle(qtbot, opened)
    opened.keep_button.click()
    assert not opened.keep_button.isEnabled()
    qtbot.waitUntil(lambda: not opened.runner.is_busy, timeout=WAIT_MS)
    kept = study.predictions("knn")
    assert kept.recipe.parameters["k"] == 3
    best, chance = kept.best(study.cells.cell_id)
    roster = opened.roster
    assert [roster.class_names[c] for c in roster.predicted] == best.tolist()
    np.testing.assert_array_equal(chance, roster.chance)
    assert opened.keep_button.isEnabled()
    study.undo()
    assert study.names_of("predictions") == []


def test_what_keeps_predictions_from_being_kept_is_said_in_the_panel(
    qtbot, opened, study
):
    say(study, {i: truth(i) for i in range(1, 30)})
    settle(qtbot, opened)
    study.read_only_reason = "somebody else has it open."
    opened.keep_button.click()
    qtbot.waitUntil(lambda: not opened.runner.is_busy, timeout=WAIT_MS)
    assert "reading only" in opened.message.text
    assert opened.message.isVisible()


def test_a_bulk_shows_progress_only_when_it_takes_long(qtbot, opened, study):
    assert not opened.bar.isVisible()
    opened.show_status("ready", "Learns.", True)
    assert not opened.bar.isVisible()
    qtbot.waitUntil(opened.bar.isVisible, timeout=WAIT_MS)
    opened.show_status("ready", "Learns.", False)
    assert not opened.bar.isVisible()


def test_similar_cells_are_taken_in_hand_with_the_one_that_was_asked(qtbot, opened):
    told = []
    opened.similar.take(np.array([5]), 15, told.append)
    qtbot.waitUntil(lambda: len(opened.selection) > 0, timeout=WAIT_MS)
    assert len(opened.selection) == 16
    assert set(opened.selection.ids % 3) == {2}
    assert opened.selection.current == 5
    assert told == []
    opened.similar.take(np.array([5, 8]), 4, told.append)
    qtbot.waitUntil(lambda: len(opened.selection) == 6, timeout=WAIT_MS)


def test_similar_cells_need_features(panel, qtbot):
    told = []
    panel.similar.take(np.array([5]), 15, told.append)
    assert "described" in told[0]


def test_closing_while_similar_cells_are_sought_is_safe(qtbot, opened):
    opened.similar.take(np.array([5]), 15, lambda _: None)
    opened.desk.close()
    assert len(opened.selection) == 0
    assert opened.status.text() == "Open a study first."
