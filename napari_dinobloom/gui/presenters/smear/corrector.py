"""Correcting cells in the field on the canvas: what the pen and the buttons mean."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from psygnal import Signal

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.labels.labeller import TAKE_BACK
from napari_dinobloom.gui.presenters.smear.field_presenter import FieldPresenter
from napari_dinobloom.gui.presenters.smear.scene import Scene
from napari_dinobloom.study import Selection, Study
from napari_dinobloom.workflows import correct_cells as correct
from napari_dinobloom.workflows.correct_cells import Corrected, PictureSeen

Tool = Literal["", "add", "redraw", "nucleus", "split"]

HINTS: dict[str, str] = {
    "": "Choose a tool, or take cells in hand: the Delete key takes them away.",
    "add": "Draw once round a cell that was missed, then let go. A click into the cell "
    "finds its outline by itself.",
    "redraw": "Draw once round the cell, then let go. It keeps its number and label.",
    "nucleus": "Draw once round the nucleus of a white cell, inside its outline, then "
    "let go.",
    "split": "Draw a line across the cell, from edge to edge, then let go.",
}
LEAVE = "Esc puts the pen away."
NO_FIELD = "Show one field by itself to correct cells (untick Contact sheet)."
NOT_SEARCHED = "This field was not searched yet; there are no outlines to correct."


@dataclass(frozen=True, slots=True)
class CorrectionState:
    """What the panel says.

    Parameters
    ----------
    n_in_hand
        Cells in hand that lie in the field on the canvas.
    """

    is_on: bool = False
    tool: Tool = ""
    can: bool = False
    n_in_hand: int = 0
    hint: str = ""


class Corrector:
    """Turns lines and clicks into corrections, each one step of undo.

    ::

        off ──open──► on, no pen ──take──► pen in hand ──draw──► corrected, pen stays
                         ▲────────leave──────────┘

    Parameters
    ----------
    field
        The field on the canvas; it shows the new outline at once.
    said, failed
        Tell a person what was done; what went wrong, and what to do.
    corrected
        Called with the ids of cells that have to be described.
    submit
        Runs a job on another thread: measuring the light of a picture.
    """

    changed = Signal(object)
    """The `CorrectionState` that now holds."""

    def __init__(
        self,
        desk: Desk,
        field: FieldPresenter,
        selection: Selection,
        *,
        said: Callable[[str], None],
        failed: Callable[[str, str], None],
        corrected: Callable[[Iterable[int]], None],
        submit: Callable[..., Any],
    ) -> None:
        self._desk, self._field, self._selection = desk, field, selection
        self._said, self._failed, self._corrected = said, failed, corrected
        self._submit = submit
        self._seen: PictureSeen | None = None
        self._asked: np.ndarray | None = None
        self.state = CorrectionState()
        field.changed.connect(self._field_changed)
        selection.changed.connect(self._tell)
        desk.study_closing.connect(self._leave_study)

    # -- tools -------------------------------------------------------------------

    @property
    def is_drawing(self) -> bool:
        """Whether a pen is in hand."""
        return bool(self.state.is_on and self.state.tool and self.state.can)

    def open(self, on: bool) -> None:
        """Begin to correct, or end it."""
        self._set(is_on=on, tool="")

    def take(self, tool: Tool) -> None:
        """Take a pen in hand; the one in hand is put away."""
        tool = "" if tool == self.state.tool else tool
        self._set(is_on=True, tool=tool)

    def leave(self) -> bool:
        """Put the pen away; False where none is in hand."""
        if not self.is_drawing:
            return False
        self.take(self.state.tool)
        return True

    # -- corrections ---------------------------------------------------------------

    def draw(self, path: np.ndarray) -> None:
        """Do what the pen in hand does along a path; a single point is a click."""
        tool, y, x = self.state.tool, float(path[0, 0]), float(path[0, 1])
        if len(path) == 1 and tool != "add":
            self._field.hand.click((y, x))
        elif tool == "add":
            if len(path) == 1:
                self._do(lambda s, n: correct.add_cell_at(s, n, (y, x), self._sight()))
            else:
                self._do(lambda s, n: correct.add_cell(s, n, path, self._sight()))
        elif tool == "redraw":
            self._do(lambda s, n: correct.redraw_cell(s, n, path, self._seen))
        elif tool == "nucleus":
            self._do(lambda s, n: correct.redraw_nucleus(s, n, path))
        elif tool == "split":
            self._do(lambda s, n: correct.split_cell(s, n, path))

    def delete(self) -> None:
        """Take the cells in hand away that lie in the field."""
        ids = self._in_hand()
        if self._has(ids, "Take cells in hand first: click them in the smear."):
            self._do(lambda s, n: correct.delete_cells(s, n, ids), self._elsewhere(ids))

    def merge(self) -> None:
        """Join the cells in hand."""
        ids = self._in_hand()
        self._do(lambda s, n: correct.merge_cells(s, n, ids))

    def call(self, kind: str) -> None:
        """Say that the cells in hand are of this kind."""
        ids = self._in_hand()
        if self._has(ids, "Take cells in hand first: click them in the smear."):
            self._do(
                lambda s, n: correct.change_kind(s, n, ids, kind, self._seen),
                self._elsewhere(ids),
            )

    def key(self, text: str) -> bool:
        """Do what a key over the smear means here; False where it means nothing."""
        if text != "delete" or not (self.state.is_on and self.state.can):
            return False
        self.delete()
        return True

    # -- parts -------------------------------------------------------------------

    def _do(self, act: Callable[[Study, int], Corrected], rest: str = "") -> None:
        study, scene = self._desk.study, self._scene()
        if study is None or scene is None:
            self._failed(self._why_not(), "")
            return
        held = self._selection.ids
        try:
            done = act(study, scene.picture_ids[0])
        except (DinoBloomError, OSError) as error:
            what = getattr(error, "what", f"Nothing was changed: {error}")
            self._failed(what, getattr(error, "remedy", ""))
            return
        self._field.show_corrected(done.picture_id, done.labels, done.nuclei)
        there = study.findings[done.picture_id].cells
        gone = np.setdiff1d(self._of(scene, held), there.cell_id)
        if done.cell_ids:
            current = done.cell_ids[0] if len(done.cell_ids) == 1 else None
            self._selection.take(done.cell_ids, current=current)
        elif len(gone):
            self._selection.take(gone, "remove")
            if self._selection.current in gone:
                self._selection.look_at(None)
        self._corrected(done.cell_ids)
        self._said(f"{done.said}{rest} — {TAKE_BACK}")

    def _has(self, ids: list[int], why_not: str) -> bool:
        if not ids:
            self._said(why_not)
        return bool(ids)

    def _in_hand(self) -> list[int]:
        """The cells in hand, else the one looked at, that lie in the field."""
        scene, selection = self._scene(), self._selection
        ids = selection.ids
        if not len(ids) and selection.current is not None:
            ids = np.array([selection.current])
        return [] if scene is None else self._of(scene, ids).tolist()

    def _elsewhere(self, ids: list[int]) -> str:
        left = len(self._selection) - len(ids)
        return f"; {left:,} in hand lie in other fields and stay" if left > 0 else ""

    @staticmethod
    def _of(scene: Scene, ids: np.ndarray) -> np.ndarray:
        there: np.ndarray = ids[scene.cells.has(ids)]
        return there

    def _scene(self) -> Scene | None:
        """What lies on the canvas, where cells in it can be corrected."""
        scene = self._field.marks.scene
        alone = scene is not None and len(scene.picture_ids) == 1 and not scene.framed
        study = self._desk.study
        if scene is None or study is None or not alone:
            return None
        return scene if scene.picture_ids[0] in study.findings else None

    def _why_not(self) -> str:
        scene, study = self._field.marks.scene, self._desk.study
        if scene is None or study is None or len(scene.picture_ids) != 1:
            return NO_FIELD
        if scene.framed:
            return "This picture shows a single cell; there is no outline to correct."
        return NOT_SEARCHED

    # -- the light of the picture ----------------------------------------------------

    def _sight(self) -> PictureSeen:
        """The picture on the canvas and its light, measured now if need be."""
        scene = self._field.marks.scene
        assert scene is not None  # noqa: S101 - something is drawn in it
        if self._seen is None or self._seen.rgb is not scene.rgb:
            self._seen = PictureSeen.of(scene.rgb)
        return self._seen

    def _look(self) -> None:
        """Have the light measured before it is asked for."""
        scene = self._scene() if self.state.is_on else None
        if scene is None or self._asked is scene.rgb:
            return
        rgb = self._asked = scene.rgb
        self._seen = None

        def seen(answer: PictureSeen) -> None:
            if self._asked is rgb:
                self._seen = answer

        self._submit(lambda: PictureSeen.of(rgb), seen, lambda _: None)

    # -- what others say -----------------------------------------------------------

    def _field_changed(self, _: object) -> None:
        self._set()

    def _leave_study(self, _: Study) -> None:
        self._seen = self._asked = None
        self.open(on=False)

    def _tell(self) -> None:
        if self.state.is_on:
            self._set()

    def _set(self, **changes: Any) -> None:
        """Let another state hold; what the panel says follows from it."""
        state = replace(self.state, **changes)
        can, hint = self._scene() is not None, ""
        if state.is_on:
            hint = HINTS[state.tool] if can else self._why_not()
            hint = f"{hint} {LEAVE}" if can and state.tool else hint
        n = len(self._in_hand()) if state.is_on and can else 0
        state = replace(state, can=can, n_in_hand=n, hint=hint)
        changed, self.state = state != self.state, state
        self._look()
        if changed:
            self.changed.emit(state)
