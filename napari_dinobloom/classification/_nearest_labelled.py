"""For every cell the labelled cells nearest to it, kept exact through every edit."""

from collections.abc import Generator

import numpy as np

from napari_dinobloom.classification._holders import Holders
from napari_dinobloom.classification._labelled_cells import LabelledCells
from napari_dinobloom.core import Progress
from napari_dinobloom.neighbours import CellVectors

# Up to so many labels at once, one pass over the coarse copy beats matrix products.
_FEW = 8
# Cells between two reports of progress.
_STEP = 8_192
_SLOTS_AT_ONCE = 1024
_INT16_SLOTS = 32_767

Steps = Generator[Progress, None, None]


class NearestLabelled:
    """Per cell a sorted list of its nearest labelled cells, at least k where there are.

    A list has room for a few more than k, so that taking a label away seldom costs a
    search; when a list runs short, that one is searched anew. ``border`` certifies it:
    every labelled cell nearer than the border is in the list.

    Parameters
    ----------
    vectors
        The cells.
    k
        How many are needed.
    leave_one_out
        A labelled cell is not its own neighbour.
    """

    def __init__(self, vectors: CellVectors, k: int, *, leave_one_out: bool) -> None:
        n, room = len(vectors.features), k + max(2, k // 4)
        self.vectors = vectors
        self.k = k
        self.leave_one_out = leave_one_out
        self.slots = np.zeros((n, room), np.int16)
        self.keys = np.zeros((n, room), np.float64)
        self.held = np.zeros(n, np.int32)
        self.border_key = np.full(n, np.inf)
        self.border_row = np.full(n, np.iinfo(np.int64).max)
        self.holders = Holders(n)

    def copy(self) -> "NearestLabelled":
        """Return lists that can be edited without touching these.

        Lists that hold nothing are made anew, which takes no memory until they do.
        """
        if not self.held.any():
            return NearestLabelled(
                self.vectors, self.k, leave_one_out=self.leave_one_out
            )
        other = object.__new__(NearestLabelled)
        other.__dict__.update(self.__dict__)
        for name in ("slots", "keys", "held", "border_key", "border_row"):
            setattr(other, name, getattr(self, name).copy())
        other.holders = self.holders.copy()
        return other

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Slots, keys, held, border_key, border_row, as the kernels take them."""
        return self.slots, self.keys, self.held, self.border_key, self.border_row

    def add(self, table: LabelledCells, new: np.ndarray, changed: np.ndarray) -> Steps:
        """Offer newly labelled cells to all lists; mark the rows whose k changed."""
        if table.capacity > _INT16_SLOTS and self.slots.dtype == np.int16:
            self.slots = self.slots.astype(np.int32)
        if len(new) > _FEW:
            self.holders.forget()
            yield from self._offer(table, new, self.vectors.rows, changed)
            self.vectors.prepare()
            self.holders.tidy(self.arrays)
        elif len(new):
            entered = self.vectors.offer_few(
                self.arrays,
                table.row,
                new,
                self.vectors.rows,
                self.k,
                changed,
                self.leave_one_out,
            )
            for slot, lists_entered in zip(new.tolist(), entered, strict=True):
                rows = np.flatnonzero(lists_entered)
                self.holders.record(slot, rows, self.arrays)
            yield Progress(len(changed), len(changed), "Comparing cells")

    def remove(
        self, table: LabelledCells, gone: np.ndarray, changed: np.ndarray
    ) -> Steps:
        """Take freed slots out of all lists and search anew where one runs short."""
        from napari_dinobloom.classification import _knn_kernels as kernels

        is_gone = np.zeros(table.capacity, np.bool_)
        is_gone[gone] = True
        lists, k = self.arrays, self.k
        holding = self.holders_of(gone)
        self.vectors.spread(
            lambda rows, _: kernels.withdraw(lists, is_gone, rows, k, changed), holding
        )
        self.holders.drop(gone)
        needed = np.full(len(holding), min(k, len(table)))
        if self.leave_one_out:
            needed[table.has(holding)] = min(k, len(table) - 1)
        short = holding[self.held[holding] < needed]
        if len(short):
            self.held[short] = 0
            self.border_key[short] = np.inf
            self.border_row[short] = np.iinfo(np.int64).max
            wide = short.astype(np.int64)
            yield from self._offer(table, table.slots(), wide, changed)
            self.holders.loosen(short)
            self.holders.tidy(self.arrays)

    def holders_of(self, slots: np.ndarray) -> np.ndarray:
        """(m,) int32, ascending: the rows whose list may hold one of these slots."""
        return self.holders.of(slots, self.arrays)

    def _offer(
        self,
        table: LabelledCells,
        slots: np.ndarray,
        rows: np.ndarray,
        changed: np.ndarray,
    ) -> Steps:
        offerings = [
            self.vectors.offering(table.row, slots[start : start + _SLOTS_AT_ONCE])
            for start in range(0, len(slots), _SLOTS_AT_ONCE)
        ]
        for lo in range(0, len(rows), _STEP):
            part = rows[lo : lo + _STEP]
            for offering in offerings:
                offering.offer(self.arrays, part, self.k, changed, self.leave_one_out)
                yield Progress(lo, len(rows), "Comparing cells")
            yield Progress(lo + len(part), len(rows), "Comparing cells")
