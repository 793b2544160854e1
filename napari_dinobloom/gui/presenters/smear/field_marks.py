"""How the cells on show are drawn: class, in hand, looked at, pointed at."""

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.roster import AT_ONCE, NONE, Later, Roster
from napari_dinobloom.gui.presenters.smear.field_canvas import Canvas
from napari_dinobloom.gui.presenters.smear.palette import LegendEntry, Meaning, Palette
from napari_dinobloom.gui.presenters.smear.scene import Scene
from napari_dinobloom.study import Selection


class FieldMarks:
    """Keeps colours and marks of one scene true; only cells that differ are drawn.

    Parameters
    ----------
    canvas
        Where it is drawn.
    roster
        Labels and predictions.
    selection
        The cells in hand.
    later
        Leaves news of very many cells to a turn of their own: the map has much to do.
    """

    changed = Signal()
    """The legend may say something else."""

    def __init__(
        self, canvas: Canvas, roster: Roster, selection: Selection, *, later: Later
    ) -> None:
        self._canvas, self._roster, self._selection = canvas, roster, selection
        self._recolour_soon = later(self._recolour)
        self._scene: Scene | None = None
        self._caption = ""
        self._palette = Palette({})
        self._hidden: frozenset[Meaning] = frozenset()
        self._rows = np.empty(0, np.int64)
        self._codes = np.empty(0, np.int64)
        self._drawn = np.empty(0, np.int64)
        self._held = np.empty(0, bool)
        roster.labels_changed.connect(self._on_news)
        roster.predictions_changed.connect(self._on_news)
        roster.classes_changed.connect(self.repaint)
        roster.reset.connect(self._reset)
        selection.changed.connect(self._hold)
        selection.current_changed.connect(self._mark)
        selection.pointed_changed.connect(self._mark)

    # -- what is on show ---------------------------------------------------------

    @property
    def scene(self) -> Scene | None:
        """Pixels and cells on show, or None."""
        return self._scene

    @property
    def visible(self) -> np.ndarray:
        """(n,) bool by row of the scene: cells that the legend does not hide."""
        return self._drawn > 0

    def legend(self) -> tuple[LegendEntry, ...]:
        """What the colours on show mean."""
        return tuple(self._palette.legend(self._codes, self._hidden))

    def row_of(self, cell_id: int | None) -> int | None:
        """Row in the scene of a cell that is on show, or None."""
        if cell_id is None or self._scene is None:
            return None
        rows = np.flatnonzero(self._scene.cells.cell_id == cell_id)
        return int(rows[0]) if len(rows) else None

    # -- drawing -----------------------------------------------------------------

    def show(self, scene: Scene, caption: str) -> None:
        """Draw another scene."""
        self._scene, self._caption = scene, caption
        self.repaint()

    def repaint(self) -> None:
        """Colour every cell on show anew; the pixels stay."""
        scene = self._scene
        if scene is None:
            return
        self._palette = Palette({c.name: c.colour for c in self._roster.classes})
        self._rows = _rows_in(self._roster.cells.cell_id, scene.cells.cell_id)
        self._codes = self._read_codes(scene)
        self._drawn = self._palette.without(self._codes, self._hidden)
        self._held = self._selection.has(scene.cells.cell_id)
        self._canvas.show_scene(
            scene, self._drawn, self._palette, self._held, self._caption
        )
        self._mark()
        self.changed.emit()

    def forget(self) -> None:
        """Draw nothing."""
        self._scene = None
        self._codes = self._drawn = np.empty(0, np.int64)
        self._held = np.empty(0, bool)
        self._canvas.clear()

    def hide(self, source: str, name: str, hidden: bool) -> None:
        """Hide the cells of a line of the legend, or show them again."""
        line = {(source, name)}
        self._hidden = self._hidden | line if hidden else self._hidden - line
        self._draw_codes(self._codes)
        self.changed.emit()

    # -- what roster and selection say -------------------------------------------

    def _reset(self) -> None:
        if len(self._roster):
            self.repaint()

    def _on_news(self, rows: np.ndarray) -> None:
        if len(rows) > AT_ONCE:
            self._recolour_soon()
        else:
            self._recolour()

    def _recolour(self) -> None:
        """Of the cells on show draw those whose code is another one now."""
        if self._scene is None:
            return
        codes = self._read_codes(self._scene)
        if not np.array_equal(codes, self._codes):
            self._draw_codes(codes)
            self.changed.emit()

    def _draw_codes(self, codes: np.ndarray) -> None:
        self._codes = codes
        drawn = self._palette.without(codes, self._hidden)
        rows = np.flatnonzero(drawn != self._drawn)
        self._drawn = drawn
        if len(rows):
            self._canvas.recolour(rows, drawn[rows])

    def _hold(self) -> None:
        if self._scene is None:
            return
        held = self._selection.has(self._scene.cells.cell_id)
        rows = np.flatnonzero(held != self._held)
        self._held = held
        if len(rows):
            self._canvas.hold(rows, held[rows])

    def _mark(self) -> None:
        if self._scene is not None:
            current = self.row_of(self._selection.current)
            self._canvas.mark(current, self.row_of(self._selection.pointed))

    def _read_codes(self, scene: Scene) -> np.ndarray:
        """(n,) code per cell of the scene; one not yet in the roster has its kind."""
        here, roster = self._rows >= 0, self._roster
        rows = self._rows[here]
        label = np.full(len(here), NONE, np.int64)
        predicted = np.full(len(here), NONE, np.int64)
        unsure = np.zeros(len(here), bool)
        label[here], predicted[here] = roster.label[rows], roster.predicted[rows]
        unsure[here] = roster.unsure[rows]
        return self._palette.codes_of(scene.cells.kind, label, predicted, unsure)


def _rows_in(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n,) place of each id in an ascending array, −1 where it is not."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    rows: np.ndarray = np.where(known[at] == wanted, at, -1)
    return rows
