"""Many cells that are offered to the lists of others, most of them unmeasured."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Lists = tuple[np.ndarray, ...]
Result = TypeVar("Result")

# Rows of one product: 512 × 1,024 float32 are 2 MiB and stay in the cache.
_PRODUCT_ROWS = 512
# From so many cells on, writing a row in bytes costs less than it spares.
_MANY = 64
_LONGEST = 1e15
"""Squares beyond that of this may overflow in single precision."""


class Vectors(Protocol):
    """The cells, as an offering needs them; see `CellVectors`."""

    features: np.ndarray
    cosine: bool
    square_norms: np.ndarray
    inverse_norms: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """(d,) float64."""

    def spread(
        self, kernel: Callable[[np.ndarray, int], Result], rows: np.ndarray
    ) -> list[Result]:
        """Run a kernel on parts of the rows."""


class Offering(Protocol):
    """Cells in slots, ready to be compared with many rows."""

    def offer(
        self,
        lists: Lists,
        rows: np.ndarray,
        k: int,
        changed: np.ndarray,
        exclude_self: bool,
    ) -> None:
        """Edit the lists of ``rows``.

        Parameters
        ----------
        lists
            As described in ``neighbours.kernels``.
        rows
            (m,) int64 cell rows, ascending.
        k
            Places of a list that count as a change.
        changed
            (n,) bool, set where one of the first k places changed.
        exclude_self
            A cell does not enter its own list.
        """


def offering(vectors: Vectors, slot_row: np.ndarray, slots: np.ndarray) -> Offering:
    """Prepare cells to be offered: by bytes where the processor can, else by floats.

    Parameters
    ----------
    slot_row
        (s,) int64, the cell in each slot.
    slots
        (m,) those that are offered.
    """
    if len(slots) >= _MANY and _fit_for_bytes(vectors):
        return ByteOffering(vectors, slot_row, slots)
    return ProductOffering(vectors, slot_row, slots)


def _fit_for_bytes(vectors: Vectors) -> bool:
    from napari_dinobloom.neighbours import byte_products

    if not byte_products.lanes() or not len(vectors.features):
        return False
    if not 0 < vectors.features.shape[1] <= byte_products.MAX_DIMENSIONS:
        return False
    if vectors.cosine:
        # A vector of zeros has no direction to be told apart by.
        return bool(vectors.inverse_norms.all())
    return bool(vectors.square_norms.max() < _LONGEST**2)


class ByteOffering:
    """Compares by products of bytes, whose error is bounded; see ``byte_kernels``."""

    def __init__(
        self, vectors: Vectors, slot_row: np.ndarray, slots: np.ndarray
    ) -> None:
        from napari_dinobloom.neighbours import byte_kernels, byte_products

        self._vectors, self._slot_row, self._slots = vectors, slot_row, slots
        features = vectors.features[slot_row[slots]]
        scales = np.ones(len(slots))
        if vectors.cosine:
            scales = vectors.inverse_norms[slot_row[slots]]
        codes = np.empty(features.shape, np.int8)
        numbers = np.empty((len(slots), 4))
        byte_kernels.quantise(features, scales, vectors.centre, codes, numbers)
        self._packed = byte_products.pack(codes, byte_products.lanes())
        self._numbers = np.ascontiguousarray(numbers.T, np.float32)

    def offer(
        self,
        lists: Lists,
        rows: np.ndarray,
        k: int,
        changed: np.ndarray,
        exclude_self: bool,
    ) -> None:
        """Edit the lists of ``rows``; see `Offering`."""
        from napari_dinobloom.neighbours import byte_kernels

        v = self._vectors
        what = (v.features, v.inverse_norms, v.cosine, exclude_self)
        given = (lists, self._slot_row, self._slots)
        coarse = (v.centre, self._packed, self._numbers)
        v.spread(
            lambda part, _: byte_kernels.offer(
                *what, *given, *coarse, part, k, changed
            ),
            rows,
        )


class ProductOffering:
    """Compares by matrix products in single precision; see ``product_kernels``."""

    def __init__(
        self, vectors: Vectors, slot_row: np.ndarray, slots: np.ndarray
    ) -> None:
        self._vectors, self._slot_row, self._slots = vectors, slot_row, slots
        rows = slot_row[slots]
        self._others, self._norms = _operand(vectors, vectors.features[rows], rows)

    def offer(
        self,
        lists: Lists,
        rows: np.ndarray,
        k: int,
        changed: np.ndarray,
        exclude_self: bool,
    ) -> None:
        """Edit the lists of ``rows``; see `Offering`."""
        from napari_dinobloom.neighbours import product_kernels

        v = self._vectors
        what = (v.features, v.inverse_norms, v.cosine, exclude_self)
        given = (lists, self._slot_row, self._slots)

        def compare(part: np.ndarray, _: int) -> None:
            for lo in range(0, len(part), _PRODUCT_ROWS):
                some = part[lo : lo + _PRODUCT_ROWS]
                # Rows are ascending: a run of them is a view, not a copy.
                run = some[-1] - some[0] + 1 == len(some)
                which = slice(some[0], some[-1] + 1) if run else some
                cells, norms = _operand(v, v.features[which], some)
                products = cells @ self._others.T
                both = (norms, self._norms)
                product_kernels.offer_screened(
                    *what, *given, some, products, *both, k, changed
                )

        # A thread of its own for each product: no thread waits for another at its end.
        with _blas().limit(limits=1, user_api="blas"):
            v.spread(compare, rows)


def _operand(
    vectors: Vectors, features: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Features of rows as they are multiplied, and the squared norms to use.

    For the cosine these are unit vectors and ones; rounding them to float32 is
    within the margin of the screening. A vector of zeros counts as one too: its
    cosine with every other is 0.
    """
    if not vectors.cosine:
        return features, vectors.square_norms[rows]
    unit = (features * vectors.inverse_norms[rows, None]).astype(np.float32)
    return unit, np.ones(len(rows))


@cache
def _blas() -> "ThreadpoolController":
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
