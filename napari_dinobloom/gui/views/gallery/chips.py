"""The filters that are set, as chips; a click on one takes it away."""

from collections.abc import Sequence

from qtpy.QtCore import QRect, QSize, Qt, Signal
from qtpy.QtWidgets import QLayout, QPushButton, QSizePolicy, QWidget

GAP = 4


class Flow(QLayout):
    """Widgets beside each other, on to a further line where one is full."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._places = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item) -> None:
        """Qt adds here."""
        self._places.append(item)

    def count(self) -> int:
        """How many."""
        return len(self._places)

    def itemAt(self, index: int):
        """Qt looks here."""
        return self._places[index] if 0 <= index < len(self._places) else None

    def takeAt(self, index: int):
        """Qt takes away here."""
        return self._places.pop(index) if 0 <= index < len(self._places) else None

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """So many lines are needed."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put them there."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """One line."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The largest of them."""
        size = QSize()
        for place in self._places:
            size = size.expandedTo(place.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for place in self._places:
            hint = place.sizeHint()
            width = min(hint.width(), rect.width())
            if x > rect.x() and x + width > rect.right() + 1:
                x, y, line = rect.x(), y + line + GAP, 0
            if move:
                place.setGeometry(QRect(x, y, width, hint.height()))
            x, line = x + width + GAP, max(line, hint.height())
        return y + line - rect.y()


class FilterChips(QWidget):
    """One chip for each filter, and one that takes all away."""

    removed = Signal(str)
    """The facet whose filter is no longer wanted."""
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._flow = Flow(self)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_chips(self, chips: Sequence) -> None:
        """Show these and no others."""
        while self._flow.count():
            widget = self._flow.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        for chip in chips:
            button = QPushButton(f"{chip.text}  ✕")
            button.setToolTip(f"{chip.tip}\nClick to take this filter away.")
            button.setAccessibleName(f"Remove filter {chip.text}")
            self._dress(button)
            button.clicked.connect(lambda _=False, f=chip.facet: self.removed.emit(f))
            self._flow.addWidget(button)
        if len(chips) > 1:  # one alone is taken away by itself
            clear = QPushButton("Clear filters")
            clear.setObjectName("clear")
            clear.setStyleSheet("QPushButton#clear { padding: 2px 6px; }")
            clear.setToolTip("Show all cells again")
            clear.clicked.connect(self.cleared)
            clear.setCursor(Qt.CursorShape.PointingHandCursor)
            self._flow.addWidget(clear)
        self.setVisible(bool(chips))
        self.updateGeometry()

    def _dress(self, button: QPushButton) -> None:
        button.setObjectName("chip")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setStyleSheet(
            "QPushButton#chip { border-radius: 10px; padding: 2px 9px; }"
        )
