"""Which kind of cells the map shows: among red cells a white one is a speck."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.gui.presenters.gallery.filters import first_filters
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Projection
from napari_dinobloom.workflows.project_cells import KINDS

ALL = ""
"""Stands for every kind in the place of one's name."""


@dataclass(frozen=True, slots=True)
class KindOffer:
    """A kind as the switch offers it; ``count`` of its cells lie on the map."""

    kind: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class KindsOnMap:
    """What the switch shows.

    Parameters
    ----------
    offers
        Nothing where there is only one kind of cells.
    chosen
        The kind that is shown, or `ALL`.
    note
        In what the map is less than it could be, "" where it is not.
    draw, draw_title
        The kind of which a map can be drawn instead, None for none, and the words for
        it.
    is_missing
        Whether no cell of the chosen kind lies on the map.
    """

    offers: tuple[KindOffer, ...] = ()
    chosen: str = ALL
    note: str = ""
    draw: str | None = None
    draw_title: str = ""
    is_missing: bool = False


def first_kind(roster: Roster, placed: np.ndarray) -> str:
    """What is shown before anybody asks: what the gallery shows first, if it is one.

    Parameters
    ----------
    placed
        (n,) bool, the cells that lie on the map.
    """
    first = first_filters(roster).names.get("kind", frozenset())
    on_map = [kind for kind in _present(roster.cells.kind[placed]) if kind in first]
    return on_map[0] if len(on_map) == 1 else ALL


def kinds_on_map(
    roster: Roster, shown: Projection, placed: np.ndarray, chosen: str
) -> KindsOnMap:
    """What there is to choose, and what is to be said about the choice.

    Parameters
    ----------
    placed
        (n,) bool, the cells that lie on the map.
    """
    on_map = np.bincount(roster.cells.kind[placed], minlength=len(CELL_KINDS))
    left_out = _left_out(roster, shown, on_map)
    offers = [
        KindOffer(kind, many(kind).capitalize(), int(on_map[code]))
        for code, kind in enumerate(CELL_KINDS)
        if on_map[code] or kind in left_out
    ]
    if len(offers) < 2:
        return KindsOnMap()
    offers.append(KindOffer(ALL, "All", int(on_map.sum())))
    there = [offer.kind for offer in offers[:-1] if offer.count]
    note, draw, is_missing = "", None, False
    if chosen in left_out:
        note, draw, is_missing = f"It was drawn of {_listed(there)} only.", chosen, True
    elif chosen != ALL and there != [chosen]:
        note = f"Drawn of all kinds of cells: here {many(chosen)} lie close together."
        draw = chosen
    elif chosen == ALL and left_out:
        note, draw = f"Only {_listed(there)} are on this map.", ALL
    title = "" if draw is None else f"Draw the map of {many(draw)}"
    return KindsOnMap(tuple(offers), chosen, note, draw, title, is_missing)


def many(kind: str) -> str:
    """Many cells of a kind, in words."""
    return "all cells" if kind == ALL else _plural(KIND_NAMES[kind])


def _plural(name: str) -> str:
    return "other cells" if name == "other" else f"{name}s"


def _listed(kinds: Sequence[str]) -> str:
    names = [many(kind) for kind in kinds]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _left_out(roster: Roster, shown: Projection, on_map: np.ndarray) -> frozenset[str]:
    """Kinds that the study has and of which this map was not to be."""
    wanted = shown.recipe.parameters.get(KINDS)
    if not wanted:
        return frozenset()
    here = _present(roster.cells.kind)
    return frozenset(
        kind
        for kind in here
        if kind not in wanted and not on_map[CELL_KINDS.index(kind)]
    )


def _present(kinds: np.ndarray) -> list[str]:
    counts = np.bincount(kinds, minlength=len(CELL_KINDS))
    return [CELL_KINDS[code] for code in np.flatnonzero(counts)]
