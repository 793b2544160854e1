"""Why a cell is predicted as it is: its nearest labelled cells and their votes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.card.peers import stored_shares, votes
from napari_dinobloom.gui.presenters.card.words import (
    Neighbour,
    Share,
    Standing,
    label_said,
    verdict,
)
from napari_dinobloom.gui.presenters.roster import NONE, Later, Roster
from napari_dinobloom.gui.presenters.smear.palette import standing_predictions
from napari_dinobloom.study import LabelRecord
from napari_dinobloom.workflows.live_classifier import NearestLabel, Voting

SHOWN = 6
PORTRAIT_PX = 128
WISHER = "card"
PLAIN = "#888888"
NO_LABELS_NEAR = (
    "Not enough labels: nothing to compare this cell with yet. Label a few cells of at "
    "least two classes."
)
OTHER_KIND = (
    "Not predicted: cells of this kind are learned only once some of them are labelled."
)


class Explainer(Protocol):
    """What is asked of the live predictions."""

    changed: Any

    @property
    def voting(self) -> Voting:
        """How neighbours vote."""
        ...

    @property
    def features(self) -> str | None:
        """The encoder in use."""
        ...

    @property
    def status(self) -> Any:
        """`LiveStatus`."""
        ...

    def explain(
        self, cell_id: int, m: int, answer: Callable[[list[NearestLabel]], None]
    ) -> Any:
        """Answer with the nearest labelled cells."""
        ...


class Thumbnails(Protocol):
    """What is asked of the portraits."""

    arrived: Any

    def image(
        self, cell_id: int, side_px: int, masked: bool = False, wisher: str = ""
    ) -> np.ndarray | None:
        """The picture, or None while it is read."""
        ...

    def prefer(self, cell_ids: Any, wisher: str = "") -> None:
        """Drop open wishes for others."""
        ...


class CardReasons:
    """Asks for the neighbours of one cell and puts prediction and votes into words."""

    changed = Signal()
    """`standing` says something else."""
    found = Signal(object, str)
    """(neighbours, sentence) of the cell asked about last."""
    portrait = Signal(int, object)
    """(cell_id, rgb) of one of them."""

    def __init__(
        self, roster: Roster, live: Explainer, portraits: Thumbnails, *, later: Later
    ) -> None:
        self._roster, self._live, self._portraits = roster, live, portraits
        self._cell: int | None = None
        self._answered: int | None = None
        self._number = 0
        self._nearest: list[NearestLabel] = []
        self._missing: set[int] = set()
        self.ask_again = later(self._ask)
        self._blank_soon = later(self._blank)
        live.changed.connect(self._live_is_new)
        portraits.arrived.connect(self._arrived)

    def release(self) -> None:
        """Listen no more."""
        self._live.changed.disconnect(self._live_is_new)
        self._portraits.arrived.disconnect(self._arrived)
        self._cell = None

    @property
    def features(self) -> str | None:
        """The encoder by which distances are measured."""
        return self._live.features

    def colours(self) -> dict[str, str]:
        """By class, as "#RRGGBB"."""
        return {look.name: look.colour for look in self._roster.classes}

    # -- neighbours ----------------------------------------------------------------

    def ask(self, cell_id: int | None) -> None:
        """Find the neighbours of this cell from now on."""
        self._cell = cell_id
        self._blank_soon()
        self._ask()

    def _ask(self) -> None:
        cell_id = self._cell
        if self._roster.row_of(cell_id) is None or cell_id is None:
            self._nearest, self._missing, self._answered = [], set(), None
            return
        self._number += 1
        m = max(SHOWN, self._live.voting.k)
        self._live.explain(cell_id, m, partial(self._answer, self._number, cell_id))

    def _blank(self) -> None:
        """Do not leave another cell's neighbours there while these are looked for."""
        if self._cell is not None and self._answered != self._cell:
            self.found.emit((), "Looking for the labelled cells most alike…")

    def _answer(self, number: int, cell_id: int, nearest: list[NearestLabel]) -> None:
        if number != self._number or cell_id != self._cell:
            return
        self._nearest, self._answered = nearest, cell_id
        colours = self.colours()
        shown = tuple(
            Neighbour(
                n.cell_id, n.class_name, colours.get(n.class_name, PLAIN), n.distance
            )
            for n in nearest[:SHOWN]
        )
        self.found.emit(shown, self._said(len(shown)))
        self._missing = {n.cell_id for n in shown}
        self._portraits.prefer(self._missing, WISHER)
        self._arrived(frozenset(self._missing))
        self.changed.emit()

    def _said(self, n: int) -> str:
        if not n:
            status = self._live.status
            if status.is_learning:
                return "The labels are being learned…"
            return OTHER_KIND if status.stage == "ready" else NO_LABELS_NEAR
        text = (
            f"The labelled cells most alike by {self._live.features}; the smaller the "
            "distance, the more alike."
        )
        row = self._roster.row_of(self._cell)
        n_labelled = int((self._roster.label != NONE).sum())
        text += (
            f" A vote of a few cells among {n_labelled:,} labelled ones is a hint, no "
            "certainty."
        )
        if row is not None and self._roster.label[row] != NONE:
            text += " What this cell itself was called does not count here."
        return text

    def _arrived(self, cell_ids: frozenset[int]) -> None:
        for cell_id in sorted(self._missing & cell_ids):
            rgb = self._portraits.image(cell_id, PORTRAIT_PX, wisher=WISHER)
            if rgb is not None:
                self._missing.discard(cell_id)
                self.portrait.emit(cell_id, rgb)

    def _live_is_new(self) -> None:
        self.ask_again()
        self.changed.emit()

    # -- label and prediction --------------------------------------------------------

    def standing(self, row: int, records: Sequence[LabelRecord]) -> Standing:
        """Label and prediction of the cell in a row of the roster, in words."""
        roster, colours = self._roster, self.colours()
        names = roster.class_names
        record = records[-1] if records else None
        label = (record.class_name or "") if record else ""
        code = int(roster.predicted[row])
        predicted = names[code] if code != NONE else ""
        said, agree = verdict(label, predicted)
        cell_id = int(roster.cells.cell_id[row])
        return Standing(
            label,
            colours.get(label, PLAIN),
            label_said(record),
            predicted,
            colours.get(predicted, PLAIN),
            self._predicted_said(row, predicted),
            said,
            agree,
            self._shares(cell_id, row, predicted, colours),
        )

    def _predicted_said(self, row: int, predicted: str) -> str:
        if predicted:
            return self._roster.vote_on(row).in_words
        status = self._live.status
        return OTHER_KIND if status.stage == "ready" else _short(status)

    def _shares(
        self, cell_id: int, row: int, predicted: str, colours: dict[str, str]
    ) -> tuple[Share, ...]:
        """Votes of the neighbours, else the shares that a run has stored."""
        if not predicted:
            return ()
        if self._answered == cell_id and self._nearest:
            return votes(self._nearest, self._live.voting, colours)
        study = self._roster.study
        stored = standing_predictions(study) if study is not None else None
        if stored is None or self._live.status.stage == "ready":
            return ()
        at = np.flatnonzero(stored.cell_ids == cell_id)
        values = stored.probabilities[at[0]] if len(at) else np.empty(0, np.float32)
        if not len(values) or stored.class_names[int(values.argmax())] != predicted:
            return ()
        return stored_shares(stored.class_names, values, colours)


def _short(status: Any) -> str:
    if status.is_learning:
        return "predicting …"
    if status.stage == "missing":
        return "Not enough labels to predict yet."
    return str(status.text)
