"""A few things that are set once; also found in napari's preferences."""

from typing import Any

from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

DEVICES = (
    ("auto", "The fastest there is"),
    ("cpu", "Processor"),
    ("cuda", "NVIDIA graphics card"),
    ("mps", "Apple graphics"),
)


class SettingsDialog(QDialog):
    """Edits settings; reads their values from any object that has them.

    Parameters
    ----------
    settings
        Has author, device, batch_size, weights_folder, workers.
    """

    def __init__(self, settings: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("DinoBloom settings")
        self.author = QLineEdit(settings.author)
        self.author.setPlaceholderText("Name of your account")
        self.author.setToolTip("Stands beside each label you give")
        self.device = QComboBox()
        for name, title in DEVICES:
            self.device.addItem(title, name)
        self.device.setCurrentIndex(max(self.device.findData(settings.device), 0))
        self.batch_size = _number(settings.batch_size, 4096, "Automatic")
        self.batch_size.setToolTip("Smaller where memory runs out")
        self.workers = _number(settings.workers, 64, "One per core")
        self.weights_folder = QLineEdit(settings.weights_folder)
        self.weights_folder.setPlaceholderText("The usual place")
        self._lay_out()

    def values(self) -> dict[str, Any]:
        """What was entered, by name."""
        return {
            "author": self.author.text().strip(),
            "device": self.device.currentData(),
            "batch_size": self.batch_size.value(),
            "weights_folder": self.weights_folder.text().strip(),
            "workers": self.workers.value(),
        }

    def _lay_out(self) -> None:
        choose = QPushButton("Choose…")
        choose.clicked.connect(self._choose)
        weights = QHBoxLayout()
        weights.addWidget(self.weights_folder, 1)
        weights.addWidget(choose)
        form = QFormLayout(self)
        form.addRow("Your name", self.author)
        form.addRow("Networks run on", self.device)
        form.addRow("Cells per pass", self.batch_size)
        form.addRow("Processes for searching", self.workers)
        form.addRow("Folder of weights", weights)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of network weights")
        if name:
            self.weights_folder.setText(name)


def _number(value: int, most: int, zero: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, most)
    box.setSpecialValueText(zero)
    box.setValue(value)
    return box
