"""The cells themselves: a scroll area that paints what can be seen, and no more."""

from collections.abc import Mapping

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QRect, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip

from napari_dinobloom.gui.views.elided import cut_name
from napari_dinobloom.gui.views.gallery.band import Band
from napari_dinobloom.gui.views.gallery.cell import CellPainter, CellState
from napari_dinobloom.gui.views.gallery.grid import (
    HEADING_PX,
    SMALLEST,
    Grid,
    Tile,
    largest_px,
)
from napari_dinobloom.gui.views.gallery.keys import act_on_key, is_ours
from napari_dinobloom.gui.views.gallery.look import DARK, SCALE_FROM_PX, GalleryLook
from napari_dinobloom.gui.views.gallery.pictures import CellPixmaps

LONGEST = 1_500_000_000
"""A scroll bar counts in 32 bits."""
STEP, WHEEL_STEP = 1.25, 1.15
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class GalleryView(QAbstractScrollArea):
    """Shows cells in rows under headings; a million are as quick as a hundred.

    Which cells, what stands about them and who is in hand is asked of ``shown`` for
    those in sight whenever they are painted, so nothing needs to be kept in step.
    """

    cell_picked = Signal(int, str)
    cell_moved_to = Signal(int)
    stretch_taken = Signal(object, str)
    all_wished = Signal()
    none_wished = Signal()
    cell_opened = Signal(int)
    cell_pointed = Signal(int)
    menu_wished = Signal(int, QPoint)
    again_wished = Signal()
    retry_wished = Signal()
    typed = Signal(str)
    """A key that means nothing here: perhaps that of a class."""
    size_changed = Signal(int)
    """Side of a picture that was asked for."""

    def __init__(self, pixmaps: CellPixmaps) -> None:
        super().__init__()
        self.pixmaps = pixmaps
        self._shown = None
        self._grid = Grid((), SMALLEST, SMALLEST, SMALLEST)
        self._wished_px, self._before_px = 112, 0
        self._masked, self._marks_synthetic = False, True
        self._current = self._cursor = self._pointed = -1
        self._unit = 1
        self._look = GalleryLook.of(DARK)
        self._painter: CellPainter | None = None
        self._band = Band(self)
        self._sections_pressed = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(SMALLEST * 3, SMALLEST * 2)
        self.setAccessibleName("Gallery of cells")
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # -- what is shown -----------------------------------------------------------

    @property
    def grid(self) -> Grid:
        """Where each cell lies."""
        return self._grid

    @property
    def current(self) -> int:
        """The cell that is looked at, or where the keys last were."""
        return self._current if self._current >= 0 else self._cursor

    def show_cells(self, shown, keep_place: bool) -> None:
        """Other cells, or another order of them."""
        kept = self._first_seen() if keep_place else None
        self._shown = shown
        self._current = self._cursor = self._pointed = -1
        self._band.drop()
        self._lay_out()
        index, offset = (-1, 0) if kept is None else kept
        found = shown.order.index_of(index) if kept is not None else -1
        self._scroll_to(self._grid.tile_of(found).y - offset if found >= 0 else 0)
        self.viewport().update()

    def show_current(self, index: int, reveal: bool) -> None:
        """Mark the cell that is looked at."""
        self._current = index
        if index >= 0:
            self._cursor = index
            if reveal:
                self.reveal(index)
            self.setAccessibleDescription(self._shown.describe(index))
        self.viewport().update()

    def show_pointed(self, index: int) -> None:
        """Mark the cell under the mouse, wherever that is."""
        before, self._pointed = self._pointed, index
        for changed in {before, index} - {-1}:
            self._update_tile(changed)

    def repaint_cells(self) -> None:
        """What stands about some of them differs."""
        self.viewport().update()

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Take the colours of a napari theme (name to "#rrggbb")."""
        self._look, self._painter = GalleryLook.of(theme), None
        self.viewport().update()

    def set_marks_synthetic(self, on: bool) -> None:
        """Mark synthetic cells one by one, or not where the page says it of all."""
        self._marks_synthetic = on
        self._painter = None
        self.viewport().update()

    def set_masked(self, masked: bool) -> None:
        """Show the cell alone, or with what lies round it."""
        self._masked = masked
        self.viewport().update()

    # -- size --------------------------------------------------------------------

    @property
    def wished_px(self) -> int:
        """Side of a picture that was asked for."""
        return self._wished_px

    @property
    def largest_px(self) -> int:
        """Side of a picture that fills the page."""
        return largest_px(self.viewport().width(), self.viewport().height())

    @property
    def is_enlarged(self) -> bool:
        """Whether one cell fills the page, and Space leads back."""
        return self._before_px > 0

    def set_wished_px(self, px: int, at: QPoint | None = None) -> None:
        """Draw pictures about so large; what lies at a place stays there."""
        px = max(SMALLEST, min(px, max(self.largest_px, SMALLEST)))
        self._before_px = 0
        self._resize_cells(px, at)

    def zoom(self, steps: float, at: QPoint | None = None) -> None:
        """Larger or smaller by some steps."""
        factor = STEP**steps
        px = round(min(self._wished_px, self.largest_px) * factor)
        self.set_wished_px(px, at)

    def toggle_enlarged(self) -> None:
        """Let the cell that is looked at fill the page, or go back."""
        if not len(self._grid.sections):
            return
        before = self._before_px
        self._before_px = 0 if before else min(self._wished_px, self.largest_px)
        index = max(self.current, 0) if self.current >= 0 else self._first_index()
        self._resize_cells(before or self.largest_px, None)
        if not before and self._current < 0:
            self.cell_picked.emit(index, "one")
        self._centre(index)

    def _resize_cells(self, px: int, at: QPoint | None) -> None:
        index, offset = self._anchor(at)
        self._wished_px = px
        self._lay_out()
        if index >= 0:
            self._scroll_to(self._grid.tile_of(index).y - offset)
        self.size_changed.emit(px)
        self.viewport().update()

    # -- geometry ----------------------------------------------------------------

    @property
    def top(self) -> int:
        """The content's y at the upper edge."""
        return self.verticalScrollBar().value() * self._unit

    def place_of(self, position: QPoint) -> tuple[int, int]:
        """A point of the viewport in content coordinates."""
        return position.x(), position.y() + self.top

    def tile_rect(self, index: int) -> QRect:
        """Where a cell is drawn in the viewport."""
        tile: Tile = self._grid.tile_of(index)
        return QRect(tile.x, tile.y - self.top, tile.side, tile.side)

    def seen_indices(self) -> np.ndarray:
        """Cells of which a part can be seen."""
        height = self.viewport().height()
        parts = [
            np.arange(*p) for p in self._grid.seen(self.top, self.top + height - 1)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def index_at(self, position: QPoint) -> int:
        """The cell at a point of the viewport, or -1."""
        if self.heading_at(position) >= 0:
            return -1
        return self._grid.index_at(*self.place_of(position))

    def heading_at(self, position: QPoint) -> int:
        """The section whose heading is at a point of the viewport, or -1."""
        for section, y in self._headings():
            if y <= position.y() < y + HEADING_PX:
                return section
        return -1

    def reveal(self, index: int) -> None:
        """Scroll as little as shows the cell."""
        tile, height = self._grid.tile_of(index), self.viewport().height()
        head = HEADING_PX if self._has_headings() else 0
        top = self.top
        if tile.y - head < top:
            self._scroll_to(tile.y - head)
        elif tile.y + tile.side > top + height:
            self._scroll_to(tile.y + tile.side - height)

    @property
    def rows_per_page(self) -> int:
        """How far a page goes."""
        return max(1, self.viewport().height() // self._grid.tile)

    def _centre(self, index: int) -> None:
        tile = self._grid.tile_of(index)
        self._scroll_to(tile.y - (self.viewport().height() - tile.side) // 2)

    def _lay_out(self) -> None:
        size = self.viewport().size()
        sections = self._shown.sections if self._shown is not None else ()
        px = self.largest_px if self.is_enlarged else self._wished_px
        self._grid = Grid(sections, size.width(), size.height(), px)
        self._painter = None
        self._unit = 1 + self._grid.height // LONGEST
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._grid.height - size.height()) // self._unit)
        bar.setPageStep(max(1, size.height() // self._unit))
        bar.setSingleStep(max(1, min(self._grid.tile, 120) // self._unit))

    def _scroll_to(self, y: int) -> None:
        self.verticalScrollBar().setValue(max(0, y) // self._unit)

    def _anchor(self, at: QPoint | None) -> tuple[int, int]:
        """The cell that stays where it is, and its y in the viewport."""
        index = self.index_at(at) if at is not None else -1
        if index < 0 and self._current >= 0:
            inside = self.viewport().rect().intersects(self.tile_rect(self._current))
            index = self._current if inside else -1
        if index < 0:
            index = self._first_index()
        return index, self.tile_rect(index).y() if index >= 0 else 0

    def _first_index(self) -> int:
        """The first cell of which most can be seen."""
        seen = self._grid.seen(self.top + self._grid.tile // 2, self.top + 1 + 2**30)
        return next((first for first, _ in seen), -1)

    def _first_seen(self) -> tuple[int, int] | None:
        """Id of the first cell in sight and its y, unless the top is shown."""
        index = self._first_index() if self.top > 0 else -1
        if index < 0 or self._shown is None:
            return None
        return self._shown.id_at(index), self.tile_rect(index).y()

    def _has_headings(self) -> bool:
        return any(section.title for section in self._grid.sections[:1])

    def _headings(self) -> list[tuple[int, int]]:
        """Sections with a heading in sight and its y; the first one's stays on top."""
        height = self.viewport().height()
        seen = [
            (section, y - self.top)
            for section, y in self._grid.headings(self.top, self.top + height)
        ]
        if seen and seen[0][1] < 0:
            section = seen[0][0]
            pushed = seen[1][1] - HEADING_PX if len(seen) > 1 else 0
            seen[0] = (section, min(0, pushed))
        return seen[::-1]

    def _update_tile(self, index: int) -> None:
        if 0 <= index < self._grid.n:
            self.viewport().update(self.tile_rect(index))

    # -- painting ----------------------------------------------------------------

    def paintEvent(self, event) -> None:
        """Draw what can be seen; wish for the pictures that are not there yet."""
        painter = QPainter(self.viewport())
        try:
            missing = self._paint(painter, event.rect())
        finally:  # whatever happens: Qt must not find it open
            painter.end()
        if missing:
            self.pixmaps.prefer(self._shown.order.ids[self.seen_indices()].tolist())
            self.pixmaps.wish(missing, self._device_px(), self._masked)

    def _paint(self, painter: QPainter, rect: QRect) -> list[int]:
        """Draw what lies in a part of the viewport; ids whose picture is missing."""
        painter.fillRect(rect, self._look.ground)
        missing: list[int] = []
        if self._shown is None or not self._grid.n:
            return missing
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top, bottom = self.top + rect.top(), self.top + rect.bottom()
        for first, end in self._grid.seen(top, bottom):
            faces = self._shown.faces(first, end)
            for index, face in zip(range(first, end), faces, strict=True):
                self._paint_cell(painter, index, face, missing)
        self._paint_headings(painter)
        self._band.paint(painter, self._look)
        return missing

    def _paint_cell(self, painter: QPainter, index: int, face, missing) -> None:
        rect, cell_id = self.tile_rect(index), self._shown.id_at(index)
        px, ratio = self._device_px(), self.devicePixelRatioF()
        pixmap, is_sharp = self.pixmaps.at_hand(cell_id, px, ratio, self._masked)
        if not is_sharp:
            missing.append(cell_id)
        portraits = self.pixmaps.portraits
        is_large = self._grid.picture_px >= SCALE_FROM_PX
        in_band = self._band.holds(index)
        in_hand = face is not None and face.in_hand
        state = CellState(
            in_band if in_band is not None else in_hand,
            index == self._current,
            index == self._pointed,
            portraits.problem(cell_id) if pixmap is not None else "",
            portraits.um_across(cell_id) if is_large else 0.0,
        )
        self._cell_painter().paint(painter, rect, face, pixmap, state)

    def _paint_headings(self, painter: QPainter) -> None:
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        width = self.viewport().width()
        for section, y in self._headings():
            heading = self._grid.sections[section]
            box = QRect(0, y, width, HEADING_PX)
            painter.fillRect(box, self._look.ground)
            left = 10
            if heading.colour:
                painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
                painter.setBrush(QColor(heading.colour))
                painter.drawRect(QRect(left, y + 9, 12, 12))
                left += 20
            painter.setPen(self._look.text)
            count = f"{heading.count:,}"
            room = width - left - 20
            metrics = painter.fontMetrics()
            left_over = room - metrics.horizontalAdvance(count) - 12
            title = cut_name(metrics, heading.title, left_over)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(left, y, room, HEADING_PX), middle, title)
            painter.setPen(self._look.quiet)
            after = left + metrics.horizontalAdvance(title) + 10
            painter.drawText(QRect(after, y, room, HEADING_PX), middle, count)
            painter.setPen(self._look.line)
            painter.drawLine(0, y + HEADING_PX - 1, width, y + HEADING_PX - 1)

    def _cell_painter(self) -> CellPainter:
        if self._painter is None:
            side = self._grid.picture_px
            self._painter = CellPainter(
                self._look, side, self.font(), marks_synthetic=self._marks_synthetic
            )
        return self._painter

    def _device_px(self) -> int:
        return round(self._grid.picture_px * self.devicePixelRatioF())

    # -- events ------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        """Fill the rows anew; the cell that was looked at stays in sight."""
        index, offset = self._anchor(None)
        at_top = self.top == 0
        self._lay_out()
        if index >= 0 and not at_top:
            self._scroll_to(self._grid.tile_of(index).y - offset)
        super().resizeEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Headings stay on top: draw everything."""
        self._band.moved()
        self.viewport().update()

    def wheelEvent(self, event) -> None:
        """Scroll; with Ctrl change the size."""
        if event.modifiers() & CTRL:
            at = (
                event.position().toPoint()
                if hasattr(event, "position")
                else event.pos()
            )
            self.zoom(event.angleDelta().y() / 120, at)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event) -> None:
        """Take in hand, or begin to draw a band."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._sections_pressed = self.heading_at(event.pos())
        if self._sections_pressed >= 0:
            return
        index, held = self.index_at(event.pos()), event.modifiers()
        self._band.begin(event.pos(), held)
        if index >= 0:
            how = "range" if held & SHIFT else "toggle" if held & CTRL else "one"
            both = bool(held & SHIFT) and bool(held & CTRL)
            self.cell_picked.emit(index, "add range" if both else how)
        elif not held & (SHIFT | CTRL):
            self.none_wished.emit()

    def mouseMoveEvent(self, event) -> None:
        """Draw the band, or note which cell is pointed at."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._band.drag(event.pos())
            return
        self.cell_pointed.emit(self.index_at(event.pos()))

    def mouseReleaseEvent(self, event) -> None:
        """Take what the band touches, or all under a heading."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        section, self._sections_pressed = self._sections_pressed, -1
        if section >= 0 and self.heading_at(event.pos()) == section:
            heading = self._grid.sections[section]
            indices = np.arange(heading.start, heading.start + heading.count)
            held = event.modifiers()
            how = "toggle" if held & CTRL else "add" if held & SHIFT else "replace"
            self.stretch_taken.emit(indices, how)
            return
        taken = self._band.end()
        if taken is not None:
            self.stretch_taken.emit(*taken)

    def mouseDoubleClickEvent(self, event) -> None:
        """Go to the cell in its slide."""
        index = self.index_at(event.pos())
        plain = not event.modifiers() & (SHIFT | CTRL)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0 and plain:
            self.cell_opened.emit(index)

    def contextMenuEvent(self, event) -> None:
        """Offer what can be done with a cell."""
        if event.reason() == event.Reason.Keyboard and self._current >= 0:
            index, at = self._current, self.tile_rect(self._current).center()
        else:
            at = self.viewport().mapFrom(self, event.pos())
            index = self.index_at(at)
        if index < 0:
            return
        face = self._shown.faces(index, index + 1)[0]
        if face is not None and not face.in_hand:
            self.cell_picked.emit(index, "one")
        self.menu_wished.emit(index, self.viewport().mapToGlobal(at))

    def leaveEvent(self, event) -> None:
        """Nothing is pointed at."""
        self.cell_pointed.emit(-1)
        super().leaveEvent(event)

    def viewportEvent(self, event) -> bool:
        """Tell about the cell under a mouse that rests; the mouse that leaves."""
        if event.type() == QEvent.Type.ToolTip:
            self._tell(event)
            return True
        if event.type() == QEvent.Type.Leave:
            self.cell_pointed.emit(-1)
        return super().viewportEvent(event)

    def _tell(self, event) -> None:
        index = self.index_at(event.pos())
        if index < 0:
            if self.heading_at(event.pos()) >= 0:
                QToolTip.showText(
                    event.globalPos(), "Click to take all of these in hand"
                )
            return
        text = self._shown.describe(index)
        problem = self.pixmaps.portraits.problem(self._shown.id_at(index))
        if problem:
            text += f"\n\nIts picture cannot be shown: {problem}\nF5 tries again."
        QToolTip.showText(event.globalPos(), text, self.viewport())

    def event(self, event) -> bool:
        """Keep the keys that move and enlarge from the window's shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride and is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        """Move, enlarge, take in hand."""
        if not act_on_key(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event) -> None:
        """Show that keys go here."""
        self.viewport().update()
        super().focusInEvent(event)

    def focusOutEvent(self, event) -> None:
        """Keys go elsewhere."""
        self.viewport().update()
        super().focusOutEvent(event)
