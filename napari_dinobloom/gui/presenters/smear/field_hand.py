"""What the mouse on the smear means: point at a cell, take it, take many."""

from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.gui.presenters.smear.field_marks import FieldMarks
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Selection
from napari_dinobloom.study.selection import Combine

Place = tuple[float, float]
"""(y, x) in pixels of the scene."""


class FieldHand:
    """Turns places in the scene into cells in hand; hidden cells are not touched."""

    def __init__(self, marks: FieldMarks, roster: Roster, selection: Selection) -> None:
        self._marks, self._roster, self._selection = marks, roster, selection

    def point(self, place: Place | None) -> None:
        """Point at the cell that lies there, or at none."""
        row = self._row_at(place)
        scene = self._marks.scene
        found = None if row is None or scene is None else int(scene.cells.cell_id[row])
        self._selection.point_at(found)

    def click(self, place: Place | None, combine: Combine = "replace") -> None:
        """Take the cell there; beside all cells put all away, unless adding."""
        row, scene = self._row_at(place), self._marks.scene
        if row is None or scene is None:
            if combine == "replace":
                self._selection.clear()
            return
        cell_id = int(scene.cells.cell_id[row])
        self._selection.take([cell_id], combine)
        if cell_id in self._selection:
            self._selection.look_at(cell_id)

    def take_box(
        self, corner: Place, opposite: Place, combine: Combine = "replace"
    ) -> None:
        """Take the cells whose centre lies between two corners."""
        scene = self._marks.scene
        if scene is None:
            return
        (top, bottom), (left, right) = map(sorted, zip(corner, opposite, strict=True))
        cells = scene.cells
        inside = (cells.y >= top) & (cells.y <= bottom)
        inside &= (cells.x >= left) & (cells.x <= right) & self._marks.visible
        self._selection.take(cells.cell_id[inside], combine)

    def describe(self, place: Place | None) -> str:
        """The cell at a place in one line, or ""."""
        row, scene = self._row_at(place), self._marks.scene
        if row is None or scene is None:
            return ""
        cells = scene.cells
        cell_id = int(cells.cell_id[row])
        parts = [f"Cell {cell_id}", KIND_NAMES[CELL_KINDS[int(cells.kind[row])]]]
        parts += self._said_of(cell_id)
        if cells.cut_by_border[row]:
            parts.append("cut by the border")
        return " · ".join(parts)

    def _said_of(self, cell_id: int) -> list[str]:
        """What somebody or the program said about a cell."""
        roster = self._roster
        at = roster.row_of(cell_id)
        if at is None:
            return ["not labelled"]
        names = (*roster.class_names, "")
        label, predicted = names[roster.label[at]], names[roster.predicted[at]]
        parts = [f"labelled {label}" if label else "not labelled"]
        if roster.unsure[at]:
            parts.append("marked unsure")
        if roster.predicted[at] != NONE:
            parts.append(f"predicted {predicted} ({roster.vote_on(at).in_words})")
        return parts

    def _row_at(self, place: Place | None) -> int | None:
        scene = self._marks.scene
        if scene is None or place is None:
            return None
        row = scene.row_at(*place)
        return row if row is not None and self._marks.visible[row] else None
