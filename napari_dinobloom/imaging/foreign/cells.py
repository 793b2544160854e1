"""What a reader of foreign masks gives back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

MOST_CELLS = 1_000_000
"""In one picture; a field that shows more is a photograph taken for a label image."""
MOST_BYTES = 500_000_000
"""Of a file of outlines: parsed, it takes about ten times as much memory."""


@dataclass(frozen=True, slots=True)
class ForeignCells:
    """The cells of one picture as another program saw them.

    Parameters
    ----------
    labels
        (H, W) int32; 0 is background, 1 … n the cells, none missing.
    nuclei
        (H, W) int32; the nucleus of cell i carries i, all else is 0.
    names
        (n,) what the file calls each cell; "" where it says nothing.
    kinds
        (n,) the kind in our own words where the file says it, else "".
    scores
        (n,) float32 in 0 … 1; nan where the file has none.
    knows_nuclei
        Whether the file speaks of nuclei at all.
    notes
        Sentences for the person: what was left out or taken otherwise.
    """

    labels: np.ndarray
    nuclei: np.ndarray
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    scores: np.ndarray
    knows_nuclei: bool
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self.names)


class PictureMasks(Protocol):
    """The masks that one file holds for one picture."""

    @property
    def file(self) -> Path:
        """Where they stand."""
        ...

    @property
    def picture(self) -> str:
        """What the file calls the picture: a path or a name; it is never opened."""
        ...

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width) of the picture where the file says so, else None."""
        ...

    def cells(self, shape: tuple[int, int]) -> ForeignCells:
        """The cells, for a picture of this height and width.

        Raises
        ------
        BadInputError
            If they cannot be those of such a picture.
        """
        ...


def as_score(value: object) -> float:
    """A number in 0 … 1, or nan."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        return number if 0 <= number <= 1 else float("nan")
    return float("nan")


def as_text(value: object) -> str:
    """A name of bearable length, or ""."""
    return " ".join(value.split())[:200] if isinstance(value, str) else ""


def some(n: int, noun: str, rest: str, singular: str = "") -> str:
    """A sentence about so many: "1 cell was …", "12 cells were …"."""
    return f"{n:,} {noun} {singular or rest}" if n == 1 else f"{n:,} {noun}s {rest}"
