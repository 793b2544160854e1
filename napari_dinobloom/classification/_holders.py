"""From a labelled cell to the lists that may hold it: the lists turned round."""

import numpy as np

from napari_dinobloom.classification._row_sets import united

# Rows that were searched anew are held by every slot until there are so many of them.
_LOOSE_SHARE = 64


class Holders:
    """Slot → rows whose list may hold it, so that a correction visits only these.

    It is a superset: an entry is written when a slot enters a list and may outlive it;
    whoever uses it looks into the list. Each time a slot is recorded, the one that was
    looked through longest ago is rid of what outlived. With m slots it comes round
    every m labels, in which half of its entries may go, so that there are about two
    entries per place in a list, of four bytes each, and no label waits for all.
    """

    def __init__(self, n_cells: int) -> None:
        self._n = n_cells
        self._rows = np.empty(0, np.int32)
        self._starts = np.zeros(1, np.int64)
        self._ends = np.zeros(0, np.int64)
        self._fresh: dict[int, np.ndarray] = {}
        self._loose = np.empty(0, np.int32)
        self._is_built = True

    def forget(self) -> None:
        """Say that the lists have changed beyond what was recorded."""
        self._rows, self._fresh = np.empty(0, np.int32), {}
        self._loose, self._is_built = np.empty(0, np.int32), False

    def copy(self) -> "Holders":
        """Return one that can be edited without touching this one."""
        other = object.__new__(Holders)
        other.__dict__.update(self.__dict__)
        other._ends, other._fresh = self._ends.copy(), dict(self._fresh)
        return other

    def record(
        self, slot: int, rows: np.ndarray, lists: tuple[np.ndarray, ...]
    ) -> None:
        """Note that a slot that was in no list has entered those of these rows."""
        if not self._is_built:
            return
        longest_ago = next(iter(self._fresh), slot)
        self._fresh[slot] = rows.astype(np.int32)
        if longest_ago != slot:
            self._fresh[longest_ago] = _held(
                longest_ago, self._fresh.pop(longest_ago), lists
            )

    @property
    def n_entries(self) -> int:
        """How many entries are kept."""
        return len(self._rows) + sum(len(rows) for rows in self._fresh.values())

    def loosen(self, rows: np.ndarray) -> None:
        """Note that the lists of these rows were searched anew."""
        if self._is_built:
            self._loose = united([self._loose, rows], self._n).astype(np.int32)

    def drop(self, slots: np.ndarray) -> None:
        """Note that these slots have left all lists."""
        for slot in slots.tolist():
            self._fresh.pop(slot, None)
        known = slots[slots < len(self._ends)]
        self._ends[known] = self._starts[known]

    def of(self, slots: np.ndarray, lists: tuple[np.ndarray, ...]) -> np.ndarray:
        """(m,) int32, ascending: rows whose list may hold one of the slots."""
        self.tidy(lists)
        found: list[np.ndarray] = [self._loose] if len(self._loose) else []
        for slot in slots.tolist():
            if slot in self._fresh:
                found.append(self._fresh[slot])
            elif slot < len(self._ends):
                found.append(self._rows[self._starts[slot] : self._ends[slot]])
        if len(found) == 1:
            return found[0]
        return united(found, self._n).astype(np.int32)

    def tidy(self, lists: tuple[np.ndarray, ...]) -> None:
        """Build from the lists where too little is known or too much has piled up."""
        if self._is_built and len(self._loose) * _LOOSE_SHARE <= self._n:
            return
        from napari_dinobloom.classification import _knn_kernels as kernels

        self.forget()
        slots, _, held, _, _ = lists
        counts = kernels.count_slots(slots, held)
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        self._ends = self._starts[:-1].copy()
        self._rows = np.empty(int(self._starts[-1]), np.int32)
        kernels.turn_round(slots, held, self._ends, self._rows)
        self._is_built = True


def _held(slot: int, rows: np.ndarray, lists: tuple[np.ndarray, ...]) -> np.ndarray:
    """(≤ m,) int32: which of the rows still hold the slot."""
    from napari_dinobloom.classification import _knn_kernels as kernels

    out = np.empty_like(rows)
    return out[: kernels.still_holding(lists, slot, rows, out)].copy()
