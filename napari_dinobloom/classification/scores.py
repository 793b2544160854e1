"""What a classifier got right, per class and over all."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.classification.counts import wilson_interval


@dataclass(frozen=True, slots=True)
class MethodScores:
    """One classifier's scores over all cells that were ever left out.

    Attributes
    ----------
    accuracy, balanced_accuracy, weighted_f1, macro_f1
        Of the left-out predictions pooled over the folds, 0…1.
    fold_means
        The same four as means of the folds, as the paper's table has them.
    accuracy_interval
        95 % Wilson interval; it takes cells as independent, so with groups it is too
        narrow.
    recall
        Class → (recall, low, high), Wilson.
    confusion
        (C, C) int64; rows are the truth, columns the prediction.
    """

    method: str
    accuracy: float
    balanced_accuracy: float
    weighted_f1: float
    macro_f1: float
    fold_means: dict[str, float]
    accuracy_interval: tuple[float, float]
    recall: dict[str, tuple[float, float, float]]
    confusion: np.ndarray


def score_method(
    method: str,
    truth: np.ndarray,
    predicted: np.ndarray,
    tests: list[np.ndarray],
    names: np.ndarray,
) -> MethodScores:
    """Score left-out predictions.

    Parameters
    ----------
    method
        What predicted.
    truth, predicted
        (n,) class index of each cell.
    tests
        Per fold the rows that were left out.
    names
        (C,) class names.
    """
    tested = np.concatenate(tests)
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (truth[tested], predicted[tested]), 1)
    pooled = _summary(confusion)
    each = []
    for test in tests:
        part = np.zeros_like(confusion)
        np.add.at(part, (truth[test], predicted[test]), 1)
        each.append(_summary(part))
    recall = {}
    for c, name in enumerate(names.tolist()):
        hits, size = int(confusion[c, c]), int(confusion[c].sum())
        low, high = wilson_interval(hits, size)
        recall[name] = (hits / size if size else 0.0, low, high)
    return MethodScores(
        method,
        **pooled,
        fold_means={s: float(np.mean([e[s] for e in each])) for s in pooled},
        accuracy_interval=wilson_interval(int(np.trace(confusion)), len(tested)),
        recall=recall,
        confusion=confusion,
    )


def _summary(confusion: np.ndarray) -> dict[str, float]:
    """Accuracy, balanced accuracy, weighted and macro F1, as scikit-learn has them."""
    hits = np.diag(confusion).astype(float)
    size, said = confusion.sum(axis=1), confusion.sum(axis=0)
    either = size + said
    f1 = np.divide(2 * hits, either, out=np.zeros_like(hits), where=either > 0)
    present = size > 0
    return {
        "accuracy": float(hits.sum() / size.sum()),
        "balanced_accuracy": float((hits[present] / size[present]).mean()),
        "weighted_f1": float((f1 * size).sum() / size.sum()),
        "macro_f1": float(f1[either > 0].mean()),
    }
