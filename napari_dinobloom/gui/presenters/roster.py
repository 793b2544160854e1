"""Every cell of the open study in a row, with what stands about it, as arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.smear.palette import standing_predictions
from napari_dinobloom.gui.presenters.votes import Vote
from napari_dinobloom.study import CellTable, Study
from napari_dinobloom.study.ascending import numbered

NONE = -1
"""Code of a cell without label, without prediction, or without the fact asked for."""
ACQUISITION = ("patient", "site", "scanner", "stain")
AT_ONCE = 200_000
"""So many changed cells are told at once; more a moment later, in another turn."""
_IN_CACHE = 1 << 16
Later = Callable[[Callable[[], None]], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class ClassLook:
    """A class as it is shown: name, "#RRGGBB", key."""

    name: str
    colour: str
    key: str = ""


class Roster:
    """What map, gallery, slide and counts read; kept true by the study's events.

    A row is a cell's place in ``cells`` and changes with every `reset`; whoever keeps
    something longer keeps ids. Arrays are not to be written to.

    Parameters
    ----------
    later
        Gathers the many events of a run into a few rebuilds, and lets the window answer
        before very many cells are drawn anew.
    """

    reset = Signal()
    """Other cells, another study, or none: every row is new."""
    labels_changed = Signal(object)
    """(m,) int64 rows whose label or unsure mark differs."""
    predictions_changed = Signal(object)
    """(m,) int64 rows whose prediction or the vote for it may differ."""
    classes_changed = Signal()
    """Names, colours or keys of classes; codes may be other ones."""
    facts_changed = Signal()
    """Slides were described otherwise, or features arrived."""

    cells: CellTable
    classes: tuple[ClassLook, ...]
    """The scheme's classes in its order, then those that labels have beyond it."""
    label: np.ndarray
    """(n,) int16 index into `class_names`, `NONE` where not labelled."""
    unsure: np.ndarray
    """(n,) bool: somebody looked at the cell and was not sure."""
    predicted: np.ndarray
    """(n,) int16 index into `class_names`, `NONE` where nothing is predicted."""
    chance: np.ndarray
    """(n,) float32 share of the predicted class in the vote, nan where none."""
    votes: np.ndarray
    """(n,) int16 nearest labelled cells that have the predicted class."""
    voters: np.ndarray
    """(n,) int16 of so many; 0 where only the share is known."""
    _facts: dict[str, tuple[np.ndarray, tuple[str, ...]]]
    _untold: dict[str, np.ndarray]

    def __init__(self, desk: Desk, *, later: Later) -> None:
        self._desk = desk
        self._rebuild_soon = later(self.catch_up)
        self._facts_soon = later(self._facts_again)
        self._tell_soon = later(self._tell_untold)
        self._clear()
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)

    # -- what stands -------------------------------------------------------------

    @property
    def study(self) -> Study | None:
        """The study that lies open, or None."""
        return self._desk.study

    @property
    def all_synthetic(self) -> bool:
        """Whether there are cells, and every picture they lie in was drawn."""
        pictures = self.study.pictures.values() if self.study is not None else ()
        return bool(len(self.cells)) and all(p.synthetic for p in pictures)

    def __len__(self) -> int:
        return len(self.cells)

    def rows_of(self, cell_ids: np.ndarray) -> np.ndarray:
        """Rows of those of these cells that are here, in the order of the ids."""
        return self.cells.rows_here(cell_ids)

    def row_of(self, cell_id: int | None) -> int | None:
        """The row of one cell, or None."""
        rows = self.rows_of(np.array([] if cell_id is None else [cell_id]))
        return int(rows[0]) if len(rows) else None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of all classes; ``label`` and ``predicted`` are indices into them."""
        return tuple(look.name for look in self.classes)

    def codes_of(self, fact: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """Codes and names of "slide", "patient", "site", "scanner" or "stain".

        Returns
        -------
        codes
            (n,) int32 index into the names, `NONE` where the fact is not known.
        names
            In the order in which slides have them.
        """
        if fact not in self._facts:
            self._facts[fact] = self._read_fact(fact)
        return self._facts[fact]

    def feature(self, matrix: str, name: str) -> np.ndarray:
        """(n,) float32 of one named feature, raw; nan where a cell has none."""
        study = self.study
        if study is None:
            return np.full(len(self), np.nan, np.float32)
        features = study.features(matrix)
        column = features.feature_names.index(name)
        return features.rows.column(self.cells.cell_id, column)

    def vote_on(self, row: int) -> Vote:
        """What the prediction of the cell in a row rests on."""
        counted = int(self.votes[row]), int(self.voters[row])
        return Vote(float(self.chance[row]), *counted)

    # -- the live classifier speaks ----------------------------------------------

    def set_predictions(
        self,
        rows: np.ndarray,
        codes: np.ndarray,
        chance: np.ndarray,
        votes: np.ndarray | int = 0,
        voters: np.ndarray | int = 0,
    ) -> None:
        """Note what is predicted for some rows now.

        Parameters
        ----------
        codes
            (m,) index into `class_names`, `NONE` for none.
        chance
            (m,) float32 share of that class in the vote, nan for none.
        votes, voters
            (m,) int16, so many of so many nearest labelled cells have that class; 0
            where nobody counted.
        """
        self.predicted[rows] = codes
        self.chance[rows] = chance
        self.votes[rows], self.voters[rows] = votes, voters
        self._tell("predictions_changed", rows)

    def clear_predictions(self) -> None:
        """Forget all of them: there are too few labels."""
        rows = np.flatnonzero(self.predicted != NONE)
        self.set_predictions(rows, np.full(len(rows), NONE), np.full(len(rows), np.nan))

    def show_stored(self) -> None:
        """Show what the study has stored in place of what is shown now."""
        if self.study is not None:
            self.predicted[:], self.chance[:] = NONE, np.nan
            self.votes[:], self.voters[:] = 0, 0
            self._read_stored_predictions(self.study)
            self._tell("predictions_changed", np.arange(len(self)))

    # -- kept true ---------------------------------------------------------------

    def catch_up(self) -> None:
        """Read everything anew unless the cells are still the same."""
        study = self.study
        if study is None or self.cells is not study.cells:
            self.rebuild()

    def rebuild(self) -> None:
        """Read everything anew."""
        study = self.study
        if study is None:
            self._clear()
            self.reset.emit()
            return
        self.cells = study.cells
        n = len(self.cells)
        self._facts, self._untold = {}, {}
        self.label = np.full(n, NONE, np.int16)
        self.unsure = np.zeros(n, bool)
        self.predicted = np.full(n, NONE, np.int16)
        self.chance = np.full(n, np.nan, np.float32)
        self.votes, self.voters = np.zeros(n, np.int16), np.zeros(n, np.int16)
        self._read_classes(study)
        self._read_labels(study, study.labels.cell_ids)
        self._read_stored_predictions(study)
        self.reset.emit()

    def _opened(self, study: Study) -> None:
        events = study.events
        events.cells_changed.connect(self._on_cells)
        events.labels_changed.connect(self._on_labels)
        events.taxonomy_changed.connect(self._on_taxonomy)
        events.slides_changed.connect(self._facts_soon)
        events.features_changed.connect(self._on_features)
        self.rebuild()

    def _leave(self, study: Study) -> None:
        events = study.events
        events.cells_changed.disconnect(self._on_cells)
        events.labels_changed.disconnect(self._on_labels)
        events.taxonomy_changed.disconnect(self._on_taxonomy)
        events.slides_changed.disconnect(self._facts_soon)
        events.features_changed.disconnect(self._on_features)
        self._clear()
        self.reset.emit()

    def _on_cells(self, _: frozenset[int]) -> None:
        self._rebuild_soon()

    def _on_features(self, _: str) -> None:
        self._facts_soon()

    def _on_labels(self, cell_ids: np.ndarray) -> None:
        study = self.study
        if study is not None:
            self._tell("labels_changed", self._read_labels(study, cell_ids))

    def _on_taxonomy(self) -> None:
        study = self.study
        if study is None:
            return
        before = self.class_names
        self._read_classes(study)
        code = {name: i for i, name in enumerate(self.class_names)}
        moved = np.array([*(code.get(name, NONE) for name in before), NONE], np.int16)
        self.label, self.predicted = moved[self.label], moved[self.predicted]
        self.classes_changed.emit()

    def _facts_again(self) -> None:
        self._facts = {}
        self.facts_changed.emit()

    def _read_classes(self, study: Study) -> None:
        """The scheme's classes, then those that labels have beyond it."""
        scheme = study.taxonomy
        looks = [ClassLook(c.name, c.colour, c.key) for c in scheme.classes]
        used = sorted(study.labels.classes_in_use() - set(scheme.names()))
        looks += [ClassLook(name, scheme.colour_of(name)) for name in used]
        self.classes = tuple(looks)

    def _read_labels(self, study: Study, ids: np.ndarray) -> np.ndarray:
        """Write the labels of these cells; return their rows."""
        rows = self.rows_of(ids)
        code = {name: i for i, name in enumerate(self.class_names)}
        said = [code.get(name, NONE) for name in study.labels.class_names]
        own = np.array([*said, NONE], np.int16)  # -1 is the last
        for lo in range(0, len(rows), _IN_CACHE):
            some = rows[lo : lo + _IN_CACHE]
            codes, unsure = study.labels.classes_of(self.cells.cell_id[some])
            self.label[some], self.unsure[some] = own[codes], unsure
        return rows

    def _read_stored_predictions(self, study: Study) -> None:
        stored = standing_predictions(study)
        if stored is None:
            return
        code = {name: i for i, name in enumerate(self.class_names)}
        codes = np.array([code.get(n, NONE) for n in stored.class_names], np.int16)
        values = stored.probabilities
        rows = self.rows_of(stored.cell_ids)
        here = self.cells.has(stored.cell_ids) if len(rows) < len(values) else None
        values = values if here is None else values[here]
        if len(rows) and len(codes):
            self.predicted[rows] = codes[values.argmax(axis=1)]
            self.chance[rows] = values.max(axis=1)

    def _read_fact(self, fact: str) -> tuple[np.ndarray, tuple[str, ...]]:
        study = self.study
        if study is None or not len(self.cells):
            return np.full(len(self), NONE, np.int32), ()
        said = {
            number: _fact_of(study, picture.slide, fact)
            for number, picture in study.pictures.items()
        }
        names = tuple(dict.fromkeys(name for name in said.values() if name))
        code = {name: i for i, name in enumerate(names)}
        return _codes(self.cells.picture_id, said, code), names

    def _clear(self) -> None:
        self.cells = CellTable.empty()
        self.classes = ()
        self.label = np.empty(0, np.int16)
        self.unsure = np.empty(0, bool)
        self.predicted = np.empty(0, np.int16)
        self.chance = np.empty(0, np.float32)
        self.votes, self.voters = np.empty(0, np.int16), np.empty(0, np.int16)
        self._facts, self._untold = {}, {}

    # -- telling -----------------------------------------------------------------

    def _tell(self, news: str, rows: np.ndarray) -> None:
        """Send `labels_changed` or `predictions_changed`, or soon if it is of many."""
        if len(rows) <= AT_ONCE:
            getattr(self, news).emit(rows)
            return
        untold = self._untold.setdefault(news, np.zeros(len(self), bool))
        untold[rows] = True
        self._tell_soon()

    def _tell_untold(self) -> None:
        untold, self._untold = self._untold, {}
        for news, rows in untold.items():
            getattr(self, news).emit(np.flatnonzero(rows))


def _fact_of(study: Study, slide: str, fact: str) -> str:
    if fact == "slide":
        return slide
    return str(getattr(study.slides[slide].acquisition, fact))


def _codes(
    picture_id: np.ndarray, said: Mapping[int, str], code: Mapping[str, int]
) -> np.ndarray:
    """(n,) int32: the code of what is said about each cell's picture."""
    numbers, which = numbered(picture_id)
    table = np.array([code.get(said.get(n, ""), NONE) for n in numbers], np.int32)
    codes: np.ndarray = table[which]
    return codes
