"""Opening, closing, undoing: what the top of the dock means."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.recents import RecentStudies
from napari_dinobloom.study import Study


class StudyView(Protocol):
    """What the presenter asks of the top of the dock."""

    open_wished: Any
    """Signal(Path): open this study folder."""
    create_wished: Any
    """Signal(Path): make a study in this folder."""
    close_wished: Any
    """Signal()."""
    undo_wished: Any
    """Signal()."""
    redo_wished: Any
    """Signal()."""

    def show_study(self, name: str, folder: str, read_only: str) -> None:
        """A study lies open; ``read_only`` says why it cannot be changed, or ""."""
        ...

    def show_no_study(self, recent: Sequence[Path]) -> None:
        """Nothing lies open; these were open last."""
        ...

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do, or ""."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


class StudyPresenter:
    """Connects the top of the dock with the desk.

    Parameters
    ----------
    retake
        Does a step back or on and takes in hand the cells that it was about.
    """

    def __init__(
        self,
        desk: Desk,
        view: StudyView,
        recents: RecentStudies,
        retake: Callable[[Study, Callable[[], str]], str] = lambda _, step: step(),
    ) -> None:
        self._retake = retake
        self._desk, self._view, self._recents = desk, view, recents
        desk.study_opened.connect(self._opened)
        desk.study_closed.connect(self._closed)
        view.open_wished.connect(self.open)
        view.create_wished.connect(self.create)
        view.close_wished.connect(desk.close)
        view.undo_wished.connect(self.undo)
        view.redo_wished.connect(self.redo)
        if desk.study is None:
            self._closed()
        else:
            self._opened(desk.study)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closed.disconnect(self._closed)
        if self._desk.study is not None:
            self._leave(self._desk.study)

    def open(self, folder: Path) -> None:
        """Open a study folder."""
        try:
            self._desk.open(folder)
        except (DinoBloomError, OSError) as error:
            self._tell(error)

    def create(self, folder: Path) -> None:
        """Make a study; a name without ".study" gets it."""
        try:
            self._desk.create(as_study_folder(folder))
        except (DinoBloomError, OSError) as error:
            self._tell(error)

    def undo(self) -> None:
        """Take the last step back."""
        self._step("undo")

    def redo(self) -> None:
        """Do the last undone step again."""
        self._step("redo")

    def _step(self, verb: str) -> None:
        study = self._desk.study
        if study is None:
            return
        try:
            self._retake(study, study.undo if verb == "undo" else study.redo)
        except (DinoBloomError, OSError) as error:
            self._tell(error)

    def _opened(self, study: Study) -> None:
        folder = self._desk.folder
        if folder is None:
            return
        self._recents.remember(folder)
        self._view.show_study(folder.stem, str(folder), study.read_only_reason)
        study.events.history_changed.connect(self._history)
        self._history()

    def _closed(self) -> None:
        self._view.show_no_study(self._recents.folders())
        self._view.show_history("", "")

    def _leave(self, study: Study) -> None:
        study.events.history_changed.disconnect(self._history)

    def _history(self) -> None:
        study = self._desk.study
        if study is not None:
            self._view.show_history(study.undo_summary, study.redo_summary)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, DinoBloomError):
            self._view.show_error(error.what, error.remedy)
        else:
            self._view.show_error(str(error), "")


def as_study_folder(folder: Path) -> Path:
    """The folder with ``.study`` at the end of its name."""
    return folder if folder.suffix == ".study" else Path(f"{folder}.study")


def study_folder_for(pictures: Sequence[Path]) -> Path:
    """Where a study of these pictures would lie: beside them, named as they are.

    Where nothing can be written there, as on a scanner's drive or a disc, in the home
    folder.
    """
    first = Path(pictures[0]).absolute()
    home = first if first.is_dir() else first.parent
    beside = home.with_name(f"{home.name or 'smears'}.study")
    return beside if os.access(beside.parent, os.W_OK) else Path.home() / beside.name
