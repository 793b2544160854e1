"""Steps of undo, kept small: five thousand labels are five thousand of them."""

from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.study.column import Column
from napari_dinobloom.study.contents import Contents
from napari_dinobloom.study.edits import (
    CorrectCells,
    Edit,
    ReplaceCells,
    SetElement,
    SetLabels,
    WithdrawLabels,
)


@dataclass(slots=True)
class Step:
    """What one undo takes back: the edits of one act, and what undoes each."""

    step_id: str
    edits: list[Edit] = field(default_factory=list)
    inverses: list[Edit] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """What an undo menu says."""
        corrected = [edit for edit in self.edits if isinstance(edit, CorrectCells)]
        if corrected:  # a label that a cell took over with it is no act of its own
            return corrected[0].summary
        # Classes that came up with a label are not what the person did.
        acts = [edit for edit in self.edits if edit.kind != "taxonomy"] or self.edits
        found = [edit.findings for edit in acts if isinstance(edit, ReplaceCells)]
        if len(found) == len(acts) > 1:
            # a search goes picture by picture, to the person it is one
            together = {p: f for findings in found for p, f in findings.items()}
            return ReplaceCells(together).summary
        # A result that grows while it is computed is one result.
        about = {
            edit.key if isinstance(edit, SetElement) else n: edit.summary
            for n, edit in enumerate(acts)
        }
        words = list(about.values())
        if len(words) == 2 and words[0] != words[1]:
            return " and ".join(words)
        others = len(words) - 1
        more = f" and {others} other change{'s' * (others > 1)}" if others > 0 else ""
        return f"{words[0]}{more}" if words else ""


class DoneSteps:
    """A stack of steps that stand; only the top one is there as it was applied.

    A step below it that did nothing but label is a name and a number of statements,
    because the statements themselves are the last ones of the journal once the steps
    above it were taken back.
    """

    def __init__(self) -> None:
        self._below: list[Step | _Labels] = []
        self._n = 0
        self.top: Step | None = None

    def __len__(self) -> int:
        return self._n

    def push(self, step: Step) -> None:
        """Put a step on top that was applied."""
        if self.top is not None:
            self._put_away(self.top)
        self.top = step
        self._n += 1

    def drop(self, contents: Contents) -> None:
        """Take the top step off, which was taken back; the one below it comes up."""
        self._n -= 1
        self.top = self._taken_out(contents) if self._n else None

    def _put_away(self, step: Step) -> None:
        edit = step.edits[0] if len(step.edits) == 1 else None
        if not isinstance(edit, SetLabels) or not len(edit.records):
            self._below.append(step)
            return
        if not self._below or not isinstance(self._below[-1], _Labels):
            self._below.append(_Labels())
        last = self._below[-1]
        assert isinstance(last, _Labels)  # noqa: S101 - made above
        last.push(step.step_id, len(edit.records))

    def _taken_out(self, contents: Contents) -> Step:
        last = self._below[-1]
        if isinstance(last, Step):
            self._below.pop()
            return last
        step_id, n = last.pop()
        if not len(last):
            self._below.pop()
        records = contents.labels.last(n)
        return Step(step_id, [SetLabels(records)], [WithdrawLabels(records)])


class _Labels:
    """Steps that follow each other and did nothing but label."""

    def __init__(self) -> None:
        self._names = bytearray()
        self._ends, self._counts = Column(np.int64), Column(np.int32)

    def __len__(self) -> int:
        return len(self._ends)

    def push(self, step_id: str, n: int) -> None:
        """Note a step of n statements."""
        self._names += step_id.encode("utf-8", "surrogatepass")
        self._ends.extend(np.array([len(self._names)]))
        self._counts.extend(np.array([n]))

    def pop(self) -> tuple[str, int]:
        """The last one's name and number of statements, which is forgotten."""
        n = len(self) - 1
        count = int(self._counts.values[n])
        self._ends.cut(n)
        self._counts.cut(n)
        start = int(self._ends.values[n - 1]) if n else 0
        name = self._names[start:].decode("utf-8", "surrogatepass")
        del self._names[start:]
        return name, count
