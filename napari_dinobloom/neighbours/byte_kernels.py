"""Compiled loops that tell by products of bytes which offered cells are too far.

Imports numba, so it is imported inside functions only; where `byte_products.lanes` is 0
it must not be imported at all.

A row x and an offered cell y, less a common centre, are written as ``scale · code``
with codes of one byte, x = x̂ + e and y = ŷ + f. Their squared norms are known, so that
only the product is inexact, by |x · y - x̂ · ŷ| ≤ |x̂| |f| + |e| |y| (Cauchy and
Schwarz). What this proves to be too far is left out; the rest is measured in double
precision.
"""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.byte_products import (
    REGISTERS,
    ROWS,
    build_tile,
    lanes,
)
from napari_dinobloom.neighbours.kernels import (
    _SUMS,
    Lists,
    insert,
    key_between,
    widen,
)
from napari_dinobloom.neighbours.product_kernels import (
    GROUP,
    places_up_to,
    upper_bound,
)

_tile = build_tile(lanes())
_WIDE = REGISTERS * lanes()
# Bounds are added up in single precision: some roundings of 2⁻²⁴, with room to spare.
_UNIT = 2.0**-20
_UNDERFLOW = 1e-30
# One minus a cosine that is smaller counts as 0.
_COSINE_SLACK = 1e-11


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _write_codes(
    offset: np.ndarray, codes: np.ndarray, t: int
) -> tuple[float, float, float]:
    """Round one centred row to bytes; return its scale, |x̂| and |x - x̂|."""
    largest = 0.0
    for j in range(offset.shape[0]):
        largest = max(largest, abs(offset[j]))
    scale = largest / 127.0
    inverse = 1.0 / scale if scale > 0.0 else 0.0
    size, wrong = 0.0, 0.0
    for j in range(offset.shape[0]):
        code = np.floor(offset[j] * inverse + 0.5)
        coarse = code * scale
        size += coarse * coarse
        wrong += (offset[j] - coarse) * (offset[j] - coarse)
        codes[t, j] = np.int8(code)
    return scale, np.sqrt(size), np.sqrt(wrong)


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _centred(
    features: np.ndarray, i: int, scale: float, centre: np.ndarray, offset: np.ndarray
) -> float:
    """Fill ``offset`` with row · scale - centre; return its squared norm."""
    total = 0.0
    for j in range(offset.shape[0]):
        step = np.float64(features[i, j]) * scale - centre[j]
        offset[j] = step
        total += step * step
    return total


@njit(nogil=True, cache=True)
def quantise(
    features: np.ndarray,
    scales: np.ndarray,
    centre: np.ndarray,
    codes: np.ndarray,
    numbers: np.ndarray,
) -> None:
    """Fill codes (m, d) int8 and numbers (m, 4): |y|², 2 · scale, 2 |f|, 2 |y|.

    ``scales`` (m,) bring rows to length one for the cosine, and are 1 else.
    """
    offset = np.empty(features.shape[1])
    for i in range(features.shape[0]):
        square = _centred(features, i, scales[i], centre, offset)
        scale, _, wrong = _write_codes(offset, codes, i)
        numbers[i, 0], numbers[i, 1] = square, 2.0 * scale
        numbers[i, 2], numbers[i, 3] = 2.0 * wrong, 2.0 * np.sqrt(square)


@njit(nogil=True, cache=True, fastmath=_SUMS | {"nnan"})
def _lower_bounds(
    sums: np.ndarray,
    t: int,
    excess: int,
    of_row: tuple[np.float32, np.float32, np.float32],
    numbers: np.ndarray,
    low: np.ndarray,
    minima: np.ndarray,
) -> None:
    """Fill the least that |x - y|² - |x|² can be, and the minima of strided groups."""
    scale, size, wrong = of_row
    less = np.int32(excess)
    for j in range(low.shape[0]):
        product = scale * numbers[1, j] * np.float32(sums[t, j] - less)
        margin = size * numbers[2, j] + wrong * numbers[3, j]
        low[j] = numbers[0, j] - product - margin
    groups = minima.shape[0]
    minima[:] = low[:groups]
    for start in range(groups, low.shape[0], groups):
        some = low[start : start + groups]
        for g in range(some.shape[0]):
            minima[g] = some[g] if some[g] < minima[g] else minima[g]


@njit(nogil=True, cache=True)
def _sum(codes: np.ndarray, t: int) -> int:
    total = np.int32(0)
    for j in range(codes.shape[1]):
        total += np.int32(codes[t, j])
    return int(total)


@njit(nogil=True, cache=True)
def _multiply(codes: np.ndarray, packed: np.ndarray, sums: np.ndarray) -> None:
    """Fill ``sums`` with the products of a tile's rows and all offered cells."""
    group_bytes = packed.shape[1] * _WIDE * 4
    for g in range(packed.shape[0]):
        _tile(
            codes.ctypes.data,
            codes.shape[1],
            packed.ctypes.data + g * group_bytes,
            packed.shape[1],
            sums.ctypes.data + 4 * g * _WIDE,
            sums.shape[1],
        )


@njit(nogil=True, cache=True)
def _measure(
    features: np.ndarray,
    wide: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    slots: np.ndarray,
    keys: np.ndarray,
    held: np.ndarray,
    border_key: np.ndarray,
    border_row: np.ndarray,
    slot_row: np.ndarray,
    new_slots: np.ndarray,
    i: int,
    low: np.ndarray,
    likely: np.ndarray,
    first_few: np.float32,
    beyond: float,
) -> int:
    """Offer the likely ones to list i; return the first place that one entered."""
    first_place = slots.shape[1]
    keyed = 2.0 if cosine else 1.0  # of unit vectors |x - y|² = 2 (1 - cos)
    # Those that are probably nearest fill the list, and spare most others.
    for among_first in (True, False):
        for nth in range(likely.shape[0]):
            least = low[likely[nth]]
            if (least <= first_few) != among_first:
                continue
            if least > keyed * border_key[i] + beyond:
                continue
            slot = new_slots[likely[nth]]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            scale = inverse_norms[i] * inverse_norms[row]
            key = key_between(wide, features, row, scale, cosine)
            place = insert(
                slots, keys, held, border_key, border_row, slot_row, i, key, slot
            )
            if place >= 0:
                first_place = min(first_place, place)
    return int(first_place)


@njit(nogil=True, cache=True)
def offer(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    lists: Lists,
    slot_row: np.ndarray,
    new_slots: np.ndarray,
    centre: np.ndarray,
    packed: np.ndarray,
    numbers: np.ndarray,
    rows: np.ndarray,
    k: int,
    changed: np.ndarray,
) -> None:
    """Offer many cells to the lists of ``rows``.

    ``packed`` are the codes of the offered cells as `byte_products.pack` lays them out,
    ``numbers`` (4, m) float32 those that `quantise` gives.
    """
    slots, keys, held, border_key, border_row = lists
    d, m, room = features.shape[1], new_slots.shape[0], slots.shape[1]
    longest, worst = np.float64(numbers[3].max()) / 2.0, numbers[2].max()
    codes = np.zeros((ROWS, 4 * packed.shape[1]), np.int8)
    sums = np.empty((ROWS, packed.shape[0] * _WIDE), np.int32)
    of_rows = np.empty((ROWS, 4))
    offset, wide = np.empty(d), np.empty(d)
    low, likely = np.empty(m, np.float32), np.empty(m + 1, np.int64)
    minima = np.empty(min(m, max(4 * room, m // GROUP)), np.float32)
    # One more than fits tells the border; and the cell itself may be among them.
    enough = room + 1 + int(exclude_self)
    keyed = 2.0 if cosine else 1.0
    for first in range(0, rows.shape[0], ROWS):
        n_rows = min(ROWS, rows.shape[0] - first)
        for t in range(n_rows):
            i = rows[first + t]
            unit = inverse_norms[i] if cosine else 1.0
            of_rows[t, 0] = _centred(features, i, unit, centre, offset)
            coded = _write_codes(offset, codes, t)
            of_rows[t, 1], of_rows[t, 2], of_rows[t, 3] = coded
        _multiply(codes, packed, sums)
        for t in range(n_rows):
            i = rows[first + t]
            square, scale = of_rows[t, 0], of_rows[t, 1]
            size, wrong = of_rows[t, 2], of_rows[t, 3]
            inexact = (np.float32(scale), np.float32(size), np.float32(wrong))
            excess = 128 * _sum(codes, t)
            _lower_bounds(sums, t, excess, inexact, numbers, low, minima)
            slack = _UNIT * (np.sqrt(square) + longest) ** 2 + _UNDERFLOW
            if cosine:
                slack += _COSINE_SLACK
            first_few = np.float32(upper_bound(minima, enough))
            # What is least may be larger by both margins.
            limit = first_few + 2.0 * (size * worst + 2.0 * wrong * longest) + slack
            limit = min(limit, keyed * border_key[i] + slack - square)
            n_likely = places_up_to(low, minima, np.float32(limit), likely)
            if not n_likely:
                continue
            widen(features, i, wide)
            first_place = _measure(
                features,
                wide,
                inverse_norms,
                cosine,
                exclude_self,
                slots,
                keys,
                held,
                border_key,
                border_row,
                slot_row,
                new_slots,
                i,
                low,
                likely[:n_likely],
                first_few,
                slack - square,
            )
            if first_place < k:
                changed[i] = True
