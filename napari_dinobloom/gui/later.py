"""Calls that wait a moment, so that a hundred events cost one repaint."""

import time
from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer

SHARE = 10
"""Repaints may take a tenth of the time, so that the window answers meanwhile."""


def later(parent: QObject, wait_ms: int = 150) -> Callable[..., Callable[[], None]]:
    """A maker of calls that happen once, ``wait_ms`` after the first wish.

    A call that takes long is made more rarely. They die with ``parent``.
    """

    def delay(call: Callable[[], None]) -> Callable[[], None]:
        timer = QTimer(parent)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)

        def act() -> None:
            start = time.monotonic()
            call()
            taken_ms = 1000 * (time.monotonic() - start)
            timer.setInterval(max(wait_ms, int(SHARE * taken_ms)))

        timer.timeout.connect(act)

        def wish() -> None:
            if not timer.isActive():
                timer.start()

        return wish

    return delay
