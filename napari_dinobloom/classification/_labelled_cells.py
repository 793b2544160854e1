"""Which cells are labelled, and with what."""

from dataclasses import dataclass

import numpy as np

ROOM = 32_767
"""Slots from the start, as many as a list in 16 bits can name: a table that is moved to
a larger place again and again leaves holes in the memory behind."""
_FREE = -1


@dataclass(slots=True)
class LabelledCells:
    """Labelled cells in slots; a slot is a place in this table, reused once freed.

    Their features stay where those of all cells are: a copy side by side would take a
    kilobyte and a half for each label, and is not measurably quicker to read.

    Attributes
    ----------
    row
        (capacity,) int64; the cell in each slot, -1 where free.
    code
        (capacity,) int16; its class code.
    slot_of
        (n,) int32; the slot of each cell, -1 where it is not labelled.
    """

    row: np.ndarray
    code: np.ndarray
    slot_of: np.ndarray
    _n: int = 0

    @classmethod
    def none(cls, n_cells: int) -> "LabelledCells":
        """Return a table of so many cells with none labelled."""
        capacity = max(1, min(n_cells, ROOM))
        return cls(
            np.full(capacity, _FREE, np.int64),
            np.zeros(capacity, np.int16),
            np.full(n_cells, _FREE, np.int32),
        )

    def copy(self) -> "LabelledCells":
        """Return a table that can be edited without touching this one."""
        return LabelledCells(
            self.row.copy(), self.code.copy(), self.slot_of.copy(), self._n
        )

    def __len__(self) -> int:
        return self._n

    @property
    def capacity(self) -> int:
        """How many slots there are."""
        return len(self.row)

    def slots(self) -> np.ndarray:
        """(n_labelled,) int64: the slots in use, ascending."""
        return np.flatnonzero(self.row >= 0)

    def has(self, rows: np.ndarray) -> np.ndarray:
        """(m,) bool: which of these cells are labelled."""
        labelled: np.ndarray = self.slot_of[rows] >= 0
        return labelled

    def used_codes(self, n_codes: int) -> np.ndarray:
        """(≤ n_codes,) int64, ascending: class codes that some cell has."""
        used = np.bincount(self.code[self.row >= 0], minlength=n_codes)
        return np.flatnonzero(used)

    def add(self, rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Give unlabelled cells slots, which are returned."""
        self._make_room(len(rows))
        slots = np.flatnonzero(self.row < 0)[: len(rows)]
        self.row[slots] = rows
        self.code[slots] = codes
        self.slot_of[rows] = slots
        self._n += len(rows)
        return slots

    def recode(self, rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Give labelled cells other classes; return the slots where it was another."""
        slots = self.slot_of[rows].astype(np.int64)
        other: np.ndarray = slots[self.code[slots] != codes]
        self.code[slots] = codes
        return other

    def remove(self, rows: np.ndarray) -> np.ndarray:
        """Free the slots of labelled cells and return them."""
        slots: np.ndarray = self.slot_of[rows].astype(np.int64)
        self.row[slots] = _FREE
        self.slot_of[rows] = _FREE
        self._n -= len(rows)
        return slots

    def _make_room(self, more: int) -> None:
        capacity = self.capacity
        while len(self) + more > capacity:
            capacity *= 2
        grow = capacity - self.capacity
        if grow:
            self.row = np.pad(self.row, (0, grow), constant_values=_FREE)
            self.code = np.pad(self.code, (0, grow))
