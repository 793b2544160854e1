"""The score of the predictions, and a small table with each class."""

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow

LEFT_OUT = (("slide", "by slide left out"), ("patient", "by patient left out"))
COLUMNS = ("Class", "Recognised", "Labels", "Mostly taken for")
_MOST_PX = 400


class LiveScoreView(QWidget):
    """Headline, what it rests on, and per class how often it was recognised."""

    left_out_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.by = QComboBox()
        self.headline = QLabel()
        self.rests_on = QuietLabel()
        self.classes_button = QToolButton()
        self.table = QTableWidget(0, len(COLUMNS))
        self._prepare()
        self._lay_out()
        self._open(False)

    def _prepare(self) -> None:
        for value, title in LEFT_OUT:
            self.by.addItem(title, value)
        self.by.setAccessibleName("What is left out")
        self.by.setToolTip(
            "Cells of one slide or patient look alike. So each is judged by what was\n"
            "learned from the others, as if it were new."
        )
        self.by.activated.connect(
            lambda _: self.left_out_wished.emit(self.by.currentData())
        )
        self.headline.setObjectName("title")
        self.headline.setWordWrap(True)
        self.headline.setToolTip(
            "Balanced accuracy: how often a class is recognised, the mean of all "
            "classes,\nso that rare ones count as much as frequent ones. Macro-F1: the "
            "same for\nfinding a class and for being right when it is named; 1 is best."
        )
        self.classes_button.setText("Class by class")
        self.classes_button.setCheckable(True)
        self.classes_button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        self.classes_button.toggled.connect(self._open)
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.setAccessibleName("How often each class is recognised")
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setMaximumHeight(_MOST_PX)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = self.table.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # As high as its rows, which are as high as their wrapped texts.
        self.table.setSizeAdjustPolicy(
            QAbstractScrollArea.SizeAdjustPolicy.AdjustToContents
        )
        self.table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        rows.sectionResized.connect(lambda *_: self.table.updateGeometry())
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (0, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(Section("How good they are"))
        top.addWidget(narrow(self.by), 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self.headline)
        layout.addWidget(self.rests_on)
        layout.addWidget(self.classes_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.table)

    def show_score(
        self,
        headline: str,
        rests_on: str,
        rows: Sequence[tuple[str, ...]],
        by: str,
        is_judging: bool,
    ) -> None:
        """What the score is and rests on; the old one stays while a new one is made."""
        self.headline.setText(headline)
        self.headline.setVisible(bool(headline))
        if is_judging and not headline:
            rests_on = "Being judged …"
        self.rests_on.setText(rests_on)
        self.by.setCurrentIndex(self.by.findData(by))
        self.classes_button.setVisible(bool(rows))
        self.table.setVisible(bool(rows) and self.classes_button.isChecked())
        self._fill(rows)

    def _fill(self, rows: Sequence[tuple[str, ...]]) -> None:
        self.table.setRowCount(len(rows))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, (*texts, tip) in enumerate(rows):
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setToolTip(tip if column == 1 else text)
                if column in (1, 2):
                    cell.setTextAlignment(right)
                self.table.setItem(number, column, cell)

    def _open(self, opened: bool) -> None:
        self.table.setVisible(opened and self.table.rowCount() > 0)
        arrow = Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow
        self.classes_button.setArrowType(arrow)
