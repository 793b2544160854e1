"""Compiled loops behind matrix products; imports numba, so imported in functions only.

Products tell roughly how far many offered cells are from a row. What may belong to the
row's list in spite of their rounding is then measured in double precision.
"""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.kernels import (
    _SUMS,
    Lists,
    insert,
    key_between,
    widen,
)

GROUP = 8
_HALVINGS = 10
# Beyond this, single precision may overflow: everything is measured.
_LARGEST = 1e30


@njit(nogil=True, cache=True, fastmath=_SUMS | {"nnan"})
def _approximate(
    products: np.ndarray,
    t: int,
    square_norms: np.ndarray,
    near: np.ndarray,
    minima: np.ndarray,
) -> None:
    """Fill ``near`` with |y|² - 2 x·y, and ``minima`` with those of strided groups."""
    groups, m = minima.shape[0], near.shape[0]
    for j in range(m):
        near[j] = square_norms[j] - np.float32(2.0) * products[t, j]
    minima[:] = near[:groups]
    for start in range(groups, m, groups):
        part = near[start : start + groups]
        for g in range(part.shape[0]):
            minima[g] = part[g] if part[g] < minima[g] else minima[g]


@njit(nogil=True, cache=True, fastmath=_SUMS | {"nnan"})
def _count_up_to(values: np.ndarray, limit: np.float32) -> int:
    count = np.int32(0)
    for g in range(values.shape[0]):
        count += np.int32(values[g] <= limit)
    return int(count)


@njit(nogil=True, cache=True, fastmath=_SUMS | {"nnan"})
def upper_bound(minima: np.ndarray, room: int) -> float:
    """Return a number that at least ``room`` of the values do not exceed, nearly tight.

    Each of the smallest minima of disjoint groups stands for one value; the number is
    found by halving.
    """
    if minima.shape[0] <= room:
        return np.inf
    low = high = minima[0]
    for g in range(minima.shape[0]):
        low = minima[g] if minima[g] < low else low
        high = minima[g] if minima[g] > high else high
    for _ in range(_HALVINGS):
        middle = np.float32(0.5) * (low + high)
        if _count_up_to(minima, middle) >= room:
            high = middle
        else:
            low = middle
    return float(high)


@njit(nogil=True, cache=True)
def places_up_to(
    near: np.ndarray, minima: np.ndarray, limit: np.float32, likely: np.ndarray
) -> int:
    """Write the places of values up to a limit; return how many."""
    found, m, groups = 0, near.shape[0], minima.shape[0]
    for g in range(groups):
        if minima[g] > limit:
            continue
        for j in range(g, m, groups):
            likely[found] = j
            found += near[j] <= limit
    return found


@njit(nogil=True, cache=True)
def offer_screened(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    lists: Lists,
    slot_row: np.ndarray,
    new_slots: np.ndarray,
    rows: np.ndarray,
    products: np.ndarray,
    cell_norms: np.ndarray,
    label_norms: np.ndarray,
    k: int,
    changed: np.ndarray,
) -> None:
    """Offer many cells, of which dot products tell most to be too far.

    ``products`` (rows, new slots) are float32 dot products, of unit vectors if cosine;
    ``cell_norms`` and ``label_norms`` are their squared norms in float64. The rounding
    error of a product is bounded by (d + 4) · 2⁻²⁴ · |x||y| whatever the order of
    summation, that of the norms is smaller; so what lies further than the list by more
    than a margin of them all cannot belong to it.
    """
    slots, keys, held, border_key, border_row = lists
    room, m = slots.shape[1], new_slots.shape[0]
    unit = 2.2 * (features.shape[1] + 4) * 2.0**-24
    widest = np.sqrt(label_norms.max())
    square_norms = label_norms.astype(np.float32)
    groups = min(m, max(4 * room, m // GROUP))
    minima = np.empty(groups, np.float32)
    near = np.empty(m, np.float32)
    likely = np.empty(m + 1, np.int64)
    wide = np.empty(features.shape[1], np.float64)
    # One more than fits tells the border; and the cell itself may be among them.
    enough = room + 1 + int(exclude_self)
    keyed = 2.0 if cosine else 1.0  # of unit vectors |x - y|² = 2 (1 - cos)
    for t in range(rows.shape[0]):
        i = rows[t]
        margin = unit * (np.sqrt(cell_norms[t]) + widest) ** 2
        beyond = margin - cell_norms[t]
        limit = np.inf
        if margin < unit * _LARGEST:
            _approximate(products, t, square_norms, near, minima)
            limit = upper_bound(minima, enough) + 2.0 * margin
            limit = min(limit, keyed * border_key[i] + beyond)
        else:
            near[:] = 0.0
            minima[:] = 0.0
        found = places_up_to(near, minima, np.float32(limit), likely)
        if found:
            widen(features, i, wide)
        for j in range(found):
            if near[likely[j]] > keyed * border_key[i] + beyond:
                continue
            slot = new_slots[likely[j]]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            scale = inverse_norms[i] * inverse_norms[row]
            key = key_between(wide, features, row, scale, cosine)
            place = insert(
                slots, keys, held, border_key, border_row, slot_row, i, key, slot
            )
            if 0 <= place < k:
                changed[i] = True
