"""Many statements at once, as columns: a lasso may say one thing about a million cells.

A record per cell takes a microsecond to make and a hundred bytes to keep; here a
statement about a cell is two numbers, and records are made where somebody reads them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from napari_dinobloom.study.ascending import ascending

UNSURE = "unsure"
"""Note of a statement by someone who looked at the cell and is not sure; with a class,
what it most likely is, without one, nothing that could be told."""
SURE = "sure"
"""Note of a statement that takes the mark `UNSURE` away and keeps the class."""
ACCEPTED = "accepted prediction"
"""Source of a label that was predicted and that a person agreed to."""


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One statement of one author about one cell.

    Parameters
    ----------
    class_name
        None takes the standing label away.
    source
        "person", "import: FILE", "folder name", "accepted prediction".
    prediction
        Where a prediction was accepted: the revision of the predictions and its
        probability, "1f0c… 0.93". Else empty.
    note
        `UNSURE`, `SURE`, or anything a person wants to say.
    """

    cell_id: int
    class_name: str | None
    author: str
    at: str
    source: str = "person"
    prediction: str = ""
    note: str = ""


class Saying(NamedTuple):
    """What a `LabelRecord` says, without the cell it is about."""

    class_name: str | None
    author: str
    at: str
    source: str = "person"
    prediction: str = ""
    note: str = ""


class Statements(Sequence[LabelRecord]):
    """A sequence of records of which none is kept.

    Parameters
    ----------
    cell_ids
        (n,) int64; kept, never changed, do not change it either.
    sayings
        What is said, each once.
    which
        (n,) int32 index into ``sayings``; all say the first unless told.
    """

    __slots__ = ("cell_ids", "sayings", "which")

    def __init__(
        self,
        cell_ids: np.ndarray,
        sayings: Iterable[Saying],
        which: np.ndarray | None = None,
    ) -> None:
        self.cell_ids = np.asarray(cell_ids, np.int64)
        self.sayings = tuple(sayings)
        if which is None:
            which = np.broadcast_to(np.int32(0), self.cell_ids.shape)
        self.which = np.asarray(which, np.int32)
        n = len(self.sayings)
        if self.which.shape != self.cell_ids.shape:
            raise ValueError("not every cell has its saying")
        if len(self.which) and not (0 <= self.which.min() <= self.which.max() < n):
            raise ValueError("a saying is missing")

    @classmethod
    def of(cls, records: Iterable[LabelRecord]) -> "Statements":
        """The same records as columns."""
        if isinstance(records, Statements):
            return records
        ids: list[int] = []
        which: list[int] = []
        known: dict[Saying, int] = {}
        for r in records:
            said = Saying(r.class_name, r.author, r.at, r.source, r.prediction, r.note)
            ids.append(r.cell_id)
            which.append(known.setdefault(said, len(known)))
        return cls(np.array(ids, np.int64), known, np.array(which, np.int32))

    def __len__(self) -> int:
        return len(self.cell_ids)

    @overload
    def __getitem__(self, at: int) -> LabelRecord: ...
    @overload
    def __getitem__(self, at: slice) -> "Statements": ...
    def __getitem__(self, at: int | slice) -> "LabelRecord | Statements":
        if isinstance(at, slice):
            return Statements(self.cell_ids[at], self.sayings, self.which[at])
        return LabelRecord(int(self.cell_ids[at]), *self.sayings[self.which[at]])

    def __iter__(self) -> Iterator[LabelRecord]:
        sayings = self.sayings
        for cell_id, said in zip(
            self.cell_ids.tolist(), self.which.tolist(), strict=True
        ):
            yield LabelRecord(cell_id, *sayings[said])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Statements):
            return NotImplemented
        return np.array_equal(self.cell_ids, other.cell_ids) and self._says_as(other)

    __hash__ = None  # type: ignore[assignment] # compared by content, as a list is

    @property
    def about(self) -> np.ndarray:
        """(m,) int64, ascending: the cells, each once."""
        return ascending(self.cell_ids)

    def said(self) -> list[Saying]:
        """The sayings that some cell has."""
        if len(self.sayings) == 1 and len(self.which):
            return list(self.sayings)
        used = np.bincount(self.which, minlength=len(self.sayings))
        return [self.sayings[i] for i in np.flatnonzero(used).tolist()]

    def _says_as(self, other: "Statements") -> bool:
        if self.sayings == other.sayings and np.array_equal(self.which, other.which):
            return True
        pairs = self.which * np.int64(len(other.sayings)) + other.which
        for pair in np.unique(pairs).tolist():
            mine, theirs = divmod(pair, len(other.sayings))
            if self.sayings[mine] != other.sayings[theirs]:
                return False
        return True
