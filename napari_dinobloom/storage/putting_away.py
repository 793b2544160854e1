"""The slow end of closing a study, on any thread; who opens it next waits for it."""

import atexit
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from napari_dinobloom.core import DinoBloomError

_under_way: dict[Path, "PuttingAway"] = {}
"""By folder; at most one, as the writer's lock is held until it has ended."""


class PuttingAway:
    """A job that runs once, whoever calls it first; others wait until it has ended.

    ::

        waiting ──called──► running ──► done
                              └── called by others: they wait, and learn how it ended

    Parameters
    ----------
    folder
        The study.
    job
        Saves and lets go of the study; may run on any thread.
    """

    def __init__(self, folder: Path, job: Callable[[], None]) -> None:
        self._folder, self._job = folder, job
        self._turn = Lock()
        self._is_done = False
        self._error: Exception | None = None
        _under_way[folder] = self

    def __call__(self) -> None:
        """Do it, or wait for who does; raise what the job raised."""
        with self._turn:
            if not self._is_done:
                try:
                    self._job()
                except Exception as error:  # noqa: BLE001 - each caller is to learn it
                    self._error = error
                finally:
                    self._is_done = True
                    self._job = _nothing  # it holds the whole study
                    if _under_way.get(self._folder) is self:
                        del _under_way[self._folder]
        if self._error is not None:
            raise self._error


def _nothing() -> None:
    pass


def wait_for(folder: Path) -> None:
    """Return when this folder is being put away by nobody in this process.

    What went wrong is told to the one who closed it; it costs no label.
    """
    job = _under_way.get(folder)
    if job is not None:
        with suppress(DinoBloomError):
            job()


@atexit.register
def _wait_for_all() -> None:
    """Let none be cut off in the middle by the end of the process."""
    for folder in list(_under_way):
        with suppress(Exception):
            wait_for(folder)
