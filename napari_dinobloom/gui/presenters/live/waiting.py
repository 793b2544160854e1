"""Labels that were said and not learned yet."""

from collections.abc import Sequence

import numpy as np

_AT_ONCE = 20_000


class Waiting:
    """What came in, as it came; of several words on a cell the last one counts.

    Putting a million labels into a dictionary takes a tenth of a second, so that is
    left to the thread that learns them.
    """

    def __init__(self) -> None:
        self._came: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def __bool__(self) -> bool:
        return bool(self._came)

    def add(
        self, cell_ids: np.ndarray, codes: np.ndarray, names: Sequence[str]
    ) -> None:
        """Note what some cells are now.

        Parameters
        ----------
        cell_ids
            (n,) int64; kept, never changed.
        codes
            (n,) index into ``names``, -1 for nothing to learn.
        """
        self._came.append((cell_ids, codes, np.array([*names, None], object)))

    def before(self, later: "Waiting") -> "Waiting":
        """Both, those of the other one counting as later."""
        both = Waiting()
        both._came = self._came + later._came
        return both

    def by_cell(self) -> dict[int, str | None]:
        """Class by cell id, None for nothing to learn; on any thread."""
        labels: dict[int, str | None] = {}
        for ids, codes, names in self._came:
            # in parts: while one goes in, no other thread of Python gets a turn
            for start in range(0, len(ids), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                said = names[codes[part]].tolist()
                labels.update(zip(ids[part].tolist(), said, strict=True))
        return labels
