"""Which kind of cells the map shows: a switch, and below it what the choice lacks."""

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel

WIDE_PX = 400
"""From here on kinds have their whole names, and the button stands beside the note."""


class KindSwitch(QWidget):
    """White cells | Red cells | Platelets | All; a note and a button below."""

    kind_wished = Signal(str)
    draw_wished = Signal(str)
    """Draw the map of this kind, or "" for all."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout()
        self._row.setSpacing(0)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.note = QuietLabel()
        self.draw_button = QPushButton()
        self.draw_button.clicked.connect(self.wish_drawing)
        self._draw = ""
        below = self._below = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        below.setSpacing(SPACE // 2)
        below.addWidget(self.note, 1)
        below.addWidget(self.draw_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(self._row)
        layout.addLayout(below)

    def show_kinds(self, kinds: Any) -> None:
        """Show a `KindsOnMap`."""
        if [offer.kind for offer in kinds.offers] != list(self.buttons):
            self._make_buttons(kinds.offers)
        for offer in kinds.offers:
            button = self.buttons[offer.kind]
            button.setToolTip(
                f"Show {offer.title.lower()}: {offer.count:,} on this map"
            )
            button.setChecked(offer.kind == kinds.chosen)
        self._draw = kinds.draw or ""
        self.note.setText(kinds.note)
        self.draw_button.setText(kinds.draw_title)
        # where the kind is missing, the page says it large
        for part in (self.note, self.draw_button):
            part.setVisible(bool(kinds.note) and not kinds.is_missing)
        self.setVisible(bool(kinds.offers))

    def resizeEvent(self, event) -> None:
        """Use the room there is."""
        super().resizeEvent(event)
        self._name_buttons()
        ways = QBoxLayout.Direction
        is_wide = event.size().width() >= WIDE_PX
        self._below.setDirection(ways.LeftToRight if is_wide else ways.TopToBottom)

    def _name_buttons(self) -> None:
        for button in self.buttons.values():
            title = button.accessibleName()
            short = title if self.width() >= WIDE_PX else title.removesuffix(" cells")
            button.setText(short)

    def wish_drawing(self) -> None:
        """Ask for the map that is offered."""
        self.draw_wished.emit(self._draw)

    def set_drawing(self, can: bool, why_not: str) -> None:
        """Whether a map can be drawn now."""
        self.draw_button.setEnabled(can)
        self.draw_button.setToolTip(why_not or "Every cell moves; it can be undone")

    def set_theme(self, chosen: str, line: str) -> None:
        """Colours of the kind in use and of the line round the others."""
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid {line}; padding: 3px 7px; }}"
            f"QToolButton:checked {{ background: {chosen}; font-weight: bold; }}"
        )

    def _make_buttons(self, offers: Any) -> None:
        for button in self.buttons.values():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        for offer in offers:
            button = QToolButton()
            button.setAccessibleName(offer.title)
            button.setCheckable(True)
            button.clicked.connect(
                lambda _=False, kind=offer.kind: self.kind_wished.emit(kind)
            )
            self._group.addButton(button)
            self._row.addWidget(button)
            self.buttons[offer.kind] = button
        self._name_buttons()
