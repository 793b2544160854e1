"""How often the live classifier is right on slides or patients it has not learned."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.classification.scores import MethodScores, score_method
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.core.counting import counted
from napari_dinobloom.workflows.live_classifier import LabelledRows, Voting

LeftOut = Literal["patient", "slide"]
FEW_LABELS = 50
MOST_JUDGED = 5_000
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class LabelScore:
    """What was right when each slide (patient) was left out in turn.

    Parameters
    ----------
    by
        What was left out as a whole.
    n_labels, n_groups
        On how many labelled cells and slides (patients) the score rests.
    scores
        Of all cells that were judged; the method is named by its k.
    notes
        What a reader has to know about it, one sentence each.
    """

    by: LeftOut
    n_labels: int
    n_groups: int
    scores: MethodScores
    notes: tuple[str, ...]

    @property
    def rests_on_few(self) -> bool:
        """Whether a few more labels may well turn it over."""
        return self.n_labels < FEW_LABELS

    @property
    def worst(self) -> tuple[str, float]:
        """The class that is recognised least often, and how often."""
        recall = self.scores.recall
        name = min(recall, key=lambda n: recall[n][0])
        return name, recall[name][0]

    def sizes(self) -> dict[str, int]:
        """How many cells of each class were judged."""
        totals = self.scores.confusion.sum(axis=1).tolist()
        return dict(zip(self.scores.recall, totals, strict=True))


def groups_known(labelled: LabelledRows) -> LeftOut:
    """Patients where those of all labelled cells are known and differ, else slides."""
    patients = set(labelled.patients)
    return "patient" if len(patients) > 1 and "" not in patients else "slide"


def score_labels(
    labelled: LabelledRows, by: LeftOut, seed: int = 0
) -> Generator[Progress, None, LabelScore]:
    """Predict the cells of each slide (patient) from those of all the others.

    So a cell's own label never counts, nor does any other of its slide. Of more than
    5,000 labels, 5,000 drawn by lot are judged; all are learned from.

    Raises
    ------
    BadInputError
        If all labels lie on one slide (patient), or are of one class.
    """
    groups = np.array(labelled.patients if by == "patient" else labelled.slides, object)
    known = groups != ""
    notes = []
    if not known.all():
        notes.append(
            f"{counted(int((~known).sum()), 'label')} on slides without a {by} "
            "left out."
        )
    values, groups = labelled.values[known], groups[known].astype(str)
    names, truth = np.unique(
        np.array(labelled.classes, dtype=str)[known], return_inverse=True
    )
    _check(names, groups, by)
    notes += [
        f"{name}: all its labels lie on one {by}, so this class cannot be judged."
        for code, name in enumerate(names.tolist())
        if len(np.unique(groups[truth == code])) == 1
    ]
    judged = np.arange(len(truth))
    if len(truth) > MOST_JUDGED:
        draw = np.random.default_rng(seed)
        judged = np.sort(draw.choice(judged, MOST_JUDGED, replace=False))
        notes.append(f"Judged on {MOST_JUDGED:,} of them, drawn by lot.")
    predicted, tests = np.full(len(truth), -1), []
    done = 0
    for group in np.unique(groups):
        test = judged[groups[judged] == group]
        others = groups != group
        model = _fitted(values[others], truth[others], labelled.voting)
        for lo in range(0, len(test), _AT_ONCE):
            yield Progress(done, len(judged), "Judging labels")
            some = test[lo : lo + _AT_ONCE]
            predicted[some] = model(values[some])
            done += len(some)
        if len(test):
            tests.append(test)
    method = f"kNN-{labelled.voting.k}"
    scores = score_method(method, truth, predicted, tests, names)
    return LabelScore(by, len(truth), len(np.unique(groups)), scores, tuple(notes))


def _check(names: np.ndarray, groups: np.ndarray, by: LeftOut) -> None:
    if len(names) < 2:
        raise BadInputError(
            "There are too few labels to judge.", "Label cells of at least two classes."
        )
    if len(np.unique(groups)) < 2:
        raise BadInputError(
            f"It cannot be told: all labels lie on one {by}."
            if by == "slide"
            else "It cannot be told: all labels are of one patient.",
            f"Label cells of a second {by}.",
        )


def _fitted(
    values: np.ndarray, truth: np.ndarray, voting: Voting
) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(
        min(voting.k, len(truth)),
        algorithm="brute",
        metric=voting.metric,
        weights=voting.weights,
    ).fit(values, truth)
    return lambda rows: np.asarray(model.predict(rows))
