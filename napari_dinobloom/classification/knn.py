"""The classifier that learns from each label at once: exact, incremental kNN."""

from collections.abc import Generator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from napari_dinobloom.classification._labelled_cells import LabelledCells
from napari_dinobloom.classification._nearest_labelled import NearestLabelled
from napari_dinobloom.classification._row_sets import united
from napari_dinobloom.classification._winners import Winners
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.neighbours import CellVectors, check_features, check_metric

State = Literal["no labels", "one class", "ready"]


class _Edit(NamedTuple):
    """(m,) int64 ascending rows, and (m,) int16 class codes, -1 to take away."""

    rows: np.ndarray
    codes: np.ndarray


class IncrementalKNN:
    """Predictions for every cell from the labelled ones, new after each label.

    At every moment the probabilities equal those of scikit-learn's
    ``KNeighborsClassifier(min(k, n_labelled), algorithm="brute")`` fitted from scratch
    to the labelled cells in the order of their rows; what is kept in between is the
    list of nearest labelled cells of each cell. Labelled cells are predicted too; they
    count as their own neighbour unless ``leave_one_out`` is set. Cells at the same
    distance are ordered by row.

    Memory is about 450 bytes per cell at k = 20 and 150 at k = 3, beside the features
    and, where these are large, a coarse copy of a quarter of their size; learning many
    labels with progress on top of others takes 270 and 70 more meanwhile. The loops are
    compiled at the first label (seconds, once per machine) unless `compile_kernels` was
    called. Not thread-safe: one owner.

    Parameters
    ----------
    features
        (n, d) float32, finite. Kept, never changed; do not change it either.
    k
        How many labelled neighbours vote; while there are fewer labels, all do.
    metric
        "euclidean" or "cosine".
    weights
        "uniform": each neighbour has one vote; "distance": one over its distance.
    leave_one_out
        Ignore the label of the cell itself, so that a wrong label shows.

    Raises
    ------
    BadInputError
        If a feature is not finite or a parameter makes no sense.
    """

    def __init__(
        self,
        features: np.ndarray,
        *,
        k: int = 20,
        metric: Literal["euclidean", "cosine"] = "euclidean",
        weights: Literal["uniform", "distance"] = "uniform",
        leave_one_out: bool = False,
    ) -> None:
        check_features(features)
        check_metric(metric)
        _check_voting(k, weights)
        self._vectors = CellVectors(features, metric)
        self._k = k
        self._weights = weights
        self._leave_one_out = leave_one_out
        self._table = LabelledCells.none(len(features))
        self._lists = NearestLabelled(self._vectors, k, leave_one_out=leave_one_out)
        self._codes: dict[str, int] = {}
        self._winners = Winners(len(features))
        self._revision = 0

    def prepare(self, at_least: int | None = None) -> None:
        """Make what the first single label would otherwise wait for.

        Parameters
        ----------
        at_least
            Bytes of features from which on a coarse copy is worth its memory, a quarter
            of theirs; 32 MiB unless told.
        """
        self._vectors.prepare(at_least)

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return len(self._vectors.features)

    @property
    def n_labelled(self) -> int:
        """How many cells are labelled."""
        return len(self._table)

    @property
    def k(self) -> int:
        """How many neighbours were asked for."""
        return self._k

    @property
    def k_in_use(self) -> int:
        """How many neighbours vote: fewer than k while there are fewer labels."""
        return min(self._k, self.n_labelled)

    @property
    def state(self) -> State:
        """Whether there is something to learn from."""
        n_classes = len(self.class_names)
        return ("no labels", "one class", "ready")[min(n_classes, 2)]

    @property
    def note(self) -> str:
        """A sentence when fewer cells than k are labelled, else empty."""
        if 0 < self.n_labelled < self._k:
            return (
                f"All {self.n_labelled} labelled cells vote, because there are fewer "
                f"than k = {self._k}."
            )
        return ""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes that have a label, sorted: the columns."""
        names = list(self._codes)
        used = self._table.used_codes(len(names)).tolist()
        return tuple(sorted(names[code] for code in used))

    @property
    def predicted(self) -> np.ndarray:
        """(n,) int64: index into ``class_names`` of the winner, -1 where none."""
        return self._columns()[self._winners.code]

    def best_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Look up the winner of some cells; nothing is computed.

        Parameters
        ----------
        rows
            (m,) int cell rows.

        Returns
        -------
        codes
            (m,) int64 index into ``class_names``, -1 where there is no vote.
        share
            (m,) float32 share of the winner in the vote, nan where there is none.
        """
        return self._columns()[self._winners.code[rows]], self._winners.share[rows]

    def votes_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Count by whom the winner of some cells was elected, whatever their weight.

        Returns
        -------
        votes
            (m,) int16 nearest labelled cells that have the winner's class.
        voters
            (m,) int16 nearest labelled cells that voted: k, or fewer while fewer cells
            are labelled.
        """
        from napari_dinobloom.classification import _vote_kernels as kernels

        votes, voters = np.empty(len(rows), np.int16), np.empty(len(rows), np.int16)
        lists, codes, k = self._lists.arrays, self._table.code, self._k
        winner = self._winners.code
        self._vectors.spread(
            lambda part, start: kernels.count_agreeing(
                lists, codes, start, part, k, winner, votes, voters
            ),
            np.ascontiguousarray(rows, np.int64),
        )
        return votes, voters

    def nearest_labelled(self, row: int, m: int) -> tuple[np.ndarray, np.ndarray]:
        """Which labelled cells vote on a cell, nearest first, at most m of them.

        Returns
        -------
        rows
            (≤ m,) int64.
        distances
            (≤ m,) float64: Euclidean, or one minus the cosine.

        Raises
        ------
        BadInputError
            If the row is no cell.
        """
        self._check_rows(np.array([row]))
        voting = min(m, self._k, int(self._lists.held[row]))
        keys = self._lists.keys[row, :voting].astype(np.float64)
        slots = self._lists.slots[row, :voting]
        return self._table.row[slots], keys if self._vectors.cosine else np.sqrt(keys)

    def _columns(self) -> np.ndarray:
        """(codes + 1,) int64: class code → index into ``class_names``, last is -1."""
        column = np.full(len(self._codes) + 1, -1, np.int64)
        for index, name in enumerate(self.class_names):
            column[self._codes[name]] = index
        return column

    @property
    def probabilities(self) -> np.ndarray:
        """(n, C) float32: share of each class in the vote; rows without votes are 0."""
        return self.probabilities_of(self._vectors.rows)

    def probabilities_of(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), C) float32: the same for some cells."""
        names = self.class_names
        if not names:
            return np.zeros((len(rows), 0), np.float32)
        from napari_dinobloom.classification import _vote_kernels as kernels

        out = np.empty((len(rows), len(self._codes)), np.float32)
        lists, codes, k = self._lists.arrays, self._table.code, self._k
        cosine, weighted = self._vectors.cosine, self._weights == "distance"
        self._vectors.spread(
            lambda part, start: kernels.shares(
                lists, codes, start, part, k, cosine, weighted, out
            ),
            np.ascontiguousarray(rows, np.int64),
        )
        columns = [self._codes[name] for name in names]
        if columns == list(range(len(self._codes))):
            return out
        return np.ascontiguousarray(out[:, columns])

    def set_labels(self, rows: np.ndarray, classes: Sequence[str | None]) -> np.ndarray:
        """Set, change or (None) remove labels at once.

        Parameters
        ----------
        rows
            (m,) cell rows; where one comes twice, the last counts.
        classes
            Class name per row, None to take the label away.

        Returns
        -------
        np.ndarray
            (changed,) int64, ascending: the cells whose votes may have changed.

        Raises
        ------
        BadInputError
            If rows and classes differ in length or a row is no cell.
        """
        return self.set_codes(rows, *_in_columns(classes))

    def set_labels_steps(
        self, rows: np.ndarray, classes: Sequence[str | None]
    ) -> Generator[Progress, None, np.ndarray]:
        """Do the same with progress; see `set_codes_steps`."""
        return self.set_codes_steps(rows, *_in_columns(classes))

    def set_codes(
        self, rows: np.ndarray, codes: np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Do as `set_labels`, told in columns: no object is made for a cell.

        Parameters
        ----------
        rows
            (m,) cell rows; where one comes twice, the last counts.
        codes
            (m,) int index into ``names``, -1 to take the label away.

        Returns
        -------
        np.ndarray
            (changed,) int64, ascending: the cells whose votes may have changed.

        Raises
        ------
        BadInputError
            As `set_labels`.
        """
        edit = self._sort_out(rows, codes, names)
        corrects_only = bool((self._table.has(edit.rows) & (edit.codes >= 0)).all())
        # To correct a label no list is edited, and nothing of all cells' size is made.
        changed = np.zeros(0 if corrects_only else self.n_cells, np.bool_)
        corrected = _finished(self._apply(self._table, self._lists, edit, changed))
        return self._conclude(changed, corrected)

    def set_codes_steps(
        self, rows: np.ndarray, codes: np.ndarray, names: Sequence[str]
    ) -> Generator[Progress, None, np.ndarray]:
        """Do the same with progress; nothing is changed before the end.

        Closing the generator leaves the classifier as it was. Takes a copy of the lists
        meanwhile.

        Raises
        ------
        BadInputError
            As ``set_labels``; also if other labels were set before it ended.
        """
        edit = self._sort_out(rows, codes, names)
        revision = self._revision
        table, lists = self._table.copy(), self._lists.copy()
        changed = np.zeros(self.n_cells, np.bool_)
        corrected = yield from self._apply(table, lists, edit, changed)
        self._check_revision(revision)
        self._table, self._lists = table, lists
        return self._conclude(changed, corrected)

    def reconfigure(
        self,
        *,
        k: int | None = None,
        weights: Literal["uniform", "distance"] | None = None,
    ) -> np.ndarray:
        """Change how neighbours vote; return the rows that may have changed (all)."""
        return _finished(self.reconfigure_steps(k=k, weights=weights))

    def reconfigure_steps(
        self,
        *,
        k: int | None = None,
        weights: Literal["uniform", "distance"] | None = None,
    ) -> Generator[Progress, None, np.ndarray]:
        """Do the same with progress: a different k searches all cells again."""
        k = self._k if k is None else k
        weights = self._weights if weights is None else weights
        _check_voting(k, weights)
        revision, lists = self._revision, self._lists
        changed = np.ones(self.n_cells, np.bool_)
        if k != self._k:
            lists = NearestLabelled(self._vectors, k, leave_one_out=self._leave_one_out)
            yield from lists.add(self._table, self._table.slots(), changed)
        self._check_revision(revision)
        self._k, self._weights, self._lists = k, weights, lists
        return self._conclude(changed, np.zeros(0, np.int64))

    def _check_revision(self, revision: int) -> None:
        if self._revision != revision:
            raise BadInputError(
                "Labels were changed while many labels were being learned.",
                "Run it again.",
            )

    def _sort_out(
        self, rows: np.ndarray, codes: np.ndarray, names: Sequence[str]
    ) -> _Edit:
        rows = np.atleast_1d(np.asarray(rows)).astype(np.int64)
        if len(rows) != len(codes):
            raise BadInputError(
                f"There are {len(rows)} cells but {len(codes)} classes."
            )
        self._check_rows(rows)
        used = np.flatnonzero(np.bincount(codes[codes >= 0])).tolist()
        own = np.full(len(names) + 1, -1, np.int16)  # -1 is the last
        for code in used:
            own[code] = self._codes.setdefault(names[code], len(self._codes))
        codes = own[codes]
        if not (rows[1:] > rows[:-1]).all():
            # the first from behind is the last that was said
            rows, place = np.unique(rows[::-1], return_index=True)
            codes = codes[::-1][place]
        return _Edit(rows, codes)

    def _check_rows(self, rows: np.ndarray) -> None:
        if len(rows) and (rows.min() < 0 or rows.max() >= self.n_cells):
            raise BadInputError(
                f"Rows go from 0 to {self.n_cells - 1}; "
                f"got {rows.min()} to {rows.max()}."
            )

    def _apply(
        self,
        table: LabelledCells,
        lists: NearestLabelled,
        edit: _Edit,
        changed: np.ndarray,
    ) -> Generator[Progress, None, np.ndarray]:
        """Edit table and lists, mark rows; return slots whose class was corrected."""
        known, stays = table.has(edit.rows), edit.codes >= 0
        gone, kept, new = known & ~stays, known & stays, ~known & stays
        corrected = table.recode(edit.rows[kept], edit.codes[kept])
        if gone.any():
            freed = table.remove(edit.rows[gone])
            yield from lists.remove(table, freed, changed)
        if new.any():
            added = table.add(edit.rows[new], edit.codes[new])
            yield from lists.add(table, added, changed)
        return corrected

    def _conclude(self, changed: np.ndarray, corrected: np.ndarray) -> np.ndarray:
        """Let the marked rows vote again, and those with a corrected slot."""
        self._revision += 1
        names = sorted(self._codes)
        rank = np.empty(len(names), np.int16)
        rank[[self._codes[name] for name in names]] = np.arange(len(names))
        lists, table, weighted = self._lists, self._table, self._weights == "distance"
        rows = np.flatnonzero(changed)
        if len(rows):
            self._winners.elect(lists, table, rank, rows, weighted=weighted)
        if not len(corrected):
            return rows
        holding = lists.holders_of(corrected)
        voted = self._winners.elect(
            lists, table, rank, holding, weighted=weighted, slots=corrected
        )
        return united([rows, voted], self.n_cells) if len(rows) else voted


def _in_columns(classes: Sequence[str | None]) -> tuple[np.ndarray, list[str]]:
    """(m,) int64 index into the names, -1 for None; and the names."""
    of: dict[str | None, int] = {}
    for name in dict.fromkeys(classes):
        of[name] = -1 if name is None else len(of) - (None in of)
    names = [name for name in of if name is not None]
    return np.fromiter((of[c] for c in classes), np.int64, len(classes)), names


def _finished(steps: Generator[Progress, None, np.ndarray]) -> np.ndarray:
    """Run steps to their end and return their result."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: np.ndarray = stop.value
            return result


def _check_voting(k: int, weights: str) -> None:
    if k < 1:
        raise BadInputError(f"k must be at least 1; got {k}.")
    if weights not in ("uniform", "distance"):
        raise BadInputError(
            f"The weights {weights!r} are unknown.", "Use uniform or distance."
        )
