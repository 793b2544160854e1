"""Calls that wait a moment, so that a hundred events cost one repaint."""

from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer


def later(parent: QObject, wait_ms: int = 150) -> Callable[..., Callable[[], None]]:
    """A maker of calls that happen once, at most ``wait_ms`` after the first wish.

    They die with ``parent``.
    """

    def delay(call: Callable[[], None]) -> Callable[[], None]:
        timer = QTimer(parent)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(call)

        def wish() -> None:
            if not timer.isActive():
                timer.start()

        return wish

    return delay
