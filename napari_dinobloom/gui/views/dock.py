"""The dock widget: which study, its pages, and what is in hand."""

from qtpy.QtCore import QEvent, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.elided import ElidedLabel
from napari_dinobloom.gui.views.escape import on_escape
from napari_dinobloom.gui.views.page_tabs import PageTabs
from napari_dinobloom.gui.views.page_window import BAR_MARGINS
from napari_dinobloom.gui.views.side_docks import PUT_AWAY, SideDocks

NARROW = 340
MARGIN = 8
SAID_MS = 8000


class DinoBloomDock(QWidget):
    """Holds a header, pages and a bar; knows nothing of what is on them."""

    closed = Signal()
    """The dock is going away."""
    window_closed = Signal()
    """The window in which it lies was closed, the viewer with it."""
    put_away_wished = Signal()
    """Escape: no cell shall be in hand any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("napari-dinobloom")
        # else napari puts an empty stretch below the pages, twice as high as they are
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Expanding)
        self.pages = PageTabs()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.pages, 1)
        self._said = ElidedLabel(" ")
        self._said.setObjectName("quiet")
        self._said.setContentsMargins(MARGIN, 2, MARGIN, 2)
        # its line stays free, else map and cells would move under the mouse at a key
        place = self._said.sizePolicy()
        place.setRetainSizeWhenHidden(True)
        self._said.setSizePolicy(place)
        self._said.hide()
        self._column.addWidget(self._said)
        self._quiet_soon = QTimer(self)
        self._quiet_soon.setSingleShot(True)
        self._quiet_soon.setInterval(SAID_MS)
        self._quiet_soon.timeout.connect(self._hush)
        self.setMinimumWidth(NARROW)
        on_escape(self, self.put_away_wished.emit)
        self.pages.escaped.connect(self.put_away_wished)
        self._watched: QWidget | None = None
        self._others: SideDocks | None = None
        self._is_docked = False

    def set_header(self, header: QWidget) -> None:
        """Put something above the pages."""
        header.layout().setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        self._column.insertWidget(0, header)

    @property
    def said(self) -> str:
        """What stands below the pages now."""
        return "" if self._said.isHidden() else str(self._said.toolTip())

    def show_said(self, text: str, *, whole: bool = False) -> None:
        """Say what a key did, for a while, below every page.

        Parameters
        ----------
        whole
            It may take a second line, and pages less room: something went wrong.
        """
        self._said.setWordWrap(whole)
        self._said.set_text(text)
        self._said.setToolTip(text)
        self._said.setVisible(bool(text))
        self._quiet_soon.start()

    def _hush(self) -> None:
        self._said.setWordWrap(False)  # one line is kept free, not several
        self._said.hide()

    def set_bar(self, bar: QWidget) -> None:
        """Put something below the pages."""
        bar.setContentsMargins(*BAR_MARGINS)
        self._column.addWidget(bar)

    def add_page(self, title: str, page: QWidget, tip: str = "") -> None:
        """Put another page behind the others."""
        self.pages.add_page(title, page, tip)

    def page(self, title: str) -> QWidget:
        """The page of that title; KeyError if there is none."""
        return self.pages.page(title)

    def sizeHint(self) -> QSize:
        """Wide enough for the table of slides."""
        return QSize(430, 700)

    def event(self, event) -> bool:
        """Notice being taken out of the window, which Qt tells as a new parent."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parent() is not None:
                self._is_docked = True
            elif self._is_docked:
                self._is_docked = False
                # not now: napari is in the middle of taking the dock apart
                QTimer.singleShot(0, self._go)
        return super().event(event)

    def _go(self) -> None:
        if self._others is not None:
            self._others.bring_back()
        self.closed.emit()
        self.deleteLater()

    def showEvent(self, event) -> None:
        """Watch the window from now on: Qt tells children nothing of its end."""
        super().showEvent(event)
        window = self.window()
        if window is not self._watched and window is not self:
            window.installEventFilter(self)
            self._watched = window
            self._others = (
                SideDocks(window) if isinstance(window, QMainWindow) else None
            )
            # not now: napari is in the middle of putting the dock in its place
            QTimer.singleShot(0, self._fit)

    def eventFilter(self, watched, event) -> bool:
        """Leave room for the canvas; notice when the window is closed."""
        if watched is self._watched and event.type() == QEvent.Type.Resize:
            self._fit()
        # a window that hides, and not by being minimised, was closed
        hides = event.type() == QEvent.Type.Hide and not event.spontaneous()
        if watched is self._watched and hides and watched is self.window():
            self._watched.removeEventFilter(self)
            self._watched = self._others = None
            self.window_closed.emit()
        return False

    def _fit(self) -> None:
        """In a small window take two fifths of it at most, and put others away."""
        if self._watched is None:
            return
        if self._others is not None:
            if self._others.fit(self._watched.size()):
                self.show_said(PUT_AWAY, whole=True)
            elif not self._others.is_small and self.said == PUT_AWAY:
                self._hush()
        dock, most = self.parentWidget(), max(NARROW, self._watched.width() * 2 // 5)
        if isinstance(dock, QDockWidget) and self.width() > most:
            self._watched.resizeDocks([dock], [most], Qt.Orientation.Horizontal)
