"""One line about the cells in hand, at the bottom of every page."""

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QResizeEvent, QShowEvent
from qtpy.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from napari_dinobloom.gui.views.elided import ElidedLabel
from napari_dinobloom.gui.views.selection.menu import SelectionMenu
from napari_dinobloom.gui.views.smear.field_legend import chip
from napari_dinobloom.gui.views.style import SPACE

WIDE_PX = 640
"""From here on there is room for the names of classes."""
EMPTY_TIP = (
    "Click a cell in the smear or in the gallery, or draw around some on the map.\n"
    "Shift adds, Ctrl takes out or in."
)
SELECT_TIP = (
    "Take cells by class, slide or likeness; hold Shift to add to those in hand"
)


class SelectionBar(QWidget):
    """Shows a `HandState`; its menu asks for entries when it opens."""

    clear_wished = Signal()
    invert_wished = Signal()
    pick_wished = Signal(str, int, bool)
    kind_wished = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.summary = ElidedLabel()
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE // 2)
        self._names: list[QLabel] = []
        self._shown: tuple[Any, ...] = ()
        self.menu = SelectionMenu(self)
        self.menu.picked.connect(self._picked)
        self.menu.kind_ticked.connect(self.kind_wished)
        self.select = self._button("Select", SELECT_TIP)
        self.select.setMenu(self.menu)
        self.select.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.invert = self._button("Invert", "")
        self.invert.clicked.connect(self.invert_wished)
        self.none = self._button("None", "Put all cells away (Esc)")
        self.none.clicked.connect(self.clear_wished)
        self._lay_out()

    def _lay_out(self) -> None:
        self.setStyleSheet(
            "QToolButton { padding: 3px 5px; min-width: 0px; }"
            'QToolButton[popupMode="2"] { padding-right: 16px; }'
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.summary, 1)
        row.addLayout(self._chips)
        row.addWidget(self.select)
        row.addWidget(self.invert)
        row.addWidget(self.none)

    def set_source(self, source: Any) -> None:
        """Ask this one for the entries of the menu."""
        self.menu.set_source(source)

    def show_hand(self, state: Any) -> None:
        """Say what is in hand."""
        self.summary.set_text(state.text)
        names = [
            f"{entry.name}, {entry.source}: {entry.count:,}" for entry in state.chips
        ]
        tip = "\n".join([state.text, *names]) if state.n else EMPTY_TIP
        self.summary.setToolTip(tip)
        self.none.setEnabled(state.n > 0)
        self.invert.setToolTip(state.invert)
        self._show_chips(state.chips, tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Name the classes where there is room."""
        super().resizeEvent(event)
        self._name_chips()

    def showEvent(self, event: QShowEvent) -> None:
        """Name the classes where there is room."""
        super().showEvent(event)
        self._name_chips()

    def _show_chips(self, entries: tuple[Any, ...], tip: str) -> None:
        if entries == self._shown:
            return
        self._shown = entries
        while self._chips.count():
            widget = self._chips.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._names = []
        for entry in entries:
            square, name = QLabel(), QLabel(f"{entry.name} {entry.count:,}")
            square.setPixmap(chip(entry.colour, faint=entry.source == "predicted"))
            square.setToolTip(tip)
            name.setObjectName("quiet")
            name.hide()
            self._names.append(name)
            self._chips.addWidget(square)
            self._chips.addWidget(name)
        self._name_chips()

    def _name_chips(self) -> None:
        wide = self.isVisible() and self.width() >= WIDE_PX
        for name in self._names:
            name.setVisible(wide)

    def _picked(self, group: str, code: int) -> None:
        held = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        self.pick_wished.emit(group, code, bool(held))

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button
