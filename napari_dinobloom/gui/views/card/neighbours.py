"""The labelled cells that lie nearest, as small pictures."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QAbstractButton, QGridLayout, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.card.picture import pixmap_of
from napari_dinobloom.gui.views.elided import cut_name
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, readable_on

SIDE_PX = 88
BAND_PX = 18


class NeighbourButton(QAbstractButton):
    """Picture, class in its colour, distance; click to look at the cell."""

    def __init__(self, cell) -> None:
        super().__init__()
        self.cell = cell
        self._pixmap = None
        self.setFixedSize(self.sizeHint())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        said = f"{cell.class_name}, distance {cell.distance:.3g}"
        self.setToolTip(f"Cell {cell.cell_id}: {said}\nClick to read about it")
        self.setAccessibleName(f"Neighbour {cell.cell_id}: {said}")

    def sizeHint(self) -> QSize:
        """Picture, band and a line of text."""
        return QSize(SIDE_PX, SIDE_PX + BAND_PX + self.fontMetrics().height() + 4)

    def show_portrait(self, rgb: np.ndarray) -> None:
        """Show the picture, which has been read."""
        self._pixmap = pixmap_of(rgb)
        self.update()

    def paintEvent(self, _) -> None:
        """Draw it, with a frame where the keyboard is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        square = QRectF(0, 0, SIDE_PX, SIDE_PX)
        if self._pixmap is None:
            painter.fillRect(square, QColor(128, 128, 128, 60))
        else:
            painter.drawPixmap(square, self._pixmap, QRectF(self._pixmap.rect()))
        colour, text = QColor(self.cell.colour), self.palette().windowText().color()
        band = QRectF(0, SIDE_PX, SIDE_PX, BAND_PX)
        painter.fillRect(band, colour)
        painter.setPen(QColor(readable_on(self.cell.colour)))
        centre = int(Qt.AlignmentFlag.AlignCenter)
        name = cut_name(painter.fontMetrics(), self.cell.class_name, SIDE_PX - 4)
        painter.drawText(band, centre, name)
        painter.setPen(text)
        below = QRectF(0, band.bottom(), SIDE_PX, self.height() - band.bottom())
        painter.drawText(below, centre, f"{self.cell.distance:.3g}")
        if self.hasFocus() or self.underMouse():
            frame = self.rect().adjusted(0, 0, -1, -1)
            painter.setPen(text)
            painter.drawRect(frame)

    def enterEvent(self, event) -> None:
        """Show the frame."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event) -> None:
        """Hide the frame."""
        super().leaveEvent(event)
        self.update()


class NeighbourStrip(QWidget):
    """As many side by side as there is room for."""

    cell_wished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.text = QuietLabel()
        self._buttons: list[NeighbourButton] = []
        self._shown: Sequence = ()
        self._columns = 0
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE)
        self._grid.setContentsMargins(SPACE, 0, 0, 0)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.text)
        layout.addLayout(self._grid)

    @property
    def buttons(self) -> list[NeighbourButton]:
        """Nearest first."""
        return self._buttons

    def show_neighbours(self, cells: Sequence, text: str) -> None:
        """Show these, nearest first."""
        self.text.setText(text)
        if tuple(cells) == tuple(self._shown):
            return
        # who stays keeps the picture: nothing flickers as labels come in
        before = {button.cell: button for button in self._buttons}
        self._shown, self._buttons = cells, []
        for cell in cells:
            button = before.pop(cell, None) or self._new(cell)
            self._buttons.append(button)
        for button in before.values():
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._columns = 0
        self._arrange()

    def show_portrait(self, cell_id: int, rgb: np.ndarray) -> None:
        """Show one of their pictures."""
        for button in self._buttons:
            if button.cell.cell_id == cell_id:
                button.show_portrait(rgb)

    def resizeEvent(self, event) -> None:
        """Fill the width."""
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """One column is enough."""
        return QSize(SIDE_PX, super().minimumSizeHint().height())

    def _new(self, cell) -> NeighbourButton:
        button = NeighbourButton(cell)
        button.clicked.connect(partial(self._wish, cell.cell_id))
        return button

    def _wish(self, cell_id: int, _: bool = False) -> None:
        self.cell_wished.emit(cell_id)

    def _arrange(self) -> None:
        columns = max(1, self.width() // (SIDE_PX + SPACE))
        if columns == self._columns:
            return
        self._columns = columns
        for i, button in enumerate(self._buttons):
            self._grid.addWidget(button, i // columns, i % columns)
            button.show()
