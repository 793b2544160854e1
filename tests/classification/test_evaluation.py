import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.classification import evaluate
from napari_dinobloom.core import BadInputError


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


@pytest.fixture
def smears():
    """(240, 6) features of 3 classes, their names, and 8 patients."""
    rng = np.random.default_rng(0)
    kind = rng.choice(3, 240, p=[0.6, 0.3, 0.1])
    features = rng.standard_normal((240, 6)) + 1.5 * np.eye(6)[kind]
    patients = np.array([f"patient {p}" for p in rng.integers(0, 8, 240)])
    return features.astype("f4"), np.array(["blast", "lymph", "mono"])[kind], patients


def test_the_dinobloom_protocol_is_scikit_learns_fold_by_fold(smears):
    features, labels, _ = smears
    report = finish(evaluate(features, labels))
    models = {
        "kNN-1": KNeighborsClassifier(1),
        "kNN-20": KNeighborsClassifier(20),
        "linear probe": LogisticRegression(C=6 * 3 / 100, max_iter=1000),
    }
    for scores in report.scores:
        truth, said, each = [], [], []
        for train, test in StratifiedKFold(5).split(features, labels):
            model = models[scores.method].fit(features[train], labels[train])
            guess = model.predict(features[test])
            each.append(balanced_accuracy_score(labels[test], guess))
            truth.extend(labels[test])
            said.extend(guess)
        assert scores.accuracy == pytest.approx(accuracy_score(truth, said))
        assert scores.balanced_accuracy == pytest.approx(
            balanced_accuracy_score(truth, said)
        )
        for average in ("weighted", "macro"):
            expected = f1_score(truth, said, average=average)
            assert getattr(scores, f"{average}_f1") == pytest.approx(expected)
        assert scores.fold_means["balanced_accuracy"] == pytest.approx(np.mean(each))
        assert scores.confusion.sum() == 240
        low, high = scores.accuracy_interval
        assert low < scores.accuracy < high


def test_a_patients_fingerprint_fools_the_cells_split_but_not_the_grouped_one():
    # each patient has one class and a place of its own: nothing carries over
    rng = np.random.default_rng(1)
    patient = np.arange(240) % 12  # interleaved: folds keep the order
    features = 20 * rng.standard_normal((12, 8))[patient]
    features = (features + rng.standard_normal((240, 8))).astype("f4")
    labels = np.array(["aml", "healthy"])[patient % 2]
    mixed = finish(evaluate(features, labels, patient.astype(str)))
    apart = finish(evaluate(features, labels, patient.astype(str), protocol="grouped"))
    assert mixed.scores[0].accuracy > 0.99
    assert apart.scores[0].accuracy < 0.8
    assert apart.n_groups == 12


def test_scaling_is_learned_from_training_cells_and_helps_mixed_units(smears):
    features, labels, _ = smears
    # one meaningless feature in large units drowns the others
    noise = 1e4 * np.random.default_rng(2).standard_normal((240, 1))
    mixed = np.hstack([features, noise]).astype("f4")
    raw = finish(evaluate(mixed, labels)).scores[1]
    scaled = finish(evaluate(mixed, labels, scaling="standard")).scores[1]
    assert scaled.balanced_accuracy > raw.balanced_accuracy + 0.1


def test_fewer_groups_than_folds_give_fewer_folds_and_a_note(smears):
    features, labels, _ = smears
    groups = np.array(["a", "b", "c"])[np.arange(240) % 3]
    report = finish(evaluate(features, labels, groups, protocol="grouped"))
    assert report.n_folds == 3
    assert any("3 folds instead of 5" in note for note in report.notes)


def test_a_class_with_one_cell_is_kept_and_noted(smears):
    features, labels, _ = smears
    labels = labels.astype(object)
    labels[7] = "plasma cell"
    report = finish(evaluate(features, labels))
    assert any("plasma cell has a single cell" in note for note in report.notes)
    assert report.scores[0].recall["plasma cell"][0] == 0
    assert report.n_folds == 5


def test_a_handful_of_cells_is_evaluated_with_notes():
    features = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]], "f4")
    report = finish(evaluate(features, ["a", "a", "a", "b", "b"]))
    assert report.n_folds == 2
    assert report.scores[0].accuracy == 1
    assert any("kNN-20 had only" in note for note in report.notes)


@pytest.mark.parametrize(
    ("labels", "groups", "protocol", "words"),
    [
        (["a"] * 4, None, "dinobloom", "one class"),
        (["a", "b", "c", "d"], None, "dinobloom", "too few cells"),
        (["a", "a", "b", "b"], ["p"] * 4, "grouped", "too few groups"),
        (["a", "a", "b", "b"], None, "grouped", "patient or slide"),
        (["a", "b"], None, "dinobloom", "different cells"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_words(labels, groups, protocol, words):
    with pytest.raises(BadInputError, match=words):
        finish(evaluate(np.eye(4, dtype="f4"), labels, groups, protocol=protocol))


def test_a_grouped_fold_with_one_class_left_is_said():
    features = np.arange(8, dtype="f4")[:, None]
    labels, groups = ["a"] * 4 + ["b"] * 4, ["p"] * 4 + ["q"] * 4
    report = finish(evaluate(features, labels, groups, protocol="grouped"))
    assert any("one class only" in note for note in report.notes)
    assert any("All cells of a are of one group" in note for note in report.notes)
    assert report.scores[0].accuracy == 0
