"""Cells by what is known about them: (n,) bool over the roster's rows each."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.gui.presenters.roster import ACQUISITION, NONE, Roster
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES

FACTS = ("slide", *ACQUISITION)
FIRST_KINDS = frozenset({"wbc", "cell"})
"""Looked at unless somebody asks for others: the cells that are told apart."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One offer of a menu.

    Parameters
    ----------
    name
        What it says.
    code
        Index of the class or the fact.
    count
        How many cells it would take.
    colour
        "#RRGGBB", or "" for none.
    """

    name: str
    code: int
    count: int
    colour: str = ""


def of_kinds(roster: Roster, kinds: frozenset[str]) -> np.ndarray:
    """White cells, red cells and so on."""
    wanted = np.array([kind in kinds for kind in CELL_KINDS])
    mask: np.ndarray = wanted[roster.cells.kind]
    return mask


def differing(roster: Roster) -> np.ndarray:
    """Label and prediction are there and do not agree."""
    both = (roster.label != NONE) & (roster.predicted != NONE)
    mask: np.ndarray = both & (roster.label != roster.predicted)
    return mask


def same_class(roster: Roster, row: int | None) -> np.ndarray:
    """Labelled as this cell is; if it has no label, predicted as it is."""
    if row is None:
        mask: np.ndarray = np.zeros(len(roster), bool)
    elif roster.label[row] != NONE:
        mask = roster.label == roster.label[row]
    elif roster.predicted[row] != NONE:
        mask = roster.predicted == roster.predicted[row]
    else:
        mask = np.zeros(len(roster), bool)
    return mask


def class_choices(roster: Roster, codes: np.ndarray) -> list[Choice]:
    """The classes that some cells have, in the scheme's order."""
    counts = _counts(codes, len(roster.classes))
    return [
        Choice(look.name, code, int(n), look.colour)
        for code, (look, n) in enumerate(zip(roster.classes, counts, strict=True))
        if n
    ]


def fact_choices(roster: Roster, fact: str, among: np.ndarray) -> list[Choice]:
    """What slides, patients, … there are, and how many of these cells each has."""
    codes, names = roster.codes_of(fact)
    counts = _counts(codes[among], len(names))
    return [
        Choice(name, code, int(n))
        for code, (name, n) in enumerate(zip(names, counts, strict=True))
        if n
    ]


def kind_words(kinds: frozenset[str]) -> str:
    """The kinds in words, such as "white cells and platelets"."""
    names = [f"{KIND_NAMES[kind]}s" for kind in CELL_KINDS if kind in kinds]
    names = ["other cells" if name == "others" else name for name in names]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _counts(codes: np.ndarray, n: int) -> np.ndarray:
    """(n,) how many cells have each code; those with none are left out."""
    counts: np.ndarray = np.bincount(codes[codes != NONE], minlength=n)
    return counts
