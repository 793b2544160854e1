"""A study folder: opened, written to, closed, opened again with nothing lost."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.arrays import ArrayStore
from napari_dinobloom.storage.files import remove_unfinished
from napari_dinobloom.storage.journal import JournalFile
from napari_dinobloom.storage.lock import WriterLock
from napari_dinobloom.storage.masks import load_masks, save_masks
from napari_dinobloom.storage.putting_away import PuttingAway, wait_for
from napari_dinobloom.storage.refusals import saying
from napari_dinobloom.storage.tiled_masks import MaskWriter
from napari_dinobloom.study import (
    Contents,
    Edit,
    Element,
    FeatureMatrix,
    History,
    Predictions,
    Projection,
    Recipe,
    Rows,
    SetElement,
    Stored,
    Study,
)
from napari_dinobloom.study.features import Scaling
from napari_dinobloom.study.steps import Step

SUFFIX = ".study"
_NOT_KEPT = "The result was not kept, as it could not be written to"


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What of the journal goes into `cells.zarr`: its last line, what is reachable."""

    marker: str
    reachable: set[str]


class StudyFolder:
    """The place where a study is kept; also its ledger. Use as a context manager.

    ::

        <name>.study/
        ├── journal.sqlite   slides, cells, labels, undo: every change, durable at once
        ├── arrays/          rows computed since the last `save`
        ├── cells.zarr       AnnData: cells, features, maps, probabilities
        ├── masks/           label images, OME-TIFF
        ├── tiles/           of huge pictures that are being searched
        └── writer.lock      held by the one who may write

    Attributes
    ----------
    study : Study
    folder : pathlib.Path
    read_only : bool
    """

    def __init__(
        self, folder: Path, *, author: str | None = None, read_only: bool = False
    ) -> None:
        self.folder = folder.resolve()
        wait_for(self.folder)
        self._lock = WriterLock(self.folder)
        self._arrays = ArrayStore(self.folder)
        self._heads: dict[str, tuple[list[str], str, Recipe]] = {}
        reason = "as asked" if read_only else self._lock.acquire()
        if reason and not read_only and not is_study(self.folder):
            raise BadInputError(
                f"{self.folder} cannot become a study: {reason}.",
                "Free some space, or choose another place.",
            )
        self.read_only = bool(reason)
        with ExitStack() as on_failure:
            on_failure.callback(self._lock.release)
            self._journal = JournalFile(self.folder, read_only=self.read_only)
            on_failure.callback(self._journal.close)
            self.study = self._replay(author)
            if not self.read_only:
                with saying("The study could not be opened in", self.folder):
                    self._arrays.mend()
                    remove_unfinished(self.folder / "masks")
            on_failure.pop_all()
        self.study.read_only_reason = reason
        self.study.folder = self.folder
        self._putting_away: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def save(self) -> None:
        """Fold everything into `cells.zarr`; nothing is lost without it."""
        if not self.read_only:
            self._publish(self._snapshot())

    def close(self) -> None:
        """Save, and let the next one write; closing twice is closing once.

        Raises
        ------
        DinoBloomError
            If `cells.zarr` could not be written. The study is closed all the same, and
            nothing is lost: it is written when the study is closed the next time.
        """
        self.put_away()()

    def put_away(self) -> Callable[[], None]:
        """End the work on the study at once; what is returned saves and lets go of it.

        What is returned may run on any thread, and more than once: later calls wait for
        the first. Until it has ended the study is locked; whoever opens it in this
        process waits for it, or does it, so it is never in the way.

        Raises
        ------
        DinoBloomError
            From what is returned: see `close`.
        """
        if self._putting_away is not None:
            return self._putting_away
        end: Callable[[], None] = self._lock.release
        try:
            if not self.read_only:
                end = partial(self._end, self._snapshot())
        finally:
            self.study.read_only_reason = "it was closed"
            self._journal.close()
            self._putting_away = (
                end if self.read_only else PuttingAway(self.folder, end)
            )
        return self._putting_away

    def _end(self, snapshot: "_Snapshot") -> None:
        try:
            self._publish(snapshot)
        finally:
            self._lock.release()

    def _snapshot(self) -> "_Snapshot":
        """What only the owner's thread may ask the journal."""
        stored = [e for e in self.study.results.values() if isinstance(e, Stored)]
        self._heads |= {e.revision: self._journal.head_of(e) for e in stored}
        return _Snapshot(
            str(self._journal.last_seq), self._journal.reachable_revisions()
        )

    def _publish(self, snapshot: "_Snapshot") -> None:
        what = "Nothing is lost, but the table for other programs was not written to"
        self._journal.whereabouts.check(what)
        with saying(what, self.folder / "cells.zarr"):
            if self._arrays.is_published(snapshot.marker):
                return
            study = self.study
            standing = [
                study.results[kind, name]
                for kind in ("features", "projection", "predictions")
                for name in study.names_of(kind)
            ]
            lies_there = self._arrays.as_published(standing, study.cells)
            elements = [
                e if e.revision in lies_there else study.element(e.kind, e.name)
                for e in standing
            ]
            self._arrays.publish(study, elements, snapshot.reachable, snapshot.marker)

    # -- ledger ------------------------------------------------------------------

    def record(self, step_id: str, edit: Edit, author: str, at: str) -> None:
        """Make an edit durable."""
        element = edit.element if isinstance(edit, SetElement) else None
        if element is not None and not isinstance(element, Stored):
            self._append(element.revision, element.rows)
        self._journal.append(step_id, edit, author, at)

    def record_undo(self, step_id: str, author: str, at: str) -> None:
        """Make an undo durable."""
        self._journal.append_action("undo", step_id, author, at)

    def record_redo(self, step_id: str, author: str, at: str) -> None:
        """Make a redo durable."""
        self._journal.append_action("redo", step_id, author, at)

    def record_rows(self, matrix: FeatureMatrix, rows: Rows) -> None:
        """Make feature rows durable."""
        self._append(matrix.revision, rows)

    def _append(self, revision: str, rows: Rows) -> None:
        # Else a folder that was moved away would be made anew.
        self._journal.whereabouts.check(_NOT_KEPT)
        with saying(_NOT_KEPT, self.folder / "arrays"):
            self._arrays.append(revision, rows)

    def record_failures(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Make the list of failures durable."""
        if not self.read_only:
            self._journal.set_failures(failures)

    def load(self, stored: Stored) -> Element:
        """Read a computed result."""
        return self.loader(stored)()

    def loader(self, stored: Stored) -> Callable[[], Element]:
        """What reads a computed result on any thread; the journal is read now."""
        head = self._heads.get(stored.revision) or self._journal.head_of(stored)
        return partial(self._read, stored, head)

    def _read(self, stored: Stored, head: tuple[list[str], str, Recipe]) -> Element:
        columns, scaling, recipe = head
        rows = self._arrays.read(stored.revision, len(columns))
        if stored.kind == "features":
            checked: Scaling = "standard" if scaling == "standard" else "none"
            return FeatureMatrix(
                stored.name, tuple(columns), recipe, checked, (rows,), stored.revision
            )
        if stored.kind == "predictions":
            return Predictions(
                stored.name, tuple(columns), rows, recipe, stored.revision
            )
        return Projection(stored.name, rows, recipe, stored.revision)

    def version_of(self, stored: Stored) -> str:
        """The version of a stored result, "" where only reading it would tell."""
        if stored.kind != "features":
            return stored.revision
        return self._arrays.version_of(stored.revision)

    def save_masks(
        self, picture_id: int, labels: np.ndarray, nuclei: np.ndarray
    ) -> str:
        """Write both label images of a picture."""
        stem = self.study.pictures[picture_id].path.stem
        self._journal.whereabouts.check(_NOT_KEPT)
        with saying(_NOT_KEPT, self.folder / "masks"):
            return save_masks(self.folder, f"{picture_id:06d}-{stem}", labels, nuclei)

    def load_masks(self, mask_file: str) -> tuple[np.ndarray, np.ndarray]:
        """Read both label images of a picture."""
        return load_masks(self.folder, mask_file)

    def mask_writer(self, picture_id: int, shape: tuple[int, int]) -> MaskWriter:
        """Write the label images of a huge picture part by part."""
        stem = self.study.pictures[picture_id].path.stem
        self._journal.whereabouts.check(_NOT_KEPT)
        with saying(_NOT_KEPT, self.folder / "masks"):
            return MaskWriter(self.folder, f"{picture_id:06d}-{stem}", shape)

    def scratch(self, name: str) -> Path:
        """A folder below ``tiles/``."""
        self._journal.whereabouts.check(_NOT_KEPT)
        path = self.folder / "tiles" / name
        with saying(_NOT_KEPT, path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    # -- opening -----------------------------------------------------------------

    def _replay(self, author: str | None) -> Study:
        contents, history = Contents(), History()
        undone: list[Step] = []
        for logged, edits in self._journal.history():
            if logged.undone:
                undone.append(Step(logged.step_id, edits))
            for edit in () if logged.undone else edits:
                history.apply(edit, contents, logged.step_id)
        history.undone = undone
        study = Study(self, author, contents, history, self._journal.failures())
        study.never_below(*self._journal.next_ids())
        return study


def is_study(folder: Path) -> bool:
    """Whether this folder holds a study."""
    return (folder / "journal.sqlite").is_file()


def create_study(folder: Path, author: str | None = None) -> StudyFolder:
    """Start a new study in a folder that is new or empty.

    Raises
    ------
    BadInputError
        If something is there already, or the folder cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInputError(
            f"{folder} exists and is not empty.",
            "Choose another name, or open it if it is a study.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"{folder} cannot be made: {error.strerror}.", "Choose another place."
        ) from error
    if not os.access(folder, os.W_OK):
        raise BadInputError(f"{folder} cannot be written.", "Choose another place.")
    return StudyFolder(folder, author=author)


def open_study(
    folder: Path, author: str | None = None, *, read_only: bool = False
) -> StudyFolder:
    """Open a study; if somebody else holds it, for reading only.

    Raises
    ------
    BadInputError
        If there is no study, or it is damaged or from a later release.
    """
    if not is_study(folder):
        remedy = "Name the *.study folder itself."
        if folder.is_dir():
            inside = [f.name for f in sorted(folder.glob(f"*{SUFFIX}"))]
            remedy = f"Did you mean {folder / inside[0]}?" if inside else remedy
        what = "is not a study" if folder.exists() else "does not exist"
        raise BadInputError(f"{folder} {what}.", remedy)
    return StudyFolder(folder, author=author, read_only=read_only)


def open_or_create(folder: Path, author: str | None = None) -> StudyFolder:
    """Open the study in this folder, or start one."""
    return (
        open_study(folder, author) if is_study(folder) else create_study(folder, author)
    )
