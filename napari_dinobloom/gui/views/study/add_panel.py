"""What are these pictures? Asked in the page, after they were chosen or dropped."""

from collections.abc import Callable, Sequence
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
)

from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.views.style import SPACE, QuietLabel

TABLES = "Tables (*.csv *.tsv *.txt *.xlsx)"


class AddPanel(QFrame):
    """Fields or single cells, labels from folders, a metadata table; then Add.

    Parameters
    ----------
    make_addition
        Builds what ``add_wished`` carries from paths, single_cells,
        labels_from_folders and metadata.
    """

    add_wished = Signal(object)

    def __init__(self, make_addition: Callable[..., object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._make, self._paths = make_addition, ()
        self._metadata: Path | None = None
        self._what = QuietLabel(name="title")
        self.fields = QRadioButton("Fields of a smear (many cells each)")
        self.fields.setChecked(True)
        self.fields.setToolTip("The cells in each picture will be searched for.")
        self.singles = QRadioButton("Single-cell pictures (one cell each)")
        self.singles.setToolTip(
            "As exported by CellaVision and similar: nothing is searched for, each\n"
            "picture is taken as one cell."
        )
        self.folder_labels = QCheckBox("Folder names are labels")
        self.folder_labels.setToolTip(
            "A picture in the folder “neutrophil” gets the label neutrophil."
        )
        self.folder_labels.setEnabled(False)
        self.singles.toggled.connect(self.folder_labels.setEnabled)
        self._table = QLabel("No metadata table")
        self._table.setObjectName("quiet")
        self._lay_out()
        self.hide()

    def ask_about(self, paths: Sequence[Path]) -> None:
        """Show the questions for these files and folders."""
        if not paths:
            return
        self._paths = tuple(paths)
        self._what.setText(f"Add {described(self._paths)}")
        self._set_metadata(None)
        self.show()
        self.add_button.setFocus()

    def _lay_out(self) -> None:
        table = QPushButton("Metadata table…")
        table.setToolTip(
            "Optional: a table (.csv, .xlsx) that says patient, site, scanner and\n"
            "stain of each slide or picture."
        )
        table.clicked.connect(self._choose_table)
        self.add_button = QPushButton("Add")
        self.add_button.setObjectName("primary")
        self.add_button.clicked.connect(self._add)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.hide)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE)
        layout.addWidget(self._what)
        layout.addWidget(self.fields)
        layout.addWidget(self.singles)
        inset = QHBoxLayout()
        inset.setContentsMargins(22, 0, 0, 0)
        inset.addWidget(self.folder_labels)
        layout.addLayout(inset)
        tables = QHBoxLayout()
        tables.addWidget(table)
        tables.addWidget(self._table, 1)
        layout.addLayout(tables)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.add_button)
        layout.addLayout(buttons)

    def _choose_table(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Metadata table", "", TABLES)
        if name:
            self._set_metadata(Path(name))

    def _set_metadata(self, path: Path | None) -> None:
        self._metadata = path
        self._table.setText(path.name if path else "None (optional)")
        self._table.setToolTip(str(path) if path else "")

    def _add(self) -> None:
        self.hide()
        single = self.singles.isChecked()
        self.add_wished.emit(
            self._make(
                self._paths,
                single_cells=single,
                labels_from_folders=single and self.folder_labels.isChecked(),
                metadata=self._metadata,
            )
        )


def described(paths: Sequence[Path]) -> str:
    """A few words for what was dropped."""
    if len(paths) == 1:
        kind = "the pictures in" if paths[0].is_dir() else "the picture"
        return f"{kind} {paths[0].name}"
    folders = sum(path.is_dir() for path in paths)
    if folders == len(paths):
        return f"the pictures in {folders} folders"
    if folders:
        pictures = counted(len(paths) - folders, "picture")
        return f"{pictures} and {counted(folders, 'folder')}"
    return counted(len(paths), "picture")
