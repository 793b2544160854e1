"""A part of the card that can be folded away."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.style import SPACE


class Fold(QWidget):
    """A heading that folds what stands below it."""

    turned = Signal(bool)
    """Folded away or open, by a person."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setCheckable(True)
        self.head.setChecked(True)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setStyleSheet(
            "QToolButton { font-weight: bold; text-align: left; padding: 4px 0px;"
            " background: transparent; }"
        )
        policy = QSizePolicy.Policy
        self.head.setSizePolicy(policy.Expanding, policy.Fixed)
        self.head.setAccessibleName(f"Show or hide: {title}")
        self.head.setToolTip("Click to fold this part away")
        self.content = content
        self.head.toggled.connect(self._fold)
        self.head.clicked.connect(self.turned)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.head)
        layout.addWidget(content)
        self._fold(True)

    @property
    def is_open(self) -> bool:
        """Whether its content is shown."""
        return self.head.isChecked()

    def set_open(self, on: bool) -> None:
        """Show its content, or fold it away."""
        self.head.setChecked(on)

    def _fold(self, on: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow
        self.head.setArrowType(arrow)
        self.content.setVisible(on)
