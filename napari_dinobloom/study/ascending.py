"""Ids each once, codes each once.

numpy's own `unique` puts whole numbers into a hash table: for a million of them that
takes ten times as long as sorting, and no other thread of Python gets a turn meanwhile.
"""

import numpy as np


def ascending(ids: np.ndarray) -> np.ndarray:
    """(m,) int64 ascending ids, each once; an array that is so already, as it is."""
    if is_ascending(ids):
        return ids
    in_order = np.sort(ids)
    is_first = np.ones(len(ids), bool)
    np.not_equal(in_order[1:], in_order[:-1], out=is_first[1:])
    once: np.ndarray = in_order[is_first]
    return once


def is_ascending(ids: np.ndarray) -> bool:
    """Whether each is greater than the one before."""
    return bool((ids[1:] > ids[:-1]).all())


def numbered(codes: np.ndarray) -> tuple[list[int], np.ndarray]:
    """Codes that occur, ascending, and (n,) int32 the place of each cell's among them.

    Parameters
    ----------
    codes
        (n,) whole numbers from -1 up, small ones.
    """
    used = np.flatnonzero(np.bincount(np.asarray(codes, np.int64) + 1))
    place = np.zeros(int(used.max(initial=-1)) + 1, np.int32)
    place[used] = np.arange(len(used))
    return (used - 1).tolist(), place[np.asarray(codes, np.int64) + 1]
