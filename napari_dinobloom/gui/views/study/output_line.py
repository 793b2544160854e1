"""What is being written out of the study, and where it lies then."""

from pathlib import Path

from qtpy.QtCore import QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
)

from napari_dinobloom.gui.views.style import SPACE, QuietLabel

_EXPORTS = (
    ("csv", "Table of all cells (CSV)…", "cells.csv", "Tables (*.csv)"),
    ("geojson", "Outlines for QuPath (GeoJSON)…", "", ""),
    ("masks", "Label images (TIFF)…", "", ""),
    ("coco", "Boxes and outlines (COCO)…", "cells.coco.json", "COCO (*.json)"),
    ("h5ad", "Cells and features for scanpy (h5ad)…", "cells.h5ad", "AnnData (*.h5ad)"),
)
"""Name, entry of the menu, and for a file its name and filter; else a folder."""


class OutputLine(QFrame):
    """Implements `OutputView`; says nothing until something is written."""

    written_wished = Signal(str, object)
    stop_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = QuietLabel()
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self.stop_wished)
        self.open_button = QPushButton("Open")
        self.open_button.clicked.connect(lambda: self._show(self._path))
        self.folder_button = QPushButton("Folder")
        self.folder_button.setToolTip("Show the folder in which it lies")
        self.folder_button.clicked.connect(lambda: self._show(self._path.parent))
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setToolTip("Close this message")
        self._close.clicked.connect(self.show_nothing)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.text, 1)
        self._buttons = (self.stop_button, self.open_button, self.folder_button)
        for button in (*self._buttons, self._close):
            row.addWidget(button)
        self._path = Path()
        self.hide()

    def add_to(self, menu: QMenu, study: str, folder: Path, is_open: bool) -> None:
        """Put the entries for report and exports into a menu."""
        report = menu.addAction("Report…", lambda: self._ask_report(study, folder))
        report.setToolTip("One page with counts, map and examples, to print or send")
        exports = menu.addMenu("Export")
        exports.setToolTipsVisible(True)
        for kind, entry, name, wanted in _EXPORTS:
            exports.addAction(
                entry,
                lambda kind=kind, name=name, wanted=wanted: self._ask_export(
                    kind, name, wanted, folder
                ),
            )
        report.setEnabled(is_open)
        exports.setEnabled(is_open)

    # -- OutputView --------------------------------------------------------------

    def show_writing(self, text: str) -> None:
        """Something is being written, and can be stopped."""
        self._say(text, "quiet", self.stop_button)

    def show_written(self, text: str, path: Path) -> None:
        """It lies there; the person may open it."""
        self._path = path
        self.open_button.setToolTip(str(path))
        self._say(text, "quiet", self.open_button, self.folder_button, self._close)

    def show_failed(self, what: str, remedy: str) -> None:
        """It was not written."""
        text = "\n".join(part for part in (what, remedy) if part)
        self._say(text, "problem", self._close)

    def show_nothing(self) -> None:
        """There is nothing to say any more."""
        self.text.setText("")
        self.hide()

    def _say(self, text: str, look: str, *buttons) -> None:
        self.text.setText(text)
        self.text.setObjectName(look)
        self.text.style().unpolish(self.text)
        self.text.style().polish(self.text)
        for button in (*self._buttons, self._close):
            button.setVisible(button in buttons)
        self.show()

    # -- wishes ------------------------------------------------------------------

    def _ask_report(self, study: str, folder: Path) -> None:
        start = folder.parent / f"{study}-report.html"
        name, _ = QFileDialog.getSaveFileName(
            self, "Write the report", str(start), "Web page (*.html)"
        )
        self._wish("report", name, ".html")

    def _ask_export(self, kind: str, name: str, wanted: str, folder: Path) -> None:
        if name:
            start = str(folder.parent / name)
            name, _ = QFileDialog.getSaveFileName(self, "Export", start, wanted)
        else:
            name = QFileDialog.getExistingDirectory(
                self, "Export into a folder", str(folder.parent)
            )
        self._wish(kind, name, wanted.partition("*")[2].rstrip(")"))

    def _wish(self, kind: str, name: str, ending: str) -> None:
        """Ask for it, unless the dialog was closed; a name without ending gets one."""
        if name:
            path = Path(name)
            if ending and not path.suffix:
                path = path.with_suffix(ending)
            self.written_wished.emit(kind, path)

    @staticmethod
    def _show(path: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
