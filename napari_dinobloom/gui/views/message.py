"""One message, in the page where it belongs."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QToolButton

from napari_dinobloom.gui.views.style import QuietLabel


class MessageLine(QFrame):
    """What went wrong and what to do; stays until it is closed or outdated."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QuietLabel(name="problem")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setText("✕")
        close.setToolTip("Close this message")
        close.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def show_problem(self, what: str, remedy: str) -> None:
        """Say it."""
        self._text.setText("\n".join(part for part in (what, remedy) if part))
        self.show()

    def clear(self) -> None:
        """Say nothing any more."""
        self._text.setText("")
        self.hide()
