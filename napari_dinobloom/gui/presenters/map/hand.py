"""Lasso, click and hover on the map: which cells they mean."""

from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np

from napari_dinobloom.gui.presenters.map.lasso import inside
from napari_dinobloom.gui.presenters.map.presenter import MapPresenter
from napari_dinobloom.gui.presenters.map.view import MapView
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Selection
from napari_dinobloom.study.selection import Combine

PORTRAIT_PX = 112


class Faces(Protocol):
    """Pictures of cells: at once where they are known."""

    arrived: Any
    """Signal(frozenset of ids)."""

    def image(
        self, cell_id: int, side_px: int, masked: bool = False
    ) -> np.ndarray | None:
        """(side_px, side_px, 3) uint8, or None: it is being read."""
        ...


class MapHand:
    """Connects what is drawn on the map with the one selection.

    Parameters
    ----------
    places
        Knows where the cells lie and which are hidden.
    go_to
        Shows a cell in its slide.
    """

    def __init__(
        self,
        roster: Roster,
        selection: Selection,
        places: MapPresenter,
        view: MapView,
        faces: Faces,
        go_to: Callable[[int], None],
    ) -> None:
        self._roster, self._selection, self._places = roster, selection, places
        self._view, self._faces, self._go_to = view, faces, go_to
        self._hovered: int | None = None
        view.region_drawn.connect(self.take_region)
        view.clicked.connect(self.click)
        view.hovered.connect(self.hover)
        view.escaped.connect(selection.clear)
        view.category_wished.connect(self.take_category)
        selection.changed.connect(self._show_selected)
        selection.current_changed.connect(self._show_current)
        selection.pointed_changed.connect(self._show_pointed)
        faces.arrived.connect(self._face_came)
        places.laid_out.connect(self.show_all)
        self.show_all()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        selection = self._selection
        selection.changed.disconnect(self._show_selected)
        selection.current_changed.disconnect(self._show_current)
        selection.pointed_changed.disconnect(self._show_pointed)
        self._faces.arrived.disconnect(self._face_came)
        self._places.laid_out.disconnect(self.show_all)

    # -- wishes ------------------------------------------------------------------

    def take_region(self, corners: np.ndarray, combine: str) -> None:
        """Take the cells inside an outline in hand; hidden ones are left alone."""
        xy, colouring = self._places.xy, self._places.colouring
        if colouring is None:
            return
        rows = inside(corners, xy[:, 0], xy[:, 1])
        self._take(rows[colouring.is_shown(rows)], combine)

    def take_category(self, code: int, combine: str) -> None:
        """Take all cells on the map that have this colour in hand."""
        colouring = self._places.colouring
        if colouring is not None:
            rows = np.flatnonzero((colouring.codes == code) & self._places.placed)
            self._take(rows, combine)

    def click(self, x: float, y: float, radius: float, combine: str) -> None:
        """Take the cell there in hand, look at it and go to it in its slide."""
        row = self.nearest(x, y, radius)
        if row is None:
            return
        cell_id = int(self._roster.cells.cell_id[row])
        self._selection.take([cell_id], cast("Combine", combine), current=cell_id)
        self._go_to(cell_id)

    def hover(self, place: tuple[float, float, float] | None) -> None:
        """Point at the cell there, and show its face."""
        row = self.nearest(*place) if place is not None else None
        self._hovered = row
        cell_id = None if row is None else int(self._roster.cells.cell_id[row])
        self._selection.point_at(cell_id)
        self._show_face()

    def nearest(self, x: float, y: float, radius: float) -> int | None:
        """The row of the nearest cell that is shown, within a radius."""
        xy, colouring = self._places.xy, self._places.colouring
        if colouring is None:
            return None
        near = np.flatnonzero(
            (np.abs(xy[:, 0] - np.float32(x)) <= radius)
            & (np.abs(xy[:, 1] - np.float32(y)) <= radius)
        )
        near = near[colouring.is_shown(near)]
        if not len(near):
            return None
        away = np.hypot(xy[near, 0] - x, xy[near, 1] - y)
        best = int(away.argmin())
        return int(near[best]) if away[best] <= radius else None

    # -- shown -------------------------------------------------------------------

    def show_all(self) -> None:
        """Everything that is in hand, looked at or pointed at."""
        self._hovered = None
        self._show_selected()
        self._show_current()
        self._show_pointed()
        self._show_face()

    def _take(self, rows: np.ndarray, combine: str) -> None:
        ids = self._roster.cells.cell_id[rows]
        self._selection.take(ids, cast("Combine", combine))

    def _show_selected(self) -> None:
        self._view.show_selected(self._roster.rows_of(self._selection.ids))

    def _show_current(self) -> None:
        self._view.show_current(self._roster.row_of(self._selection.current))

    def _show_pointed(self) -> None:
        self._view.show_pointed(self._roster.row_of(self._selection.pointed))

    def _face_came(self, cell_ids: frozenset[int]) -> None:
        row = self._hovered
        if row is not None and int(self._roster.cells.cell_id[row]) in cell_ids:
            self._show_face()

    def _show_face(self) -> None:
        row = self._hovered
        if row is None or self._places.shown is None:
            self._view.show_cell(None, None, ())
            return
        cell_id = int(self._roster.cells.cell_id[row])
        face = self._faces.image(cell_id, PORTRAIT_PX)
        self._view.show_cell(row, face, self._words(row))

    def _words(self, row: int) -> tuple[str, ...]:
        roster, lines = self._roster, []
        names = roster.class_names
        if roster.label[row] >= 0:
            lines.append(names[roster.label[row]])
        elif roster.unsure[row]:
            lines.append("unsure")
        if roster.predicted[row] >= 0:
            lines.append(f"predicted {names[roster.predicted[row]]}:")
            lines.append(roster.vote_on(row).in_words)
        if not lines:
            kind = KIND_NAMES[CELL_KINDS[roster.cells.kind[row]]]
            lines.append(f"{kind}, not labelled")
        codes, slides = roster.codes_of("slide")
        where = slides[codes[row]] if codes[row] >= 0 else ""
        number = f"cell {int(roster.cells.cell_id[row])}"
        lines.append(f"{where} · {number}" if where else number)
        return tuple(lines)
