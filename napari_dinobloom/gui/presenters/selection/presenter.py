"""The cells in hand in words, and the ways to take others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.gui.presenters.roster import NONE, Later, Roster
from napari_dinobloom.gui.presenters.selection.picks import (
    FACTS,
    FIRST_KINDS,
    Choice,
    class_choices,
    differing,
    fact_choices,
    kind_words,
    of_kinds,
    same_class,
)
from napari_dinobloom.gui.presenters.smear.palette import LegendEntry, Palette
from napari_dinobloom.study import CELL_KINDS, Selection
from napari_dinobloom.study.selection import Combine

MANY = 20_000
"""So many cells are counted a moment later, not while they are being taken."""
CHIPS = 4

Similar = Callable[[int, int], object]
"""Takes a cell in hand and the n most like it; it may answer a moment later."""


@dataclass(frozen=True, slots=True)
class HandState:
    """What the bar says."""

    n: int = 0
    text: str = "No cells in hand"
    chips: tuple[LegendEntry, ...] = ()
    """The commonest classes among the cells in hand."""
    invert: str = ""
    """What the button to invert would take."""


class BarView(Protocol):
    """What the presenter asks of the bar."""

    clear_wished: Any
    invert_wished: Any
    pick_wished: Any
    """Group, code, and whether to add to the cells in hand."""
    kind_wished: Any
    """A kind, and whether menus are to offer its cells."""

    def set_source(self, source: "SelectionPresenter") -> None:
        """Ask this one for the entries of a menu when it opens."""
        ...

    def show_hand(self, state: HandState) -> None:
        """Say what is in hand."""
        ...


class SelectionPresenter:
    """Takes cells by class, prediction, slide, doubt or likeness.

    Parameters
    ----------
    similar
        Takes cells like one; None where the features for that are missing.
    later
        Counts very many cells a moment later.
    """

    def __init__(
        self,
        view: BarView,
        selection: Selection,
        roster: Roster,
        *,
        similar: Similar | None,
        later: Later,
    ) -> None:
        self._view, self._selection, self._roster = view, selection, roster
        self._similar = similar
        self._kinds = FIRST_KINDS
        self._count_soon = later(self.refresh)
        self._released = False
        self._watched = (
            (selection.changed, self._changed),
            (roster.reset, self._count_soon),
            (roster.classes_changed, self._count_soon),
            (roster.labels_changed, self._recount),
            (roster.predictions_changed, self._recount),
        )
        for signal, call in self._watched:
            signal.connect(call)
        view.clear_wished.connect(selection.clear)
        view.invert_wished.connect(self.invert)
        view.pick_wished.connect(self.pick)
        view.kind_wished.connect(self.offer_kind)
        view.set_source(self)
        self.refresh()

    def release(self) -> None:
        """Listen no more."""
        self._released = True
        for signal, call in self._watched:
            signal.disconnect(call, missing_ok=True)

    # -- what a menu offers ------------------------------------------------------

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of cells that are taken by slide, or for having no label."""
        return self._kinds

    @property
    def kinds_here(self) -> tuple[str, ...]:
        """The kinds that the study has."""
        counts = np.bincount(self._roster.cells.kind, minlength=len(CELL_KINDS))
        return tuple(k for k, n in zip(CELL_KINDS, counts, strict=True) if n)

    @property
    def kinds_in_words(self) -> str:
        """Such as "white cells"; only kinds that the study has are named."""
        return kind_words(self._kinds & set(self.kinds_here)) or "cells"

    def choices(self, group: str) -> list[Choice]:
        """Entries of "labelled", "predicted", or of a fact such as "slide"."""
        roster = self._roster
        if group == "labelled":
            return class_choices(roster, roster.label)
        if group == "predicted":
            return class_choices(roster, roster.predicted)
        return fact_choices(roster, group, of_kinds(roster, self._kinds))

    def count(self, group: str) -> int:
        """How many cells "same", "unsure", "differ" or "unlabelled" would take."""
        return int(self._mask(group, NONE).sum())

    def why_not_similar(self) -> str:
        """Why similar cells cannot be taken, or ""."""
        if self._similar is None:
            return "Describe the cells first: find and describe them on the page Study."
        if self._looked_at() is None:
            return "Click a cell first: cells like that one are taken."
        return ""

    def current_class(self) -> str:
        """The class of the cell looked at, such as "labelled blast", or ""."""
        row = self._looked_at()
        if row is None:
            return ""
        names = self._roster.class_names
        if self._roster.label[row] != NONE:
            return f"labelled {names[self._roster.label[row]]}"
        if self._roster.predicted[row] != NONE:
            return f"predicted {names[self._roster.predicted[row]]}"
        return ""

    # -- wishes ------------------------------------------------------------------

    def offer_kind(self, kind: str, wanted: bool) -> None:
        """Let menus offer cells of a kind, or no longer."""
        kinds = self._kinds | {kind} if wanted else self._kinds - {kind}
        self._kinds = frozenset(kinds)
        self.refresh()

    def pick(self, group: str, code: int, adding: bool) -> None:
        """Take the cells of an entry; "similar" takes ``code`` cells."""
        combine: Combine = "add" if adding else "replace"
        if group == "similar":
            if self._similar is not None and self._selection.current is not None:
                self._similar(self._selection.current, code)
            return
        mask = self._mask(group, code)
        self._selection.take(self._roster.cells.cell_id[mask], combine)

    def invert(self) -> None:
        """Take instead every other cell of the kinds in hand."""
        self._selection.take(self._roster.cells.cell_id[self._others()])

    # -- inside ------------------------------------------------------------------

    def _mask(self, group: str, code: int) -> np.ndarray:
        """(n,) bool of the roster: what an entry takes."""
        roster = self._roster
        if group in FACTS:
            there = roster.codes_of(group)[0] == code
            mask: np.ndarray = there & of_kinds(roster, self._kinds)
            return mask
        if group == "same":
            return same_class(roster, self._looked_at())
        masks: dict[str, Callable[[], np.ndarray]] = {
            "labelled": lambda: roster.label == code,
            "predicted": lambda: roster.predicted == code,
            "unsure": lambda: roster.unsure,
            "differ": lambda: differing(roster),
            "unlabelled": lambda: (
                (roster.label == NONE) & of_kinds(roster, self._kinds)
            ),
        }
        return masks[group]()

    def _looked_at(self) -> int | None:
        return self._roster.row_of(self._selection.current)

    def _others(self) -> np.ndarray:
        """(n,) bool of the roster: what `invert` takes."""
        roster = self._roster
        rows = roster.rows_of(self._selection.ids)
        mask = of_kinds(roster, self._kinds_in_hand(rows) or self._kinds)
        mask[rows] = False
        return mask

    def _kinds_in_hand(self, rows: np.ndarray) -> frozenset[str]:
        counts = np.bincount(self._roster.cells.kind[rows], minlength=len(CELL_KINDS))
        return frozenset(k for k, n in zip(CELL_KINDS, counts, strict=True) if n)

    # -- words -------------------------------------------------------------------

    def refresh(self) -> None:
        """Say anew what is in hand."""
        if not self._released:
            self._view.show_hand(self._state())

    def _changed(self) -> None:
        if len(self._selection) <= MANY:
            self.refresh()
        else:
            self._count_soon()

    def _recount(self, _: np.ndarray) -> None:
        if len(self._selection):
            self._count_soon()

    def _state(self) -> HandState:
        roster = self._roster
        rows = roster.rows_of(self._selection.ids)
        kinds = self._kinds_in_hand(rows) or self._kinds & set(self.kinds_here)
        others = kind_words(frozenset(kinds)) or "cells"
        if not len(rows):
            return HandState(invert=f"Take all {others} of the study")
        n, (slide, names) = len(rows), roster.codes_of("slide")
        is_met = np.zeros(len(names) + 1, bool)
        is_met[slide[rows]] = True  # no slide is the last
        slides = int(is_met[:-1].sum())
        parts = [f"{n:,} cell{'s' * (n > 1)} in hand"]
        parts.append(f"{slides} slide{'s' * (slides > 1)}")
        invert = f"Take instead the {others} of the study that are not in hand"
        return HandState(n, " · ".join(parts), self._chips(rows), invert)

    def _chips(self, rows: np.ndarray) -> tuple[LegendEntry, ...]:
        roster = self._roster
        palette = Palette({look.name: look.colour for look in roster.classes})
        counts = palette.count(np.empty(0, np.int64))
        for lo in range(0, len(rows), MANY):
            some = rows[lo : lo + MANY]
            codes = palette.codes_of(
                roster.cells.kind[some],
                roster.label[some],
                roster.predicted[some],
                np.zeros(len(some), bool),
            )
            counts = counts + palette.count(codes)
        entries = sorted(palette.legend_of(counts), key=lambda e: -e.count)
        return tuple(entries[:CHIPS])
