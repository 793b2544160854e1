"""How long a run will still take, said only when it is worth saying."""

import time
from collections.abc import Callable


class Pace:
    """Watches how fast a task gets on.

    Parameters
    ----------
    clock
        Seconds that only ever grow.
    """

    QUIET_S = 3.0
    """Nothing is said in the first seconds: the guess would jump."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._first: int | None = None

    def left(self, done: int, total: int) -> str:
        """A phrase such as "about 4 min left", or "" while nobody can tell."""
        if self._first is None:
            self._first = done
        elapsed = self._clock() - self._start
        advanced = done - self._first
        if elapsed < self.QUIET_S or advanced <= 0 or total <= done:
            return ""
        return in_words(elapsed / advanced * (total - done))


def in_words(seconds: float) -> str:
    """Time left, as coarse as it is known."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s left"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min left"
    return f"about {seconds / 3600:.1f} h left"
