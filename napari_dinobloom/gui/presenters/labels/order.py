"""Which cell comes next."""

from collections.abc import Callable

import numpy as np

from napari_dinobloom.gui.presenters.roster import NONE, Roster

Order = Callable[[], np.ndarray]
"""Gives (n,) int64 cell ids in the order in which they are shown."""

FIRST_LOOK = 1024
"""How many cells are looked at first; four times as many each time none is free."""


class LabelOrder:
    """The way through the cells: as they are shown, or slide by slide.

    Parameters
    ----------
    roster
        What stands about every cell.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._shown: Order | None = None
        self._by_slide: dict[int, np.ndarray] = {}
        roster.reset.connect(self._forget)
        roster.facts_changed.connect(self._forget)

    def release(self) -> None:
        """Listen no more."""
        self._roster.reset.disconnect(self._forget)
        self._roster.facts_changed.disconnect(self._forget)

    def follow(self, shown: Order | None) -> None:
        """Go as cells are shown from now on; None: slide by slide."""
        self._shown = shown

    def step(
        self,
        current: int | None,
        by: int = 1,
        *,
        skip_done: bool = False,
        by_place: bool = False,
    ) -> int | None:
        """The cell ``by`` places further, or None where the way ends.

        Parameters
        ----------
        current
            Where to start; at the beginning (or the end, going back) without it.
        skip_done
            Pass over cells that have a label or were marked unsure.
        by_place
            Go slide by slide, however the gallery is sorted.
        """
        ids = self._slide_by_slide(current) if by_place else self._ids(current)
        at = np.flatnonzero(ids == (-1 if current is None else current))
        # the cell looked at may not be among those shown: then start over
        start = int(at[0]) if len(at) else (-1 if by > 0 else len(ids))
        place = start + by
        if not 0 <= place < len(ids):
            return None
        if not skip_done:
            return int(ids[place])
        return self._first_free(ids[place:] if by > 0 else ids[place::-1])

    def _first_free(self, ids: np.ndarray) -> int | None:
        first, width = 0, FIRST_LOOK
        while first < len(ids):
            part = ids[first : first + width]
            rows = self._roster.rows_of(part)
            free = (self._roster.label[rows] == NONE) & ~self._roster.unsure[rows]
            if free.any():
                return int(self._roster.cells.cell_id[rows[free.argmax()]])
            first, width = first + width, 4 * width
        return None

    def _ids(self, current: int | None) -> np.ndarray:
        if self._shown is not None:
            shown = np.asarray(self._shown(), np.int64)
            if len(shown):
                return shown
        return self._slide_by_slide(current)

    def _slide_by_slide(self, current: int | None) -> np.ndarray:
        """Cells of the kind that is looked at: nobody pages through red cells."""
        cells = self._roster.cells
        row = self._roster.row_of(current)
        if not len(cells):
            return cells.cell_id
        kind = int(cells.kind[row]) if row is not None else int(cells.kind.min())
        if kind not in self._by_slide:
            rows = np.flatnonzero(cells.kind == kind)
            slide, _ = self._roster.codes_of("slide")
            by_slide = rows[np.argsort(slide[rows], kind="stable")]
            self._by_slide[kind] = cells.cell_id[by_slide]
        return self._by_slide[kind]

    def _forget(self) -> None:
        self._by_slide = {}
