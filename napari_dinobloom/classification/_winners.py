"""Which class wins the vote of each cell, and by how much."""

import numpy as np

from napari_dinobloom.classification._labelled_cells import LabelledCells
from napari_dinobloom.classification._nearest_labelled import NearestLabelled

_EVERY_SLOT = np.zeros(0, np.bool_)


class Winners:
    """The class code (-1: none) and share of the vote (nan: none) of every cell.

    Attributes
    ----------
    code
        (n,) int16.
    share
        (n,) float32, 0…1.
    """

    def __init__(self, n_cells: int) -> None:
        self.code = np.full(n_cells, -1, np.int16)
        self.share = np.full(n_cells, np.nan, np.float32)

    def elect(
        self,
        lists: NearestLabelled,
        table: LabelledCells,
        rank: np.ndarray,
        rows: np.ndarray,
        *,
        weighted: bool,
        slots: np.ndarray | None = None,
    ) -> np.ndarray:
        """Let rows vote anew, or only those with one of some slots among their k.

        The work and the memory are those of ``rows``, however many cells there are.

        Parameters
        ----------
        rank
            (codes,) int16; of equally many votes the class of lower rank wins.
        rows
            (m,) int32 or int64, ascending.
        weighted
            A vote counts one over its distance.
        slots
            (s,) slots of labelled cells.

        Returns
        -------
        np.ndarray
            (≤ m,) int64, ascending: which rows voted.
        """
        from napari_dinobloom.classification import _vote_kernels as kernels

        wanted = _EVERY_SLOT
        if slots is not None:
            wanted = np.zeros(table.capacity, np.bool_)
            wanted[slots] = True
        arrays, k, cosine = lists.arrays, lists.k, lists.vectors.cosine
        voted = np.empty(len(rows), np.int64)

        def vote(part: np.ndarray, start: int) -> np.ndarray:
            out = voted[start : start + len(part)]
            how = (wanted, k, cosine, weighted)
            n_voted = kernels.elect(
                arrays, table.code, rank, part, *how, self.code, self.share, out
            )
            return out[:n_voted]

        return np.concatenate(lists.vectors.spread(vote, rows))
