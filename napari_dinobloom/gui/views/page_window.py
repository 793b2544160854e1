"""A page that was taken out of the dock, in a window of its own."""

from qtpy.QtCore import QRect, Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_dinobloom.gui.views.escape import on_escape

LEAST = 320, 240
BAR_MARGINS = 8, 2, 8, 4


class PageWindow(QWidget):
    """Closing it puts the page back.

    Parameters
    ----------
    parent
        Whose style sheet and life the window shares.
    bar
        What stands below every page, or None.
    """

    closed = Signal()
    moved = Signal()
    escaped = Signal()

    def __init__(
        self, title: str, page: QWidget, bar: QWidget | None, parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("napari-dinobloom")
        # a window has no ground of its own where style sheets only colour children
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(f"{title} – DinoBloom")
        self.setMinimumSize(*LEAST)
        on_escape(self, self.escaped.emit)
        self.page, self.bar = page, bar
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(page, 1)
        if bar is not None:
            bar.setContentsMargins(*BAR_MARGINS)
            layout.addWidget(bar)
        page.show()

    def place(self, wanted: QRect | None) -> None:
        """Go where it was last, if a screen is still there; else beside the dock."""
        screens = [s.availableGeometry() for s in QGuiApplication.screens()]
        if wanted is not None and any(s.intersects(wanted) for s in screens):
            self.setGeometry(wanted)
            return
        screen = self.parentWidget().screen().availableGeometry()
        width, height = min(1100, screen.width() - 80), min(800, screen.height() - 80)
        self.setGeometry(
            screen.left() + (screen.width() - width) // 2,
            screen.top() + (screen.height() - height) // 2,
            width,
            height,
        )

    def closeEvent(self, event) -> None:
        """Put the page back; not where the whole program goes."""
        if not event.spontaneous() and not self.isVisible():
            event.accept()
            return
        self.closed.emit()
        event.accept()

    def moveEvent(self, event) -> None:
        """Where it is remembered."""
        super().moveEvent(event)
        self.moved.emit()

    def resizeEvent(self, event) -> None:
        """How large it is remembered."""
        super().resizeEvent(event)
        self.moved.emit()
