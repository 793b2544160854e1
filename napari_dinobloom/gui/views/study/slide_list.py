"""The part of the page that holds the slides."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.study.add_panel import AddPanel
from napari_dinobloom.gui.views.study.masks_panel import MasksPanel
from napari_dinobloom.gui.views.study.slide_table import SlideTable
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section

PICTURES = (
    "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.btf "
    "*.svs *.ndpi *.mrxs *.scn *.bif *.svslide);;All files (*)"
)
MASKS = (
    "Masks of cells (*.geojson *.json *.tif *.tiff *.png zarr.json .zattrs);;"
    "All files (*)"
)


class SlideList(QWidget):
    """Implements `SlidesView`; its panels and `message` lie elsewhere on the page."""

    add_wished = Signal(object)
    slide_chosen = Signal(str)
    offered = Signal(object)
    """Files and folders that were dropped or chosen."""

    def __init__(self, make_addition: Callable[..., object]) -> None:
        super().__init__()
        self.add_panel = AddPanel(make_addition)
        self.masks_panel = MasksPanel()
        self.add_panel.add_wished.connect(self.add_wished)
        self.table = SlideTable()
        self.table.slide_chosen.connect(self.slide_chosen)
        self.total = QuietLabel()
        self.message = MessageLine()
        self._hint = QuietLabel(
            "No pictures yet. Drop smear pictures or folders here, or use the buttons."
        )
        self._lay_out()
        self.show_slides([], "")

    def _lay_out(self) -> None:
        pictures = QPushButton("Add pictures…")
        pictures.setToolTip("PNG, JPEG, TIFF, BMP, GIF, WebP; they are not copied.")
        pictures.clicked.connect(self.ask_pictures)
        folder = QPushButton("Add folder…")
        folder.setToolTip("Every picture in a folder and in the folders inside it.")
        folder.clicked.connect(self.ask_folder)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(pictures, 1)
        buttons.addWidget(folder, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("Slides"))
        layout.addLayout(buttons)
        self.masks_button = QPushButton("Masks from elsewhere…")
        self.masks_button.setToolTip(
            "Cells that another program found: QuPath (GeoJSON), COCO, label images,\n"
            "OME-Zarr. They take the place of the cells of their pictures."
        )
        self.masks_button.clicked.connect(self.ask_masks)
        layout.addWidget(self.masks_button)
        layout.addWidget(self._hint)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.total)

    # -- SlidesView --------------------------------------------------------------

    def show_slides(self, rows: Sequence[Any], total: str) -> None:
        """Fill the table."""
        self.table.set_rows(rows)
        self.table.setVisible(bool(rows))
        self.masks_button.setVisible(bool(rows))
        self._hint.setVisible(not rows)
        self.total.setText(total)
        self.total.setVisible(bool(rows))

    def ask_for_folder(self, suggestion: Path) -> Path | None:
        """Offer the place beside the pictures; another one is a click away."""
        box = QMessageBox(self)
        box.setWindowTitle("Where is the study to lie?")
        box.setText(
            "A study remembers the cells that were found and what you say about them. "
            "The pictures stay where they are."
        )
        box.setInformativeText(f"It will be kept in\n{suggestion}")
        roles = QMessageBox.ButtonRole
        use = box.addButton("Create it there", roles.AcceptRole)
        other = box.addButton("Choose another place…", roles.ActionRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(use)
        box.exec()
        if box.clickedButton() is use:
            return suggestion
        if box.clickedButton() is not other:
            return None
        name, _ = QFileDialog.getSaveFileName(
            self, "New study", str(suggestion), "Study (*.study)"
        )
        return Path(name) if name else None

    def ask_about(self, paths: Sequence[Path]) -> None:
        """Ask what these pictures are."""
        self.add_panel.ask_about(paths)

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do; with "" say nothing any more."""
        if what:
            self.message.show_problem(what, remedy)
        else:
            self.message.clear()

    # -- wishes ------------------------------------------------------------------

    def ask_pictures(self) -> None:
        """Let the person choose picture files."""
        names, _ = QFileDialog.getOpenFileNames(self, "Add pictures", "", PICTURES)
        if names:
            self.offered.emit([Path(name) for name in names])

    def ask_masks(self) -> None:
        """Let the person choose files of masks."""
        names, _ = QFileDialog.getOpenFileNames(self, "Masks of cells", "", MASKS)
        if names:
            self.masks_panel.offered.emit([Path(name) for name in names])

    def ask_folder(self) -> None:
        """Let the person choose a folder of pictures."""
        name = QFileDialog.getExistingDirectory(self, "Add a folder of pictures")
        if name:
            self.offered.emit([Path(name)])
