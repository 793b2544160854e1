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
def _called(lists: Lists, rows: np.ndarray, k: int, winner: np.ndarray) -> int:
    """Read the ends of what will be needed, so that many waits for memory are one.

    A list takes so long to count that the processor would otherwise wait for each.
    """
    slots, held, total = lists[0], lists[2], 0
    for i in rows:
        total += slots[i, 0] + slots[i, k - 1] + held[i] + winner[i]
    return int(total)


@njit(nogil=True, cache=True)
def _holding(
    lists: Lists, wanted: np.ndarray, rows: np.ndarray, k: int, out: np.ndarray
) -> int:
    """Write which rows have a wanted slot among their k nearest; return how many."""
    slots, held, found = lists[0], lists[2], 0
    for i in rows:
        is_wanted = wanted.shape[0] == 0
        if not is_wanted:
            for slot in slots[i, : min(k, held[i])]:
                is_wanted |= wanted[slot]
        out[found] = i
        found += is_wanted
    return found


@njit(nogil=True, cache=True)
def _highest_score(
    nearest: np.ndarray, slot_class: np.ndarray, handicap: np.ndarray, two: np.ndarray
) -> int:
    """Return votes · classes + handicap of the winner; scores of two classes differ.

    Two counts are kept and added, because adding twice to one number in memory takes
    longer than adding to two.
    """
    classes, count = handicap.shape[0], nearest.shape[0]
    two[0], two[1] = handicap, 0
    for j in range(0, count - 1, 2):
        two[0, slot_class[nearest[j]]] += classes
        two[1, slot_class[nearest[j + 1]]] += classes
    if count % 2:
        two[0, slot_class[nearest[count - 1]]] += classes
    best = np.int32(0)
    for c in range(classes):
        best = max(best, two[0, c] + two[1, c])
    return int(best)


@njit(nogil=True, cache=True)
def _largest_share(
    nearest: np.ndarray, slot_class: np.ndarray, rank: np.ndarray, votes: np.ndarray
) -> int:
    """Class with the largest share; of equal ones that of lower rank."""
    best = slot_class[nearest[0]]
    for slot in nearest[1:]:
        c = slot_class[slot]
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
    slots, held, classes = lists[0], lists[2], rank.shape[0]
    votes, two = np.zeros(classes), np.zeros((2, classes), np.int32)
    handicap = (classes - 1 - rank).astype(np.int32)
    by_handicap = np.argsort(handicap)
    n_voted, called = 0, 0
    for lo in range(0, rows.shape[0], _AHEAD):
        part = rows[lo : lo + _AHEAD]
        called |= _called(lists, part, k, winner)
        some = voted[n_voted : n_voted + part.shape[0]]
        found = _holding(lists, wanted, part, k, some)
        n_voted += found
        for i in some[:found]:
            nearest = slots[i, : min(k, held[i])]
            count = nearest.shape[0]
            if count == 0:
                winner[i], share[i] = -1, np.nan
            elif weighted:
                tally(lists, slot_class, i, k, cosine, weighted, votes)
                best = _largest_share(nearest, slot_class, rank, votes)
                winner[i], share[i] = best, votes[best]
            else:
                score = _highest_score(nearest, slot_class, handicap, two)
                winner[i] = by_handicap[score % classes]
                share[i] = (score // classes) / count
    # Nobody asks for the sum, but what was read for nothing would not be read.
    return n_voted if called != np.iinfo(np.int64).min else 0
