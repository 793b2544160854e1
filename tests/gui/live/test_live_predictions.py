"""Labels in a real study, a real worker, and what the roster then holds."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.core import run
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.worker import Worker
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
    ChangeSlides,
    FeatureMatrix,
    LabelRecord,
    Predictions,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    SetTaxonomy,
    Stored,
    Taxonomy,
    now,
    set_element,
)
from napari_dinobloom.workflows import ClassifyCells
from napari_dinobloom.workflows.live_classifier import Voting

CLASSES = ("artefact", "blast", "lymphocyte", "neutrophil")
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


@pytest.fixture
def soon():
    return Soon()


@pytest.fixture
def described(make_study):
    """A study of four slides with features of all cells, and a scheme."""
    study = make_study(slides=4, kinds=("wbc", "wbc", "rbc", "wbc", "wbc"), write=False)
    add_features(study)
    study.apply(SetTaxonomy(Taxonomy().extended(CLASSES)))
    return study


def add_features(study, name="test", seed=0):
    draw = np.random.default_rng(seed)
    ids = study.cells.cell_id
    values = draw.standard_normal((len(ids), 4)).astype(np.float32)
    columns = tuple("abcd")
    matrix = FeatureMatrix(name, columns, Recipe(name), blocks=(Rows(ids, values),))
    study.apply(set_element(matrix))


def say(study, labels, note="", group=None):
    at = now()
    records = tuple(
        LabelRecord(int(i), n, "tester", at, note=note) for i, n in labels.items()
    )
    study.apply(SetLabels(records), group)


@pytest.fixture
def desk(described, desk_with):
    return desk_with(described)


@pytest.fixture
def worker(qapp):
    worker = Worker("live-test")
    yield worker
    worker.close()


@pytest.fixture
def follow(worker, soon):
    """Connects a desk with a roster and the live predictions."""
    made = []

    def make(desk):
        roster = Roster(desk, later=soon)
        if desk.study is not None:  # as in a session, where the roster is there first
            roster._opened(desk.study)
        live = LivePredictions(desk, roster, worker, later=soon)
        made.append(live)
        return roster, live

    yield make
    for live in made:
        live.release()


def settle(qtbot, live):
    qtbot.waitUntil(lambda: not live.status.is_learning, timeout=WAIT_MS)


def by_sklearn(study, voting, name="test"):
    """Class of every cell, None where none, from labels that are sure."""
    labels = {
        i: n
        for i, n in study.labels.labels().items()
        if study.labels.standing(i).note != "unsure"
    }
    cells, matrix = study.cells, study.features(name)
    kinds = cells.kind[cells.rows_of(np.array(sorted(labels), np.int64))]
    fair = [k for k in np.unique(kinds) if (kinds == k).mean() >= 0.1]
    wanted = np.isin(cells.kind, fair)
    if len(set(labels.values())) < 2:
        return [None] * len(cells), None
    values, _ = matrix.rows.of(cells.cell_id)
    rows = cells.rows_of(np.array(sorted(labels)))
    rows = rows[wanted[rows]]
    said = np.array([labels[int(i)] for i in cells.cell_id[rows]])
    model = KNeighborsClassifier(
        min(voting.k, len(rows)), algorithm="brute", weights=voting.weights
    )
    shares = model.fit(values[rows], said).predict_proba(values)
    for i, row in enumerate(rows):  # a cell's own label does not vote
        rest = np.delete(rows, i)
        alone = clone(model).set_params(n_neighbors=min(voting.k, len(rest)))
        alone.fit(values[rest], np.delete(said, i))
        known = np.searchsorted(model.classes_, alone.classes_)
        shares[row] = 0
        shares[row, known] = alone.predict_proba(values[[row]])[0]
    best = model.classes_[shares.argmax(1)]
    return [b if w else None for b, w in zip(best, wanted, strict=True)], shares.max(1)


def assert_roster_is_right(roster, study, voting, name="test"):
    best, chance = by_sklearn(study, voting, name)
    names = [None if c == NONE else roster.class_names[c] for c in roster.predicted]
    assert names == best
    some = roster.predicted != NONE
    if some.any():
        np.testing.assert_allclose(roster.chance[some], chance[some], atol=1e-6)
    assert np.isnan(roster.chance[~some]).all()
    assert (roster.voters[some] > 0).all()
    assert (roster.votes <= roster.voters).all()
    undivided = roster.votes == roster.voters
    assert (roster.chance[some & undivided] > 0.999).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_roster_predicts_as_scikit_learn_after_any_row_of_edits(
    qtbot, desk, follow, described, seed
):
    draw = np.random.default_rng(seed)
    roster, live = follow(desk)
    live.use_voting(Voting(3))
    ids = described.cells.cell_id
    for step in range(60):
        what = draw.integers(0, 10)
        if what < 5:
            say(described, {draw.choice(ids): draw.choice(CLASSES)})
        elif what == 5:
            some = draw.choice(ids, 12, replace=False)
            say(described, {i: str(draw.choice(CLASSES)) for i in some})
        elif what == 6:
            say(described, {draw.choice(ids): None})
        elif what < 9 and described.undo_summary.startswith(("label", "clear")):
            described.undo()
        elif what == 9:
            described.redo()
        if step % 4 == 3:  # between these, edits come while the worker is busy
            settle(qtbot, live)
            assert_roster_is_right(roster, described, live.voting)
    assert live.update is not None


def test_labels_that_come_while_it_learns_are_sent_as_one_and_none_is_lost(
    qtbot, desk, follow, described
):
    roster, live = follow(desk)
    settle(qtbot, live)
    learned = []
    live.learned.connect(learned.append)
    ids = described.cells.cell_id.tolist()
    for number, cell_id in enumerate(ids):  # without the event loop in between
        say(described, {cell_id: CLASSES[number % 4]})
    settle(qtbot, live)
    assert len(learned) == 2  # the first label by itself, then all the others
    assert sum(learned[-1].counts.values()) == len(ids)
    assert_roster_is_right(roster, described, live.voting)


def test_too_few_labels_are_said_and_predict_nothing(qtbot, desk, follow, described):
    roster, live = follow(desk)
    settle(qtbot, live)
    assert live.status.stage == "missing"
    assert live.status.text.endswith("so far: none.")
    say(described, {1: "blast", 2: "blast"})
    settle(qtbot, live)
    assert "at least two classes" in live.status.text
    assert "2 cells as blast" in live.status.text
    assert (roster.predicted == NONE).all()
    say(described, {4: "lymphocyte"})
    settle(qtbot, live)
    assert live.status.stage == "ready"
    assert "3 labels of 2 classes (1 slide); 16 white cells" in live.status.text
    described.undo()
    settle(qtbot, live)
    assert live.status.stage == "missing"
    assert (roster.predicted == NONE).all()


def test_an_unsure_label_is_not_learned(qtbot, desk, follow, described):
    say(described, {1: "blast", 2: "lymphocyte"})
    say(described, {6: "neutrophil"}, note="unsure")  # stands as the study is opened
    roster, live = follow(desk)
    settle(qtbot, live)
    say(described, {4: "neutrophil", 5: "neutrophil"}, note="unsure")
    say(described, {2: "lymphocyte"}, note="unsure")
    settle(qtbot, live)
    assert live.status.stage == "missing"
    say(described, {2: "lymphocyte"})
    settle(qtbot, live)
    assert live.update.counts == {"blast": 1, "lymphocyte": 1}
    assert_roster_is_right(roster, described, live.voting)


def test_stored_predictions_stay_until_live_ones_take_their_place(
    qtbot, described, desk_with, follow
):
    ids = described.cells.cell_id
    shares = np.tile(np.float32([0.75, 0.25]), (len(ids), 1))
    stored = Predictions(
        "knn", ("neutrophil", "blast"), Rows(ids, shares), Recipe("knn")
    )
    described.apply(set_element(stored))
    roster, live = follow(desk_with(described))
    settle(qtbot, live)
    neutrophil = roster.class_names.index("neutrophil")
    assert (roster.predicted == neutrophil).all()
    say(described, {1: "blast", 2: "lymphocyte"})
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_another_scheme_moves_the_codes_and_keeps_the_classes(
    qtbot, desk, follow, described
):
    say(described, {1: "blast", 2: "lymphocyte"})
    roster, live = follow(desk)
    settle(qtbot, live)
    for names in (("monocyte", "lymphocyte", "blast"), ("monocyte",), ("blast",)):
        described.apply(SetTaxonomy(Taxonomy("other").extended(names)))
        settle(qtbot, live)
        assert_roster_is_right(roster, described, live.voting)


def test_a_class_that_enters_the_scheme_late_is_predicted_from_then_on(
    qtbot, desk, follow, described
):
    roster, live = follow(desk)
    settle(qtbot, live)
    say(described, {1: "monocyte", 2: "blast", 4: "monocyte"})
    settle(qtbot, live)
    assert "monocyte" not in roster.class_names
    described.apply(SetTaxonomy(described.taxonomy.extended(["monocyte"])))
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_cells_that_come_and_go_are_followed(
    qtbot, desk, follow, described, soon, search_picture
):
    say(described, {1: "blast", 2: "lymphocyte", 6: "neutrophil"})
    roster, live = follow(desk)
    settle(qtbot, live)
    search_picture(described, 1, ("wbc", "rbc"))  # new ids; 1 and 2 are gone
    say(described, {7: "blast"})  # while the roster still has the old rows
    soon.act()
    settle(qtbot, live)
    assert len(roster) == 17
    here = roster.cells.has(described.features("test").cell_ids)
    assert here.sum() == 15
    assert live.update.counts == {"blast": 1, "neutrophil": 1}
    some = roster.predicted != NONE
    described_rows = roster.rows_of(described.features("test").cell_ids)
    assert set(np.flatnonzero(some)) <= set(described_rows)
    assert some.sum() == 12
    described.undo()  # the label
    described.undo()  # the search
    soon.act()
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_other_features_k_and_weighting_are_used_at_once(
    qtbot, desk, follow, described
):
    say(described, {i: CLASSES[i % 4] for i in range(1, 16)})
    roster, live = follow(desk)
    settle(qtbot, live)
    add_features(described, "second", seed=5)
    assert live.features == "second"
    live.use_features("second")
    live.use_features("test")
    live.use_voting(Voting(2))
    settle(qtbot, live)
    assert_roster_is_right(roster, described, Voting(2))
    live.use_features("second")
    settle(qtbot, live)
    assert_roster_is_right(roster, described, Voting(2), "second")
    live.use_features("test")
    live.use_voting(Voting(4))
    live.use_voting(Voting(1))
    settle(qtbot, live)
    assert_roster_is_right(roster, described, Voting(1))


def test_a_study_may_be_closed_while_it_learns(qtbot, desk, follow, described, worker):
    roster, live = follow(desk)
    say(described, {1: "blast", 2: "lymphocyte"})
    assert live.status.is_learning
    desk.close()
    assert not live.status.is_learning
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=WAIT_MS)
    assert live.status.text == "Open a study first."
    assert len(roster.predicted) == 0
    say(described, {4: "blast"})  # nobody listens any more
    assert not live.status.is_learning
    desk.open(Path("x.study"))
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_what_was_stopped_is_caught_up_with(qtbot, desk, follow, described):
    say(described, {1: "blast", 2: "lymphocyte"})
    roster, live = follow(desk)
    live.stop()
    assert live.status.stage == "stopped"
    live.learn_again()
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)
    say(described, dict.fromkeys(range(4, 16), "neutrophil"))
    live.stop()
    say(described, {16: "artefact"})
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_a_failure_is_said_and_the_next_label_tries_again(
    qtbot, desk, follow, described, worker
):
    class Failing:
        """Fails once, as a full memory would."""

        def __init__(self):
            self.left = 1

        def stream(self, job, progressed, done, failed):
            def fails():
                yield from ()
                raise MemoryError

            if self.left:
                self.left -= 1
                return worker.stream(fails, progressed, done, failed)
            return worker.stream(job, progressed, done, failed)

    say(described, {1: "blast", 2: "lymphocyte"})
    roster, live = follow(desk)
    live._learner._worker = Failing()
    live.use_voting(Voting(4))
    settle(qtbot, live)
    assert live.status.stage == "failed"
    assert "memory" in live.status.text
    say(described, {4: "neutrophil"})
    settle(qtbot, live)
    assert_roster_is_right(roster, described, live.voting)


def test_without_features_it_says_what_to_do(make_study, desk_with, follow):
    _, live = follow(desk_with(make_study(write=False)))
    assert live.status.stage == "empty"
    assert "described" in live.status.text
    assert not live.status.is_learning


def test_keeping_stores_what_is_shown(qtbot, desk, follow, described):
    say(described, {i: CLASSES[i % 4] for i in range(1, 12)})
    roster, live = follow(desk)
    live.use_voting(Voting(3))
    settle(qtbot, live)
    run(ClassifyCells.from_study(described, k=3), described)
    best, chance = described.predictions("knn").best(roster.cells.cell_id)
    shown = [None if c == NONE else roster.class_names[c] for c in roster.predicted]
    assert shown == best.tolist()
    np.testing.assert_array_equal(roster.chance, chance)


def test_the_nearest_labelled_cells_are_told(qtbot, desk, follow, described):
    say(described, {1: "blast", 2: "lymphocyte"})
    _, live = follow(desk)
    settle(qtbot, live)

    told = []
    live.explain(4, 5, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert {n.class_name for n in told[0]} == {"blast", "lymphocyte"}


def test_features_on_disk_are_read_by_the_worker_and_kept(
    qtbot, described, tmp_path, worker, soon
):
    folder = tmp_path / "kept.study"
    with create_study(folder, "tester") as made:
        for edit in (
            ChangeSlides(dict(described.slides), dict(described.pictures)),
            ReplaceCells(dict(described.findings)),
            SetTaxonomy(described.taxonomy),
            set_element(described.features("test")),
        ):
            made.study.apply(edit)
        say(made.study, {1: "blast", 2: "lymphocyte", 6: "neutrophil"})
    desk = Desk(open_study, create_study)
    study = desk.open(folder)
    assert isinstance(study.results["features", "test"], Stored)
    roster = Roster(desk, later=soon)
    roster.rebuild()
    live = LivePredictions(desk, roster, worker, later=soon)
    assert live.status.is_learning
    assert isinstance(study.results["features", "test"], Stored)  # not read here
    settle(qtbot, live)
    assert not isinstance(study.results["features", "test"], Stored)
    assert_roster_is_right(roster, study, live.voting)
    live.release()
    desk.close()
    desk.finish()


def test_from_opening_a_labelled_study_until_they_stand_it_says_predicting(
    qtbot, desk_with, follow, described
):
    from napari_dinobloom.gui.presenters.live.first_predictions import FirstPredictions

    say(described, {1: "blast", 6: "lymphocyte"})
    desk = desk_with(described, is_open=False)
    roster, live = follow(desk)
    told: list[tuple[bool, int]] = []

    class View:
        def show_predicting(self, is_predicting: bool) -> None:
            told.append((is_predicting, int((roster.predicted != NONE).sum())))

    first = FirstPredictions(live, View())
    assert told == [(False, 0)]
    desk.open(Path("x.study"))
    assert told[-1] == (True, 0)
    settle(qtbot, live)
    is_predicting, n_predicted = told[-1]
    assert not is_predicting
    assert n_predicted > 0
    say(described, {2: "blast"})
    assert told[-1][0] is False, "later labels change predictions that stand"
    settle(qtbot, live)
    first.release()


def test_without_two_classes_nothing_is_being_predicted(
    qtbot, desk_with, follow, described
):
    say(described, {1: "blast", 6: "blast"})
    desk = desk_with(described, is_open=False)
    _, live = follow(desk)
    desk.open(Path("x.study"))
    assert live.status.is_learning
    assert not live.is_predicting_first
    settle(qtbot, live)
