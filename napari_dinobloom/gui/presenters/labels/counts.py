"""How many cells have which class: for the buttons, and as a table."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.study import CELL_KINDS
from napari_dinobloom.workflows.classify_cells import classes_by_kind
from napari_dinobloom.workflows.count_labels import count_classes, count_table

Grouping = Literal["study", "slide", "patient"]
Counted = Literal["labelled", "predicted", "both"]
"""Labels; predictions; or labels, and predictions where nobody labelled."""
_WHITE_KINDS = [CELL_KINDS.index(kind) for kind in ("wbc", "cell")]


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One class as its button shows it."""

    name: str
    colour: str
    key: str
    labelled: int
    predicted: int


@dataclass(frozen=True, slots=True)
class CountTable:
    """Headings, and rows of a name and numbers; the last row may be a sum."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]

    def as_csv(self) -> str:
        """The table as comma-separated text, names in quotes where they need them."""
        return "\n".join(
            ",".join(_quoted(value) for value in row)
            for row in (self.headings, *self.rows)
        )


def class_counts(roster: Roster) -> list[ClassCount]:
    """Labelled and predicted cells of each class; a labelled one counts once."""
    n = len(roster.classes)
    labelled = count_classes(roster.label, n)
    open_cells = np.where(roster.label == NONE, roster.predicted, NONE)
    predicted = count_classes(open_cells, n)
    return [
        ClassCount(look.name, look.colour, look.key, int(a), int(b))
        for look, a, b in zip(roster.classes, labelled, predicted, strict=True)
    ]


def tabulate(roster: Roster, grouping: Grouping, counted: Counted) -> CountTable:
    """Count per class, or per slide or patient and class."""
    codes = _codes(roster, counted)
    names = roster.class_names
    if grouping == "study":
        return _of_study(roster, codes)
    groups, titles = roster.codes_of(grouping)
    counts = count_table(codes, groups, len(names), len(titles))
    shown = [i for i in range(len(names)) if counts[:, i].any()]
    unknown = f"{grouping} not known"
    rows: list[tuple[str | int | float, ...]] = [
        (title, int(row[shown].sum()), *map(int, row[shown]))
        for title, row in zip((*titles, unknown), counts, strict=True)
        if title != unknown or row[shown].any()
    ]
    headings = (grouping.capitalize(), "All", *(names[i] for i in shown))
    return CountTable(headings, tuple(rows))


def _of_study(roster: Roster, codes: np.ndarray) -> CountTable:
    """White cells and other cells by themselves, where both are counted.

    A differential count is of white cells: thousands of red ones beside them would make
    each of their shares nothing.
    """
    names = roster.class_names
    by_kind = classes_by_kind(codes, roster.cells.kind, len(names))
    counts = by_kind.sum(axis=1)
    # as in the report: a class is what most of its cells were found as
    is_white = 2 * by_kind[:, _WHITE_KINDS].sum(axis=1) >= counts
    groups = [
        (title, which)
        for title, which in (("White cells", is_white), ("Other cells", ~is_white))
        if counts[which].any()
    ]
    rows: list[tuple[str | int | float, ...]] = []
    for title, which in groups:
        total = int(counts[which].sum())
        rows += [
            (names[i], int(counts[i]), round(100 * int(counts[i]) / total, 1))
            for i in np.flatnonzero(which & (counts > 0)).tolist()
        ]
        rows.append((title if len(groups) > 1 else "All", total, 100.0))
    return CountTable(("Class", "Cells", "%"), tuple(rows))


def _codes(roster: Roster, counted: Counted) -> np.ndarray:
    if counted == "labelled":
        return roster.label
    if counted == "predicted":
        return roster.predicted
    codes: np.ndarray = np.where(roster.label == NONE, roster.predicted, roster.label)
    return codes


def _quoted(value: str | int | float) -> str:
    text = str(value)
    if any(sign in text for sign in ',"\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
