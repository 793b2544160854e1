"""Tools to correct the cells in the field on the canvas."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QGridLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.smear.correct_icons import correct_icon
from napari_dinobloom.gui.views.style import SPACE, QuietLabel
from napari_dinobloom.study import KIND_NAMES

OPEN_TIP = "Add cells that were missed, and mend outlines that are wrong"
TOOLS = {
    "add": ("Add", "Draw round a cell that was missed, or click into it"),
    "redraw": ("Redraw", "Draw the outline of a cell anew; number and label stay"),
    "nucleus": ("Nucleus", "Draw the nucleus of a white cell anew"),
    "split": ("Split", "Part two cells that were taken for one, by a line"),
}
ACTIONS = {
    "merge": ("Merge", "Join the cells in hand: they are parts of one cell", 2),
    "delete": ("Delete", "Take the cells in hand away (Delete key over the smear)", 1),
}
KINDS = ("wbc", "rbc", "platelet", "other")
ICON_PX = 18


class CorrectPanel(QWidget):
    """Shows a `CorrectionState`."""

    open_wished = Signal(bool)
    tool_wished = Signal(str)
    merge_wished = Signal()
    delete_wished = Signal()
    kind_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.open_button = QPushButton("Correct cells")
        self.open_button.setCheckable(True)
        self.open_button.setToolTip(OPEN_TIP)
        self.open_button.clicked.connect(self.open_wished)
        self.tools = {name: self._tool(name, *said) for name, said in TOOLS.items()}
        self.actions_ = {
            name: self._button(name, text, tip)
            for name, (text, tip, _) in ACTIONS.items()
        }
        self.actions_["merge"].clicked.connect(self.merge_wished)
        self.actions_["delete"].clicked.connect(self.delete_wished)
        self.kind = self._kinds()
        self.hint = QuietLabel()
        self._lay_out()

    def _lay_out(self) -> None:
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE // 2)
        buttons = [*self.tools.values(), *self.actions_.values(), self.kind]
        for at, button in enumerate(buttons):
            grid.addWidget(button, at // 4, at % 4)
        grid.addWidget(self.hint, 2, 0, 1, 4)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.open_button)
        layout.addWidget(self._body)
        self._body.hide()

    def show_correction(self, state: Any) -> None:
        """Draw what holds now."""
        self.open_button.setChecked(state.is_on)
        self._body.setVisible(state.is_on)
        for name, button in self.tools.items():
            button.setChecked(state.tool == name)
            button.setEnabled(state.can)
        for name, (_, _, least) in ACTIONS.items():
            self.actions_[name].setEnabled(state.can and state.n_in_hand >= least)
        self.kind.setEnabled(state.can and state.n_in_hand > 0)
        self.hint.setText(state.hint)

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Dress icons, and the tool in use."""
        buttons = {**self.tools, **self.actions_, "kind": self.kind}
        for name, button in buttons.items():
            button.setIcon(correct_icon(name, theme["text"]))
        self._body.setStyleSheet(
            f"QToolButton {{ background: {theme['secondary']}; border-radius: 3px; }}"
            f"QToolButton:hover {{ background: {theme['primary']}; }}"
            f"QToolButton:checked {{ background: {theme['current']};"
            f" border: 1px solid {theme['text']}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    # -- parts -------------------------------------------------------------------

    def _tool(self, name: str, text: str, tip: str) -> QToolButton:
        button = self._button(name, text, tip)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.tool_wished.emit(name))
        return button

    def _kinds(self) -> QToolButton:
        button = self._button("kind", "Kind…", "Say what the cells in hand are")
        menu = QMenu(button)
        for kind in KINDS:
            act = menu.addAction(KIND_NAMES[kind].capitalize())
            act.triggered.connect(partial(self._kind_chosen, kind))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _kind_chosen(self, kind: str, *_: object) -> None:
        self.kind_wished.emit(kind)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(f"{text}: {tip}")
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy.Policy
        button.setSizePolicy(policy.Expanding, policy.Preferred)
        return button
