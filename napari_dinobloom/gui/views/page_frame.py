"""What lets a page be lower than it would like: then it scrolls."""

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

LEAST = QSize(240, 160)


class PageFrame(QScrollArea):
    """A page, with a scroll bar where its window is too low for it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys are for the page
        self.setWidget(page)

    def minimumSizeHint(self) -> QSize:
        """As wide as the page needs, but as low as may be."""
        return QSize(
            max(LEAST.width(), self.widget().minimumSizeHint().width()), LEAST.height()
        )


def framed(page: QWidget) -> QWidget:
    """The page in a frame; one that scrolls by itself needs none."""
    return page if isinstance(page, QScrollArea) else PageFrame(page)
