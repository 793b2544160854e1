"""What was said about the cells of one table, and how much of it is learned."""

import numpy as np

from napari_dinobloom.study import CELL_KINDS, CellTable
from napari_dinobloom.study.ascending import is_ascending
from napari_dinobloom.workflows.classify_cells import classes_by_kind
from napari_dinobloom.workflows.label_columns import NONE, LabelColumns


class LiveLabels:
    """Two codes for each cell: what was said, and what of that was learned.

    ::

        say ─► said ─► waiting (they differ) ─► note_learned ─► known

    Attributes
    ----------
    names
        Every class that was named; codes are places in it.
    said
        (n,) int16 code by row of the table, -1 for none.
    known
        (n,) int16, the same as it was when labels were learned last.
    """

    def __init__(self, cells: CellTable) -> None:
        self._cells = cells
        self.names: list[str] = []
        self.said: np.ndarray = np.full(len(cells), NONE, np.int16)
        self.known = self.said.copy()
        self._touched: list[np.ndarray] = []
        self._counts = np.zeros((0, len(CELL_KINDS)), np.int64)

    def say(self, labels: LabelColumns) -> None:
        """Note what was said; cells that are not in the table are left out."""
        here = self._cells.has(labels.cell_ids)
        rows = self._cells.rows_here(labels.cell_ids)
        own = np.array([*(self._code_of(name) for name in labels.names), NONE])
        self.said[rows] = own[labels.codes[here]]  # -1 is the last
        self._touched.append(rows)

    @property
    def waiting(self) -> np.ndarray:
        """(m,) int64, ascending rows of which something else was said than is known."""
        parts = self._touched
        if len(parts) > 1 or (parts and not is_ascending(parts[0])):
            # marked, as they may be very many
            is_touched = np.zeros(len(self.said), bool)
            for rows in parts:
                is_touched[rows] = True
            self._touched = [np.flatnonzero(is_touched)]
        rows = self._touched[0] if self._touched else np.empty(0, np.int64)
        differ: np.ndarray = rows[self.said[rows] != self.known[rows]]
        return differ

    @property
    def n_known(self) -> int:
        """How many labels were noted as learned."""
        return int(self._counts.sum())

    def counted(self) -> np.ndarray:
        """(C, K) int64: how many cells of each class and kind are said to be so."""
        rows, n = self.waiting, len(self.names)
        kinds = self._cells.kind[rows]
        counts: np.ndarray = np.pad(self._counts, ((0, n - len(self._counts)), (0, 0)))
        counts += classes_by_kind(self.said[rows], kinds, n)
        counts -= classes_by_kind(self.known[rows], kinds, n)
        return counts

    def note_learned(self) -> None:
        """All that was said is known now."""
        self._counts = self.counted()
        rows = self.waiting
        self.known[rows] = self.said[rows]
        self._touched = []

    def _code_of(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)


class Tally:
    """How many learned cells each class and each picture has.

    Attributes
    ----------
    of_class
        (C,) int64 by code.
    """

    def __init__(self, picture_id: np.ndarray) -> None:
        self._picture_id = picture_id
        self._of_picture = np.zeros(int(picture_id.max(initial=0)) + 1, np.int64)
        self.of_class = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return int(self.of_class.sum())

    @property
    def pictures(self) -> list[int]:
        """Numbers of the pictures that have one, ascending."""
        found: list[int] = np.flatnonzero(self._of_picture).tolist()
        return found

    def change(self, rows: np.ndarray, before: np.ndarray, now: np.ndarray) -> None:
        """Count cells anew whose codes were others before; `NONE` is not counted."""
        for codes, one in ((before, -1), (now, 1)):
            has = codes >= 0
            n = max(len(self.of_class), int(codes.max(initial=NONE)) + 1)
            of_class = np.pad(self.of_class, (0, n - len(self.of_class)))
            self.of_class = of_class + one * np.bincount(codes[has], minlength=n)
            pictures = self._picture_id[rows[has]]
            n = len(self._of_picture)
            self._of_picture += one * np.bincount(pictures, minlength=n)
