"""What lies on the canvas: paging, outlines, legend, the cell under the mouse."""

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.smear.field_legend import FieldLegend
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow

BOX_TIP = (
    "Dragging draws a box and takes the cells in it; unticked it moves the smear.\n"
    "Shift + drag draws a box at any time."
)


class FieldPanel(QWidget):
    """Shows a `FieldState`."""

    step_wished = Signal(int)
    sheet_wished = Signal(bool)
    outlines_wished = Signal(bool)
    nuclei_wished = Signal(bool)
    opacity_wished = Signal(float)
    boxing_wished = Signal(bool)
    parts_wished = Signal(bool)
    hide_wished = Signal(str, str, bool)
    """Source and name of a line of the legend, and whether to hide its cells."""

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
        self.nuclei = QCheckBox("Nuclei")
        self.nuclei.setChecked(True)
        self.nuclei.setToolTip("Draw the outlines of nuclei as thin light lines")
        self.nuclei.toggled.connect(self.nuclei_wished)
        self.boxing = QCheckBox("Draw box")
        self.boxing.setToolTip(BOX_TIP)
        self.boxing.toggled.connect(self.boxing_wished)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(90)
        self.opacity.setToolTip("How strongly the colours cover the smear")
        self.opacity.setAccessibleName("Strength of the colours")
        self.opacity.valueChanged.connect(lambda v: self.opacity_wished.emit(v / 100))
        self.parts = QCheckBox("Where cells lie side by side")
        self.parts.toggled.connect(self.parts_wished)
        self.parts.hide()
        self.problem = QuietLabel(name="problem")
        self.hover = QuietLabel("Point at a cell to read about it.")
        self.hover.setMinimumHeight(34)
        self.hover.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.legend = FieldLegend()
        self.legend.hide_wished.connect(self.hide_wished)
        self._lay_out()

    def _lay_out(self) -> None:
        pager = QHBoxLayout()
        pager.addWidget(self._back)
        pager.addWidget(self.caption, 1)
        pager.addWidget(self._on)
        look = QGridLayout()
        look.setSpacing(SPACE)
        for at, box in enumerate((self.sheet, self.boxing, self.outlines, self.nuclei)):
            look.addWidget(narrow(box), at // 2, at % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("On the canvas"))
        layout.addLayout(pager)
        layout.addWidget(self.problem)
        layout.addLayout(look)
        layout.addWidget(self.parts)
        layout.addWidget(self.opacity)
        self._tools_at = layout.count()
        layout.addWidget(self.legend)
        layout.addWidget(self.hover)
        self.problem.hide()

    def add_tools(self, tools: QWidget) -> None:
        """Put tools for the field below what is said about it."""
        self.layout().insertWidget(self._tools_at, tools)

    def show_state(self, state: Any) -> None:
        """Draw what holds now."""
        self.caption.setText(state.caption or "Nothing to show yet")
        self.caption.setToolTip(state.picture)
        self._back.setEnabled(bool(state.pages))
        self._on.setEnabled(bool(state.pages))
        self.problem.setText(state.problem)
        self.problem.setVisible(bool(state.problem))
        for button, on in ((self.sheet, state.sheet), (self.boxing, state.boxing)):
            button.blockSignals(True)
            button.setChecked(on)
            button.blockSignals(False)
        self.legend.show_entries(state.legend)

    def show_parts(self, offered: bool, wanted: bool, words: str) -> None:
        """Offer the layer of a whole slide; ``words`` say what its area consists of."""
        self.parts.setVisible(offered)
        self.parts.setToolTip(f"Blue: side by side. Orange: too thick.\n{words}")
        self.parts.blockSignals(True)
        self.parts.setChecked(wanted)
        self.parts.blockSignals(False)

    def show_hover(self, text: str) -> None:
        """Say what lies under the mouse."""
        self.hover.setText(text or "Point at a cell to read about it.")

    def _arrow(self, text: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRepeat(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.step_wished.emit(by))
        return button
