"""Class probabilities for every cell from the labels that stand. Never a label."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from napari_dinobloom.classification import IncrementalKNN
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.study import (
    CELL_KINDS,
    Predictions,
    Recipe,
    Rows,
    Study,
    set_element,
)
from napari_dinobloom.workflows.gather import GatheredFeatures, gather_features
from napari_dinobloom.workflows.live_ground import sure_labels

Metric = Literal["euclidean", "cosine"]
Weights = Literal["uniform", "distance"]

_SHARE_OF_LABELS = 0.1
"""From this share of the labels on, a kind of cell is taken to be labelled."""


@dataclass(frozen=True)
class ClassifyCells:
    """Exact k nearest labelled neighbours."""

    features: GatheredFeatures
    kinds: tuple[str, ...]
    labelled_rows: np.ndarray
    labels: tuple[str, ...]
    k: int
    metric: Metric
    weights: Weights
    inputs: dict[str, str]
    title = "Classifying"

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        features: str | None = None,
        k: int = 20,
        metric: Metric = "euclidean",
        weights: Weights = "uniform",
    ) -> Self:
        """Gather features and labels.

        Only cells of the kinds that hold a tenth of the labels or more are predicted:
        where white cells were labelled, a red cell is not asked which white cell it is,
        not even when a few labels lie on objects that were found as red cells.

        Raises
        ------
        BadInputError
            If no cell with features has a label.
        """
        study.require_writable()
        labels = sure_labels(study)
        known = np.array([i in labels for i in study.cells], dtype=bool)
        kinds = kinds_of_labels(study.cells.kind[known])
        gathered = gather_features(study, features, kinds or None)
        rows = [i for i, cell_id in enumerate(gathered.cells) if cell_id in labels]
        ids = gathered.cells.cell_id
        names = tuple(labels[int(ids[row])] for row in rows)
        if len(set(names)) < 2:
            only = f"all of them {names[0]}" if names else "none"
            raise BadInputError(
                f"Not enough labels: a classifier needs labelled cells of at least two "
                f"classes; there are {len(names)} with features, {only}.",
                "Label some more: napari-dinobloom label STUDY --csv FILE",
            )
        inputs = gathered.inputs | study.versions(["labels"])
        return cls(gathered, kinds, np.array(rows), names, k, metric, weights, inputs)

    def compute(self) -> Generator[Progress, None, Predictions]:
        """Predict every cell that has features."""
        yield Progress(0, len(self.features.cells), "Comparing with labelled cells")
        classifier = IncrementalKNN(
            self.features.for_distances(),
            k=self.k,
            metric=self.metric,
            weights=self.weights,
        )
        yield from classifier.set_labels_steps(self.labelled_rows, self.labels)
        recipe = Recipe(
            "knn",
            {
                "k": self.k,
                "metric": self.metric,
                "weights": self.weights,
                "features": self.features.name,
                "kinds": list(self.kinds),
                "n_labelled": len(self.labels),
            },
            inputs=self.inputs,
        )
        rows = Rows(self.features.cells.cell_id, classifier.probabilities)
        return Predictions("knn", tuple(classifier.class_names), rows, recipe)

    def commit(self, study: Study, result: Predictions) -> None:
        """Let the predictions stand."""
        study.apply(set_element(result))


def kinds_of_labels(kinds: np.ndarray) -> tuple[str, ...]:
    """Names of the kinds that hold a fair share of the labelled cells, sorted.

    Parameters
    ----------
    kinds
        (n,) int, kind of each labelled cell as an index into `CELL_KINDS`.
    """
    counts = np.bincount(kinds, minlength=len(CELL_KINDS))
    return fair_kinds(counts)


def fair_kinds(counts: np.ndarray) -> tuple[str, ...]:
    """The same from the number of labelled cells of each of `CELL_KINDS`."""
    fair = (counts > 0) & (counts >= _SHARE_OF_LABELS * counts.sum())
    return tuple(sorted(CELL_KINDS[code] for code in np.flatnonzero(fair)))
