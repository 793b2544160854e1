"""The card of the cell that is looked at."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.encoding import feature_meanings
from napari_dinobloom.gui.presenters.card.features import FeatureRow, rows_of
from napari_dinobloom.gui.presenters.card.peers import Peers, peers_of
from napari_dinobloom.gui.presenters.card.reasons import CardReasons
from napari_dinobloom.gui.presenters.card.words import (
    CardHead,
    Neighbour,
    Said,
    Standing,
    compared_with,
    head_of,
    said_of,
    scale_said,
    unreadable,
)
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.roster import Later, Roster
from napari_dinobloom.study import FeatureMatrix, Selection, Study
from napari_dinobloom.workflows.compare_features import (
    FeatureComparison,
    compare_features,
)
from napari_dinobloom.workflows.describe_cell import CellDescription, CellGround

NOTHING = "Click a cell in the smear, on the map or in the gallery to read about it."
NO_FEATURES = (
    "The cells have not been described yet. Press “Find and describe cells” on the "
    "page Study."
)
PLAIN = "#888888"


class CardView(Protocol):
    """What is asked of the card's widget."""

    go_wished: Any
    """The cell is to be shown in its slide."""
    step_wished: Any
    """(by) The next or the last one of the cells in hand."""
    cell_wished: Any
    """(cell_id) Look at another cell."""

    def show_empty(self, text: str) -> None:
        """Show no cell, but what to do."""
        ...

    def show_cell(self, cell: CellDescription, head: CardHead, scale: str) -> None:
        """Show picture, outlines and who the cell is."""
        ...

    def show_place(self, text: str, has_last: bool, has_next: bool) -> None:
        """Show which of the cells in hand it is."""
        ...

    def show_standing(self, standing: Standing) -> None:
        """Show label and prediction."""
        ...

    def show_history(self, said: tuple[Said, ...]) -> None:
        """Show what was said about it, oldest first."""
        ...

    def show_neighbours(self, cells: tuple[Neighbour, ...], text: str) -> None:
        """Show the labelled cells that lie nearest."""
        ...

    def show_portrait(self, cell_id: int, rgb: np.ndarray) -> None:
        """Show a neighbour's picture."""
        ...

    def show_features(self, rows: tuple[FeatureRow, ...], text: str) -> None:
        """Show measurements and with whom they were compared."""
        ...


class CardWorker(Protocol):
    """The thread on which cells are described."""

    def submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Any:
        """Run a job and answer."""
        ...


class CardPresenter:
    """Shows the cell that is looked at, and follows what is said about it.

    ::

        current_changed ──► wanted ──► describe ──► picture, who, label, history
                              ▲           │              │
                              └───────────┘              └──► compare, neighbours
                        wanted moved on meanwhile

    One description is under way at a time, and only that of the cell wanted last is
    shown; the card before stays until then.

    Parameters
    ----------
    reasons
        Who knows the nearest labelled cells and the prediction.
    go_to
        Shows a cell in its slide.
    later
        Gathers many changes of labels into one new comparison.
    """

    def __init__(
        self,
        desk: Desk,
        selection: Selection,
        roster: Roster,
        view: CardView,
        *,
        worker: CardWorker,
        reasons: CardReasons,
        go_to: Callable[[int], None],
        later: Later,
    ) -> None:
        self._desk, self._selection, self._roster = desk, selection, roster
        self._view, self._worker, self._reasons = view, worker, reasons
        self._ground: CellGround | None = None
        self._wanted: int | None = None
        self._shown: int | None = None
        self._ticket: Any = None
        self._comparing: Any = None
        self._compared_with: int | None = None
        self._compare_soon = later(self._compare)
        self._blank_soon = later(self._blank)
        self._go_to = go_to
        self._links = (
            (selection.current_changed, self._look),
            (selection.changed, self._tell_place),
            (roster.reset, self._cells_are_new),
            (roster.facts_changed, self._cells_are_new),
            (roster.classes_changed, self._classes_are_new),
            (roster.labels_changed, self._labels_are_new),
            (roster.predictions_changed, self._predictions_are_new),
            (reasons.changed, self._tell_standing),
            (reasons.found, view.show_neighbours),
            (reasons.portrait, view.show_portrait),
        )
        for signal, slot in self._links:
            signal.connect(slot)
        view.go_wished.connect(self._go)
        view.step_wished.connect(self._step)
        view.cell_wished.connect(selection.look_at)
        self._look()

    def release(self) -> None:
        """Listen no more."""
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._forget()
        self._reasons.release()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._ticket is not None or self._comparing is not None

    # -- which cell ----------------------------------------------------------------

    def _look(self) -> None:
        current = self._selection.current
        known = self._roster.row_of(current) is not None
        self._wanted = current if known else None
        if self._wanted is None:
            self._shown = None
            self._reasons.ask(None)
            self._view.show_empty(NOTHING)
        elif self._ticket is None and self._wanted != self._shown:
            if self._shown is None:
                self._view.show_empty("Reading the cell…")
            self._describe(self._wanted)

    def _describe(self, cell_id: int) -> None:
        study = self._desk.study
        if study is None:
            return
        if self._ground is None:
            self._ground = CellGround.from_study(study)
        ground = self._ground
        self._stop_comparing()
        self._ticket = self._worker.submit(
            lambda: ground.describe(cell_id), self._described, self._not_described
        )

    def _described(self, cell: CellDescription) -> None:
        self._ticket = None
        if cell.cell_id != self._wanted:
            self._look()
            return
        self._shown = cell.cell_id
        self._view.show_cell(cell, head_of(cell), scale_said(cell))
        self._reasons.ask(cell.cell_id)
        self._tell_place()
        self._tell_standing()
        self._compare()
        self._blank_soon()

    def _not_described(self, error: Exception) -> None:
        """Say so unless another cell is wanted by now."""
        self._ticket = None
        self._shown = self._wanted
        self._view.show_empty(f"This cell could not be described: {error}")

    # -- measurements --------------------------------------------------------------

    def _compare(self) -> None:
        study, cell_id = self._desk.study, self._shown
        row = self._roster.row_of(cell_id)
        if study is None or cell_id is None or row is None:
            return
        self._stop_comparing()
        name = _readable(study, self._reasons.features)
        if name is None:
            self._view.show_features((), NO_FEATURES)
            return
        self._comparing = self._worker.submit(
            partial(
                _compared, study.features(name), cell_id, peers_of(self._roster, row)
            ),
            self._compared,
            self._not_compared,
        )

    def _compared(self, answer: tuple[FeatureComparison, str]) -> None:
        self._comparing, self._compared_with = None, self._shown
        report, peers = answer
        if not report.meanings and report.has_row:
            self._view.show_features((), unreadable(report, peers))
            return
        rows = rows_of(report) if report.has_row else ()
        self._view.show_features(rows, compared_with(report, peers))

    def _blank(self) -> None:
        """Do not leave another cell's values there while these are compared."""
        if self._comparing is not None and self._compared_with != self._shown:
            self._view.show_features((), "Comparing with other cells…")

    def _not_compared(self, error: Exception) -> None:
        self._comparing = None
        self._view.show_features((), f"The measurements could not be read: {error}")

    # -- what is told --------------------------------------------------------------

    def _tell_standing(self) -> None:
        study, row = self._desk.study, self._roster.row_of(self._shown)
        if study is None or self._shown is None or row is None:
            return
        records = study.labels.of_cell(self._shown)
        colours = self._reasons.colours()
        self._view.show_standing(self._reasons.standing(row, records))
        self._view.show_history(
            tuple(said_of(r, colours.get(r.class_name or "", PLAIN)) for r in records)
        )

    def _tell_place(self) -> None:
        ids, cell_id = self._selection.ids, self._shown
        if cell_id is None:
            return
        at = int(np.searchsorted(ids, cell_id))
        is_one = at < len(ids) and bool(ids[at] == cell_id)
        text = ""
        if len(ids):
            text = f"{at + 1 if is_one else '–'} of {len(ids):,}"
        self._view.show_place(text, at > 0, at + is_one < len(ids))

    # -- wishes --------------------------------------------------------------------

    def _go(self) -> None:
        if self._shown is not None:
            self._go_to(self._shown)

    def _step(self, by: int) -> None:
        """Look at the cell before or after among those in hand, by id."""
        ids, cell_id = self._selection.ids, self._selection.current
        if cell_id is None:
            return
        at = int(np.searchsorted(ids, cell_id)) + (0 if by > 0 else -1)
        if by > 0 and at < len(ids) and ids[at] == cell_id:
            at += 1
        if 0 <= at < len(ids):
            self._selection.look_at(int(ids[at]))

    # -- what changed --------------------------------------------------------------

    def _cells_are_new(self) -> None:
        self._forget()
        self._look()

    def _classes_are_new(self) -> None:
        self._tell_standing()
        self._reasons.ask_again()
        self._compare_soon()

    def _labels_are_new(self, rows: np.ndarray) -> None:
        if self._concerns(rows):
            self._tell_standing()
        self._reasons.ask_again()
        self._compare_soon()

    def _predictions_are_new(self, _: np.ndarray) -> None:
        self._tell_standing()
        self._reasons.ask_again()

    def _concerns(self, rows: np.ndarray) -> bool:
        row = self._roster.row_of(self._shown)
        return row is not None and bool((np.asarray(rows) == row).any())

    # -- parts ---------------------------------------------------------------------

    def _forget(self) -> None:
        """Cells, pictures or facts are other ones now."""
        if self._ticket is not None:
            self._ticket.cancel()
        self._ticket, self._ground, self._shown = None, None, None
        self._compared_with = None
        self._stop_comparing()

    def _stop_comparing(self) -> None:
        if self._comparing is not None:
            self._comparing.cancel()
        self._comparing = None


def _compared(
    matrix: FeatureMatrix, cell_id: int, find: Callable[[], Peers]
) -> tuple[FeatureComparison, str]:
    peers = find()
    return compare_features(matrix, cell_id, peers.cell_ids), peers.words


def _readable(study: Study, in_use: str | None) -> str | None:
    """Features whose columns a person can read, else those that are in use."""
    names = study.names_of("features")
    readable = [name for name in names if feature_meanings(name)]
    if readable:
        return readable[-1]
    return in_use if in_use in names else next(iter(names), None)
