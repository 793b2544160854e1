"""The pages of the dock as tabs; each can be taken out into a window of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from qtpy.QtCore import QRect, Qt, Signal
from qtpy.QtWidgets import QTabWidget, QToolButton, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.page_frame import framed
from napari_dinobloom.gui.views.page_window import PageWindow


class PageTabs(QWidget):
    """Holds pages by title; knows nothing of what is on them.

    ::

        tab ──taken out──► window ──closed──► tab, in its old place
    """

    arranged = Signal()
    """A page was taken out, put back, moved, or another one came to the front."""
    escaped = Signal()
    """Escape was pressed in a window of a page."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[str] = []
        self._pages: dict[str, QWidget] = {}
        self._frames: dict[str, QWidget] = {}
        self._tips: dict[str, str] = {}
        self._windows: dict[str, PageWindow] = {}
        self._places: dict[str, list[int]] = {}
        self.make_bar: Callable[[], QWidget | None] = lambda: None
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setVisible(False)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBarDoubleClicked.connect(
            lambda index: self.take_out(self.tabs.tabText(index))
        )
        self.tabs.currentChanged.connect(lambda _: self.arranged.emit())
        self._out = QToolButton()
        self._out.setText("↗")
        self._out.setToolTip(
            "Take this page out into a window of its own, for a second screen.\n"
            "Closing that window puts it back. A double click on a tab does the same."
        )
        self._out.setAccessibleName("Take this page out")
        self._out.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._out.clicked.connect(lambda: self.take_out(self.current))
        self.tabs.setCornerWidget(self._out)
        self._out.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)

    @property
    def current(self) -> str:
        """Title of the page in front, among the tabs."""
        return self.tabs.tabText(self.tabs.currentIndex())

    @property
    def windows(self) -> Mapping[str, PageWindow]:
        """Pages that were taken out, by title."""
        return self._windows

    def add_page(self, title: str, page: QWidget, tip: str = "") -> None:
        """Put another page behind the others."""
        self._order.append(title)
        self._pages[title], self._tips[title] = page, tip
        self._frames[title] = framed(page)
        self._insert(title)

    def page(self, title: str) -> QWidget:
        """The page of that title; KeyError if there is none."""
        return self._pages[title]

    def show_page(self, title: str) -> None:
        """Bring a page to the front, wherever it is."""
        window = self._windows.get(title)
        if window is not None:
            window.show()
            window.raise_()
        else:
            self.tabs.setCurrentWidget(self._frames[title])

    def take_out(self, title: str) -> None:
        """Give a page a window; the last one stays."""
        if title in self._windows or self.tabs.count() < 2 or title not in self._pages:
            return
        page = self._frames[title]
        self.tabs.removeTab(self.tabs.indexOf(page))
        window = PageWindow(title, page, self.make_bar(), self)
        self._windows[title] = window
        window.place(QRect(*self._places[title]) if title in self._places else None)
        window.closed.connect(lambda: self.put_back(title))
        window.moved.connect(lambda: self._note_place(title))
        window.escaped.connect(self.escaped)
        window.show()
        self._show_bar()
        self._note_place(title)

    def put_back(self, title: str) -> None:
        """Make a page a tab again."""
        window = self._windows.pop(title, None)
        if window is None:
            return
        window.layout().removeWidget(window.page)
        self._insert(title)
        self.tabs.setCurrentWidget(self._frames[title])
        window.hide()
        window.deleteLater()
        self.arranged.emit()

    # -- remembered --------------------------------------------------------------

    def arrangement(self) -> dict[str, Any]:
        """Which pages are out and where, and which one is in front."""
        out = [title for title in self._order if title in self._windows]
        return {"out": out, "places": dict(self._places), "front": self.current}

    def arrange(self, wanted: Mapping[str, Any]) -> None:
        """Do as `arrangement` once said; what cannot be is left out."""
        places = wanted.get("places")
        for title, place in places.items() if isinstance(places, dict) else ():
            whole = isinstance(place, list) and all(isinstance(v, int) for v in place)
            if whole and len(place) == 4:
                self._places[title] = place
        front, out = wanted.get("front"), wanted.get("out")
        for title in out if isinstance(out, list) else ():
            if isinstance(title, str) and title in self._pages:
                self.take_out(title)
        known = isinstance(front, str) and front in self._pages
        if known and front not in self._windows:
            self.tabs.setCurrentWidget(self._frames[front])

    # -- parts -------------------------------------------------------------------

    def _insert(self, title: str) -> None:
        before = self._order[: self._order.index(title)]
        index = sum(other not in self._windows for other in before)
        self.tabs.insertTab(index, self._frames[title], title)
        self.tabs.setTabToolTip(index, self._tips[title])
        self._show_bar()

    def _show_bar(self) -> None:
        several = self.tabs.count() > 1
        self.tabs.tabBar().setVisible(several or bool(self._windows))
        self._out.setVisible(several)

    def _note_place(self, title: str) -> None:
        window = self._windows.get(title)
        if window is not None:
            g = window.geometry()
            self._places[title] = [g.x(), g.y(), g.width(), g.height()]
            self.arranged.emit()
