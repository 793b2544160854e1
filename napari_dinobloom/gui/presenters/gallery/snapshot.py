"""What stands about every cell at one moment, for sorting on another thread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.gui.presenters.roster import NONE, ClassLook, Roster
from napari_dinobloom.study import CELL_KINDS, KIND_COLOURS, KIND_NAMES, CellTable

FACTS = ("slide", "patient", "site", "scanner", "stain")
STATES = ("unlabelled", "labelled", "unsure", "agreeing", "disagreeing")
Codes = tuple[np.ndarray, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Arrays by row that nobody writes to any more; see `Roster` for their meaning.

    Parameters
    ----------
    facts
        Codes and names of those facts that were asked for.
    in_hand
        (m,) int64, ascending: ids of the cells in hand.
    files
        Picture number to the name of its file.
    """

    cells: CellTable
    classes: tuple[ClassLook, ...]
    label: np.ndarray
    predicted: np.ndarray
    chance: np.ndarray
    unsure: np.ndarray
    facts: Mapping[str, Codes]
    in_hand: np.ndarray
    files: Mapping[int, str]

    @classmethod
    def of(cls, roster: Roster, facts: set[str], in_hand: np.ndarray) -> "Snapshot":
        """Copy what stands now; ``facts`` are those of `FACTS` that will be needed."""
        study = roster.study
        pictures = study.pictures if study is not None else {}
        return cls(
            roster.cells,
            roster.classes,
            roster.label.copy(),
            roster.predicted.copy(),
            roster.chance.copy(),
            roster.unsure.copy(),
            {fact: roster.codes_of(fact) for fact in sorted(facts)},
            in_hand,
            {number: picture.path.name for number, picture in pictures.items()},
        )

    def codes_of(self, facet: str) -> Codes:
        """Codes and names by which cells are told apart; negative where not known."""
        if facet == "kind":
            return self.cells.kind, CELL_KINDS
        names = tuple(look.name for look in self.classes)
        if facet == "label":
            return self.label, names
        if facet == "prediction":
            return self.predicted, names
        return self.facts[facet]

    def titles_of(self, facet: str) -> tuple[str, ...]:
        """The names as people read them."""
        if facet == "kind":
            return tuple(KIND_NAMES[kind].capitalize() + "s" for kind in CELL_KINDS)
        return self.codes_of(facet)[1]

    def colours_of(self, facet: str) -> dict[int, str]:
        """Colour by code, where the facet has colours."""
        if facet == "kind":
            return {i: KIND_COLOURS[kind] for i, kind in enumerate(CELL_KINDS)}
        if facet in ("label", "prediction"):
            return {i: look.colour for i, look in enumerate(self.classes)}
        return {}

    def has_state(self, state: str) -> np.ndarray:
        """(n,) bool, for one of `STATES`.

        A cell about which somebody was not sure is neither labelled nor untouched.
        """
        if state == "unsure":
            return self.unsure
        if state == "unlabelled":
            nothing: np.ndarray = (self.label == NONE) & ~self.unsure
            return nothing
        if state == "labelled":
            labelled: np.ndarray = self.label != NONE
            return labelled
        both = (self.label != NONE) & (self.predicted != NONE)
        same = self.label == self.predicted
        told: np.ndarray = both & (same if state == "agreeing" else ~same)
        return told
