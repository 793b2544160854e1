"""Panels on the other side of the window, which leave the smear no room in a small one.

::

    wide enough ──made small──► put away ──made larger──► back, those that were there
"""

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow

SMALL = QSize(1000, 680)
"""In a window narrower or lower than that the smear would be a strip."""
PUT_AWAY = (
    "The list of layers is put away while the window is so small; the menu "
    "Window brings it back."
)


class SideDocks:
    """Puts the docks at the left away while the window is small.

    Somebody who brings one back meanwhile keeps it.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._is_small = False
        self._put_away: list[QDockWidget] = []

    @property
    def is_small(self) -> bool:
        """Whether the window was small when it was last looked at."""
        return self._is_small

    def fit(self, size: QSize) -> bool:
        """Follow the window's size; say whether something was put away just now."""
        is_small = size.width() < SMALL.width() or size.height() < SMALL.height()
        if is_small == self._is_small:
            return False
        self._is_small = is_small
        if not is_small:
            self.bring_back()
            return False
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        self._put_away = [
            dock
            for dock in self._window.findChildren(QDockWidget)
            if self._window.dockWidgetArea(dock) == left
            and not dock.isHidden()
            and not dock.isFloating()
        ]
        for dock in self._put_away:
            dock.hide()
        return bool(self._put_away)

    def bring_back(self) -> None:
        """Show what was put away."""
        for dock in self._put_away:
            dock.show()
        self._put_away = []
