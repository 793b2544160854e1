"""What lets a page be lower than it would like: then it scrolls."""

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

LEAST = QSize(240, 160)


class PageFrame(QScrollArea):
    """A page, with a scroll bar where its window is too low for it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys are for the page
        self.setWidget(_Room(page))

    def minimumSizeHint(self) -> QSize:
        """As wide as the page needs, but as low as may be."""
        return LEAST.expandedTo(QSize(self.widget().minimumSizeHint().width(), 0))


class _Room(QWidget):
    """As large as the frame, and never smaller than the page can be.

    Without it Qt would give a page in which text wraps the height that it would like.
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        page.setParent(self)

    def minimumSizeHint(self) -> QSize:
        """The least that the page needs."""
        return self._page.minimumSizeHint().expandedTo(self._page.minimumSize())

    def sizeHint(self) -> QSize:
        """What the page would like."""
        return self._page.sizeHint()

    def resizeEvent(self, event) -> None:
        """The page is as large."""
        self._page.resize(event.size())

    def event(self, event) -> bool:
        """Hand on that the page needs more room, or less."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


def framed(page: QWidget) -> QWidget:
    """The page in a frame; one that scrolls by itself needs none."""
    return page if isinstance(page, QScrollArea) else PageFrame(page)
