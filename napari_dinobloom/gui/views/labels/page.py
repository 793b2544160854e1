"""The Label page: what is in hand, the classes, and what comes of the labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.labels.classes import ClassGrid
from napari_dinobloom.gui.views.labels.hand import ActionRow, HandCard
from napari_dinobloom.gui.views.labels.menu import SchemeMenus
from napari_dinobloom.gui.views.labels.table import CountPanel
from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.style import SPACE, WIDE_SPACE, QuietLabel, Section
from napari_dinobloom.study.presets import PRESETS

SAID_MS = 12_000
"""So long a line about what was done stays."""
EMPTY = {
    "no study": (
        "No study is open",
        "Open one, or make one from your smears, on the page Study.",
    ),
    "no cells": (
        "No cells yet",
        "Let them be found on the page Study; then label them here.",
    ),
}


class LabelPage(QWidget):
    """Implements `LabelView`."""

    class_wished = Signal(str)
    key_wished = Signal(str)
    undo_wished = Signal()
    redo_wished = Signal()
    going_on_wished = Signal(bool, bool)
    scheme_wished = Signal(object)
    class_added = Signal(str)
    class_changed = Signal(str, str, object)
    class_removed = Signal(str)
    take_wished = Signal(str, bool)
    table_wished = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.hand, self.actions = HandCard(), ActionRow()
        self.advance = QCheckBox("Go to next cell")
        self.skip = QCheckBox("Skip labelled")
        self.said, self.message = QuietLabel(), MessageLine()
        self.classes, self.counts = ClassGrid(), CountPanel()
        self.menus = SchemeMenus(self)
        self.scheme, self.help = QToolButton(), QToolButton()
        self._empty_title, self._empty = QuietLabel(name="title"), QuietLabel()
        self._offer = self._make_offer()
        self._silence = QTimer(self)
        self._dress()
        self._lay_out()
        self._connect()
        self.show_stage("no study")

    # -- LabelView ---------------------------------------------------------------

    def show_stage(self, stage: str) -> None:
        """Say what to do first, offer schemes, or show the classes."""
        self._stack.setCurrentIndex({"no scheme": 1, "ready": 2}.get(stage, 0))
        title, about = EMPTY.get(stage, ("", ""))
        self._empty_title.setText(title)
        self._empty.setText(about)

    def show_hand(
        self, title: str, about: str, portrait: np.ndarray | None, single: bool
    ) -> None:
        """What the next key is about."""
        self.hand.show_hand(title, about, portrait, single)

    def mark_classes(self, labelled: str | None, predicted: str | None) -> None:
        """What the single cell in hand is, or is believed to be."""
        self.classes.mark(labelled, predicted)

    def show_scheme(self, name: str) -> None:
        """How the scheme is called."""
        self.scheme.setText(name.capitalize() or "Classes")

    def show_classes(self, classes: Sequence[Any]) -> None:
        """Every class with its counts."""
        self.menus.set_classes(classes)
        self.classes.set_classes(classes)

    def show_table(self, table: Any) -> None:
        """Counts per study, slide or patient."""
        self.counts.show_table(table)

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do."""
        self.hand.show_history(undo, redo)

    def show_going_on(self, advance: bool, skip_labelled: bool) -> None:
        """Tick the boxes."""
        for box, on in ((self.advance, advance), (self.skip, skip_labelled)):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        self.skip.setEnabled(advance)

    def agrees(self, title: str, words: str) -> bool:
        """Ask before something is done; Enter agrees, Escape does not."""
        asked = QMessageBox(self)
        asked.setIcon(QMessageBox.Icon.Question)
        asked.setWindowTitle("DinoBloom")
        asked.setText(title)
        asked.setInformativeText(words)
        use = asked.addButton("Use them", QMessageBox.ButtonRole.AcceptRole)
        asked.addButton(QMessageBox.StandardButton.Cancel)
        asked.setDefaultButton(use)
        asked.exec()
        return bool(asked.clickedButton() is use)

    def say(self, text: str) -> None:
        """What was done; it fades from the page after a while."""
        self.message.clear()
        self.said.setText(text)
        self._silence.start(SAID_MS)

    def show_problem(self, what: str, remedy: str) -> None:
        """What went wrong."""
        self.said.setText("")
        self.message.show_problem(what, remedy)

    # -- parts -------------------------------------------------------------------

    def add_below(self, widget: QWidget) -> None:
        """Put another part under the counts."""
        rule = QFrame()
        rule.setObjectName("rule")
        self._below.addWidget(rule)
        self._below.addWidget(widget)

    def _dress(self) -> None:
        self.advance.setToolTip(
            "After a single cell was labelled, take the next one in hand"
        )
        self.skip.setToolTip("Pass over cells with a label and those marked unsure")
        for box in (self.advance, self.skip):
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.said.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.scheme.setMenu(QMenu(self.scheme))
        self.scheme.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.scheme.setToolTip("Use other classes, add one, change colours and keys")
        self.help.setText("Keys  ?")
        self.help.setToolTip("Show all keys (?)")
        for button in (self.scheme, self.help):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._silence.setSingleShot(True)
        # the label's own slot: a call into Python could come after the page is gone
        self._silence.timeout.connect(self.said.clear)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(SPACE)
        heading.addWidget(self.scheme)
        heading.addStretch(1)
        heading.addWidget(self.help)
        self._below = QVBoxLayout()
        self._below.setSpacing(SPACE)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(SPACE)
        column.addLayout(heading)
        column.addWidget(self.classes)
        rule = QFrame()
        rule.setObjectName("rule")
        column.addWidget(rule)
        column.addWidget(self.counts)
        column.addLayout(self._below)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(below)
        ready = self._column(self.hand, self.actions, self._boxes(), self.said)
        ready.layout().addWidget(self.message)
        ready.layout().addWidget(scroll, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._column(self._empty_title, self._empty, None))
        self._stack.addWidget(self._offer)
        self._stack.addWidget(ready)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._stack)

    def _boxes(self) -> QWidget:
        boxes = QWidget()
        row = QHBoxLayout(boxes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(WIDE_SPACE)
        row.addWidget(self.advance)
        row.addWidget(self.skip)
        row.addStretch(1)
        return boxes

    def _column(self, *widgets: QWidget | None) -> QWidget:
        """Widgets below each other; None is the rest of the room."""
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for widget in widgets:
            if widget is None:
                layout.addStretch(1)
            else:
                layout.addWidget(widget)
        return column

    def _make_offer(self) -> QWidget:
        """The presets, for a study without classes."""
        offer = self._column(
            Section("Which classes do you count?"),
            QuietLabel("You can add, rename and recolour classes at any time."),
        )
        layout = offer.layout()
        self.offers: dict[str, QPushButton] = {}
        for place, offered in enumerate(PRESETS):
            button = QPushButton(offered.title.capitalize())
            button.setMinimumHeight(40)
            button.setObjectName("primary" if place == 0 else "")
            button.clicked.connect(
                lambda _=False, offered=offered: self.scheme_wished.emit(
                    offered.taxonomy
                )
            )
            layout.addWidget(button)
            layout.addWidget(QuietLabel(offered.line))
            self.offers[offered.name] = button
        own = QPushButton("Start with a class of your own…")
        own.clicked.connect(self.menus.ask_class)
        layout.addSpacing(WIDE_SPACE)
        layout.addWidget(own)
        layout.addStretch(1)
        return offer

    def _connect(self) -> None:
        self.hand.undo_wished.connect(self.undo_wished)
        self.hand.redo_wished.connect(self.redo_wished)
        self.actions.key_wished.connect(self.key_wished)
        self.help.clicked.connect(lambda: self.key_wished.emit("?"))
        for box in (self.advance, self.skip):
            box.toggled.connect(self._wish_going_on)
        self.classes.class_wished.connect(self.class_wished)
        self.classes.menu_wished.connect(self._open_menu)
        self.scheme.menu().aboutToShow.connect(
            lambda: self.menus.fill_scheme(self.scheme.menu())
        )
        self.menus.scheme_wished.connect(self.scheme_wished)
        self.menus.class_added.connect(self.class_added)
        self.menus.class_changed.connect(self.class_changed)
        self.menus.class_removed.connect(self.class_removed)
        self.menus.take_wished.connect(self.take_wished)
        self.counts.table_wished.connect(self.table_wished)

    def _wish_going_on(self) -> None:
        self.going_on_wished.emit(self.advance.isChecked(), self.skip.isChecked())

    def _open_menu(self, name: str, place) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menus.fill_class(menu, name)
        menu.popup(place)
