"""What a study asks of the place where it is kept."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np

from napari_dinobloom.study.contents import Element, Stored
from napari_dinobloom.study.edits import Edit
from napari_dinobloom.study.features import FeatureMatrix, Rows

Array = np.ndarray


class Ledger(Protocol):
    """Makes every change durable before the study itself changes.

    When a method raises, the study stays as it was.
    """

    def record(self, step_id: str, edit: Edit, author: str, at: str) -> None:
        """An edit is about to be applied as part of a step."""
        ...

    def record_undo(self, step_id: str, author: str, at: str) -> None:
        """A step is about to be undone."""
        ...

    def record_redo(self, step_id: str, author: str, at: str) -> None:
        """A step is about to be done again."""
        ...

    def record_rows(self, matrix: FeatureMatrix, rows: Rows) -> None:
        """Feature rows are about to be added to a matrix that stands."""
        ...

    def record_failures(self, failures: Mapping[tuple[str, str], str]) -> None:
        """All failures that stand now, by step and subject."""
        ...

    def load(self, stored: Stored) -> Element:
        """The stored result, read from disk."""
        ...

    def loader(self, stored: Stored) -> Callable[[], Element]:
        """What reads the stored result on any thread; made on the owner's."""
        ...

    def version_of(self, stored: Stored) -> str:
        """The version of a stored result, "" where only reading it would tell."""
        ...

    def save_masks(self, picture_id: int, labels: Array, nuclei: Array) -> str:
        """Keep both label images of a picture; return the name to load them by."""
        ...

    def load_masks(self, mask_file: str) -> tuple[Array, Array]:
        """Both label images that `save_masks` kept under this name."""
        ...

    def mask_writer(self, picture_id: int, shape: tuple[int, int]) -> "MaskWriter":
        """What takes the label images of a huge picture in parts, on any thread."""
        ...

    def scratch(self, name: str) -> Path:
        """A folder for what a long work has finished so far; it outlives a crash."""
        ...


class MaskWriter(Protocol):
    """Takes the label images of a picture too large for memory, part by part."""

    def add(self, top: int, left: int, labels: Array, nuclei: Array) -> None:
        """A part of both that lies there, int32; what is never added is empty.

        Top and left are multiples of 512, and a part is that wide and high, or ends
        where the picture ends.
        """
        ...

    def finish(self) -> str:
        """Keep them; return the name to load them by."""
        ...

    def abandon(self) -> None:
        """Forget what was added and not finished."""
        ...


class NoLedger:
    """For a study that lives in memory only."""

    def __init__(self) -> None:
        self._masks: dict[str, tuple[Array, Array]] = {}
        self._scratch: TemporaryDirectory[str] | None = None

    def record(self, step_id: str, edit: Edit, author: str, at: str) -> None:
        """Keep nothing."""

    def record_undo(self, step_id: str, author: str, at: str) -> None:
        """Keep nothing."""

    def record_redo(self, step_id: str, author: str, at: str) -> None:
        """Keep nothing."""

    def record_rows(self, matrix: FeatureMatrix, rows: Rows) -> None:
        """Keep nothing."""

    def record_failures(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Keep nothing."""

    def load(self, stored: Stored) -> Element:
        """Fail: nothing was ever stored."""
        raise KeyError(f"{stored.kind} {stored.name} {stored.revision}")

    def loader(self, stored: Stored) -> Callable[[], Element]:
        """Fail once it is called: nothing was ever stored."""
        return partial(self.load, stored)

    def version_of(self, stored: Stored) -> str:
        """Nothing: nothing was ever stored."""
        return ""

    def save_masks(self, picture_id: int, labels: Array, nuclei: Array) -> str:
        """Keep them in memory."""
        name = f"{picture_id}-{len(self._masks)}"
        self._masks[name] = (labels, nuclei)
        return name

    def load_masks(self, mask_file: str) -> tuple[Array, Array]:
        """What was kept."""
        return self._masks[mask_file]

    def mask_writer(self, picture_id: int, shape: tuple[int, int]) -> MaskWriter:
        """What keeps them in memory."""
        return _InMemory(self._masks, f"{picture_id}-{len(self._masks)}", shape)

    def scratch(self, name: str) -> Path:
        """A folder that lasts as long as this."""
        if self._scratch is None:
            self._scratch = TemporaryDirectory()
        path = Path(self._scratch.name) / name
        path.mkdir(exist_ok=True)
        return path


class _InMemory:
    def __init__(
        self,
        masks: dict[str, tuple[Array, Array]],
        name: str,
        shape: tuple[int, int],
    ) -> None:
        self._masks, self._name = masks, name
        self._held = np.zeros(shape, np.int32), np.zeros(shape, np.int32)

    def add(self, top: int, left: int, labels: Array, nuclei: Array) -> None:
        for held, part in zip(self._held, (labels, nuclei), strict=True):
            held[top : top + part.shape[0], left : left + part.shape[1]] = part

    def finish(self) -> str:
        self._masks[self._name] = self._held
        return self._name

    def abandon(self) -> None:
        """Keep what is finished."""
