"""Compiled loops that count votes; imports numba, so imported in functions only."""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.kernels import Lists

# Lists that are called for before they are looked into.
_AHEAD = 64


@njit(nogil=True, cache=True)
def _weight(key: float, cosine: bool, weighted: bool, any_zero: bool) -> float:
    if not weighted:
        return 1.0
    if any_zero:
        return 1.0 if key == 0.0 else 0.0
    return 1.0 / key if cosine else 1.0 / np.sqrt(key)


@njit(nogil=True, cache=True)
def tally(
    slots: np.ndarray,
    keys: np.ndarray,
    slot_class: np.ndarray,
    i: int,
    count: int,
    cosine: bool,
    weighted: bool,
    votes: np.ndarray,
) -> None:
    """Fill ``votes`` with the share of each class among the nearest of cell i."""
    votes[:] = 0.0
    any_zero = count > 0 and keys[i, 0] == 0.0
    total = 0.0
    for j in range(count):
        weight = _weight(keys[i, j], cosine, weighted, any_zero)
        votes[slot_class[slots[i, j]]] += weight
        total += weight
    if total > 0.0:
        votes /= total


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
    slots, keys, held, _, _ = lists
    votes = np.empty(out.shape[1], np.float64)
    for t in range(rows.shape[0]):
        i = rows[t]
        count = min(k, held[i])
        tally(slots, keys, slot_class, i, count, cosine, weighted, votes)
        for c in range(votes.shape[0]):
            out[start + t, c] = votes[c]


@njit(nogil=True, cache=True)
def count_agreeing(
    lists: Lists,
    slot_class: np.ndarray,
    start: int,
    rows: np.ndarray,
    k: int,
    winner: np.ndarray,
    agreeing: np.ndarray,
    voters: np.ndarray,
) -> None:
    """Write how many of the k nearest of ``rows`` have the winner's class, of how many.

    Written from ``start`` on.
    """
    slots, held = lists[0], lists[2]
    for t in range(rows.shape[0]):
        i = rows[t]
        count = min(k, held[i])
        same = 0
        for j in range(count):
            same += slot_class[slots[i, j]] == winner[i]
        agreeing[start + t] = same
        voters[start + t] = count


@njit(nogil=True, cache=True)
def _called(
    slots: np.ndarray,
    held: np.ndarray,
    rows: np.ndarray,
    first: int,
    last: int,
    k: int,
    winner: np.ndarray,
) -> int:
    """Read the ends of what will be needed, so that many waits for memory are one.

    A list takes so long to count that the processor would otherwise wait for each.
    """
    total = 0
    for t in range(first, last):
        i = rows[t]
        total += slots[i, 0] + slots[i, k - 1] + held[i] + winner[i]
    return int(total)


@njit(nogil=True, cache=True)
def _holding(
    slots: np.ndarray,
    held: np.ndarray,
    wanted: np.ndarray,
    rows: np.ndarray,
    first: int,
    last: int,
    k: int,
    out: np.ndarray,
    start: int,
) -> int:
    """Write behind ``start`` which rows have a wanted slot among their k nearest.

    Return where they end.
    """
    end = start
    for t in range(first, last):
        i = rows[t]
        is_wanted = wanted.shape[0] == 0
        if not is_wanted:
            for j in range(min(k, held[i])):
                is_wanted |= wanted[slots[i, j]]
        out[end] = i
        end += is_wanted
    return end


@njit(nogil=True, cache=True)
def _highest_score(
    slots: np.ndarray,
    i: int,
    count: int,
    slot_class: np.ndarray,
    handicap: np.ndarray,
    two: np.ndarray,
) -> int:
    """Return votes · classes + handicap of the winner; scores of two classes differ.

    Two counts are kept and added, because adding twice to one number in memory takes
    longer than adding to two.
    """
    classes = handicap.shape[0]
    for c in range(classes):
        two[0, c], two[1, c] = handicap[c], 0
    for j in range(0, count - 1, 2):
        two[0, slot_class[slots[i, j]]] += classes
        two[1, slot_class[slots[i, j + 1]]] += classes
    if count % 2:
        two[0, slot_class[slots[i, count - 1]]] += classes
    best = np.int32(0)
    for c in range(classes):
        best = max(best, two[0, c] + two[1, c])
    return int(best)


@njit(nogil=True, cache=True)
def _largest_share(
    slots: np.ndarray,
    i: int,
    count: int,
    slot_class: np.ndarray,
    rank: np.ndarray,
    votes: np.ndarray,
) -> int:
    """Class with the largest share; of equal ones that of lower rank."""
    best = slot_class[slots[i, 0]]
    for j in range(1, count):
        c = slot_class[slots[i, j]]
        if votes[c] > votes[best] or (votes[c] == votes[best] and rank[c] < rank[best]):
            best = c
    return int(best)


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
    and, from the start of ``voted`` on, which rows these were. Where ``wanted`` is
    empty, all rows vote. A draw goes to the lower rank.
    """
    slots, keys, held, _, _ = lists
    classes = rank.shape[0]
    votes, two = np.zeros(classes), np.zeros((2, classes), np.int32)
    handicap = (classes - 1 - rank).astype(np.int32)
    by_handicap = np.argsort(handicap)
    n_voted, called = 0, 0
    for lo in range(0, rows.shape[0], _AHEAD):
        hi = min(lo + _AHEAD, rows.shape[0])
        called |= _called(slots, held, rows, lo, hi, k, winner)
        end = _holding(slots, held, wanted, rows, lo, hi, k, voted, n_voted)
        for t in range(n_voted, end):
            i = voted[t]
            count = min(k, held[i])
            if count == 0:
                winner[i], share[i] = -1, np.nan
            elif weighted:
                tally(slots, keys, slot_class, i, count, cosine, weighted, votes)
                best = _largest_share(slots, i, count, slot_class, rank, votes)
                winner[i], share[i] = best, votes[best]
            else:
                score = _highest_score(slots, i, count, slot_class, handicap, two)
                winner[i] = by_handicap[score % classes]
                share[i] = (score // classes) / count
        n_voted = end
    # Nobody asks for the sum, but what was read for nothing would not be read.
    return n_voted if called != np.iinfo(np.int64).min else 0
