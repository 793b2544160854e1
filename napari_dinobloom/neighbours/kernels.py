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
"""

import numpy as np
from numba import njit

# slots, keys, held, border_key, border_row, of every cell
Lists = tuple[np.ndarray, ...]
# the cell in each slot, its features
Offered = tuple[np.ndarray, np.ndarray]

# Sums may be reordered so that they vectorise; infinities keep their meaning.
_SUMS = {"reassoc", "contract", "nsz"}
# One minus a cosine below this is rounding: the two cells point the same way.
_SAME_DIRECTION = 1e-12


@njit(nogil=True, cache=True, fastmath=_SUMS)
def key_between(x: np.ndarray, y: np.ndarray, scale: float, cosine: bool) -> float:
    """Squared distance, or one minus the cosine, of two float32 vectors in float64."""
    total = 0.0
    if cosine:
        for j in range(x.shape[0]):
            total += np.float64(x[j]) * np.float64(y[j])
        key = 1.0 - total * scale
        return float(key) if key > _SAME_DIRECTION else 0.0
    for j in range(x.shape[0]):
        step = np.float64(x[j]) - np.float64(y[j])
        total += step * step
    return total


@njit(nogil=True, cache=True)
def insert(lists: Lists, slot_row: np.ndarray, i: int, key: float, slot: int) -> int:
    """Position at which a cell enters list i, or -1 if it stays outside."""
    slots, keys, held, border_key, border_row = lists
    row = slot_row[slot]
    if key > border_key[i] or (key == border_key[i] and row > border_row[i]):
        return -1
    room = slots.shape[1]
    last = held[i]
    place = last
    while place > 0 and (
        key < keys[i, place - 1]
        or (key == keys[i, place - 1] and row < slot_row[slots[i, place - 1]])
    ):
        place -= 1
    if last == room:
        if place == room:
            border_key[i], border_row[i] = key, row
            return -1
        border_key[i] = keys[i, room - 1]
        border_row[i] = slot_row[slots[i, room - 1]]
        last = room - 1
    for j in range(last, place, -1):
        keys[i, j] = keys[i, j - 1]
        slots[i, j] = slots[i, j - 1]
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
    offered: Offered,
    new_slots: np.ndarray,
    rows: np.ndarray,
    k: int,
    changed: np.ndarray,
    entered: np.ndarray,
) -> None:
    """Offer a few cells to every list in ``rows``: one pass over memory."""
    slot_row, slot_features = offered
    for i in rows:
        for a in range(new_slots.shape[0]):
            slot = new_slots[a]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            scale = inverse_norms[i] * inverse_norms[row]
            key = key_between(features[i], slot_features[slot], scale, cosine)
            place = insert(lists, slot_row, i, key, slot)
            if place >= 0:
                entered[a, i] = True
                if place < k:
                    changed[i] = True


@njit(nogil=True, cache=True)
def _keep_smallest(heap: np.ndarray, size: int, value: float) -> int:
    """Put a value into a max-heap that keeps the smallest ones; return its new size."""
    room = heap.shape[0]
    if size < room:
        j = size
        while j > 0 and heap[(j - 1) >> 1] < value:
            heap[j] = heap[(j - 1) >> 1]
            j = (j - 1) >> 1
        heap[j] = value
        return size + 1
    if value >= heap[0]:
        return size
    j = 0
    while True:
        child = 2 * j + 1
        if child >= room:
            break
        if child + 1 < room and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[j] = heap[child]
        j = child
    heap[j] = value
    return size


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _screen(
    products: np.ndarray, square_norm: float, square_norms: np.ndarray, near: np.ndarray
) -> None:
    """Fill ``near`` with approximate keys; see ``offer_screened``."""
    for j in range(near.shape[0]):
        near[j] = square_norm + square_norms[j] - 2.0 * products[j]


@njit(nogil=True, cache=True)
def _upper_bound(
    near: np.ndarray, room: int, heap: np.ndarray, minima: np.ndarray
) -> float:
    """Return a number that at least ``room`` of the values do not exceed.

    Each of the ``room`` smallest minima of disjoint groups stands for one value. Groups
    of up to eight, at least four per place, make the bound nearly tight.
    """
    m = near.shape[0]
    if m <= room:
        return np.inf
    groups = min(m, max(4 * room, m // 8))
    for g in range(groups):
        minima[g] = near[g]
    for start in range(groups, m, groups):
        for g in range(min(groups, m - start)):
            minima[g] = min(minima[g], near[start + g])
    size = 0
    for g in range(groups):
        size = _keep_smallest(heap, size, minima[g])
    return float(heap[0])


@njit(nogil=True, cache=True)
def _nearest_first(near: np.ndarray, limit: float, likely: np.ndarray) -> int:
    """Write the places of values up to a limit, ascending by value; return how many."""
    found = 0
    for j in range(near.shape[0]):
        likely[found] = j
        found += near[j] <= limit
    for a in range(1, found):
        place, value, b = likely[a], near[likely[a]], a
        while b > 0 and near[likely[b - 1]] > value:
            likely[b] = likely[b - 1]
            b -= 1
        likely[b] = place
    return found


@njit(nogil=True, cache=True)
def offer_screened(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    lists: Lists,
    offered: Offered,
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
    summation, so what lies further than the list by more than that margin cannot belong
    to it; all others are computed exactly.
    """
    slot_row, slot_features = offered
    border_key = lists[3]
    room, m = lists[0].shape[1], new_slots.shape[0]
    unit = 1.1 * (features.shape[1] + 4) * 2.0**-24
    widest = np.sqrt(label_norms.max())
    heap = np.empty(room + 1, np.float64)
    minima = np.empty(m, np.float64)
    near = np.empty(m, np.float64)
    likely = np.empty(m + 1, np.int64)
    for t in range(rows.shape[0]):
        i = rows[t]
        _screen(products[t], cell_norms[t], label_norms, near)
        margin = 2.0 * unit * np.sqrt(cell_norms[t]) * widest
        limit = border_key[i]
        if cosine:
            limit *= 2.0  # of unit vectors |x - y|² = 2 (1 - cos)
        limit += margin
        # One more than fits: the cell itself may have to be left out.
        bound = _upper_bound(near, room + 1, heap, minima) + 2.0 * margin
        limit = min(limit, bound)
        found = _nearest_first(near, limit, likely)
        for j in range(found):
            slot = new_slots[likely[j]]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            scale = inverse_norms[i] * inverse_norms[row]
            key = key_between(features[i], slot_features[slot], scale, cosine)
            place = insert(lists, slot_row, i, key, slot)
            if 0 <= place < k:
                changed[i] = True
