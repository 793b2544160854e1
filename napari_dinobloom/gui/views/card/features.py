"""The table of a cell's measurements."""

from collections.abc import Sequence

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QRectF,
    QSortFilterProxyModel,
    Qt,
)
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, narrow

HEADERS = ("Measurement", "Value", "Percentile")
TIPS = (
    "What was measured; hover over a line for its meaning",
    "Of this cell",
    "How many of the cells it is compared with have a smaller value: 50 is the middle",
)
MAIN = "Main"
SORT_ROLE = Qt.ItemDataRole.UserRole
MOST_ROWS_SEEN = 18
BAR_PX = 8


class FeatureModel(QAbstractTableModel):
    """Lines with title, value and percentile."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence = ()

    def set_rows(self, rows: Sequence) -> None:
        """Show these; the same measurements keep their places and the selection."""
        same = [row.title for row in rows] == [row.title for row in self.rows]
        if same and rows:
            self.rows = rows
            last = self.index(len(rows) - 1, len(HEADERS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent=None) -> int:
        """How many measurements."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent=None) -> int:
        """Title, value, percentile."""
        return 0 if parent is not None and parent.isValid() else len(HEADERS)

    def data(self, index: QModelIndex, role=Qt.ItemDataRole.DisplayRole):
        """What stands in a place."""
        row, column = self.rows[index.row()], index.column()
        known = row.percentile == row.percentile
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.title, row.text, f"{row.percentile:.0f}" if known else "–")[
                column
            ]
        if role == SORT_ROLE:
            return (index.row(), row.value, row.percentile if known else -1.0)[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
        return HEADERS[section] if role == Qt.ItemDataRole.DisplayRole else None


class FeatureFilter(QSortFilterProxyModel):
    """The main ones, or all that hold a word."""

    def __init__(self) -> None:
        super().__init__()
        self._word, self._all = "", False
        self.setSortRole(SORT_ROLE)

    def show_only(self, word: str, everything: bool) -> None:
        """Show what holds this word, or (no word) the main ones or everything."""
        self._word, self._all = word.strip().lower(), everything
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Whether a line is shown."""
        del parent
        line = self.sourceModel().rows[row]
        if self._word:
            return self._word in f"{line.title} {line.group} {line.tip}".lower()
        return self._all or line.group == MAIN


class PercentileBar(QStyledItemDelegate):
    """A tick on a line from 0 to 100, beside the number."""

    def paint(self, painter: QPainter, option, index: QModelIndex) -> None:
        """Draw line, tick and number."""
        super().paint(painter, option, index)
        rank = index.data(SORT_ROLE)
        if rank is None or rank < 0:
            return
        rect = QRectF(option.rect)
        track = QRectF(
            rect.left() + 6, rect.center().y() - 2, max(20.0, rect.width() - 42), 4
        )
        line = QColor(option.palette.text().color())
        line.setAlpha(55)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(line)
        painter.drawRoundedRect(track, 2, 2)
        x = track.left() + track.width() * rank / 100
        # the rare ends stand out, by shape as well as by colour
        rare = rank < 2.5 or rank > 97.5
        painter.setBrush(QColor("#E69F00" if rare else "#56B4E9"))
        tall = BAR_PX + (6 if rare else 2)
        painter.drawRoundedRect(
            QRectF(x - 2, rect.center().y() - tall / 2, 4, tall), 2, 2
        )
        painter.restore()


class FeaturePanel(QWidget):
    """Measurements, a box to find some, and with whom the cell was compared."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QuietLabel()
        self.word = QLineEdit()
        self.word.setPlaceholderText("Find a measurement…")
        self.word.setClearButtonEnabled(True)
        self.word.setAccessibleName("Find a measurement")
        self.all = QCheckBox("All")
        self.all.setToolTip("Show every measurement, not only the main ones")
        self.model, self.filter = FeatureModel(), FeatureFilter()
        self.filter.setSourceModel(self.model)
        self.table = self._table()
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(narrow(self.word), 1)
        top.addWidget(self.all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.text)
        layout.addLayout(top)
        layout.addWidget(self.table)
        self.word.textChanged.connect(self._filter)
        self.all.toggled.connect(self._filter)
        self.show_features((), "")

    def show_features(self, rows: Sequence, text: str) -> None:
        """Show these lines below this sentence."""
        self.text.setText(text)
        self.model.set_rows(rows)
        self.all.setText(f"All {len(rows)}" if rows else "All")
        for widget in (self.word, self.all, self.table):
            widget.setVisible(bool(rows))
        self._fit()

    def _filter(self) -> None:
        self.filter.show_only(self.word.text(), self.all.isChecked())
        self._fit()

    def _fit(self) -> None:
        """Be as high as the lines, up to some."""
        n = max(2, min(MOST_ROWS_SEEN, self.filter.rowCount()))
        line = self.table.verticalHeader().defaultSectionSize()
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(n * line + head + 2 * self.table.frameWidth() + 2)

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.filter)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.setItemDelegateForColumn(2, PercentileBar(table))
        table.setAccessibleName("Measurements of the cell")
        head, mode = table.horizontalHeader(), QHeaderView.ResizeMode
        head.setMinimumSectionSize(60)
        head.setSectionResizeMode(0, mode.Stretch)
        head.setSectionResizeMode(1, mode.ResizeToContents)
        head.setSectionResizeMode(2, mode.Fixed)
        head.resizeSection(2, 116)
        return narrow(table)
