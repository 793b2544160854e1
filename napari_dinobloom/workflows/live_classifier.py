"""The classifier that follows each label; derived from a study, never stored in it."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from napari_dinobloom.classification import IncrementalKNN, compile_kernels
from napari_dinobloom.core import Progress
from napari_dinobloom.study import CellTable
from napari_dinobloom.workflows.classify_cells import (
    Metric,
    Weights,
    codes_of_kinds,
    fair_kinds,
)
from napari_dinobloom.workflows.label_columns import NONE, LabelColumns
from napari_dinobloom.workflows.live_ground import (
    DistanceRows,
    LiveGround,
    gather,
    rows_for_distances,
)
from napari_dinobloom.workflows.live_labels import LiveLabels, Tally

__all__ = [
    "LiveClassifier",
    "LiveGround",
    "LiveUpdate",
    "NearestLabel",
    "Voting",
    "gather",
]

LiveState = Literal["no labels", "one class", "ready"]
_AT_ONCE = 8
"""Up to so many labels are learned in one go; more of them with progress."""


@dataclass(frozen=True, slots=True)
class Voting:
    """How the nearest labelled cells vote.

    A person begins with a handful of labels. Among twenty neighbours a class with five
    labels is always outvoted, so few and near ones are asked unless told otherwise
    (benchmarks/label_by_keys.py).
    """

    k: int = 3
    metric: Metric = "euclidean"
    weights: Weights = "distance"


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """What is predicted otherwise than before.

    Parameters
    ----------
    state
        Whether there is enough to learn from; unless "ready" nothing is predicted.
    note
        A sentence when fewer cells than k are labelled, else empty.
    cells
        The table that ``rows`` are about.
    rows
        (m,) int64, ascending.
    codes
        (m,) int16 index into ``class_names``, -1 where nothing can be predicted.
    chance
        (m,) float32, share of that class in the vote, nan where none.
    votes, voters
        (m,) int16: so many of so many nearest labelled cells have that class.
    is_whole
        Whether all other cells have no prediction.
    counts
        Class → cells that were learned from.
    kinds
        Of the cells that are predicted.
    n_predicted
        How many these are.
    n_slides
        On how many slides the labelled cells lie.
    n_unlearned
        Sure labels of cells that have no features, or are of another kind.
    """

    state: LiveState
    note: str
    cells: CellTable
    rows: np.ndarray
    codes: np.ndarray
    chance: np.ndarray
    votes: np.ndarray
    voters: np.ndarray
    class_names: tuple[str, ...]
    is_whole: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    n_predicted: int = 0
    n_slides: int = 0
    n_unlearned: int = 0

    @property
    def cell_ids(self) -> np.ndarray:
        """(m,) int64 of the rows."""
        ids: np.ndarray = self.cells.cell_id[self.rows]
        return ids


@dataclass(frozen=True, slots=True)
class NearestLabel:
    """A labelled cell near another one: why that one is predicted as it is."""

    cell_id: int
    class_name: str
    distance: float


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """The labelled cells by themselves, for the score.

    Parameters
    ----------
    values
        (n, d) float32, scaled as the classifier sees them.
    classes, slides, patients
        n names each; "" where a patient is not known.
    voting
        How neighbours vote.
    """

    values: np.ndarray
    classes: tuple[str, ...]
    slides: tuple[str, ...]
    patients: tuple[str, ...]
    voting: Voting


Steps = Generator[Progress, None, LiveUpdate]


class LiveClassifier:
    """Predictions of a study's cells that are new after each label.

    Only cells of the kinds of which enough is labelled are predicted, as
    `ClassifyCells` does (`fair_kinds`); when these kinds change, everything is learned
    anew. What is closed before its end changes nothing, and is caught up with by the
    next change.

    Not thread-safe: one worker owns it.
    """

    def __init__(self, ground: LiveGround, voting: Voting) -> None:
        self._ground = ground
        self.voting = voting
        self._labels = LiveLabels(ground.cells)
        self._labels.say(ground.labels)
        self._kinds: tuple[str, ...] | None = None
        self._rows: DistanceRows | None = None
        self._knn: IncrementalKNN | None = None
        self._learned = Tally(ground.cells.picture_id)
        self._was_ready = False

    @property
    def n_waiting(self) -> int:
        """Labels that were said but not learned: somebody stopped the learning."""
        return len(self._labels.waiting)

    def start_steps(self) -> Steps:
        """Get ready and learn every label that stands."""
        yield Progress(0, 0, "Getting ready (a few seconds the first time)")
        compile_kernels()
        return (yield from self.change_steps())

    def change_steps(self, labels: Iterable[LabelColumns] = ()) -> Steps:
        """Learn, unlearn or exchange labels; later ones count."""
        for said in labels:
            self._labels.say(said)
        counts = self._labels.counted()
        kinds = fair_kinds(counts)
        if not counts.any():
            self._labels.note_learned()
            if self._knn is not None:
                self._forget()
            return self._update(np.empty(0, np.int64))
        if self._knn is None or kinds != self._kinds:
            yield from self._build(kinds, self.voting)
            changed = None
        else:
            changed = yield from self._learn(self._knn)
        self._labels.note_learned()
        return self._update(changed)

    def change(self, labels: Mapping[int, str | None]) -> LiveUpdate:
        """Do the same at once with labels by cell id, None for none."""
        return _finished(self.change_steps([LabelColumns.of(labels)]))

    def reconfigure_steps(self, voting: Voting) -> Steps:
        """Let neighbours vote otherwise; catches up with what was not learned."""
        if self.n_waiting:
            yield from self.change_steps()
        if self._knn is None:
            self.voting = voting
            return self._update(np.empty(0, np.int64))
        if voting.metric != self.voting.metric:
            yield from self._build(self._kinds or (), voting)
        else:
            yield from self._knn.reconfigure_steps(k=voting.k, weights=voting.weights)
        self.voting = voting
        return self._update(None)

    def describe(
        self, slide_of: Mapping[int, str], patient_of: Mapping[int, str]
    ) -> LiveUpdate:
        """Take note that slides were described otherwise; predictions stay."""
        self._ground = replace(self._ground, slide_of=slide_of, patient_of=patient_of)
        return self._update(np.empty(0, np.int64))

    def everything(self) -> LiveUpdate:
        """All predictions as they stand."""
        return self._update(None if self._knn else np.empty(0, np.int64))

    def explain(self, cell_id: int, m: int = 5) -> list[NearestLabel]:
        """The m labelled cells that are nearest to one, without itself.

        Empty where the cell is not predicted or nothing was learned.
        """
        knn, rows = self._knn, self._rows
        if knn is None or rows is None:
            return []
        at, _ = rows.rows_of(np.array([cell_id]))
        if not len(at):
            return []
        near, far = knn.nearest_labelled(int(at[0]), m + 1)
        others = near != at[0]
        near, far = near[others][:m], far[others][:m]
        codes = self._labels.known[rows.places]
        if len(near) < min(m, len(self._learned) - int(codes[at[0]] >= 0)):
            near, far = self._nearest_of_all(int(at[0]), m)
        told = rows.cell_ids[near].tolist(), codes[near].tolist(), far.tolist()
        names = self._labels.names
        return [
            NearestLabel(i, names[code], distance)
            for i, code, distance in zip(*told, strict=True)
        ]

    def _nearest_of_all(self, row: int, m: int) -> tuple[np.ndarray, np.ndarray]:
        """The same where more than k are wanted: every labelled cell is measured."""
        assert self._rows is not None  # noqa: S101 - asked by `explain` only
        labelled = np.flatnonzero(self._labels.known[self._rows.places] >= 0)
        labelled = labelled[labelled != row]
        values = self._rows.values
        far = distances(values[labelled], values[row], self.voting.metric)
        order = np.argsort(far, kind="stable")[:m]
        return labelled[order], far[order]

    def labelled_rows(self) -> LabelledRows:
        """The cells it has learned from, by ascending id."""
        if self._rows is None:
            none = np.empty((0, 0), np.float32)
            return LabelledRows(none, (), (), (), self.voting)
        codes = self._labels.known[self._rows.places]
        rows = np.flatnonzero(codes >= 0)
        names = np.array(self._labels.names, object)
        pictures = self._ground.cells.picture_id[self._rows.places[rows]].tolist()
        return LabelledRows(
            self._rows.values[rows],
            tuple(names[codes[rows]].tolist()),
            tuple(self._ground.slide_of.get(p, "") for p in pictures),
            tuple(self._ground.patient_of.get(p, "") for p in pictures),
            self.voting,
        )

    # -- learning ----------------------------------------------------------------

    def _build(
        self, kinds: tuple[str, ...], voting: Voting
    ) -> Generator[Progress, None, None]:
        yield Progress(0, 0, "Gathering features")
        rows = self._rows
        if rows is None or kinds != self._kinds:
            rows = rows_for_distances(
                self._ground.matrix, self._ground.cells, codes_of_kinds(kinds)
            )
        yield Progress(0, len(rows), "Comparing with labelled cells")
        knn = IncrementalKNN(
            rows.values,
            k=voting.k,
            metric=voting.metric,
            weights=voting.weights,
            leave_one_out=True,  # else a wrong label would agree with itself
        )
        yield Progress(0, len(rows), "Comparing with labelled cells")
        knn.prepare()
        codes = self._labels.said[rows.places]
        at = np.flatnonzero(codes >= 0)
        codes = codes[at]
        yield from knn.set_codes_steps(at, codes, self._labels.names)
        self._rows, self._knn, self._kinds = rows, knn, kinds
        self._learned, self._was_ready = Tally(self._ground.cells.picture_id), False
        self._learned.change(rows.places[at], np.full(len(at), NONE), codes)

    def _learn(self, knn: IncrementalKNN) -> Generator[Progress, None, np.ndarray]:
        assert self._rows is not None  # noqa: S101 - a classifier has rows
        cells, labels = self._ground.cells, self._labels
        places = labels.waiting
        rows, here = self._rows.rows_of(cells.cell_id[places])
        places = places[here]
        before, now = labels.known[places], labels.said[places]
        if len(rows) <= _AT_ONCE:
            changed = knn.set_codes(rows, now, labels.names)
        else:
            changed = yield from knn.set_codes_steps(rows, now, labels.names)
        self._learned.change(places, before, now)
        return changed

    def _forget(self) -> None:
        self._knn, self._rows, self._kinds = None, None, None
        self._learned = Tally(self._ground.cells.picture_id)

    # -- telling -----------------------------------------------------------------

    def _update(self, changed: np.ndarray | None) -> LiveUpdate:
        """What to tell about these rows of the classifier, or (None) about all."""
        knn, rows = self._knn, self._rows
        state: LiveState = "no labels" if knn is None else knn.state
        ready = state == "ready"
        if ready and not self._was_ready:
            changed = None
        is_whole = changed is None or not ready
        self._was_ready = ready
        codes, chance = np.empty(0, np.int16), np.empty(0, np.float32)
        votes, voters = np.empty(0, np.int16), np.empty(0, np.int16)
        places = np.empty(0, np.int64)
        if ready and knn is not None and rows is not None:
            which = np.arange(len(rows)) if changed is None else changed
            best, chance = knn.best_of(which)
            codes = best.astype(np.int16)
            votes, voters = knn.votes_of(which)
            places = rows.places[which]
        return LiveUpdate(
            state=state,
            note="" if knn is None else knn.note,
            cells=self._ground.cells,
            rows=places,
            codes=codes,
            chance=chance,
            votes=votes,
            voters=voters,
            class_names=() if knn is None else knn.class_names,
            is_whole=is_whole,
            counts=self._counts(),
            kinds=self._kinds or (),
            n_predicted=len(rows) if ready and rows is not None else 0,
            n_slides=self._n_slides(),
            n_unlearned=self._labels.n_known - len(self._learned),
        )

    def _n_slides(self) -> int:
        slide_of = self._ground.slide_of
        return len({slide_of.get(p, "") for p in self._learned.pictures})

    def _counts(self) -> dict[str, int]:
        """Class → learned cells, by name."""
        counts = self._learned.of_class.tolist()
        named = zip(self._labels.names, counts, strict=False)
        return {name: n for name, n in sorted(named) if n}


def distances(values: np.ndarray, one: np.ndarray, metric: Metric) -> np.ndarray:
    """(n,) float64 distance of each row of ``values`` to one row, in double precision.

    The cosine distance to a row of zeros is 1, as in scikit-learn.
    """
    rows, target = values.astype(np.float64), one.astype(np.float64)
    if metric == "euclidean":
        far: np.ndarray = np.sqrt(((rows - target) ** 2).sum(axis=1))
        return far
    norms = np.sqrt((rows**2).sum(axis=1)) * np.sqrt((target**2).sum())
    cosine = np.divide(rows @ target, norms, out=np.zeros(len(rows)), where=norms > 0)
    return np.asarray(1.0 - cosine)


def _finished(steps: Steps) -> LiveUpdate:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            update: LiveUpdate = end.value
            return update
