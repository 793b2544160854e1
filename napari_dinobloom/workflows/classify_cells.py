"""Class probabilities for every cell from the labels that stand. Never a label."""

from collections.abc import Generator, Iterable
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
from napari_dinobloom.study.ascending import numbered
from napari_dinobloom.workflows.label_columns import LabelColumns
from napari_dinobloom.workflows.live_ground import (
    LiveGround,
    gather,
    rows_for_distances,
)

Metric = Literal["euclidean", "cosine"]
Weights = Literal["uniform", "distance"]

_SHARE_OF_LABELS = 0.1
"""From this share of the labels on, a kind of cell is taken to be labelled."""


@dataclass(frozen=True)
class ClassifyCells:
    """Exact k nearest labelled neighbours."""

    ground: LiveGround
    kinds: tuple[str, ...]
    labels: LabelColumns
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
        k: int = 3,
        metric: Metric = "euclidean",
        weights: Weights = "distance",
    ) -> Self:
        """Gather features, and the labels of which their authors were sure.

        Only cells of kinds of which enough is labelled are predicted (`fair_kinds`):
        where white cells were labelled, a red cell is not asked which white cell it is,
        not even when a few labels lie on objects that were found as red cells.

        Raises
        ------
        BadInputError
            If no cell with features has a label.
        """
        study.require_writable()
        ground = gather(study, features)
        cells = ground.cells
        said = ground.labels
        rows = cells.rows_here(said.cell_ids)
        ids, codes = cells.cell_id[rows], said.codes[cells.has(said.cell_ids)]
        kinds = fair_kinds(classes_by_kind(codes, cells.kind[rows], len(said.names)))
        of_kinds = np.isin(cells.kind[rows], codes_of_kinds(kinds)) & (codes >= 0)
        known = np.isin(ids, ground.matrix.cell_ids) & of_kinds
        labels = LabelColumns(ids[known], codes[known], said.names)
        learned = sorted(said.names[code] for code in numbered(labels.codes)[0])
        if len(learned) < 2:
            only = f"all of them {learned[0]}" if learned else "none"
            raise BadInputError(
                f"Not enough labels: a classifier needs labelled cells of at least two "
                f"classes; there are {len(labels)} with features, {only}.",
                "Label some more: napari-dinobloom label STUDY --csv FILE",
            )
        inputs = study.versions([f"features:{ground.matrix.name}", "labels"])
        return cls(ground, kinds, labels, k, metric, weights, inputs)

    def compute(self) -> Generator[Progress, None, Predictions]:
        """Predict every cell of these kinds that has features."""
        matrix, cells = self.ground.matrix, self.ground.cells
        yield Progress(0, len(cells), "Comparing with labelled cells")
        rows = rows_for_distances(matrix, cells, codes_of_kinds(self.kinds))
        classifier = IncrementalKNN(
            rows.values,
            k=self.k,
            metric=self.metric,
            weights=self.weights,
            leave_one_out=True,  # else a wrong label would agree with itself
        )
        labels = self.labels
        at, _ = rows.rows_of(labels.cell_ids)
        yield from classifier.set_codes_steps(at, labels.codes, labels.names)
        recipe = Recipe(
            "knn",
            {
                "k": self.k,
                "metric": self.metric,
                "weights": self.weights,
                "features": matrix.name,
                "kinds": list(self.kinds),
                "n_labelled": len(self.labels),
            },
            inputs=self.inputs,
        )
        shares = Rows(rows.cell_ids, classifier.probabilities)
        return Predictions("knn", tuple(classifier.class_names), shares, recipe)

    def commit(self, study: Study, result: Predictions) -> None:
        """Let the predictions stand."""
        study.apply(set_element(result))


def fair_kinds(counts: np.ndarray) -> tuple[str, ...]:
    """Names of the kinds of which enough is labelled to predict the others, sorted.

    A kind with a tenth of the labels, or one in which two classes are at home: most of
    their labelled cells lie in it. So a handful of labelled white cells is predicted
    from beside thousands of red ones; and a few white cells that were found as red
    cells do not have all red cells predicted as white ones.

    Parameters
    ----------
    counts
        (C, K) labelled cells of each class in each of `CELL_KINDS`.
    """
    of_kind = counts.sum(axis=0)
    home = counts.argmax(axis=1)[counts.any(axis=1)]
    at_home = np.bincount(home, minlength=counts.shape[1])
    fair = (of_kind > 0) & (of_kind >= _SHARE_OF_LABELS * of_kind.sum())
    fair |= at_home >= _CLASSES_AT_HOME
    return tuple(sorted(CELL_KINDS[code] for code in np.flatnonzero(fair)))


def classes_by_kind(codes: np.ndarray, kinds: np.ndarray, n_classes: int) -> np.ndarray:
    """(n_classes, K) int64: how many cells of each class each of `CELL_KINDS` has.

    Parameters
    ----------
    codes, kinds
        (n,) integer class, -1 for none, and index into `CELL_KINDS` of each cell.
    """
    n_kinds, has = len(CELL_KINDS), codes >= 0
    places = codes[has].astype(np.int64) * n_kinds + kinds[has]
    counts = np.bincount(places, minlength=n_classes * n_kinds)
    return counts.reshape(n_classes, n_kinds)


def codes_of_kinds(kinds: Iterable[str]) -> np.ndarray:
    """(K,) int64, indices of these names into `CELL_KINDS`."""
    return np.array([CELL_KINDS.index(kind) for kind in kinds], np.int64)


_CLASSES_AT_HOME = 2
"""From so many classes on that are at home in it, too."""
