"""The Label page: what is in hand, the classes, and how many of each."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.labels.counts import (
    ClassCount,
    Counted,
    CountTable,
    Grouping,
    class_counts,
    tabulate,
)
from napari_dinobloom.gui.presenters.labels.labeller import Labeller
from napari_dinobloom.gui.presenters.roster import NONE, Later, Roster
from napari_dinobloom.study import Selection, Study, Taxonomy
from napari_dinobloom.workflows.use_scheme import (
    add_class,
    change_class,
    move_class,
    remove_class,
    rename_class,
    use_scheme,
    what_changes,
)

FEW = 20_000
"""So many cells in hand are counted at once; more a moment later."""
PORTRAIT_PX = 112


class LabelView(Protocol):
    """What the page shows and what the person wishes there."""

    class_wished: Any
    """Signal(str): label the cells in hand so."""
    key_wished: Any
    """Signal(str): the same as pressing that key."""
    undo_wished: Any
    redo_wished: Any
    going_on_wished: Any
    """Signal(bool advance, bool skip_labelled)."""
    scheme_wished: Any
    """Signal(object): a `Taxonomy` to work with."""
    class_added: Any
    """Signal(str): a name."""
    class_changed: Any
    """Signal(str name, str what, object value): "colour", "key", "name", "move"."""
    class_removed: Any
    """Signal(str): a name."""
    take_wished: Any
    """Signal(str name, bool predicted): take all cells of a class in hand."""
    table_wished: Any
    """Signal(str grouping, str counted)."""

    def show_stage(self, stage: str) -> None:
        """Show "no study", "no cells", "no scheme" or "ready"."""
        ...

    def show_hand(
        self, title: str, about: str, portrait: np.ndarray | None, single: bool
    ) -> None:
        """What the next key is about."""
        ...

    def mark_classes(self, labelled: str | None, predicted: str | None) -> None:
        """What the single cell in hand is, or is believed to be."""
        ...

    def show_scheme(self, name: str) -> None:
        """How the scheme is called."""
        ...

    def show_classes(self, classes: Sequence[ClassCount]) -> None:
        """Every class with its counts."""
        ...

    def show_table(self, table: CountTable) -> None:
        """Counts per study, slide or patient."""
        ...

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do; "" for nothing."""
        ...

    def show_going_on(self, advance: bool, skip_labelled: bool) -> None:
        """Whether labelling goes on to the next cell, and which that is."""
        ...

    def agrees(self, title: str, words: str) -> bool:
        """Ask a person before something is done that the words tell."""
        ...

    def say(self, text: str) -> None:
        """What was done."""
        ...

    def show_problem(self, what: str, remedy: str) -> None:
        """What went wrong."""
        ...


class LabelPresenter:
    """Keeps the page true and does what is wished there.

    Parameters
    ----------
    portrait
        Gives the picture of a cell and a side in pixels, or None while it is read.
    later
        Gathers many events into one refresh.
    """

    def __init__(
        self,
        desk: Desk,
        selection: Selection,
        roster: Roster,
        labeller: Labeller,
        view: LabelView,
        *,
        portrait: Callable[[int, int], np.ndarray | None],
        later: Later,
    ) -> None:
        self._desk, self._selection, self._roster = desk, selection, roster
        self._labeller, self._view, self._portrait = labeller, view, portrait
        self._grouping: Grouping = "study"
        self._counted: Counted = "labelled"
        self._study: Study | None = None
        self._count_soon, self._hand_soon = later(self._count), later(self._hand)
        self._heard = self._connections()
        for signal, slot in self._heard:
            signal.connect(slot)
        self._listen_to_the_view()
        self._opened(desk.study)
        if desk.study is None:
            self._everything()

    def release(self) -> None:
        """Listen no more."""
        for signal, slot in self._heard:
            signal.disconnect(slot)
        self._opened(None)

    def portrait_arrived(self, cell_ids: frozenset[int]) -> None:
        """Pictures of these cells can be had now."""
        if self._single() in cell_ids:
            self._hand()

    def _connections(self) -> list[tuple[Any, Callable[..., Any]]]:
        view, labeller, roster = self._view, self._labeller, self._roster
        return [
            (self._desk.study_opened, self._opened),
            (self._desk.study_closed, self._closed),
            (self._selection.changed, self._hand_changed),
            (self._selection.current_changed, self._hand_changed),
            (roster.reset, self._everything),
            (roster.classes_changed, self._classes_changed),
            (roster.labels_changed, self._counts_changed),
            (roster.predictions_changed, self._counts_changed),
            (roster.facts_changed, self._count_soon),
            (labeller.said, view.say),
            (labeller.failed, view.show_problem),
            (labeller.advance_changed, self._going_on),
        ]

    def _listen_to_the_view(self) -> None:
        """Not to be undone: a view that goes away wishes nothing."""
        view, labeller = self._view, self._labeller
        view.class_wished.connect(labeller.label)
        view.key_wished.connect(labeller.key)
        view.undo_wished.connect(labeller.undo)
        view.redo_wished.connect(labeller.redo)
        view.going_on_wished.connect(self._go_on)
        view.scheme_wished.connect(self._use)
        view.class_added.connect(self._add)
        view.class_changed.connect(self._change)
        view.class_removed.connect(self._remove)
        view.take_wished.connect(self._take)
        view.table_wished.connect(self._tabulate)

    # -- what is shown ---------------------------------------------------------------

    def _opened(self, study: Study | None) -> None:
        if self._study is not None:
            self._study.events.history_changed.disconnect(self._history)
        self._study = study
        if study is not None:
            study.events.history_changed.connect(self._history)
            self._everything()

    def _closed(self) -> None:
        self._opened(None)
        self._everything()

    def _everything(self) -> None:
        self._going_on()
        self._history()
        self._classes_changed()
        self._hand()

    def _classes_changed(self) -> None:
        study = self._desk.study
        self._view.show_stage(self._stage())
        self._view.show_scheme(study.taxonomy.name if study is not None else "")
        self._count()

    def _stage(self) -> str:
        if self._desk.study is None:
            return "no study"
        if not len(self._roster):
            return "no cells"
        return "ready" if self._roster.classes else "no scheme"

    def _counts_changed(self, _: np.ndarray) -> None:
        self._count_soon()
        self._hand_changed()

    def _count(self) -> None:
        self._view.show_classes(class_counts(self._roster))
        self._view.show_table(tabulate(self._roster, self._grouping, self._counted))

    def _hand_changed(self) -> None:
        if len(self._selection.ids) <= FEW:
            self._hand()
        else:
            self._hand_soon()

    def _single(self) -> int | None:
        if len(self._selection.ids) > 1:
            return None
        ids = self._labeller.targets
        return int(ids[0]) if len(ids) else None

    def _hand(self) -> None:
        single = self._single()
        labelled, predicted = self._classes_of(single)
        self._view.mark_classes(labelled, predicted)
        if single is not None:
            picture = self._portrait(single, PORTRAIT_PX)
            title = "1 cell in hand" if len(self._selection) else "The cell looked at"
            self._view.show_hand(title, self._about(single), picture, True)
            return
        rows = self._roster.rows_of(self._labeller.targets)
        if not len(rows):
            about = "Click a cell, or draw around some on the map or in the smear."
            self._view.show_hand("No cells in hand", about, None, False)
            return
        n = int((self._roster.label[rows] != NONE).sum())
        unsure = int(self._roster.unsure[rows].sum())
        about = f"{n:,} labelled" + (f", {unsure:,} unsure" if unsure else "")
        self._view.show_hand(
            f"{counted(len(rows), 'cell')} in hand", about, None, False
        )

    def _classes_of(self, cell_id: int | None) -> tuple[str | None, str | None]:
        """Label and predicted class of one cell."""
        row = self._roster.row_of(cell_id)
        if row is None:
            return None, None
        names = (*self._roster.class_names, None)  # NONE is the last
        return names[self._roster.label[row]], names[self._roster.predicted[row]]

    def _about(self, cell_id: int) -> str:
        row = self._roster.row_of(cell_id)
        if row is None:
            return ""
        labelled, predicted = self._classes_of(cell_id)
        said = [labelled or "no label"]
        if self._roster.unsure[row]:
            said.append("unsure")
        if predicted is not None:
            said.append(f"predicted {predicted}: {self._roster.vote_on(row).in_words}")
        return " · ".join(said)

    def _history(self) -> None:
        study = self._desk.study
        undo = study.undo_summary if study is not None else ""
        self._view.show_history(undo, study.redo_summary if study is not None else "")

    def _going_on(self) -> None:
        self._view.show_going_on(self._labeller.advance, self._labeller.skip_labelled)

    # -- what is wished ----------------------------------------------------------------

    def _go_on(self, advance: bool, skip_labelled: bool) -> None:
        self._labeller.advance = advance
        self._labeller.skip_labelled = skip_labelled

    def _use(self, scheme: Taxonomy) -> None:
        study, kept = self._desk.study, list[str]()
        words = what_changes(study, scheme) if study is not None else ""
        title = f"Use the classes of {scheme.name}?"
        if words and not self._view.agrees(title, words):
            return
        if self._try(lambda study: kept.extend(use_scheme(study, scheme))):
            behind = f" Kept, because labels name them: {', '.join(kept)}."
            self._view.say(
                f"Classes of {scheme.name} are in use — Ctrl+Z takes it back."
                f"{behind if kept else ''}"
            )

    def _add(self, name: str) -> None:
        if self._try(lambda study: add_class(study, name)):
            self._view.say(f"New class {name} — Ctrl+Z takes it back")

    def _change(self, name: str, what: str, value: Any) -> None:
        acts: dict[str, Callable[[Study], None]] = {
            "colour": lambda study: change_class(study, name, colour=value),
            "key": lambda study: change_class(study, name, key=value),
            "name": lambda study: rename_class(study, name, value),
            "move": lambda study: move_class(study, name, value),
        }
        self._try(acts[what])

    def _remove(self, name: str) -> None:
        if self._try(lambda study: remove_class(study, name)):
            self._view.say(f"Class {name} taken away — Ctrl+Z brings it back")

    def _take(self, name: str, predicted: bool) -> None:
        roster = self._roster
        code = roster.class_names.index(name)
        of_class = (
            (roster.predicted == code) & (roster.label == NONE)
            if predicted
            else roster.label == code
        )
        self._selection.take(roster.cells.cell_id[of_class])

    def _tabulate(self, grouping: Grouping, counted: Counted) -> None:
        self._grouping, self._counted = grouping, counted
        self._view.show_table(tabulate(self._roster, grouping, counted))

    def _try(self, act: Callable[[Study], object]) -> bool:
        study = self._desk.study
        if study is None:
            return False
        try:
            act(study)
        except (DinoBloomError, OSError) as error:
            what = getattr(error, "what", f"Nothing was changed: {error}")
            self._view.show_problem(what, getattr(error, "remedy", ""))
            return False
        return True
