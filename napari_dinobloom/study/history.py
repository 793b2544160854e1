"""Undo and redo without limit."""

from collections.abc import Callable
from uuid import uuid4

from napari_dinobloom.study.contents import Contents
from napari_dinobloom.study.edits import Edit
from napari_dinobloom.study.steps import DoneSteps, Step


class History:
    """Steps that stand and steps that were undone.

    ::

        apply ──► done ──undo──► undone
                   ▲──────redo─────┘        a new edit forgets what was undone
    """

    def __init__(self) -> None:
        self._done = DoneSteps()
        self.undone: list[Step] = []

    @property
    def last(self) -> Step | None:
        """The step that undo would take back."""
        return self._done.top

    def step_for(self, group: str | None) -> str:
        """The id of the step that an edit of this group will belong to."""
        last = self.last.step_id if self.last is not None else ""
        goes_on = group is not None and not self.undone
        if goes_on and last and last.rpartition("#")[0] == group:
            return last
        # A new act, or the same one going on after someone else's edit or an undo.
        unique = uuid4().hex[:12]
        return unique if group is None else f"{group}#{unique}"

    def apply(self, edit: Edit, contents: Contents, step_id: str) -> None:
        """Apply an edit as part of a step."""
        inverse = edit.apply(contents)
        self.undone.clear()
        last = self.last
        if last is None or last.step_id != step_id:
            # not empty lists that are added to: those take room for four
            self._done.push(Step(step_id, [edit], [inverse]))
            return
        last.edits.append(edit)
        last.inverses.append(inverse)

    def undo(self, contents: Contents, before: Callable[[str], None]) -> Step | None:
        """Take the last step back; ``before`` is told its id first."""
        step = self.last
        if step is None:
            return None
        before(step.step_id)
        # What redo will do is what was just taken back, not what was once applied: a
        # feature matrix has more rows by now.
        again = [inverse.apply(contents) for inverse in reversed(step.inverses)]
        self._done.drop(contents)
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
        self._done.push(step)
        return step
