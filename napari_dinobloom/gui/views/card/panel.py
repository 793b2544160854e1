"""The card of one cell: what it looks like, what it is called, and why."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QShortcut,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.card.features import FeaturePanel
from napari_dinobloom.gui.views.card.fold import Fold
from napari_dinobloom.gui.views.card.neighbours import NeighbourStrip
from napari_dinobloom.gui.views.card.picture import CellPicture
from napari_dinobloom.gui.views.card.standing import ShareBars, StandingPanel
from napari_dinobloom.gui.views.elided import ElidedLabel
from napari_dinobloom.gui.views.style import SPACE, WIDE_SPACE, QuietLabel

MARGIN = 8
SIDE_BY_SIDE_PX = 760
HIGH_PX = 640
"""A card that is lower, and narrow, has label and prediction beside the picture."""
BESIDE = 0.34
"""Of the width, for the picture beside which these stand."""
NOTHING_SAID = "Nobody has said anything about this cell yet."


class CardPanel(QStackedWidget):
    """Everything about the cell that is looked at, or what to do to see one."""

    go_wished = Signal()
    step_wished = Signal(int)
    cell_wished = Signal(object)
    arranged = Signal()
    """A part was folded away or opened, which may be remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.empty = QuietLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(2 * WIDE_SPACE)
        self.picture = CellPicture()
        self.title, self.origin = ElidedLabel(), QuietLabel()
        self.title.setObjectName("title")
        self.place, self.size = QuietLabel(), QuietLabel(name="size")
        self.flags = QuietLabel(name="problem")
        self.standing, self.shares = StandingPanel(), ShareBars()
        self.neighbours = NeighbourStrip()
        self.features, self.history = FeaturePanel(), QuietLabel(name="history")
        self.history.setTextFormat(Qt.TextFormat.RichText)
        for label in (self.origin, self.place, self.size, self.history):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.folds = {
            title: Fold(title, widget)
            for title, widget in (
                ("Why this prediction", _column(self.shares, self.neighbours)),
                ("Measurements", self.features),
                (
                    "About this cell",
                    _column(self.size, self.origin, self.place),
                ),
                ("History", self.history),
            )
        }
        for fold in self.folds.values():
            fold.turned.connect(lambda _: self.arranged.emit())
        self.addWidget(self.empty)
        self.addWidget(self._scrolled())
        self.neighbours.cell_wished.connect(self.cell_wished)
        self.show_history(())

    # -- what the presenter tells ----------------------------------------------------

    def show_empty(self, text: str) -> None:
        """Show no cell, but what to do."""
        self.empty.setText(text)
        self.setCurrentIndex(0)

    def show_cell(self, cell, head, scale: str) -> None:
        """Show picture, outlines and who the cell is."""
        self.picture.show_cell(cell, scale)
        self.outline.setEnabled(bool(cell.outline))
        self.title.set_text(head.title)
        self.origin.setText(head.origin)
        self.place.setText(head.place)
        self.size.setText(head.size)
        self.size.setVisible(bool(head.size))
        text = ", ".join(head.flags)
        self.flags.setText(text[:1].upper() + text[1:])
        self.flags.setVisible(bool(head.flags))
        self.setCurrentIndex(1)

    def show_place(self, text: str, has_last: bool, has_next: bool) -> None:
        """Show which of the cells in hand it is."""
        self.in_hand.setText(text)
        for button, on in ((self.last, has_last), (self.next, has_next)):
            button.setEnabled(on)
        for part in (self.last, self.in_hand, self.next):
            part.setVisible(has_last or has_next)

    def show_standing(self, standing) -> None:
        """Show label and prediction."""
        self.standing.show_standing(standing)
        self.shares.show_shares(standing.shares)

    def show_history(self, said: Sequence) -> None:
        """Show what was said about it, oldest first."""
        lines = [
            f"<tr><td style='color: {line.colour}'>■&nbsp;</td>"
            f"<td><b>{escape(line.what)}</b><br>{escape(line.by)}, "
            f"{escape(line.when)}</td></tr>"
            for line in said
        ]
        table = f"<table cellspacing='0' cellpadding='2'>{''.join(lines)}</table>"
        self.history.setText(table if said else NOTHING_SAID)

    def show_neighbours(self, cells: Sequence, text: str) -> None:
        """Show the labelled cells that lie nearest."""
        self.neighbours.show_neighbours(cells, text)

    def show_portrait(self, cell_id: int, rgb) -> None:
        """Show a neighbour's picture."""
        self.neighbours.show_portrait(cell_id, rgb)

    def show_features(self, rows: Sequence, text: str) -> None:
        """Show measurements and with whom they were compared."""
        self.features.show_features(rows, text)

    # -- remembered ------------------------------------------------------------------

    def arrangement(self) -> dict[str, Any]:
        """Which parts are folded away."""
        return {"folded": [t for t, fold in self.folds.items() if not fold.is_open]}

    def arrange(self, wanted: Mapping[str, Any]) -> None:
        """Do as `arrangement` once said; what cannot be is left out."""
        folded = wanted.get("folded")
        for title in folded if isinstance(folded, list) else ():
            if isinstance(title, str) and title in self.folds:
                self.folds[title].set_open(False)

    # -- parts -----------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        """Halves side by side where there is room; else the picture beside words."""
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE_PX
        ways = QBoxLayout.Direction
        beside = not wide and self.height() < HIGH_PX
        self.picture.set_side(round(BESIDE * self.width()) if beside else 0)
        top = Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag(0)
        self._top.setAlignment(self.picture, top)
        self._top.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._halves.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._halves.setSpacing(2 * WIDE_SPACE if wide else SPACE)
        for half in (0, 1):
            self._halves.setStretch(half, 1 if wide else half)

    def _scrolled(self) -> QScrollArea:
        page, first, second = QWidget(), QVBoxLayout(), QVBoxLayout()
        words = QVBoxLayout()
        for column in (first, second, words):
            column.setSpacing(SPACE)
        words.addLayout(self._heading())
        words.addWidget(self.standing)
        words.addWidget(self.flags)
        words.addStretch(1)
        self._top = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._top.setSpacing(WIDE_SPACE)
        self._top.addWidget(self.picture)
        self._top.addLayout(words, 1)
        first.addLayout(self._top)
        first.addLayout(self._buttons())
        first.addStretch(1)
        for fold in self.folds.values():
            second.addWidget(fold)
        second.addStretch(1)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom, page)
        self._halves.setContentsMargins(MARGIN, 0, SPACE, 0)
        self._halves.setSpacing(SPACE)
        self._halves.addLayout(first, 0)
        self._halves.addLayout(second, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self.area = area
        return area

    def _heading(self) -> QHBoxLayout:
        """Who the cell is, and the steps to the cells before and after it."""
        self.last = self._step("‹", "The cell before, of those in hand", -1)
        self.next = self._step("›", "The cell after, of those in hand", 1)
        self.in_hand = QLabel()
        self.in_hand.setObjectName("quiet")
        self.in_hand.setToolTip("Which of the cells in hand this is")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.title, 1)
        row.addWidget(self.last)
        row.addWidget(self.in_hand)
        row.addWidget(self.next)
        return row

    def _buttons(self) -> QHBoxLayout:
        self.go = QPushButton("Go to slide")
        self.go.setToolTip("Show this cell where it lies in its smear")
        self.go.clicked.connect(lambda: self.go_wished.emit())
        self.outline = QCheckBox("Outline")
        self.outline.setChecked(True)
        self.outline.setToolTip("Draw the outlines of cell and nucleus (O)")
        self.outline.toggled.connect(self.picture.set_outlined)
        key = QShortcut(QKeySequence("O"), self)
        key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        key.activated.connect(self.outline.toggle)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.go)
        row.addWidget(self.outline)
        row.addStretch(1)
        return row

    def _step(self, text: str, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setStyleSheet("QToolButton { padding: 0px 5px; }")
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.step_wished.emit(by))
        return button


def _column(*widgets: QWidget) -> QWidget:
    """Widgets below each other."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE // 2)
    for widget in widgets:
        column.addWidget(widget)
    return whole
