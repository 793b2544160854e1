"""The cells in hand: one selection, shared by slide, map and gallery."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from psygnal import Signal

from napari_dinobloom.study.ascending import ascending

Combine = Literal["replace", "add", "remove", "toggle"]
"""What new cells do to those already in hand."""


class Selection:
    """Which cells are in hand, which one is looked at, which one is pointed at.

    Not part of what a study holds: it is neither saved nor undone. Ids are not checked
    against a study; `keep` drops those that are no longer there.
    """

    changed = Signal()
    """Other cells are in hand."""
    current_changed = Signal()
    """Another cell is looked at."""
    pointed_changed = Signal()
    """The mouse is over another cell, or over none."""

    def __init__(self) -> None:
        self._ids = _frozen([])
        self._current: int | None = None
        self._pointed: int | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, cell_id: int) -> bool:
        return bool(self.has(np.array([cell_id]))[0])

    @property
    def ids(self) -> np.ndarray:
        """(n,) int64, ascending, read-only: the cells in hand."""
        return self._ids

    @property
    def current(self) -> int | None:
        """The cell that is looked at: the card shows it, "next" starts from it."""
        return self._current

    @property
    def pointed(self) -> int | None:
        """The cell under the mouse, wherever that is."""
        return self._pointed

    def has(self, cell_ids: np.ndarray) -> np.ndarray:
        """(m,) bool, which of these are in hand."""
        wanted = np.asarray(cell_ids, np.int64)
        if not len(self._ids):
            return np.zeros(len(wanted), bool)
        at = np.searchsorted(self._ids, wanted)
        found: np.ndarray = self._ids[np.minimum(at, len(self._ids) - 1)] == wanted
        return found

    def take(
        self,
        cell_ids: Iterable[int] | np.ndarray,
        combine: Combine = "replace",
        current: int | None = None,
    ) -> None:
        """Take cells in hand, or put some away.

        Parameters
        ----------
        current
            The cell that is looked at from now on. Unless told, a single cell in hand
            is; otherwise the one before stays while it is in hand.
        """
        ids = _combined(self._ids, _frozen(cell_ids), combine)
        if current is None and len(ids) == 1:
            current = int(ids[0])
        before, self._ids = self._ids, ids
        if current is None:
            stays = self._current is not None and self._current in self
            current = self._current if stays else None
        changed = not np.array_equal(before, ids)
        looked_at, self._current = self._current, current
        if changed:
            self.changed.emit()
        if looked_at != current:
            self.current_changed.emit()

    def clear(self) -> None:
        """Put all cells away."""
        self.take(())

    def look_at(self, cell_id: int | None) -> None:
        """Look at a cell without taking it in hand."""
        if cell_id != self._current:
            self._current = cell_id
            self.current_changed.emit()

    def point_at(self, cell_id: int | None) -> None:
        """Note over which cell the mouse is."""
        if cell_id != self._pointed:
            self._pointed = cell_id
            self.pointed_changed.emit()

    def keep(self, cell_ids: np.ndarray) -> None:
        """Drop every cell that is not among these ascending ids."""
        known = _frozen(cell_ids)
        still = np.intersect1d(self._ids, known, assume_unique=True)
        # who is looked at need not be in hand; whether it is there is asked below
        self.take(still, current=self._current)
        for name, forget in (("_current", self.look_at), ("_pointed", self.point_at)):
            cell_id = getattr(self, name)
            if cell_id is not None and not np.isin(cell_id, known):
                forget(None)


def _combined(held: np.ndarray, new: np.ndarray, combine: Combine) -> np.ndarray:
    if combine == "replace":
        return new
    if combine == "add":
        return _frozen(np.concatenate([held, new]))
    if combine == "remove":
        return _frozen(np.setdiff1d(held, new, assume_unique=True))
    return _frozen(np.setxor1d(held, new, assume_unique=True))


def _frozen(cell_ids: Iterable[int] | np.ndarray) -> np.ndarray:
    """Ascending, unique, read-only; an array that is so already is taken as it is."""
    given = cell_ids if isinstance(cell_ids, np.ndarray) else list(cell_ids)
    ids = np.asarray(given, np.int64)
    once = ascending(ids)
    is_ours = once is not ids or not ids.flags.writeable
    ids = once.view() if is_ours else once.copy()
    ids.flags.writeable = False
    return ids
