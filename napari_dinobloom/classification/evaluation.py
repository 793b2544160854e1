"""How well features tell classes apart, by the DinoBloom protocol or by patient."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.classification.scores import MethodScores, score_method
from napari_dinobloom.core import BadInputError, Progress

Protocol = Literal["dinobloom", "grouped"]
Scaling = Literal["none", "standard"]
Folds = list[tuple[np.ndarray, np.ndarray]]

METHODS = ("kNN-1", "kNN-20", "linear probe")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Scores per method, and everything a reader has to know about the split."""

    protocol: str
    n_cells: int
    n_groups: int | None
    n_folds: int
    class_names: tuple[str, ...]
    scores: tuple[MethodScores, ...]
    notes: tuple[str, ...]


def evaluate(
    features: np.ndarray,
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    protocol: Protocol = "dinobloom",
    scaling: Scaling = "none",
    n_folds: int = 5,
    seed: int = 0,
) -> Generator[Progress, None, EvaluationReport]:
    """Cross-validate kNN-1, kNN-20 and a linear probe.

    The probe is logistic regression with C = d · classes / 100 and at most 1,000 steps,
    as in DinoBloom (arXiv 2404.05022).

    Parameters
    ----------
    features
        (n, d) float32, finite.
    labels
        Class name of each cell.
    groups
        Patient (or slide) of each cell; never on both sides of a split if "grouped".
    protocol
        "dinobloom": stratified folds in the order of the cells; "grouped": stratified
        folds of whole groups, shuffled by the seed.
    scaling
        "none", as the paper; "standard": mean 0 and variance 1, from training cells.
    n_folds
        At most; fewer where the rarest class or the groups do not suffice, with a note.

    Raises
    ------
    BadInputError
        If there are fewer than two classes, no class can be split, or the groups are
        missing or only one.
    """
    names, truth = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    _check(features, truth, names, groups)
    notes: list[str] = []
    folds = _folds(truth, names, groups, protocol, n_folds, seed, notes)
    predictions = {method: np.full(len(truth), -1) for method in METHODS}
    total = len(folds) * len(METHODS)
    for number, (train, test) in enumerate(folds):
        fitting, left_out = _scaled(features[train], features[test], scaling)
        for step, method in enumerate(METHODS):
            yield Progress(
                number * len(METHODS) + step, total, f"Fold {number + 1}: {method}"
            )
            predictions[method][test] = _predict(
                method, fitting, truth[train], left_out, notes
            )
    tests = [test for _, test in folds]
    scores = tuple(
        score_method(m, truth, predictions[m], tests, names) for m in METHODS
    )
    return EvaluationReport(
        protocol=protocol,
        n_cells=len(truth),
        n_groups=None if groups is None else len(set(groups)),
        n_folds=len(folds),
        class_names=tuple(names.tolist()),
        scores=scores,
        notes=tuple(dict.fromkeys(notes)),
    )


def _check(
    features: np.ndarray,
    truth: np.ndarray,
    names: np.ndarray,
    groups: Sequence[str] | None,
) -> None:
    from napari_dinobloom.neighbours import check_features

    check_features(features)
    if len(features) != len(truth) or (
        groups is not None and len(groups) != len(truth)
    ):
        raise BadInputError("Features, labels and groups are of different cells.")
    if len(names) < 2:
        raise BadInputError(
            "All labelled cells are of one class; there is nothing to tell apart.",
            "Label cells of a second class.",
        )


def _folds(
    truth: np.ndarray,
    names: np.ndarray,
    groups: Sequence[str] | None,
    protocol: Protocol,
    n_folds: int,
    seed: int,
    notes: list[str],
) -> Folds:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    sizes = np.bincount(truth)
    notes.extend(
        f"{name} has a single cell: it can never be learned and tested both."
        for name in names[sizes < 2]
    )
    if protocol == "grouped":
        if groups is None:
            raise BadInputError(
                "The grouped protocol needs the patient or slide of each cell.",
                "Give groups, or use the protocol dinobloom.",
            )
        notes.append("Intervals take cells as independent; patients differ more.")
        belongs = np.asarray(groups)
        notes.extend(
            f"All cells of {name} are of one group: it is never learned and tested."
            for c, name in enumerate(names)
            if sizes[c] > 1 and len(set(belongs[truth == c])) == 1
        )
        limit, whose = len(set(groups)), "groups"
    else:
        notes.append("Cells of one patient may be on both sides of a split.")
        limit, whose = int(sizes.max()), "cells of the largest class"
        enough = sizes[sizes >= 2]
        if len(enough):
            limit, whose = int(enough.min()), "cells of the rarest class"
    if limit < 2:
        raise BadInputError(
            f"There are too few {whose} to leave some out ({limit}).",
            "Label cells of more patients or slides."
            if protocol == "grouped"
            else "Label more cells of each class.",
        )
    if limit < n_folds:
        notes.append(f"{limit} folds instead of {n_folds}: there are {limit} {whose}.")
    count = min(n_folds, limit)
    if protocol == "grouped":
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    else:
        splitter = StratifiedKFold(count)
    # scikit-learn warns of what the notes have said
    return [
        fold
        for fold in _quietly_split(
            splitter, truth, groups if protocol == "grouped" else None
        )
        if len(fold[0]) and len(fold[1])
    ]


def _quietly_split(
    splitter: object, truth: np.ndarray, groups: Sequence[str] | None
) -> Folds:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class in y")
        return list(splitter.split(truth, truth, groups))  # type: ignore[attr-defined]  # scikit-learn is untyped


def _scaled(
    train: np.ndarray, test: np.ndarray, scaling: Scaling
) -> tuple[np.ndarray, np.ndarray]:
    if scaling == "none":
        return train, test
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def _predict(
    method: str,
    train: np.ndarray,
    classes: np.ndarray,
    test: np.ndarray,
    notes: list[str],
) -> np.ndarray:
    if len(np.unique(classes)) < 2:
        notes.append("A fold trained on one class only, so it always says that class.")
        return np.full(len(test), classes[0])
    if method == "linear probe":
        return _probe(train, classes, test, notes)
    from sklearn.neighbors import KNeighborsClassifier

    k = int(method.removeprefix("kNN-"))
    if k > len(train):
        notes.append(f"{method} had only {len(train)} cells to learn from in a fold.")
    model = KNeighborsClassifier(min(k, len(train)))
    return np.asarray(model.fit(train, classes).predict(test))


def _probe(
    train: np.ndarray, classes: np.ndarray, test: np.ndarray, notes: list[str]
) -> np.ndarray:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    strength = train.shape[1] * len(np.unique(classes)) / 100
    model = LogisticRegression(C=strength, max_iter=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train, classes)
    if model.n_iter_.max() >= 1000:
        notes.append(
            "The linear probe did not converge in 1,000 steps; try scaling=standard."
        )
    return np.asarray(model.predict(test))
