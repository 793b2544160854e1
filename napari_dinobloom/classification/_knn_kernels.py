"""Compiled loops over the lists of nearest labelled cells: edits and votes.

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
def _winner(votes: np.ndarray, rank: np.ndarray) -> int:
    """Class with the most votes (-1: no votes); a draw goes to the lower rank."""
    best = -1
    for c in range(votes.shape[0]):
        if votes[c] > 0 and (
            best < 0
            or votes[c] > votes[best]
            or (votes[c] == votes[best] and rank[c] < rank[best])
        ):
            best = c
    return best


@njit(nogil=True, cache=True)
def elect(
    lists: Lists,
    slot_class: np.ndarray,
    rank: np.ndarray,
    rows: np.ndarray,
    wanted: np.ndarray,
    k: int,
    cosine: bool,
    weighted: bool,
    winner: np.ndarray,
    share: np.ndarray,
    voted: np.ndarray,
) -> int:
    """Let the rows vote that have a wanted slot among their k nearest; count them.

    Written are the winning class code (or -1) of a row, its share of the vote (or nan)
    and, from the start of ``voted`` on, which rows these were. Looking for a wanted
    slot and counting are one loop, so that a list is fetched from memory once. Where
    ``wanted`` is empty, all rows vote.
    """
    slots, _, held, _, _ = lists
    shared = np.zeros(rank.shape[0], np.float64)
    counted = np.zeros(rank.shape[0], np.int32)
    is_all, n_voted = wanted.shape[0] == 0, 0
    for t in range(rows.shape[0]):
        i = rows[t]
        nearest = slots[i, : min(k, held[i])]
        is_wanted = is_all
        counted[:] = 0
        for slot in nearest:
            is_wanted |= not is_all and wanted[slot]
            counted[slot_class[slot]] += 1
        if not is_wanted:
            continue
        voted[n_voted] = i
        n_voted += 1
        if weighted:
            tally(lists, slot_class, i, k, cosine, weighted, shared)
            best = _winner(shared, rank)
            most = shared[best]
        else:
            best = _winner(counted, rank)
            most = counted[best] / max(1, nearest.shape[0])
        winner[i] = best
        share[i] = np.nan if best < 0 else most
    return n_voted


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
