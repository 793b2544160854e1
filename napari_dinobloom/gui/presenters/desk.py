"""The study that lies open, shared by everything that shows it."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from psygnal import Signal

from napari_dinobloom.study import Study


class OpenFolder(Protocol):
    """A study on disk, as storage hands it out."""

    @property
    def study(self) -> Study:
        """What it holds."""
        ...

    @property
    def folder(self) -> Path:
        """Where it lies."""
        ...

    def put_away(self) -> Callable[[], None]:
        """End the work on it; what is returned saves, and lets others write to it.

        That may run on any thread and more than once: later calls wait for the first.
        """
        ...


Opener = Callable[[Path], OpenFolder]
Elsewhere = Callable[[Callable[[], None]], None]


def at_once(job: Callable[[], None]) -> None:
    """Do a job here and now."""
    job()


class Desk:
    """At most one study is open on it.

    ::

        empty ──open / create──► a study lies open ──close──► empty, the rest elsewhere
                                        └── open another: the first is closed ──┘

    Parameters
    ----------
    open_folder, create_folder
        How storage opens a study and makes a new one.
    elsewhere
        Runs a job, on another thread if it likes: saving a large study takes seconds.
        What the job raises is for a person to read. It may drop the job: `finish` and
        whoever opens the same study again do it then.
    """

    study_opened = Signal(object)
    """The `Study` that now lies open."""
    study_closing = Signal(object)
    """The `Study` that is about to be closed; it may still be read."""
    study_closed = Signal()
    """Nothing lies open any more."""

    def __init__(
        self,
        open_folder: Opener,
        create_folder: Opener,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self._open, self._create = open_folder, create_folder
        self._elsewhere = elsewhere
        self._current: OpenFolder | None = None
        self._leaving: list[Callable[[], None]] = []

    @property
    def study(self) -> Study | None:
        """What lies open, or None."""
        return self._current.study if self._current else None

    @property
    def folder(self) -> Path | None:
        """Where the open study lies, or None."""
        return self._current.folder if self._current else None

    def open(self, folder: Path) -> Study:
        """Open a study folder in place of what lies open."""
        if self.folder is not None and folder.resolve() == self.folder.resolve():
            assert self.study is not None  # noqa: S101 - a folder implies a study
            return self.study
        return self._exchange(self._open(folder))

    def create(self, folder: Path) -> Study:
        """Make a new study and lay it open."""
        return self._exchange(self._create(folder))

    def close(self) -> None:
        """Put away what lies open; it is saved, and others may write to it, soon."""
        current = self._current
        if current is None:
            return
        self.study_closing.emit(current.study)
        self._current = None
        try:
            save = current.put_away()
            self._leaving.append(save)
            self._elsewhere(partial(self._leave, save))
        finally:
            self.study_closed.emit()

    def finish(self) -> None:
        """Wait until everything that was put away is saved; to be called at the end.

        Raises
        ------
        DinoBloomError
            If a study could not be saved, after all have been tried.
        """
        with ExitStack() as jobs:
            for save in tuple(self._leaving):
                jobs.callback(self._leave, save)

    def _leave(self, save: Callable[[], None]) -> None:
        try:
            save()
        finally:
            with suppress(ValueError):  # told already, on the other thread
                self._leaving.remove(save)

    def _exchange(self, folder: OpenFolder) -> Study:
        self.close()
        self._current = folder
        self.study_opened.emit(folder.study)
        return folder.study
