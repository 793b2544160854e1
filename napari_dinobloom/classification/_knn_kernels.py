"""Compiled loops that edit the lists of nearest labelled cells and turn them round.

Imports numba, so it is imported inside functions only; see ``neighbours.kernels``.
"""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.kernels import Lists


@njit(nogil=True, cache=True)
def withdraw(
    lists: Lists, gone: np.ndarray, rows: np.ndarray, k: int, changed: np.ndarray
) -> None:
    """Take slots out of the lists; the borders stay valid."""
    slots, keys, held, _, _ = lists
    for i in rows:
        kept = 0
        for j in range(held[i]):
            if gone[slots[i, j]]:
                if j < k:
                    changed[i] = True
                continue
            if kept != j:
                slots[i, kept], keys[i, kept] = slots[i, j], keys[i, j]
            kept += 1
        held[i] = kept


@njit(nogil=True, cache=True)
def still_holding(lists: Lists, slot: int, rows: np.ndarray, out: np.ndarray) -> int:
    """Write which rows have the slot in their list; return how many."""
    slots, held, found = lists[0], lists[2], 0
    for i in rows:
        is_held = False
        for j in range(held[i]):
            is_held |= slots[i, j] == slot
        out[found] = i
        found += is_held
    return found


@njit(nogil=True, cache=True)
def count_slots(slots: np.ndarray, held: np.ndarray) -> np.ndarray:
    """(highest slot + 1,) int64: in how many lists each slot stands."""
    counts = np.zeros(1, np.int64)
    for i in range(slots.shape[0]):
        for j in range(held[i]):
            slot = slots[i, j]
            if slot >= counts.shape[0]:
                longer = np.zeros(2 * slot + 1, np.int64)
                longer[: counts.shape[0]] = counts
                counts = longer
            counts[slot] += 1
    return counts


@njit(nogil=True, cache=True)
def turn_round(
    slots: np.ndarray, held: np.ndarray, ends: np.ndarray, rows: np.ndarray
) -> None:
    """Write behind each slot the rows that hold it; ``ends`` moves from its start."""
    for i in range(slots.shape[0]):
        for j in range(held[i]):
            slot = slots[i, j]
            rows[ends[slot]] = i
            ends[slot] += 1
