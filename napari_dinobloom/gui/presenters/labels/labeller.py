"""What a key or a click does to the cells in hand."""

from collections.abc import Callable

import numpy as np
from psygnal import Signal

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.labels.order import LabelOrder, Order
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.presenters.smear.palette import standing_predictions
from napari_dinobloom.study import ReadOnlyStudyError, Selection, Study
from napari_dinobloom.study.taxonomy import ARTEFACT
from napari_dinobloom.workflows import (
    accept_predictions,
    clear_labels,
    label_cells,
    mark_unsure,
)

NOTHING_IN_HAND = (
    "Take cells in hand first: click one in the smear or in the gallery, "
    "or draw around some on the map."
)
NO_CLASSES = "Choose the classes first, on the page Label: each has a key."
NO_SUCH_KEY = "{} labels nothing in this study — ? shows the keys"
READING_ONLY = (
    "The study is open for reading only: nothing can be labelled or taken back."
)
NOT_SEEN_YET = (
    "The next cell is not on show yet: {} was not taken. Press it when you see it."
)
BLIND_KEYS = frozenset(("n", "p", "?", "ctrl+z", "ctrl+y", "ctrl+shift+z"))
"""Keys that say nothing about a cell."""
TAKE_BACK = "Ctrl+Z takes it back"
_NO_IDS = np.empty(0, np.int64)


class Labeller:
    """Labels the cells in hand, or the one looked at where none is in hand.

    ::

        key or click ─► targets ─► workflow ─► study ─► said "12 cells labelled …"
                                      └─ refused ─────► failed(what, remedy)

    Parameters
    ----------
    desk
        Where the study lies.
    selection
        The cells in hand.
    roster
        What stands about every cell.
    """

    said = Signal(str)
    """One line about what was done, or why nothing was."""
    failed = Signal(str, str)
    """What went wrong, and what to do about it."""
    advance_changed = Signal()
    """`advance` or `skip_labelled` was set."""
    help_wished = Signal()
    """Somebody asks for the keys."""
    keys_changed = Signal()
    """Other keys mean something: another scheme, another study, or none."""

    predicted_from: Callable[[], str]
    """Says from which predictions one is accepted now; the live classifier sets it."""
    smear_key: Callable[[str], bool]
    """Asked first about a key over the smear; whoever corrects cells sets it."""

    def __init__(self, desk: Desk, selection: Selection, roster: Roster) -> None:
        self._desk, self._selection, self._roster = desk, selection, roster
        self._order = LabelOrder(roster)
        self._advance, self._skip = True, True
        self._by_place = False
        self.predicted_from = self._stored_revision
        self.smear_key = lambda _: False
        self._acts: dict[str, Callable[[], None]] = {
            "space": self.accept,
            "enter": self.accept,
            "u": self.mark_unsure,
            "x": self.artefact,
            "backspace": self.clear,
            "delete": self.clear,
            "n": self.next,
            "p": lambda: self.next(-1),
            "?": self.help_wished.emit,
            "ctrl+z": self.undo,
            "ctrl+y": self.redo,
            "ctrl+shift+z": self.redo,
        }
        roster.reset.connect(self.keys_changed)
        roster.classes_changed.connect(self.keys_changed)
        desk.study_closed.connect(self.keys_changed)

    def release(self) -> None:
        """Listen no more."""
        self._order.release()
        self._roster.reset.disconnect(self.keys_changed)
        self._roster.classes_changed.disconnect(self.keys_changed)
        self._desk.study_closed.disconnect(self.keys_changed)

    # -- how to go on --------------------------------------------------------------

    @property
    def advance(self) -> bool:
        """Whether the next cell comes in hand once a single one was labelled."""
        return self._advance

    @advance.setter
    def advance(self, on: bool) -> None:
        if on != self._advance:
            self._advance = on
            self.advance_changed.emit()

    @property
    def skip_labelled(self) -> bool:
        """Whether going on passes over cells that somebody has judged."""
        return self._skip

    @skip_labelled.setter
    def skip_labelled(self, on: bool) -> None:
        if on != self._skip:
            self._skip = on
            self.advance_changed.emit()

    def set_order(self, order: Order | None) -> None:
        """Go as these ids are shown from now on; None: slide by slide."""
        self._order.follow(order)

    def next(self, by: int = 1) -> None:
        """Take the next cell in hand; back with a negative number."""
        found = self._order.step(self._selection.current, by, by_place=self._by_place)
        if found is None:
            self.said.emit("That was the last cell." if by > 0 else "The first cell.")
            return
        self._selection.take([found], current=found)

    # -- what is said about cells --------------------------------------------------

    @property
    def targets(self) -> np.ndarray:
        """(n,) int64 ids, ascending: what the next key is about."""
        ids = self._selection.ids
        if not len(ids) and self._selection.current is not None:
            ids = np.array([self._selection.current], np.int64)
        here: np.ndarray = self._roster.cells.cell_id[self._roster.rows_of(ids)]
        study = self._desk.study
        if study is not None and study.cells is not self._roster.cells:
            # a search may have replaced some, of which pages are told a moment later
            here = here[study.cells.has(here)]
        return here

    def label(self, class_name: str) -> None:
        """Say that they are of this class."""
        ids, names = self._require_targets(), self._roster.class_names
        if ids is None:
            return
        before = self._roster.label[self._roster.rows_of(ids)]
        same = [NONE, *(i for i, n in enumerate(names) if n == class_name)]
        changed = int((~np.isin(before, same)).sum())
        if self._try(lambda study: label_cells(study, ids, class_name)):
            had = f", {changed} of them had another label" if changed else ""
            self.said.emit(f"{_cells(ids)} labelled {class_name}{had} — {TAKE_BACK}")
            self._go_on(ids)

    def artefact(self) -> None:
        """Say that they are no cells, or cannot be judged."""
        self.label(ARTEFACT)

    def accept(self) -> None:
        """Say that what is predicted is right.

        Where several are in hand, those that already have a label keep it: a person's
        word is not overwritten by a prediction unseen.
        """
        ids = self._require_targets()
        if ids is None:
            return
        rows = self._roster.rows_of(ids)
        take = self._roster.predicted[rows] != NONE
        if len(ids) > 1:
            take &= self._roster.label[rows] == NONE
        if not take.any():
            self.said.emit(
                "Nothing to accept: no class is predicted here yet."
                if (self._roster.predicted[rows] == NONE).all()
                else "Nothing to accept: they have labels already."
            )
            return
        rows, taken = rows[take], ids[take]
        codes, names = self._roster.predicted[rows], self._roster.class_names
        chance = self._roster.chance[rows]
        if self._try(
            lambda study: accept_predictions(
                study, taken, codes, names, chance, self.predicted_from()
            )
        ):
            left = f", {len(ids) - len(taken):,} left as they were"
            what = f" as {names[codes[0]]}" if (codes == codes[0]).all() else ""
            self.said.emit(
                f"{_cells(taken)} accepted{what}"
                f"{left if len(taken) < len(ids) else ''} — {TAKE_BACK}"
            )
            self._go_on(ids)

    def mark_unsure(self) -> None:
        """Say that somebody looked and could not tell; said twice, take it off."""
        ids = self._require_targets()
        if ids is None:
            return
        marked = bool(self._roster.unsure[self._roster.rows_of(ids)].all())
        if self._try(lambda study: mark_unsure(study, ids)):
            now = "no longer unsure" if marked else "marked unsure"
            self.said.emit(f"{_cells(ids)} {now} — {TAKE_BACK}")
            if not marked:
                self._go_on(ids)

    def clear(self) -> None:
        """Take labels and unsure marks away."""
        ids = self._require_targets()
        if ids is None:
            return
        rows = self._roster.rows_of(ids)
        judged = (self._roster.label[rows] != NONE) | self._roster.unsure[rows]
        if not judged.any():
            self.said.emit("Nothing to clear: no label stands here.")
        elif self._try(lambda study: clear_labels(study, ids[judged])):
            self.said.emit(f"{_cells(ids[judged])} cleared — {TAKE_BACK}")

    def undo(self) -> None:
        """Take the last step back."""
        summaries: list[str] = []
        if self._try(lambda study: summaries.append(self.retake(study, study.undo))):
            said = f"Taken back: {summaries[0]} — Ctrl+Y does it again"
            self.said.emit(said if summaries[0] else "There is nothing to take back.")

    def redo(self) -> None:
        """Do the last undone step again."""
        summaries: list[str] = []
        if self._try(lambda study: summaries.append(self.retake(study, study.redo))):
            said = f"Done again: {summaries[0]} — {TAKE_BACK}"
            self.said.emit(said if summaries[0] else "There is nothing to do again.")

    def retake(self, study: Study, step: Callable[[], str]) -> str:
        """Take the cells in hand again that a step was about; say what it was.

        Else the key that corrects a slip would label the cell that came after it.
        """
        about: list[np.ndarray] = []

        def note(cell_ids: np.ndarray) -> None:
            about.append(cell_ids)

        study.events.labels_changed.connect(note)
        try:
            summary = step()
        finally:
            study.events.labels_changed.disconnect(note)
        rows = self._roster.rows_of(about[0] if about else _NO_IDS)
        if len(rows):
            ids = self._roster.cells.cell_id[rows]
            self._selection.take(ids, current=int(ids[0]) if len(ids) == 1 else None)
        return summary

    # -- keys ----------------------------------------------------------------------

    @property
    def keys(self) -> frozenset[str]:
        """Every key that does something now; none without a study."""
        if self._desk.study is None:
            return frozenset()
        own = {look.key.lower() for look in self._roster.classes if look.key}
        return frozenset(own | set(self._acts))

    def knows(self, key: str) -> bool:
        """Whether `key` would do something with this one now."""
        return key.lower() in self.keys or self._lacks_classes(key)

    def _lacks_classes(self, key: str) -> bool:
        """Whether somebody tries to label where no class was chosen yet."""
        there = self._desk.study is not None and len(self._roster) > 0
        return _could_label(key) and there and not self._roster.classes

    def _names_no_class(self, key: str) -> bool:
        """Whether somebody tries to label by a key that another study may have."""
        return (
            _could_label(key) and bool(self._roster.classes) and len(self.targets) > 0
        )

    def key_in_smear(
        self, text: str, awaits: Callable[[int | None], bool] = lambda _: False
    ) -> int | None:
        """Do what a key means to somebody who looks at the smear.

        The next cell is the next one in this slide then, however the gallery is sorted.
        A key that says something about a cell is not taken before the cell is seen.

        Parameters
        ----------
        awaits
            Whether the field of a cell is being read and not seen yet.

        Returns
        -------
        The cell that came in hand, which the smear has to show; None if none came.
        """
        if self.smear_key(text.lower()):
            return None
        before = self._selection.current
        if awaits(before) and text.lower() not in BLIND_KEYS and self.knows(text):
            self.said.emit(NOT_SEEN_YET.format(text.upper()))
            return None
        self._by_place = True
        try:
            self.key(text)
        finally:
            self._by_place = False
        after = self._selection.current
        return after if after != before else None

    def key(self, text: str) -> bool:
        """Do what a key means; False where it means nothing here.

        A letter or digit of no class says so where it would have labelled.

        Parameters
        ----------
        text
            A letter, a digit, or "space", "enter", "backspace", "delete", "ctrl+z",
            "ctrl+y".
        """
        text = text.lower()
        if not self.knows(text):
            if self._names_no_class(text):
                self.said.emit(NO_SUCH_KEY.format(text.upper()))
            return False
        act = self._acts.get(text)
        name = self._class_of(text)
        if act is not None:
            act()
        elif name is not None:
            self.label(name)
        else:
            self.said.emit(NO_CLASSES)
        return True

    def _class_of(self, key: str) -> str | None:
        looks = self._roster.classes
        return next((c.name for c in looks if key and c.key.lower() == key), None)

    # -- parts ---------------------------------------------------------------------

    def _require_targets(self) -> np.ndarray | None:
        study, ids = self._desk.study, self.targets
        if study is not None and not self._may_write(study):
            return None
        if len(ids):
            return ids
        self.said.emit(NOTHING_IN_HAND)
        return None

    def _may_write(self, study: Study) -> bool:
        """Whether something can be said about cells; where not, say why."""
        try:
            study.require_writable()
        except ReadOnlyStudyError as error:
            self.failed.emit(READING_ONLY, error.remedy)
            return False
        return True

    def _stored_revision(self) -> str:
        study = self._desk.study
        stored = standing_predictions(study) if study is not None else None
        return stored.revision if stored is not None else "live"

    def _try(self, act: Callable[[Study], object]) -> bool:
        study = self._desk.study
        if study is None:
            self.failed.emit("No study is open.", "Open or make one on the page Study.")
            return False
        if not self._may_write(study):
            return False
        try:
            act(study)
        except (DinoBloomError, OSError) as error:
            what = getattr(error, "what", f"Nothing was changed: {error}")
            self.failed.emit(what, getattr(error, "remedy", ""))
            return False
        return True

    def _go_on(self, ids: np.ndarray) -> None:
        if not self._advance or len(ids) != 1:
            return
        found = self._order.step(
            int(ids[0]), skip_done=self._skip, by_place=self._by_place
        )
        if found is not None:
            self._selection.take([found], current=found)


def _could_label(key: str) -> bool:
    """Whether it is a plain letter or digit, as classes have them."""
    return len(key) == 1 and key.isalnum()


def _cells(ids: np.ndarray) -> str:
    return "1 cell" if len(ids) == 1 else f"{len(ids):,} cells"
