"""The reference: scikit-learn refitted from scratch."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from napari_dinobloom.classification import IncrementalKNN


def _refit(features, labels, k, metric, weights, leave_one_out):
    """Class names and (n, C) probabilities of a classifier fitted to ``labels``."""
    rows = np.array(sorted(labels))
    names = tuple(sorted(set(labels.values())))
    if not leave_one_out:
        model = KNeighborsClassifier(
            min(k, len(rows)), algorithm="brute", metric=metric, weights=weights
        )
        model.fit(features[rows], [labels[r] for r in rows])
        return names, model.predict_proba(features)
    out = np.zeros((len(features), len(names)))
    for i in range(len(features)):
        others = {r: c for r, c in labels.items() if r != i}
        if others:
            some, p = _refit(features, others, k, metric, weights, False)
            out[i, [names.index(name) for name in some]] = p[i]
    return names, out


@pytest.fixture
def assert_equals_refit() -> Callable[[IncrementalKNN, np.ndarray, dict], None]:
    """Compare a classifier with scikit-learn refitted to the same labels."""

    def check(
        model, features, labels, metric="euclidean", weights="uniform", loo=False
    ):
        assert model.n_labelled == len(labels)
        if not labels:
            assert model.state == "no labels"
            assert model.probabilities.shape == (len(features), 0)
            assert (model.predicted == -1).all()
            return
        names, expected = _refit(features, labels, model.k, metric, weights, loo)
        assert model.class_names == names
        # float32 against float64; weights amplify the rounding of small distances
        tolerance = 1e-6 if weights == "uniform" else 1e-4
        np.testing.assert_allclose(model.probabilities, expected, atol=tolerance)
        if weights == "uniform":
            winner = np.where(expected.sum(1) > 0, expected.argmax(1), -1)
            np.testing.assert_array_equal(model.predicted, winner)

    return check
