"""Sets of rows as ascending arrays.

numpy's own `unique` and `union1d` put whole numbers into a hash table, and no other
thread of Python gets a turn meanwhile: a third of a second for a million.
"""

from collections.abc import Sequence

import numpy as np

_MANY_SHARE = 16
"""From that share of all rows on, marking them is quicker than sorting."""


def united(parts: Sequence[np.ndarray], n: int) -> np.ndarray:
    """(m,) int64, ascending: rows that are in one of the parts, each once.

    Parameters
    ----------
    parts
        Rows from 0 to n - 1, in any order.
    """
    if sum(map(len, parts)) * _MANY_SHARE < n:
        rows = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
        is_first = np.ones(len(rows), np.bool_)
        np.not_equal(rows[1:], rows[:-1], out=is_first[1:])
        return rows[is_first]
    is_in = np.zeros(n, np.bool_)
    for part in parts:
        is_in[part] = True
    return np.flatnonzero(is_in)
