"""The classes: one button each, in as many columns as there is room for."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QGridLayout, QSizePolicy, QWidget

from napari_dinobloom.gui.views.labels.parts import LINE_PX, ClassButton

COLUMN_PX = 270
SPACE_PX = 2


class ClassGrid(QWidget):
    """Buttons that read down the columns, as the scheme does."""

    class_wished = Signal(str)
    menu_wished = Signal(str, object)
    """Name, and the point on the screen where the menu is to open."""

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[str, ClassButton] = {}
        self._order: list[str] = []
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(SPACE_PX)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)

    @property
    def buttons(self) -> dict[str, ClassButton]:
        """By name of the class."""
        return dict(self._buttons)

    def set_classes(self, classes: Sequence[Any]) -> None:
        """Show these classes with their counts (name, colour, key, two numbers)."""
        names = [c.name for c in classes]
        for name in set(self._buttons) - set(names):
            gone = self._buttons.pop(name)
            gone.hide()
            gone.deleteLater()
        most = max((c.labelled + c.predicted for c in classes), default=1)
        for shown in classes:
            button = self._buttons.get(shown.name) or self._make(shown.name)
            button.set_look(shown.colour, shown.key)
            button.set_counts(shown.labelled, shown.predicted, most)
        if names != self._order:
            self._order = names
            self._arrange(force=True)

    def mark(self, labelled: str | None, predicted: str | None) -> None:
        """Show what the single cell in hand is, or is believed to be."""
        for name, button in self._buttons.items():
            is_label, is_guess = name == labelled, name == predicted
            button.set_mark("labelled" if is_label else "predicted" if is_guess else "")

    def sizeHint(self) -> QSize:
        """As high as the longest column."""
        rows = -(-len(self._order) // max(self._columns, 1))
        return QSize(COLUMN_PX, max(rows * (LINE_PX + SPACE_PX) - SPACE_PX, 0))

    def resizeEvent(self, event: Any) -> None:
        """Use the room there is."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self, *, force: bool = False) -> None:
        columns = max(1, min(4, self.width() // COLUMN_PX))
        if columns == self._columns and not force:
            return
        self._columns = columns
        rows = -(-len(self._order) // columns)
        for index in range(4):
            self._grid.setColumnStretch(index, int(index < columns))
        for number, name in enumerate(self._order):
            self._grid.addWidget(self._buttons[name], number % rows, number // rows)
        self.updateGeometry()

    def _make(self, name: str) -> ClassButton:
        button = ClassButton(name)
        button.clicked.connect(lambda: self.class_wished.emit(name))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(
            lambda at: self.menu_wished.emit(name, button.mapToGlobal(at))
        )
        self._buttons[name] = button
        return button
