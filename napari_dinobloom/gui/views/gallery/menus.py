"""Menus of the gallery's bar, filled when they open."""

from collections.abc import Callable

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from napari_dinobloom.gui.views.escape import PopupSearch

MANY, MOST_LINES, LINE_PX = 12, 14, 22
NAME = Qt.ItemDataRole.UserRole


class NameList(QWidget):
    """The names of a facet to tick, with how many cells each has."""

    chosen = Signal(object)
    """Frozenset of the names that are ticked."""

    def __init__(self, offers) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        self.list = QListWidget()
        self.list.setAccessibleName("Names to filter by")
        self.list.setIconSize(QSize(12, 12))
        for offer in offers:
            self._add(offer)
        if len(offers) > MANY:
            search = PopupSearch()
            search.setPlaceholderText("Find…")
            search.setClearButtonEnabled(True)
            search.textChanged.connect(self._find)
            column.addWidget(search)
        lines = min(max(len(offers), 1), MOST_LINES)
        self.list.setFixedHeight(lines * LINE_PX + 8)
        self.list.setMinimumWidth(250)
        self.list.itemChanged.connect(lambda _: self.chosen.emit(self.names()))
        self.list.itemClicked.connect(self._toggle)
        self._pressed_state: dict[int, Qt.CheckState] = {}
        column.addWidget(self.list)
        if not offers:
            column.addWidget(QLabel("Nothing is known about it."))

    def names(self) -> frozenset[str]:
        """Those that are ticked."""
        entries = [self.list.item(i) for i in range(self.list.count())]
        ticked = Qt.CheckState.Checked
        return frozenset(e.data(NAME) for e in entries if e.checkState() == ticked)

    def _add(self, offer) -> None:
        entry = QListWidgetItem(f"{offer.text}   {offer.n_cells:,}")
        entry.setData(NAME, offer.name)
        entry.setSizeHint(QSize(0, LINE_PX))
        state = Qt.CheckState.Checked if offer.is_chosen else Qt.CheckState.Unchecked
        entry.setFlags(
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
        )
        entry.setCheckState(state)
        if offer.colour:
            entry.setIcon(swatch(offer.colour))
        self.list.addItem(entry)

    def _toggle(self, entry: QListWidgetItem) -> None:
        """A click beside the box ticks it too."""
        at = self.list.viewport().mapFromGlobal(self.list.cursor().pos())
        if at.x() < LINE_PX:  # the box did it itself
            return
        ticked = entry.checkState() == Qt.CheckState.Checked
        entry.setCheckState(
            Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
        )

    def _find(self, text: str) -> None:
        for i in range(self.list.count()):
            entry = self.list.item(i)
            entry.setHidden(text.casefold() not in entry.text().casefold())


class ChanceBounds(QWidget):
    """Between which shares of the vote that for the prediction must lie."""

    chosen = Signal(float, float)

    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        self.least, self.most = self._box(least, "Least"), self._box(most, "Most")
        row.addWidget(QLabel("from"))
        row.addWidget(self.least)
        row.addWidget(QLabel("to"))
        row.addWidget(self.most)
        apply = QPushButton("Apply")
        apply.clicked.connect(self._emit)
        row.addWidget(apply)

    def _box(self, value: float, name: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(0, 100)
        box.setSuffix(" %")
        box.setValue(round(100 * value))
        box.setAccessibleName(f"{name} share of the vote")
        return box

    def _emit(self) -> None:
        least, most = sorted((self.least.value(), self.most.value()))
        self.chosen.emit(least / 100, most / 100)


def put_inside(menu: QMenu, widget: QWidget) -> None:
    """Show a widget as a menu's only content."""
    menu.clear()
    action = QWidgetAction(menu)
    action.setDefaultWidget(widget)
    menu.addAction(action)


def filled_late(menu: QMenu, fill: Callable[[QMenu], None]) -> QMenu:
    """The menu, filled anew whenever it opens."""
    menu.addAction("…")  # an empty submenu does not open
    menu.aboutToShow.connect(lambda: fill(menu))
    return menu


def swatch(colour: str) -> QIcon:
    """A small square of a colour."""
    pixmap = QPixmap(12, 12)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
