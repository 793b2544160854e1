"""What people said about cells: appended, never overwritten."""

import getpass
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

UNSURE = "unsure"
"""Note of a statement by someone who looked at the cell and is not sure; with a class,
what it most likely is, without one, nothing that could be told."""
SURE = "sure"
"""Note of a statement that takes the mark `UNSURE` away and keeps the class."""
ACCEPTED = "accepted prediction"
"""Source of a label that was predicted and that a person agreed to."""


def account_name() -> str:
    """Who is logged in; "unknown" where the account has no name (a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now() -> str:
    """The time in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


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


class LabelJournal:
    """Every statement in the order in which it was made, and what stands now.

    Undone statements are not part of it; the study's history knows them.
    """

    def __init__(self) -> None:
        self._records: list[LabelRecord] = []
        self._by_cell: dict[int, list[LabelRecord]] = {}
        self._standing_sum = 0

    def append(self, records: Iterable[LabelRecord]) -> None:
        """Add statements; the last one about a cell stands."""
        for record in records:
            stack = self._by_cell.setdefault(record.cell_id, [])
            self._exchange(stack[-1] if stack else None, record)
            stack.append(record)
            self._records.append(record)

    def withdraw(self, records: Sequence[LabelRecord]) -> None:
        """Take back the last statements made, newest first (undo).

        Raises
        ------
        ValueError
            If others were made since; then nothing is taken back.
        """
        first = len(self._records) - len(records)
        if first < 0 or self._records[first:] != list(records):
            raise ValueError("newer statements were made since")
        del self._records[first:]
        for record in reversed(records):
            stack = self._by_cell[record.cell_id]
            stack.pop()
            self._exchange(record, stack[-1] if stack else None)
            if not stack:
                del self._by_cell[record.cell_id]

    def standing(self, cell_id: int) -> LabelRecord | None:
        """The statement that holds for a cell; None where nobody said anything."""
        stack = self._by_cell.get(cell_id)
        return stack[-1] if stack else None

    def label_of(self, cell_id: int) -> str | None:
        """The class that stands for a cell, or None."""
        record = self.standing(cell_id)
        return record.class_name if record else None

    def is_unsure(self, cell_id: int) -> bool:
        """Whether the statement that holds for a cell is marked as not sure."""
        stack = self._by_cell.get(cell_id)
        return stack is not None and stack[-1].note == UNSURE

    def labels(self, *, unsure: bool = True) -> dict[int, str]:
        """Every standing label by cell id.

        Parameters
        ----------
        unsure
            False leaves out those marked unsure: nothing is to be learnt from them,
            and nothing to be scored by them.
        """
        return {
            cell_id: stack[-1].class_name
            for cell_id, stack in self._by_cell.items()
            if stack[-1].class_name is not None and (unsure or stack[-1].note != UNSURE)
        }

    def of_cell(self, cell_id: int) -> tuple[LabelRecord, ...]:
        """All that was said about a cell, oldest first."""
        return tuple(self._by_cell.get(cell_id, ()))

    def __iter__(self) -> Iterator[LabelRecord]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def version(self) -> str:
        """Differs whenever other labels stand; the same after undo and reopen."""
        return f"{self._standing_sum:x}"

    def _exchange(self, old: LabelRecord | None, new: LabelRecord | None) -> None:
        """Keep the sum over what stands; a sum does not depend on the order."""
        change = _digest(new) - _digest(old)
        self._standing_sum = (self._standing_sum + change) % 2**64


def _digest(record: LabelRecord | None) -> int:
    if record is None:
        return 0
    name = record.class_name
    if record.note == UNSURE:
        # A zero byte stands in no other digest: ids are digits, then comes a space.
        said = f"{record.cell_id}\0{'' if name is None else f' {name}'}"
    elif name is None:
        return 0
    else:
        said = f"{record.cell_id} {name}"
    content = said.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(content, digest_size=8).digest())
