"""Counts as a table: of the whole study, per slide, per patient."""

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow

GROUPINGS = (
    ("study", "Whole study"),
    ("slide", "Per slide"),
    ("patient", "Per patient"),
)
COUNTED = (
    ("labelled", "Labels"),
    ("predicted", "Predictions"),
    ("both", "Labels, else predictions"),
)
LINE_PX, MOST_LINES = 24, 12


class CountModel(QAbstractTableModel):
    """Headings and rows as they are given."""

    def __init__(self) -> None:
        super().__init__()
        self._headings: tuple[str, ...] = ()
        self._rows: tuple[tuple[Any, ...], ...] = ()

    def set_table(self, headings: tuple[str, ...], rows: tuple[Any, ...]) -> None:
        """Show another table; the same shape keeps its place."""
        names = [row[0] for row in rows]
        if (headings, names) == (self._headings, [row[0] for row in self._rows]):
            self._rows = rows
            if rows:
                corner = self.index(len(rows) - 1, len(headings) - 1)
                self.dataChanged.emit(self.index(0, 0), corner)
            return
        self.beginResetModel()
        self._headings, self._rows = headings, rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """How many groups or classes."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """How many columns."""
        return 0 if parent is not None and parent.isValid() else len(self._headings)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text or alignment of a field."""
        value = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if isinstance(value, float):
                return f"{value:.1f}"
            return f"{value:,}" if isinstance(value, int) and value else value or "–"
        if role == Qt.ItemDataRole.ToolTipRole:
            name = str(self._rows[index.row()][0])
            column = index.column()
            return f"{name}: {self._headings[column]}" if column else name
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Names of classes, whole in the tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = (
                Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            )
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class CountPanel(QWidget):
    """The table with what it counts, and a button that copies it."""

    table_wished = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.grouping, self.counted = QComboBox(), QComboBox()
        for box, choices, name in (
            (self.grouping, GROUPINGS, "Per study, slide or patient"),
            (self.counted, COUNTED, "Count labels or predictions"),
        ):
            for value, title in choices:
                box.addItem(title, value)
            box.setToolTip(name)
            box.setAccessibleName(name)
            narrow(box)
            # a click must not take the keyboard: letters would search the list
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.currentIndexChanged.connect(self._wish)
        self.copy = QToolButton()
        self.copy.setText("Copy")
        self.copy.setToolTip("Copy the table as CSV, for a spreadsheet")
        self.copy.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.copy.clicked.connect(self._copy)
        self._csv = ""
        self.model = CountModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self._none = QuietLabel("No cells counted here yet.")
        self._dress()
        self._lay_out()

    def show_table(self, table: Any) -> None:
        """Show headings and rows, and keep their text for copying."""
        columns = len(table.headings)
        self._csv = table.as_csv()
        reshaped = columns != self.model.columnCount()
        self.model.set_table(table.headings, table.rows)
        self.table.setVisible(bool(table.rows))
        self._none.setVisible(not table.rows)
        lines = min(max(len(table.rows), 1), MOST_LINES)
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight((lines + 1) * LINE_PX + bar)
        if reshaped:
            mode = QHeaderView.ResizeMode
            header = self.table.horizontalHeader()
            # numbers grow while one labels: their columns grow with them
            header.setSectionResizeMode(mode.ResizeToContents)
            if columns == 3:
                header.setSectionResizeMode(0, mode.Stretch)

    def _dress(self) -> None:
        table = self.table
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # ends tell names apart
        table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setTabKeyNavigation(False)
        table.setAccessibleName("Counts of classes")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(LINE_PX)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setMaximumSectionSize(180)

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(SPACE)
        choices.addWidget(self.grouping, 1)
        choices.addWidget(self.counted, 1)
        choices.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("Counts"))
        layout.addLayout(choices)
        layout.addWidget(self.table)
        layout.addWidget(self._none)

    def _wish(self) -> None:
        self.table_wished.emit(self.grouping.currentData(), self.counted.currentData())

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._csv)
