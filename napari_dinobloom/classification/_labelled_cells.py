"""Which cells are labelled, with what, and their features side by side."""

from dataclasses import dataclass

import numpy as np

ROOM = 32_767
"""Slots from the start: memory that nobody writes to is not taken, while a table that
is moved to a larger place again and again leaves holes behind."""


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
    def none(cls, n_features: int, n_cells: int = ROOM) -> "LabelledCells":
        """Return a table with room, for so many cells or `ROOM`, and none in it."""
        capacity = max(1, min(n_cells, ROOM))
        return cls(
            np.full(capacity, -1, np.int64),
            np.zeros(capacity, np.int16),
            np.zeros((capacity, n_features), np.float32),
            {},
        )

    def copy(self) -> "LabelledCells":
        """Return a table that can be edited without touching this one."""
        features = self._features_with_room(self.capacity)
        return LabelledCells(
            self.row.copy(), self.code.copy(), features, dict(self.slot_of)
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
            self.features = self._features_with_room(capacity)

    def _features_with_room(self, capacity: int) -> np.ndarray:
        """Return the features of the slots in use, and more that takes no memory."""
        features = np.zeros((capacity, self.features.shape[1]), np.float32)
        slots = self.slots()
        used = int(slots[-1]) + 1 if len(slots) else 0
        features[:used] = self.features[:used]
        return features
