"""A column that grows at its end."""

import numpy as np


class Column:
    """Numbers one after the other, with room for more."""

    def __init__(self, dtype: type[np.integer]) -> None:
        self._room: np.ndarray = np.empty(16, dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def values(self) -> np.ndarray:
        """(n,) all of them; a view that the next change may leave behind."""
        return self._room[: self._n]

    def extend(self, values: np.ndarray) -> None:
        """Add some at the end."""
        n = self._n + len(values)
        if n > len(self._room):
            room = np.empty(max(n, len(self._room) * 5 // 4), self._room.dtype)
            room[: self._n] = self.values
            self._room = room
        self._room[self._n : n] = values
        self._n = n

    def cut(self, n: int) -> None:
        """Keep the first n."""
        self._n = n
