"""The table of slides: a model that copies nothing, a view that sorts."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    Qt,
    Signal,
)
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView


@dataclass(frozen=True, slots=True)
class Column:
    """Heading, what it means, and how wide it starts."""

    title: str
    tip: str
    width: int
    is_number: bool = False


COLUMNS = (
    Column("Slide", "One smear. Click it to see it.", 126),
    Column("White", "White cells found", 46, True),
    Column("Red", "Red cells found", 46, True),
    Column("Platelets", "Platelets found", 62, True),
    Column("Cells", "Pictures that show a single cell", 46, True),
    Column("Pictures", "Fields of view, or pictures of single cells", 58, True),
    Column("State", "How far the search for cells has come", 110),
    Column("Patient", "From the metadata table", 90),
    Column("Site", "Laboratory or hospital", 110),
    Column("Scanner", "Microscope, scanner or camera", 120),
    Column("Stain", "May-Grünwald-Giemsa, Wright, …", 110),
)
LINE_PX, LEAST_LINES, MOST_LINES = 24, 5, 12
KINDS, SINGLE = range(1, 5), 4
"""Columns that count cells of a kind, and among them that of single cells."""
METADATA = range(7, 11)
"""Columns that stay away where nothing is known about them."""
MARGIN_PX = 12
LEAST_NAME_PX = 72
"""So much of a slide's name is seen before the table scrolls sideways."""


class SlideModel(QAbstractTableModel):
    """Rows as they are given; what did not change is not drawn anew."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[Any, ...]] = []
        self._column, self._descending = -1, False

    def name_of(self, index: QModelIndex) -> str:
        """The slide in that row."""
        return self._rows[index.row()][0]

    def sort(
        self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder
    ) -> None:
        """Order the rows by a column; −1 is the order in which they were given.

        Done here and not by a proxy, which would ask for every field one by one.
        """
        self._column = column
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        before = [row[0] for row in self._rows]
        self._rows = self._ordered(self._rows)
        place = {row[0]: number for number, row in enumerate(self._rows)}
        for index in self.persistentIndexList():
            moved = self.index(place[before[index.row()]], index.column())
            self.changePersistentIndex(index, moved)
        self.layoutChanged.emit()

    def _ordered(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if self._column < 0:
            return rows
        column = self._column

        def key(row: tuple[Any, ...]) -> Any:
            value = row[column]
            return value.casefold() if isinstance(value, str) else value

        return sorted(rows, key=key, reverse=self._descending)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these rows; the same slides in the same order keep their selection."""
        new = self._ordered([astuple(row) for row in rows])
        if [row[0] for row in new] != [row[0] for row in self._rows]:
            self.beginResetModel()
            self._rows = new
            self.endResetModel()
            return
        changed = [
            i for i, (a, b) in enumerate(zip(self._rows, new, strict=True)) if a != b
        ]
        self._rows = new
        if changed:
            self.dataChanged.emit(
                self.index(changed[0], 0), self.index(changed[-1], len(COLUMNS) - 1)
            )

    def has_any(self, column: int) -> bool:
        """Whether one of the slides has something to say in this column."""
        return any(row[column] for row in self._rows)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """How many slides."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """How many columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, number or alignment of a field."""
        column = index.column()
        value = self._rows[index.row()][column]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{value:,}" if COLUMNS[column].is_number else value
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[column].is_number:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Headings with what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].tip
        return None


class SlideTable(QTableView):
    """Sortable; draws visible rows only, so a thousand slides stay fluid."""

    slide_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._model = SlideModel()
        self.setModel(self._model)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        # slides of one laboratory begin alike and end in their number
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(LINE_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setMinimumSectionSize(40)
        for index, column in enumerate(COLUMNS):
            self.setColumnWidth(index, column.width)
        self._is_fitting = self._is_arranged = False
        header.sectionResized.connect(self._resized)
        self.setAccessibleName("Slides")
        self.activated.connect(self._choose)
        self.clicked.connect(self._choose)

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these slides; columns with nothing to say are hidden.

        Before the first cell is found, columns for what a smear has stand empty.
        """
        self._model.set_rows(rows)
        lines = min(max(len(rows), 2), MOST_LINES)
        self.setMinimumHeight(self._height_of(min(lines, LEAST_LINES)))
        self.setMaximumHeight(self._height_of(lines if len(rows) <= lines else 10_000))
        self._is_fitting = True  # hiding a column, too, is told as another width
        for index in METADATA:
            self.setColumnHidden(index, not self._model.has_any(index))
        present = {index for index in KINDS if self._model.has_any(index)}
        for index in KINDS:
            stays = index in (present or set(KINDS) - {SINGLE})
            self.setColumnHidden(index, not stays)
        self._is_fitting = False
        self._fit()

    def resizeEvent(self, event) -> None:
        """Another width is shared out anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Counts and state as wide as they need, the rest for the slide's name.

        Columns that somebody has drawn wider or narrower are left alone.
        """
        if self._is_arranged:
            return
        self._is_fitting = True
        letters = self.horizontalHeader().fontMetrics()
        for index in range(1, METADATA.start):
            if not self.isColumnHidden(index):
                # its own hint keeps room for the arrow of sorting in every column
                title = letters.horizontalAdvance(COLUMNS[index].title) + MARGIN_PX
                wanted = max(title, self.sizeHintForColumn(index) + 4)
                self.setColumnWidth(index, wanted)
        rest = sum(self.columnWidth(index) for index in range(1, len(COLUMNS)))
        free = self.viewport().width() - rest
        scrolls = any(not self.isColumnHidden(index) for index in METADATA)
        least = COLUMNS[0].width if scrolls else LEAST_NAME_PX
        self.setColumnWidth(0, max(free, least))
        self._is_fitting = False

    def _resized(self, *_: int) -> None:
        self._is_arranged = self._is_arranged or not self._is_fitting

    def _height_of(self, lines: int) -> int:
        """Height of so many lines, with heading and scroll bar."""
        return (lines + 1) * LINE_PX + self.horizontalScrollBar().sizeHint().height()

    def _choose(self, index: QModelIndex) -> None:
        self.slide_chosen.emit(self._model.name_of(index))
