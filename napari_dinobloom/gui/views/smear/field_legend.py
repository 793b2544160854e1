"""What the colours in the smear mean; a line can hide its cells."""

from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from napari_dinobloom.gui.views.elided import ElidedLabel, cut_name
from napari_dinobloom.gui.views.style import SPACE, narrow

CHIP_PX, BOX_PX = 12, 34
HEADINGS = {
    "labelled": "Labelled (wide outline)",
    "predicted": "Predicted (fainter)",
    "kind": "Kind",
    "unsure": "Broken outline",
}
HIDE_TIP = (
    "Untick to hide these cells: a click or a box in the smear leaves them alone."
)


class FieldLegend(QWidget):
    """Lines of colour, name and count under headings."""

    hide_wished = Signal(str, str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._lines: tuple[tuple[str, str, str], ...] = ()
        self.boxes: dict[tuple[str, str], QCheckBox] = {}
        """By source and name; ticked: shown."""
        self._counts: dict[tuple[str, str], QLabel] = {}

    def show_entries(self, entries: tuple[Any, ...]) -> None:
        """Show these lines; other counts alone leave the widgets where they are."""
        lines = tuple((e.source, e.name, e.colour) for e in entries)
        if lines != self._lines:
            self._lines = lines
            self._build(entries)
        for entry in entries:
            key = entry.source, entry.name
            self._counts[key].setText(f"{entry.count:,}")
            if key in self.boxes:
                box = self.boxes[key]
                box.blockSignals(True)
                box.setChecked(not entry.hidden)
                box.blockSignals(False)

    def _build(self, entries: tuple[Any, ...]) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes, self._counts = {}, {}
        row, source = 0, ""
        for entry in entries:
            if entry.source != source:
                source = entry.source
                heading = QLabel(HEADINGS[source])
                heading.setObjectName("quiet")
                self._grid.addWidget(heading, row, 0, 1, 2)
                row += 1
            self._add_line(row, entry)
            row += 1

    def _add_line(self, row: int, entry: Any) -> None:
        key = entry.source, entry.name
        if entry.colour:
            name = self.boxes[key] = self._box(entry)
        else:
            name = ElidedLabel(entry.name)
            name.setToolTip(entry.name)
        count = self._counts[key] = QLabel()
        count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(narrow(name), row, 0)
        self._grid.addWidget(count, row, 1)

    def _box(self, entry: Any) -> QCheckBox:
        box = CutCheckBox(entry.name)
        box.setIcon(QIcon(chip(entry.colour, faint=entry.source == "predicted")))
        box.setIconSize(QSize(CHIP_PX, CHIP_PX))
        box.setToolTip(f"{entry.name}\n{HIDE_TIP}")
        box.setAccessibleName(f"Show {entry.source} {entry.name}")
        box.toggled.connect(
            lambda on: self.hide_wished.emit(entry.source, entry.name, not on)
        )
        return box


class CutCheckBox(QCheckBox):
    """A box whose name loses its middle where there is no room for it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._whole = name

    def resizeEvent(self, event) -> None:
        """Cut the name anew."""
        super().resizeEvent(event)
        room = self.width() - BOX_PX - CHIP_PX
        self.setText(cut_name(self.fontMetrics(), self._whole, room))


def chip(colour: str, *, faint: bool = False, side_px: int = CHIP_PX) -> QPixmap:
    """A small square in a class's colour; fainter for a prediction."""
    shade = QColor(colour)
    shade.setAlphaF(0.55 if faint else 1.0)
    pixels = QPixmap(side_px, side_px)
    pixels.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixels)
    painter.setPen(QPen(QColor(colour), 1))
    painter.setBrush(shade)
    painter.drawRect(0, 0, side_px - 1, side_px - 1)
    painter.end()
    return pixels
