"""One line above the map: how far drawing is, or in what the map is out of date."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.style import SPACE, QuietLabel


class MapStrip(QWidget):
    """Progress with Cancel, news with what to do, messages."""

    cancel_wished = Signal()
    place_wished = Signal()
    again_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)
        self.status = QuietLabel()
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop drawing; the map stays as it is")
        self.news = QuietLabel(name="")
        self.place = QPushButton("Place new cells")
        self.place.setObjectName("primary")
        self.place.setToolTip(
            "Puts each new cell among those it resembles most.\n"
            "No other cell moves, so what you know of the map stays true."
        )
        self.again = QPushButton("Draw again…")
        self.again.setToolTip("A new map of all cells; every cell moves")
        self.message = MessageLine()
        self._prepare()

    def _prepare(self) -> None:
        self.cancel.clicked.connect(self.cancel_wished)
        self.place.clicked.connect(self.place_wished)
        self.again.clicked.connect(self.again_wished)
        self._running = QWidget()
        running = QHBoxLayout(self._running)
        running.setContentsMargins(0, 0, 0, 0)
        running.addWidget(self.bar, 1)
        running.addWidget(self.cancel)
        self._news = QFrame()
        self._news.setObjectName("card")
        news = QVBoxLayout(self._news)
        news.setContentsMargins(8, 6, 8, 6)
        news.addWidget(self.news)
        buttons = QHBoxLayout()
        buttons.addWidget(self.place)
        buttons.addWidget(self.again)
        buttons.addStretch(1)
        news.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for part in (self._running, self.status, self._news, self.message):
            layout.addWidget(part)
        self.show_idle("")
        self.show_news("", 0)

    def show_news(self, text: str, n_new: int) -> None:
        """In what the map is out of date; "" where it is not."""
        self.news.setText(text)
        cells = "cell" if n_new == 1 else "cells"
        self.place.setText(f"Place {n_new:,} new {cells}")
        self.place.setVisible(n_new > 0)
        self._news.setVisible(bool(text))

    def show_running(self, title: str) -> None:
        """A step has begun."""
        self.message.clear()
        self._news.hide()
        self._title = title
        self.bar.setRange(0, 0)
        self.status.setText(f"{title} …")
        self.status.show()
        self._running.show()

    def show_progress(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        whole = total > 1
        self.bar.setRange(0, total if whole else 0)
        self.bar.setValue(done)
        self.status.setText(message or f"{self._title} …")

    def show_idle(self, message: str) -> None:
        """Nothing is drawn."""
        self._running.hide()
        self.status.setText(message)
        self.status.setVisible(bool(message))

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.message.show_problem(what, remedy)
