"""The study that lies open, shared by everything that shows it."""

from collections.abc import Callable
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

    def close(self) -> None:
        """Save, and let others write to it."""
        ...


Opener = Callable[[Path], OpenFolder]


class Desk:
    """At most one study is open on it.

    ::

        empty ──open / create──► a study lies open ──close──► empty
                                        └── open another: the first is closed ──┘

    Parameters
    ----------
    open_folder, create_folder
        How storage opens a study and makes a new one.
    """

    study_opened = Signal(object)
    """The `Study` that now lies open."""
    study_closing = Signal(object)
    """The `Study` that is about to be closed; it may still be read."""
    study_closed = Signal()
    """Nothing lies open any more."""

    def __init__(self, open_folder: Opener, create_folder: Opener) -> None:
        self._open, self._create = open_folder, create_folder
        self._current: OpenFolder | None = None

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
        """Save and put away what lies open, so that others may write to it."""
        current = self._current
        if current is None:
            return
        self.study_closing.emit(current.study)
        self._current = None
        try:
            current.close()
        finally:
            self.study_closed.emit()

    def _exchange(self, folder: OpenFolder) -> Study:
        self.close()
        self._current = folder
        self.study_opened.emit(folder.study)
        return folder.study
