"""What a report is told from outside: how to read pictures, and what was counted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class PictureAccess:
    """How a report gets at pixels.

    Parameters
    ----------
    read
        Gives the (H, W, 3) uint8 pixels of a picture file.
    cut
        Cuts square thumbnails: pixels, (n, 4) boxes x, y, width, height, margin as a
        fraction of the longer side, side in pixels; gives (n, s, s, 3) uint8.
    """

    read: Callable[[Path], np.ndarray]
    cut: Callable[[np.ndarray, np.ndarray, float, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class CountedClass:
    """One row of a differential count; fractions in 0 … 1."""

    name: str
    n: int
    fraction: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DifferentialTable:
    """A differential count of white cells.

    Parameters
    ----------
    subject
        Whose cells: "All slides", a slide's name.
    source
        "labels" (a person's word) or "predictions" (a classifier's belief).
    rows
        Classes with Wilson intervals of 95 %.
    total
        Cells counted.
    remarks
        Sentences that belong to it: too few cells, how many have no class.
    synthetic
        Whether the cells were drawn by a program.
    """

    subject: str
    source: str
    rows: tuple[CountedClass, ...]
    total: int
    remarks: tuple[str, ...] = ()
    synthetic: bool = False
