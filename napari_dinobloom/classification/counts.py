"""The differential count: per class how many, what share, how sure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.core import BadInputError

FEWEST_CELLS = 100
"""Below this many cells a differential count says that it is short (ICSH)."""


@dataclass(frozen=True, slots=True)
class ClassCount:
    """One line of a differential count; percent and interval are in 0…100."""

    name: str
    n: int
    percent: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DifferentialCount:
    """A differential count, largest class first, and what to say about it."""

    classes: tuple[ClassCount, ...]
    n_cells: int
    note: str


def differential_count(
    names: Sequence[str], *, classes: Sequence[str] = (), confidence: float = 0.95
) -> DifferentialCount:
    """Count cells by class with Wilson intervals.

    Parameters
    ----------
    names
        Class of each cell; leave out the cells without one.
    classes
        Classes to list even when none was seen.
    confidence
        Of the interval, between 0 and 1.
    """
    counts = dict.fromkeys(classes, 0)
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    total = len(names)
    lines = []
    for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        low, high = wilson_interval(n, total, confidence)
        percent = 100 * n / total if total else 0.0
        lines.append(ClassCount(name, n, percent, 100 * low, 100 * high))
    note = ""
    if total < FEWEST_CELLS:
        note = (
            f"Only {total} cells were counted; a differential count rests on at least "
            f"{FEWEST_CELLS}, better 200 or more."
        )
    return DifferentialCount(tuple(lines), total, note)


def wilson_interval(
    n: int, total: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927, 10.2307/2276774), in 0…1.

    Nothing counted says nothing: (0, 1).

    Raises
    ------
    BadInputError
        If not 0 ≤ n ≤ total or confidence is not between 0 and 1.
    """
    from scipy.stats import norm

    if not 0 <= n <= total:
        raise BadInputError(f"{n} of {total} cells is not a share.")
    if not 0 < confidence < 1:
        raise BadInputError(f"A confidence lies between 0 and 1; got {confidence}.")
    if total == 0:
        return 0.0, 1.0
    z2 = float(norm.ppf((1 + confidence) / 2)) ** 2
    share = n / total
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = np.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total**2)))
    half = float(half) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)
