"""Feature vectors with what searching them needs: norms, metric, threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.core.threads import give_way
from napari_dinobloom.neighbours import coarse
from napari_dinobloom.neighbours.offering import Lists, Offering, offering

METRICS = ("euclidean", "cosine")
_ROWS_AT_ONCE = 16_384
Result = TypeVar("Result")


class CellVectors:
    """Features, their norms, and the threads on which lists of neighbours are kept.

    Parameters
    ----------
    features
        (n, d) float32, finite; read, never copied when C-contiguous.
    metric
        "euclidean" or "cosine".
    """

    def __init__(self, features: np.ndarray, metric: str) -> None:
        self.features = np.ascontiguousarray(features, np.float32)
        self.cosine = metric == "cosine"
        self.rows = np.arange(len(features), dtype=np.int64)
        self.square_norms = np.empty(len(features))
        for lo in range(0, len(features), _ROWS_AT_ONCE):
            part = self.features[lo : lo + _ROWS_AT_ONCE].astype(np.float64)
            self.square_norms[lo : lo + len(part)] = np.einsum("ij,ij->i", part, part)
        norms = np.sqrt(self.square_norms)
        # A cell without direction has cosine 0 with all others, as in scikit-learn.
        self.inverse_norms = np.divide(
            1.0, norms, out=np.zeros_like(norms), where=norms > 0
        )
        self._coarse: coarse.CoarseCopy | None = None
        self._threads = max(1, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(
            self._threads, "cell-vectors", initializer=give_way
        )

    def spread(
        self, kernel: Callable[[np.ndarray, int], Result], rows: np.ndarray
    ) -> list[Result]:
        """Run a kernel that releases the GIL on parts of the rows, one per thread.

        The kernel is called as ``kernel(rows[lo:hi], lo)``; what each part returned
        comes back in the order of the rows.
        """
        parts = max(1, min(self._threads * 4, len(rows) // 512))
        bounds = np.linspace(0, len(rows), parts + 1).astype(np.int64).tolist()
        spans = list(pairwise(bounds))
        if len(spans) == 1:
            return [kernel(rows, 0)]
        # list() raises here what a part raised
        return list(
            self._pool.map(lambda span: kernel(rows[slice(*span)], span[0]), spans)
        )

    @cached_property
    def centre(self) -> np.ndarray:
        """(d,) float64 mean of evenly spread rows, at length one for the cosine."""
        some = slice(None, None, max(1, len(self.features) // _ROWS_AT_ONCE))
        rows = self.features[some].astype(np.float64)
        if self.cosine:
            rows *= self.inverse_norms[some, None]
        return np.asarray(rows.mean(axis=0))

    def offering(self, slot_row: np.ndarray, slots: np.ndarray) -> Offering:
        """Prepare many cells in slots to be offered to lists."""
        return offering(self, slot_row, slots)

    def prepare(self, at_least: int | None = None) -> None:
        """Make the coarse copy that offering few cells reads, where it is worth it.

        It is from ``coarse.WORTH_BYTES`` of features on, or as many as told.
        """
        worth = coarse.WORTH_BYTES if at_least is None else at_least
        if self._coarse is None and self.features.nbytes >= worth:
            self._coarse = coarse.CoarseCopy(
                self.features, self.inverse_norms, self.cosine, self.spread
            )

    def offer_few(
        self,
        lists: Lists,
        slot_row: np.ndarray,
        slots: np.ndarray,
        rows: np.ndarray,
        k: int,
        changed: np.ndarray,
        exclude_self: bool,
    ) -> np.ndarray:
        """Offer a few cells to the lists of ``rows``; say which lists they entered.

        Parameters
        ----------
        lists, slot_row, slots
            As described in ``neighbours.kernels``; the lists are edited.
        rows
            (m,) int64 cell rows, ascending.
        k
            Places of a list that count as a change.
        changed
            (n,) bool, set where one of the first k places changed.
        exclude_self
            A cell does not enter its own list.

        Returns
        -------
        np.ndarray
            (len(slots), n) bool.
        """
        from napari_dinobloom.neighbours import coarse_kernels, kernels

        self.prepare()
        vectors = (self.features, self.inverse_norms, self.cosine, exclude_self)
        table = (*vectors, lists, slot_row, slots)
        entered = np.zeros((len(slots), len(self.features)), np.bool_)
        copy, targets = self._coarse, None
        if copy is not None:
            new = slot_row[slots]
            norms = self.inverse_norms[new]
            targets = copy.targets(self.features[new], norms)
        if copy is None or targets is None:
            self.spread(
                lambda part, _: kernels.offer_directly(
                    *table, part, k, changed, entered
                ),
                rows,
            )
        else:
            arrays = copy.arrays
            self.spread(
                lambda part, _: coarse_kernels.offer_near(
                    *table, arrays, targets, part, k, changed, entered
                ),
                rows,
            )
        return entered


def check_metric(metric: str) -> None:
    """Refuse a metric that is not one of ``METRICS``, in words."""
    if metric not in METRICS:
        raise BadInputError(
            f"The metric {metric!r} is unknown.", f"Use {' or '.join(METRICS)}."
        )


def check_features(features: np.ndarray) -> None:
    """Refuse what is not an (n, d) table of finite numbers, naming the first row."""
    if features.ndim != 2:
        raise BadInputError(
            f"Features must be a table (cells, features); got shape {features.shape}."
        )
    for lo in range(0, len(features), 65_536):
        finite = np.isfinite(features[lo : lo + 65_536]).all(axis=1)
        if not finite.all():
            raise BadInputError(
                f"The features of cell row {lo + int(np.argmin(finite))} hold a number "
                "that is not finite.",
                "Leave that cell out or encode it again.",
            )
