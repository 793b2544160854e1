"""Filters that combine: any of the names within a facet, all of the facets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from napari_dinobloom.gui.presenters.gallery.snapshot import FACTS, Snapshot
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.selection.picks import FIRST_KINDS
from napari_dinobloom.study import CELL_KINDS
from napari_dinobloom.workflows.classify_cells import classes_by_kind, fair_kinds

_RANGE = re.compile(r"(\d{1,18})(?:\s*[-–]\s*(\d{1,18}))?")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a cell must be to be shown; by default nothing.

    Parameters
    ----------
    names
        Facet ("kind", "label", "prediction", "slide", "patient", "site", "scanner",
        "stain", "state") to the names of which a cell must have one.
    least, most
        Bounds of the prediction's share of the vote, 0 … 1. Cells without a prediction
        are shown only while both are as wide as they can be.
    text
        Cell numbers ("17", "17, 20-30"), or a part of the name of slide or file.
    without_cut
        Leave out cells that the picture's border cuts.
    in_hand
        Only the cells in hand.
    """

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    least: float = 0.0
    most: float = 1.0
    text: str = ""
    without_cut: bool = False
    in_hand: bool = False

    @property
    def is_open(self) -> bool:
        """Whether every cell passes."""
        return not (
            any(self.names.values())
            or self.bounds_chance
            or self.text.strip()
            or self.without_cut
            or self.in_hand
        )

    @property
    def bounds_chance(self) -> bool:
        """Whether the share of the vote matters."""
        return self.least > 0 or self.most < 1

    @property
    def facts(self) -> set[str]:
        """Which of `FACTS` must be known to apply them."""
        needed = {fact for fact in FACTS if self.names.get(fact)}
        return needed | ({"slide"} if self.text.strip() else set())

    def with_names(self, facet: str, names: frozenset[str]) -> "Filters":
        """The same with other names for a facet; none is no condition."""
        others = {f: chosen for f, chosen in self.names.items() if f != facet}
        return replace(self, names={**others, facet: names} if names else others)


def chosen_rows(snapshot: Snapshot, filters: Filters) -> np.ndarray:
    """(m,) int64 rows of the cells that pass, ascending."""
    passes = np.ones(len(snapshot.cells), bool)
    for facet, names in filters.names.items():
        if not names:
            continue
        if facet == "state":
            passes &= _any(snapshot, names)
        else:
            passes &= _named(*snapshot.codes_of(facet), names)
    if filters.bounds_chance:
        chance = snapshot.chance  # nan passes neither comparison
        passes &= (chance >= filters.least) & (chance <= filters.most)
    if filters.without_cut:
        passes &= ~snapshot.cells.cut_by_border
    if filters.in_hand:
        passes &= _among(snapshot.cells.cell_id, snapshot.in_hand)
    if filters.text.strip():
        passes &= _matches(snapshot, filters.text.strip())
    return np.flatnonzero(passes)


def _named(
    codes: np.ndarray, names: tuple[str, ...], wanted: frozenset[str]
) -> np.ndarray:
    """(n,) bool: the code's name is wanted; "" stands for cells without one."""
    table = np.array([*(name in wanted for name in names), "" in wanted], bool)
    passes: np.ndarray = table[codes]  # -1 takes the last
    return passes


def _any(snapshot: Snapshot, states: frozenset[str]) -> np.ndarray:
    passes = np.zeros(len(snapshot.cells), bool)
    for state in sorted(states):
        passes |= snapshot.has_state(state)
    return passes


def first_filters(roster: Roster) -> Filters:
    """What is shown before anybody asks: the kinds that are labelled, or white cells.

    Among a thousand red cells nobody finds the ten white ones. Where one kind is all
    there is, nothing is filtered.
    """
    here = np.bincount(roster.cells.kind, minlength=len(CELL_KINDS))
    said = classes_by_kind(roster.label, roster.cells.kind, len(roster.class_names))
    first = frozenset(fair_kinds(said)) or FIRST_KINDS
    there = frozenset(CELL_KINDS[code] for code in np.flatnonzero(here))
    if not there & first or there <= first:
        return Filters()
    return Filters(names={"kind": there & first})


def _among(ascending: np.ndarray, some: np.ndarray) -> np.ndarray:
    """(n,) bool: which of the ascending ids are among some, also ascending."""
    passes = np.zeros(len(ascending), bool)
    at = np.searchsorted(ascending, some)
    at = at[at < len(ascending)]
    passes[at] = np.isin(ascending[at], some)
    return passes


def _holding(names: tuple[str, ...], wanted: str) -> frozenset[str]:
    return frozenset(name for name in names if wanted in name.casefold())


def _matches(snapshot: Snapshot, text: str) -> np.ndarray:
    """(n,) bool: number, slide or file fits what was typed."""
    ids = snapshot.cells.cell_id
    passes = np.zeros(len(ids), bool)
    for part in text.split(","):
        numbers = _RANGE.fullmatch(part.strip().lstrip("#"))
        if numbers:
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            start, stop = np.searchsorted(ids, [first, last + 1])
            passes[start:stop] = True
    wanted = text.casefold()
    codes, names = snapshot.codes_of("slide")
    passes |= _named(codes, names, _holding(names, wanted))
    files = [n for n, name in snapshot.files.items() if wanted in name.casefold()]
    if files:
        passes |= np.isin(snapshot.cells.picture_id, files)
    return passes
