"""What people said about cells: appended, never overwritten."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


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
        self._by_cell: dict[int, list[LabelRecord]] = {}

    def append(self, records: Iterable[LabelRecord]) -> None:
        """Add statements; the last one about a cell stands."""
        for record in records:
            self._by_cell.setdefault(record.cell_id, []).append(record)

    def withdraw(self, records: Sequence[LabelRecord]) -> None:
        """Take back the last statements made, newest first (undo)."""
        for record in reversed(records):
            stack = self._by_cell[record.cell_id]
            if stack[-1] is not record and stack[-1] != record:
                raise ValueError(f"cell {record.cell_id} has a newer label")
            stack.pop()
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

    def labels(self) -> dict[int, str]:
        """Every standing label by cell id."""
        return {
            cell_id: stack[-1].class_name
            for cell_id, stack in self._by_cell.items()
            if stack[-1].class_name is not None
        }

    def of_cell(self, cell_id: int) -> tuple[LabelRecord, ...]:
        """All that was said about a cell, oldest first."""
        return tuple(self._by_cell.get(cell_id, ()))

    def __iter__(self) -> Iterator[LabelRecord]:
        for stack in self._by_cell.values():
            yield from stack

    def __len__(self) -> int:
        return sum(len(stack) for stack in self._by_cell.values())

    @property
    def version(self) -> str:
        """Differs whenever other labels stand; the same after a reopen."""
        if not self._by_cell:
            return "0"
        last = max(stack[-1].at for stack in self._by_cell.values())
        return f"{len(self)}/{last}"
