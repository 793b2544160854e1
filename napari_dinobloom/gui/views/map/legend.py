"""What the colours mean; a click hides a category, Alt and a click leaves it alone."""

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal
from qtpy.QtWidgets import (
    QListView,
    QMenu,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.views.map.legend_row import LegendRow
from napari_dinobloom.gui.views.map.scale import ScaleBar
from napari_dinobloom.gui.views.style import QuietLabel, narrow

LINE_ROLE = int(Qt.ItemDataRole.UserRole)
HIDDEN_ROLE = LINE_ROLE + 1
TIP = (
    "Click: hide or show these cells.\nAlt and click: only these.\n"
    "Right click: take them in hand."
)


class LegendModel(QAbstractListModel):
    """The categories and which are hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Any, ...] = ()
        self.hidden: frozenset[int] = frozenset()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """As many as there are categories with cells."""
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """The line itself, its name, or whether it is hidden."""
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{line.name}: {counted(line.count, 'cell')}\n{TIP}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "hidden" if line.code in self.hidden else "shown"
            return f"{line.name}, {counted(line.count, 'cell')}, {state}"
        if role == LINE_ROLE:
            return line
        if role == HIDDEN_ROLE:
            return line.code in self.hidden
        return None

    def fill(self, lines: tuple[Any, ...], hidden: frozenset[int]) -> None:
        """Other counts, other colours, or other categories altogether."""
        same = [a.code for a in lines] == [b.code for b in self.lines]
        if not same:
            self.beginResetModel()
        self.lines, self.hidden = lines, hidden
        if not same:
            self.endResetModel()
        elif lines:
            self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))


class MapLegend(QWidget):
    """A list of categories or a scale, and how clusters are made."""

    hidden_wished = Signal(object)
    category_wished = Signal(int, str)
    cluster_size_wished = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.model = LegendModel()
        self.list = QListView()
        self.scale = ScaleBar()
        self._note = QuietLabel()
        self.fewest = QSpinBox()
        self._kinds = QStackedWidget()
        self._prepare()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._kinds, 1)
        layout.addWidget(self.fewest)
        layout.addWidget(self._note)
        self.setMinimumWidth(120)

    def _prepare(self) -> None:
        view = self.list
        view.setModel(self.model)
        view.setItemDelegate(LegendRow(LINE_ROLE, HIDDEN_ROLE, view))
        view.setUniformItemSizes(True)
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setAccessibleName("What the colours mean")
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.clicked.connect(self._clicked)
        self._kinds.addWidget(view)
        self._kinds.addWidget(self.scale)
        narrow(self.fewest)
        self.fewest.setRange(2, 1_000_000)
        self.fewest.setPrefix("at least ")
        self.fewest.setSuffix(" cells")
        self.fewest.setKeyboardTracking(False)
        self.fewest.setToolTip(
            "How many cells a group must have to be called a cluster.\n"
            "Larger: fewer clusters."
        )
        self.fewest.valueChanged.connect(self.cluster_size_wished)
        self.fewest.hide()

    # -- shown -------------------------------------------------------------------

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Lie on the ground of the page."""
        self.list.setStyleSheet(
            f"QListView {{ background: transparent; color: {theme['text']}; }}"
        )

    def show_legend(self, legend: Any, hidden: frozenset[int]) -> None:
        """Show a `Legend`."""
        self._note.setText(legend.note)
        self._note.setVisible(bool(legend.note))
        if legend.scale is None:
            self.model.fill(legend.lines, hidden)
            self._kinds.setCurrentWidget(self.list)
        else:
            self.scale.set_scale(legend.scale)
            self._kinds.setCurrentWidget(self.scale)

    def show_clustering(self, fewest: int, note: str) -> None:
        """How clusters are made; nothing where ``fewest`` is 0."""
        self.fewest.setVisible(fewest > 0)
        if not fewest:
            return
        self.fewest.blockSignals(True)
        self.fewest.setValue(fewest)
        self.fewest.blockSignals(False)
        if note:
            self._note.setText(note)
            self._note.show()

    @property
    def height_wished(self) -> int:
        """Pixels in which everything can be seen."""
        line = self.list.sizeHintForRow(0) if self.model.lines else 0
        rows = line * len(self.model.lines) + 6
        if self._kinds.currentWidget() is self.scale:
            rows = self.scale.sizeHint().height()
        more = [part for part in (self.fewest, self._note) if not part.isHidden()]
        width = max(self.width(), 120)
        return rows + sum(
            6 + max(part.heightForWidth(width), part.sizeHint().height())
            for part in more
        )

    def sizeHint(self) -> QSize:
        """As high as a handful of categories."""
        return QSize(200, 150)

    # -- wishes ------------------------------------------------------------------

    def toggle(self, code: int) -> None:
        """Hide a category, or show it."""
        self.hidden_wished.emit(self.model.hidden ^ {code})

    def only(self, code: int) -> None:
        """Hide all others; all are shown again where that is so already."""
        others = frozenset(line.code for line in self.model.lines) - {code}
        alone = self.model.hidden >= others and code not in self.model.hidden
        self.hidden_wished.emit(frozenset() if alone else others)

    def _clicked(self, index: QModelIndex) -> None:
        from qtpy.QtWidgets import QApplication

        code = index.data(LINE_ROLE).code
        modifiers = QApplication.keyboardModifiers()
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.only(code)
        else:
            self.toggle(code)

    def menu_for(self, code: int) -> QMenu:
        """What can be done with a category."""
        menu = QMenu(self)
        menu.addAction("Take these cells in hand").triggered.connect(
            lambda: self.category_wished.emit(code, "replace")
        )
        menu.addAction("Add them to those in hand").triggered.connect(
            lambda: self.category_wished.emit(code, "add")
        )
        menu.addAction("Put them away").triggered.connect(
            lambda: self.category_wished.emit(code, "remove")
        )
        menu.addSeparator()
        menu.addAction("Show only these").triggered.connect(lambda: self.only(code))
        menu.addAction("Show all").triggered.connect(
            lambda: self.hidden_wished.emit(frozenset())
        )
        return menu

    def _open_menu(self, where) -> None:
        index = self.list.indexAt(where)
        if index.isValid():
            menu = self.menu_for(index.data(LINE_ROLE).code)
            menu.exec(self.list.viewport().mapToGlobal(where))

    def keyPressEvent(self, event) -> None:
        """Space hides or shows, Enter takes in hand."""
        index = self.list.currentIndex()
        if index.isValid() and event.key() == Qt.Key.Key_Space:
            self.toggle(index.data(LINE_ROLE).code)
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.category_wished.emit(index.data(LINE_ROLE).code, "replace")
        else:
            super().keyPressEvent(event)
