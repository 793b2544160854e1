"""Which cells are labelled, with what, and their features side by side."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class LabelledCells:
    """Labelled cells in slots; a slot is a place in this table, reused once freed.

    Attributes
    ----------
    row
        (capacity,) int64; the cell in each slot, -1 where free.
    code
        (capacity,) int16; its class code.
    features
        (capacity, d) float32; its features, side by side for the cache.
    slot_of
        Cell row → slot.
    """

    row: np.ndarray
    code: np.ndarray
    features: np.ndarray
    slot_of: dict[int, int]

    @classmethod
    def none(cls, n_features: int, capacity: int = 256) -> "LabelledCells":
        """Return a table with room and no labelled cell."""
        return cls(
            np.full(capacity, -1, np.int64),
            np.zeros(capacity, np.int16),
            np.zeros((capacity, n_features), np.float32),
            {},
        )

    def copy(self) -> "LabelledCells":
        """Return a table that can be edited without touching this one."""
        return LabelledCells(
            self.row.copy(), self.code.copy(), self.features.copy(), dict(self.slot_of)
        )

    def __len__(self) -> int:
        return len(self.slot_of)

    @property
    def capacity(self) -> int:
        """How many slots there are."""
        return len(self.row)

    def slots(self) -> np.ndarray:
        """(n_labelled,) int64: the slots in use, ascending."""
        return np.flatnonzero(self.row >= 0)

    def slots_of(self, rows: np.ndarray) -> np.ndarray:
        """(m,) int64: the slots of labelled cells."""
        return np.array([self.slot_of[row] for row in rows.tolist()], np.int64)

    def add(
        self, rows: np.ndarray, codes: np.ndarray, features: np.ndarray
    ) -> np.ndarray:
        """Give unlabelled cells slots, which are returned."""
        self._make_room(len(rows))
        slots = np.flatnonzero(self.row < 0)[: len(rows)]
        self.row[slots] = rows
        self.code[slots] = codes
        self.features[slots] = features[rows]
        self.slot_of.update(zip(rows.tolist(), slots.tolist(), strict=True))
        return slots

    def recode(self, rows: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Give labelled cells other classes; return the slots where it was another."""
        slots = self.slots_of(rows)
        other: np.ndarray = slots[self.code[slots] != codes]
        self.code[slots] = codes
        return other

    def remove(self, rows: np.ndarray) -> np.ndarray:
        """Free the slots of labelled cells and return them."""
        slots = self.slots_of(rows)
        self.row[slots] = -1
        for row in rows.tolist():
            del self.slot_of[row]
        return slots

    def _make_room(self, more: int) -> None:
        capacity = self.capacity
        while len(self) + more > capacity:
            capacity *= 2
        grow = capacity - self.capacity
        if grow:
            self.row = np.pad(self.row, (0, grow), constant_values=-1)
            self.code = np.pad(self.code, (0, grow))
            # Not np.pad: what zeros() returns takes no memory before it is written.
            features = np.zeros((capacity, self.features.shape[1]), np.float32)
            features[: len(self.features)] = self.features
            self.features = features
