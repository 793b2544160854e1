"""What lies on the canvas: paging, outlines, legend, the cell under the mouse."""

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor, QPixmap
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section

CHIP_PX = 12
HEADINGS = {
    "labelled": "Labelled (wide outline)",
    "predicted": "Predicted (fainter)",
    "kind": "Kind",
}


class FieldPanel(QWidget):
    """Shows a `FieldState`."""

    step_wished = Signal(int)
    sheet_wished = Signal(bool)
    outlines_wished = Signal(bool)
    opacity_wished = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._back = self._arrow("◀", "Previous field (, or Page Up)", -1)
        self._on = self._arrow("▶", "Next field (. or Page Down)", 1)
        self.caption = QuietLabel()
        self.caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sheet = QCheckBox("Contact sheet")
        self.sheet.setToolTip("Many fields of this slide side by side")
        self.sheet.toggled.connect(self.sheet_wished)
        self.outlines = QCheckBox("Outlines")
        self.outlines.setChecked(True)
        self.outlines.setToolTip("Draw the outline of each cell, or fill it")
        self.outlines.toggled.connect(self.outlines_wished)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(90)
        self.opacity.setToolTip("How strongly the colours cover the smear")
        self.opacity.setAccessibleName("Strength of the colours")
        self.opacity.valueChanged.connect(lambda v: self.opacity_wished.emit(v / 100))
        self.problem = QuietLabel(name="problem")
        self.hover = QuietLabel("Point at a cell to read about it.")
        self.hover.setMinimumHeight(34)
        self.hover.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._legend = QGridLayout()
        self._legend_shown: tuple[Any, ...] | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        pager = QHBoxLayout()
        pager.addWidget(self._back)
        pager.addWidget(self.caption, 1)
        pager.addWidget(self._on)
        look = QHBoxLayout()
        look.setSpacing(SPACE * 2)
        look.addWidget(self.sheet)
        look.addWidget(self.outlines)
        look.addWidget(self.opacity, 1)
        self._legend.setHorizontalSpacing(SPACE)
        self._legend.setVerticalSpacing(2)
        self._legend.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("On the canvas"))
        layout.addLayout(pager)
        layout.addWidget(self.problem)
        layout.addLayout(look)
        layout.addLayout(self._legend)
        layout.addWidget(self.hover)
        self.problem.hide()

    def show_state(self, state: Any) -> None:
        """Draw what holds now."""
        self.caption.setText(state.caption or "Nothing to show yet")
        self.caption.setToolTip(state.picture)
        self._back.setEnabled(bool(state.pages))
        self._on.setEnabled(bool(state.pages))
        self.problem.setText(state.problem)
        self.problem.setVisible(bool(state.problem))
        self.sheet.blockSignals(True)
        self.sheet.setChecked(state.sheet)
        self.sheet.blockSignals(False)
        if state.legend != self._legend_shown:
            self._legend_shown = state.legend
            self._draw_legend(state.legend)

    def show_hover(self, text: str) -> None:
        """Say what lies under the mouse."""
        self.hover.setText(text or "Point at a cell to read about it.")

    def _draw_legend(self, legend: tuple[Any, ...]) -> None:
        while self._legend.count():
            widget = self._legend.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        row, source = 0, ""
        for entry in legend:
            if entry.source != source:
                source = entry.source
                heading = QLabel(HEADINGS[source])
                heading.setObjectName("quiet")
                self._legend.addWidget(heading, row, 0, 1, 3)
                row += 1
            count = QLabel(f"{entry.count:,}")
            count.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._legend.addWidget(chip(entry.colour, source), row, 0)
            self._legend.addWidget(QLabel(entry.name), row, 1)
            self._legend.addWidget(count, row, 2)
            row += 1

    def _arrow(self, text: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRepeat(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.step_wished.emit(by))
        return button


def chip(colour: str, source: str) -> QLabel:
    """A small square in a class's colour; fainter for a prediction."""
    shade = QColor(colour)
    shade.setAlphaF(0.55 if source == "predicted" else 1.0)
    pixels = QPixmap(CHIP_PX, CHIP_PX)
    pixels.fill(shade)
    label = QLabel()
    label.setPixmap(pixels)
    label.setFixedWidth(CHIP_PX + 2)
    return label
