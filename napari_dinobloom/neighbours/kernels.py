"""Compiled loops over sorted lists of nearest cells, exact to the last tie.

This is the one module here that imports numba when it is itself imported; it is
imported inside functions only. Kernels release the GIL and are spread over Python
threads by the caller rather than over numba's own: numba's portable threading layer
ends the process when two threads enter it at once, and UMAP may be running beside us.
They are compiled at their first use (seconds) and cached on disk.

Some cells stand in slots and are offered to the lists of others: labelled cells, or
simply all cells. A list is certified by its border, a (key, row) pair: every offered
cell nearer than the border is in the list. The key is the squared distance (Euclidean)
or one minus the cosine; equal keys are ordered by row. Keys are computed in double
precision from the differences, so that nothing cancels: where memory is the limit this
costs no more than single precision.

In the loops no view of an array that threads share is made: numba counts its references
with locked instructions, and threads would wait for each other at every one.
"""

import numpy as np
from numba import njit

# slots, keys, held, border_key, border_row, of every cell
Lists = tuple[np.ndarray, ...]

# Sums may be reordered so that they vectorise; infinities keep their meaning.
_SUMS = {"reassoc", "contract", "nsz"}
# One minus a cosine below this is rounding: the two cells point the same way.
_SAME_DIRECTION = 1e-12


@njit(nogil=True, cache=True, fastmath=_SUMS)
def widen(features: np.ndarray, i: int, wide: np.ndarray) -> None:
    """Write a float32 row as float64, to be compared with many."""
    for j in range(wide.shape[0]):
        wide[j] = features[i, j]


@njit(nogil=True, cache=True, fastmath=_SUMS)
def key_between(
    wide: np.ndarray, features: np.ndarray, i: int, scale: float, cosine: bool
) -> float:
    """Squared distance, or one minus the cosine, of a widened vector and a row."""
    total = 0.0
    if cosine:
        for j in range(wide.shape[0]):
            total += wide[j] * np.float64(features[i, j])
        key = 1.0 - total * scale
        return float(key) if key > _SAME_DIRECTION else 0.0
    for j in range(wide.shape[0]):
        step = wide[j] - np.float64(features[i, j])
        total += step * step
    return total


@njit(nogil=True, cache=True)
def insert(
    slots: np.ndarray,
    keys: np.ndarray,
    held: np.ndarray,
    border_key: np.ndarray,
    border_row: np.ndarray,
    slot_row: np.ndarray,
    i: int,
    key: float,
    slot: int,
) -> int:
    """Position at which a cell enters list i, or -1 if it stays outside."""
    row = slot_row[slot]
    if key > border_key[i] or (key == border_key[i] and row > border_row[i]):
        return -1
    last, room = held[i], keys.shape[1]
    if last == room:
        last = room - 1
        worst_key, worst_row = keys[i, last], slot_row[slots[i, last]]
        if key > worst_key or (key == worst_key and row > worst_row):
            border_key[i], border_row[i] = key, row
            return -1
        border_key[i], border_row[i] = worst_key, worst_row
    place = last
    while place > 0:
        before = keys[i, place - 1]
        if key > before or (key == before and row > slot_row[slots[i, place - 1]]):
            break
        keys[i, place], slots[i, place] = before, slots[i, place - 1]
        place -= 1
    keys[i, place], slots[i, place] = key, slot
    held[i] = last + 1
    return int(place)


@njit(nogil=True, cache=True)
def offer_directly(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    lists: Lists,
    slot_row: np.ndarray,
    new_slots: np.ndarray,
    rows: np.ndarray,
    k: int,
    changed: np.ndarray,
    entered: np.ndarray,
) -> None:
    """Offer a few cells to every list in ``rows``: one pass over memory."""
    slots, keys, held, border_key, border_row = lists
    wide = np.empty(features.shape[1], np.float64)
    for i in rows:
        widen(features, i, wide)
        for a in range(new_slots.shape[0]):
            slot = new_slots[a]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            scale = inverse_norms[i] * inverse_norms[row]
            key = key_between(wide, features, row, scale, cosine)
            place = insert(
                slots, keys, held, border_key, border_row, slot_row, i, key, slot
            )
            if place >= 0:
                entered[a, i] = True
                if place < k:
                    changed[i] = True
