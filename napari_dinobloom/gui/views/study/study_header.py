"""Top of the page: which study, undo and redo, the menu of studies."""

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.study.output_line import OutputLine
from napari_dinobloom.gui.views.style import SPACE, QuietLabel


class StudyHeader(QWidget):
    """Implements `StudyView`."""

    open_wished = Signal(object)
    create_wished = Signal(object)
    close_wished = Signal()
    undo_wished = Signal()
    redo_wished = Signal()
    settings_wished = Signal()
    study_shown = Signal(bool)
    """Whether a study lies open."""

    def __init__(self) -> None:
        super().__init__()
        self._name = QLabel("No study open")
        self._name.setObjectName("title")
        self._name.setMinimumWidth(40)
        self.predicting = QLabel("predicting …")
        self.predicting.setObjectName("quiet")
        self.predicting.setToolTip(
            "The labels are being learned; predictions appear when that is done"
        )
        self.predicting.hide()
        self._undo = self._tool("↶", "Nothing to undo", self.undo_wished)
        self._redo = self._tool("↷", "Nothing to redo", self.redo_wished)
        self._menu = QMenu(self)
        study = QToolButton()
        study.setText("Study")
        study.setMenu(self._menu)
        study.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        study.setToolTip("New, open, recent studies, report, export, close, settings")
        self._note = QuietLabel(name="problem")
        self._note.hide()
        self.message = MessageLine()
        self.output = OutputLine()
        self._folder = Path()
        self._lay_out(study)
        self.show_no_study([])

    def _lay_out(self, study: QToolButton) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self._name, 1)
        top.addWidget(self.predicting)
        for button in (self._undo, self._redo, study):
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self._note)
        layout.addWidget(self.message)
        layout.addWidget(self.output)

    # -- StudyView ---------------------------------------------------------------

    def show_study(self, name: str, folder: str, read_only: str) -> None:
        """A study lies open."""
        self._folder = Path(folder)
        self._name.setText(name)
        self._name.setToolTip(folder)
        self._note.setText(f"Open for reading only. {read_only}" if read_only else "")
        self._note.setVisible(bool(read_only))
        self.message.clear()
        self._fill_menu(self._recent, is_open=True)
        self.study_shown.emit(True)

    def show_no_study(self, recent: Sequence[Path]) -> None:
        """Nothing lies open."""
        self._recent = list(recent)
        self._name.setText("No study open")
        self._name.setToolTip("")
        self._note.hide()
        self._fill_menu(self._recent, is_open=False)
        self.study_shown.emit(False)

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do."""
        for button, verb, what in (
            (self._undo, "Undo", undo),
            (self._redo, "Redo", redo),
        ):
            button.setEnabled(bool(what))
            tip = f"{verb}: {what}" if what else f"Nothing to {verb.lower()}"
            button.setToolTip(tip)
            button.setAccessibleName(tip)

    def show_predicting(self, is_predicting: bool) -> None:
        """Say that the first predictions are being computed, or no longer."""
        self.predicting.setVisible(is_predicting)

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.message.show_problem(what, remedy)

    # -- wishes ------------------------------------------------------------------

    @property
    def recent(self) -> list[Path]:
        """Studies that were open last."""
        return list(self._recent)

    def ask_open(self) -> None:
        """Let the person choose a study folder."""
        folder = QFileDialog.getExistingDirectory(
            self, "Open a study (a folder whose name ends in .study)"
        )
        if folder:
            self.open_wished.emit(Path(folder))

    def ask_create(self) -> None:
        """Let the person name a new study."""
        name, _ = QFileDialog.getSaveFileName(
            self, "New study", "smears.study", "Study (*.study)"
        )
        if name:
            self.create_wished.emit(Path(name))

    def _fill_menu(self, recent: Sequence[Path], is_open: bool) -> None:
        menu = self._menu
        menu.clear()
        menu.addAction("New study…", self.ask_create)
        menu.addAction("Open study…", self.ask_open)
        if recent:
            menu.addSeparator()
            for folder in recent:
                action = menu.addAction(folder.stem)
                action.setToolTip(str(folder))
                action.triggered.connect(
                    lambda _=False, folder=folder: self.open_wished.emit(folder)
                )
        menu.addSeparator()
        self.output.add_to(menu, self._name.text(), self._folder, is_open)
        menu.addSeparator()
        close = menu.addAction("Close study", self.close_wished.emit)
        close.setEnabled(is_open)
        menu.addSeparator()
        menu.addAction("Settings…", self.settings_wished.emit)
        menu.setToolTipsVisible(True)

    def _tool(self, text: str, tip: str, signal) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setEnabled(False)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(signal.emit)
        # no shortcut: a button acts on one a tenth of a second late, after the next
        # key, and would take Ctrl+Z from a layer somebody paints in; `LabelKeys` has it
        return button
