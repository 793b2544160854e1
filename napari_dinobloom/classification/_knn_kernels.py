"""Compiled loops over the lists of nearest labelled cells: edits and votes.

Imports numba, so it is imported inside functions only; see ``neighbours.kernels``.
"""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.kernels import Lists


@njit(nogil=True, cache=True)
def mark_holders(
    lists: Lists, wanted: np.ndarray, rows: np.ndarray, k: int, changed: np.ndarray
) -> None:
    """Mark the cells that have a wanted slot among their k nearest."""
    slots, _, held, _, _ = lists
    for i in rows:
        for j in range(min(k, held[i])):
            if wanted[slots[i, j]]:
                changed[i] = True
                break


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
def _weight(key: float, cosine: bool, weighted: bool, any_zero: bool) -> float:
    if not weighted:
        return 1.0
    if any_zero:
        return 1.0 if key == 0.0 else 0.0
    return 1.0 / key if cosine else 1.0 / np.sqrt(key)


@njit(nogil=True, cache=True)
def tally(
    lists: Lists,
    slot_class: np.ndarray,
    i: int,
    k: int,
    cosine: bool,
    weighted: bool,
    votes: np.ndarray,
) -> None:
    """Fill ``votes`` with the share of each class among the k nearest of cell i."""
    slots, keys, held, _, _ = lists
    votes[:] = 0.0
    count = min(k, held[i])
    any_zero = count > 0 and keys[i, 0] == 0.0
    total = 0.0
    for j in range(count):
        weight = _weight(keys[i, j], cosine, weighted, any_zero)
        votes[slot_class[slots[i, j]]] += weight
        total += weight
    if total > 0.0:
        votes /= total


@njit(nogil=True, cache=True)
def elect(
    lists: Lists,
    slot_class: np.ndarray,
    rank: np.ndarray,
    rows: np.ndarray,
    k: int,
    cosine: bool,
    weighted: bool,
    winner: np.ndarray,
    share: np.ndarray,
) -> None:
    """Write each row's winning class code (or -1) and its share of the vote (or nan).

    A draw goes to the lower rank.
    """
    slots, _, held, _, _ = lists
    votes = np.zeros(rank.shape[0], np.float64)
    for i in rows:
        count = min(k, held[i])
        if weighted:
            tally(lists, slot_class, i, k, cosine, weighted, votes)
        else:
            votes[:] = 0.0
            for j in range(count):
                votes[slot_class[slots[i, j]]] += 1.0
        best, most = -1, 0.0
        for c in range(votes.shape[0]):
            if votes[c] > most or (
                votes[c] == most and best >= 0 and rank[c] < rank[best]
            ):
                best, most = c, votes[c]
        winner[i] = best
        share[i] = np.nan if best < 0 else most if weighted else most / count


@njit(nogil=True, cache=True)
def shares(
    lists: Lists,
    slot_class: np.ndarray,
    start: int,
    rows: np.ndarray,
    k: int,
    cosine: bool,
    weighted: bool,
    out: np.ndarray,
) -> None:
    """Write the class shares of ``rows`` into ``out[start:]``."""
    votes = np.empty(out.shape[1], np.float64)
    for t in range(rows.shape[0]):
        tally(lists, slot_class, rows[t], k, cosine, weighted, votes)
        for c in range(votes.shape[0]):
            out[start + t, c] = votes[c]


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
