"""The score by left-out slide or patient, beside scikit-learn's own."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.core import BadInputError
from napari_dinobloom.workflows import score_labels as module
from napari_dinobloom.workflows.live_classifier import LabelledRows, Voting
from napari_dinobloom.workflows.score_labels import groups_known, score_labels

N = 120
VOTING = Voting(5)


@pytest.fixture
def labelled():
    """A maker of labelled cells round three centres, on four slides."""

    def make(voting=VOTING, slides=4, patients=None, n=N):
        draw = np.random.default_rng(0)
        kind = draw.integers(0, 3, n)
        values = (draw.normal(size=(n, 6)) + 1.2 * kind[:, None]).astype(np.float32)
        names = np.array(["blast", "lymphocyte", "neutrophil"])[kind]
        slide = [f"slide {i}" for i in draw.integers(0, slides, n)]
        patient = [patients[s] if patients else "" for s in slide]
        return LabelledRows(
            values, tuple(names.tolist()), tuple(slide), tuple(patient), voting
        )

    return make


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize(
    "voting",
    [
        Voting(5, weights="uniform"),
        Voting(200, weights="uniform"),
        Voting(7, "cosine", "distance"),
    ],
)
def test_it_is_that_of_scikit_learn_with_each_slide_left_out(labelled, voting):
    rows = labelled(voting)
    score = finish(score_labels(rows, "slide"))
    groups = np.array(rows.slides)
    fewest = min((groups != g).sum() for g in set(rows.slides))
    model = KNeighborsClassifier(
        min(voting.k, fewest),
        algorithm="brute",
        metric=voting.metric,
        weights=voting.weights,
    )
    if voting.k > fewest:  # all of the others vote, and each fold has another number
        best = np.empty(N, object)
        for g in set(rows.slides):
            others = np.array(rows.classes)[groups != g]
            names, counts = np.unique(others, return_counts=True)
            best[groups == g] = names[counts.argmax()]
        best = best.astype(str)
    else:
        best = cross_val_predict(
            model, rows.values, rows.classes, groups=groups, cv=LeaveOneGroupOut()
        )
    scores = score.scores
    truth = list(rows.classes)
    assert scores.balanced_accuracy == pytest.approx(
        balanced_accuracy_score(truth, best)
    )
    assert scores.macro_f1 == pytest.approx(f1_score(truth, best, average="macro"))
    assert (score.n_labels, score.n_groups) == (N, 4)
    assert sum(score.sizes().values()) == N
    assert score.worst[1] == min(r for r, _, _ in scores.recall.values())


def test_patients_are_left_out_with_all_their_slides(labelled):
    patients = {"slide 0": "a", "slide 1": "a", "slide 2": "b", "slide 3": "b"}
    rows = labelled(patients=patients)
    assert groups_known(rows) == "patient"
    score = finish(score_labels(rows, "patient"))
    assert (score.by, score.n_groups) == ("patient", 2)
    assert groups_known(labelled()) == "slide"


def test_slides_without_a_patient_are_left_out_and_said(labelled):
    patients = {"slide 0": "a", "slide 1": "", "slide 2": "b", "slide 3": "b"}
    rows = labelled(patients=patients)
    assert groups_known(rows) == "slide"
    score = finish(score_labels(rows, "patient"))
    unknown = rows.slides.count("slide 1")
    assert score.n_labels == N - unknown
    assert f"{unknown} labels on slides without a patient" in score.notes[0]


def test_labels_on_one_slide_cannot_tell(labelled):
    with pytest.raises(BadInputError, match="all labels lie on one slide"):
        finish(score_labels(labelled(slides=1), "slide"))


def test_a_class_that_lies_on_one_slide_is_named(labelled):
    rows = labelled()
    classes = list(rows.classes)
    alone = rows.slides.index("slide 2")
    classes[alone] = "basophil"
    rows = LabelledRows(
        rows.values, tuple(classes), rows.slides, rows.patients, rows.voting
    )
    score = finish(score_labels(rows, "slide"))
    assert any("basophil" in note for note in score.notes)
    assert score.worst == ("basophil", 0.0)


def test_few_labels_are_called_few(labelled):
    assert finish(score_labels(labelled(n=40), "slide")).rests_on_few
    assert not finish(score_labels(labelled(), "slide")).rests_on_few


def test_of_very_many_labels_some_are_judged_and_this_is_said(labelled, monkeypatch):
    monkeypatch.setattr(module, "MOST_JUDGED", 60)
    score = finish(score_labels(labelled(), "slide"))
    assert score.scores.confusion.sum() == 60
    assert score.n_labels == N
    assert any("drawn by lot" in note for note in score.notes)
