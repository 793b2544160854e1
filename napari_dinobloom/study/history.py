"""Undo and redo without limit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from napari_dinobloom.study.contents import Contents
from napari_dinobloom.study.edits import (
    CorrectCells,
    Edit,
    ReplaceCells,
    SetElement,
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


class History:
    """Steps that stand and steps that were undone.

    ::

        apply ──► done ──undo──► undone
                   ▲──────redo─────┘        a new edit forgets what was undone
    """

    def __init__(self) -> None:
        self.done: list[Step] = []
        self.undone: list[Step] = []

    def step_for(self, group: str | None) -> str:
        """The id of the step that an edit of this group will belong to."""
        if group is not None and self.done and not self.undone:
            last = self.done[-1].step_id
            if last.rpartition("#")[0] == group:
                return last
        # A new act, or the same one going on after someone else's edit or an undo.
        unique = uuid4().hex[:12]
        return unique if group is None else f"{group}#{unique}"

    def apply(self, edit: Edit, contents: Contents, step_id: str) -> None:
        """Apply an edit as part of a step."""
        inverse = edit.apply(contents)
        self.undone.clear()
        if not self.done or self.done[-1].step_id != step_id:
            # not empty lists that are added to: those take room for four
            self.done.append(Step(step_id, [edit], [inverse]))
            return
        self.done[-1].edits.append(edit)
        self.done[-1].inverses.append(inverse)

    def undo(self, contents: Contents, before: Callable[[str], None]) -> Step | None:
        """Take the last step back; ``before`` is told its id first."""
        if not self.done:
            return None
        before(self.done[-1].step_id)
        step = self.done.pop()
        # What redo will do is what was just taken back, not what was once applied: a
        # feature matrix has more rows by now.
        again = [inverse.apply(contents) for inverse in reversed(step.inverses)]
        step.edits = again[::-1]
        self.undone.append(step)
        return step

    def redo(self, contents: Contents, before: Callable[[str], None]) -> Step | None:
        """Do the last undone step again; ``before`` is told its id first."""
        if not self.undone:
            return None
        before(self.undone[-1].step_id)
        step = self.undone.pop()
        step.inverses = [edit.apply(contents) for edit in step.edits]
        self.done.append(step)
        return step
