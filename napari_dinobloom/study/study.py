"""The single truth: what a laboratory is looking at and what it has said about it."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
from psygnal import Signal, SignalGroup

from napari_dinobloom.core import DinoBloomError, UnknownNameError
from napari_dinobloom.study.ascending import ascending
from napari_dinobloom.study.by_outline import by_cell, outline_mark
from napari_dinobloom.study.cells import CellTable
from napari_dinobloom.study.contents import (
    Contents,
    Element,
    Finding,
    Stored,
    Touched,
)
from napari_dinobloom.study.edits import Edit, ReplaceCells
from napari_dinobloom.study.features import FeatureMatrix, Rows
from napari_dinobloom.study.history import History
from napari_dinobloom.study.journal import LabelJournal, account_name, now
from napari_dinobloom.study.ledger import Ledger, MaskWriter, NoLedger
from napari_dinobloom.study.predictions import Predictions
from napari_dinobloom.study.projection import Projection
from napari_dinobloom.study.recipe import Recipe
from napari_dinobloom.study.slide import Picture, Slide
from napari_dinobloom.study.steps import Step
from napari_dinobloom.study.taxonomy import Taxonomy


class ReadOnlyStudyError(DinoBloomError):
    """Somebody else holds the study, or its folder cannot be written."""


class StudyEvents(SignalGroup):
    """What changed, never how to draw it. Each is sent after the change."""

    slides_changed = Signal()
    """Slides or pictures were added, described or taken away."""
    cells_changed = Signal(frozenset)
    """Ids of the pictures whose cells may differ."""
    labels_changed = Signal(np.ndarray)
    """(n,) int64, ascending: ids of the cells whose standing label may differ."""
    taxonomy_changed = Signal()
    """Classes, their colours or keys."""
    features_changed = Signal(str)
    """Name of the feature matrix that has more rows or another version."""
    projection_changed = Signal(str)
    """Name of the map that has another version."""
    predictions_changed = Signal(str)
    """Name of the classifier whose predictions have another version."""
    history_changed = Signal()
    """What undo and redo would do may differ."""
    failures_changed = Signal()
    """What could not be read, searched or embedded."""


class Study:
    """Slides, cells, features, labels and predictions, with one door for changes.

    ::

        apply(edit) ─► ledger (durable) ─► contents ─► history ─► events

    Not thread-safe: one thread owns it, tasks compute elsewhere and commit there.

    Parameters
    ----------
    ledger
        Makes changes durable; none for a study in memory.
    author
        Who is at work; the account's name unless told.
    contents, history, failures
        What a reopened study starts from.
    """

    def __init__(
        self,
        ledger: Ledger | None = None,
        author: str | None = None,
        contents: Contents | None = None,
        history: History | None = None,
        failures: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._contents = contents or Contents()
        self._history = history or History()
        self._ledger: Ledger = ledger or NoLedger()
        self._cells: CellTable | None = None
        self._by_cell: dict[str, tuple[FeatureMatrix, CellTable, FeatureMatrix]] = {}
        self._next_cell_id = self._uncommitted_from = 1
        self._next_picture_id = 1
        self.author = author or account_name()
        self.read_only_reason = ""
        self.folder: Path | None = None
        self._failures = dict(failures or {})
        self.events = StudyEvents()

    # -- what is there -----------------------------------------------------------

    @property
    def slides(self) -> Mapping[str, Slide]:
        """Slides by name, in the order in which they were added."""
        return MappingProxyType(self._contents.slides)

    @property
    def pictures(self) -> Mapping[int, Picture]:
        """Pictures by id."""
        return MappingProxyType(self._contents.pictures)

    @property
    def findings(self) -> Mapping[int, Finding]:
        """What was found, by picture id; a picture that was not searched is missing."""
        return MappingProxyType(self._contents.findings)

    @property
    def labels(self) -> LabelJournal:
        """What people said about cells. To be read; change it through `apply`."""
        return self._contents.labels

    @property
    def taxonomy(self) -> Taxonomy:
        """The scheme of classes in use."""
        return self._contents.taxonomy

    @property
    def cells(self) -> CellTable:
        """All cells that are there now, by ascending id."""
        if self._cells is None:
            pictures, findings = self._contents.pictures, self._contents.findings
            tables = [f.cells for p, f in findings.items() if p in pictures]
            self._cells = CellTable.concatenate(tables)
        return self._cells

    def pictures_of(self, slide: str) -> list[Picture]:
        """The slide's pictures, in the order in which they were added."""
        return [p for p in self._contents.pictures.values() if p.slide == slide]

    def slide_names_of(self, cells: CellTable) -> np.ndarray:
        """(n,) object, the slide of each of these cells."""
        slide_of = {p: picture.slide for p, picture in self._contents.pictures.items()}
        ids, inverse = np.unique(cells.picture_id, return_inverse=True)
        names = np.array([slide_of[int(i)] for i in ids], dtype=object)
        return names[inverse] if len(ids) else np.empty(0, object)

    @property
    def failures(self) -> Mapping[tuple[str, str], str]:
        """Reason by step ("read", "segment", "embed") and subject (a file)."""
        return MappingProxyType(self._failures)

    def masks_of(self, picture_id: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Cells and nuclei of a picture as two (H, W) int32 label images.

        Their values are `CellTable.mask_label`. None where the picture was not searched
        or shows a single cell.
        """
        load = self.mask_loader(picture_id)
        if load is None:
            return None
        labels, nuclei = load()
        return np.asarray(labels), np.asarray(nuclei)

    def mask_loader(
        self, picture_id: int
    ) -> Callable[[], tuple[np.ndarray, np.ndarray]] | None:
        """What gives `masks_of` as it stands now, on any thread and at any time.

        Of a huge picture it gives label images of which slices read a window.
        """
        finding = self._contents.findings.get(picture_id)
        if finding is None or finding.mask_file is None:
            return None
        return partial(self._ledger.load_masks, finding.mask_file)

    # -- computed results --------------------------------------------------------

    def names_of(self, kind: str) -> list[str]:
        """Names of the standing "features", "projection" or "predictions"."""
        return [name for k, name in self._contents.elements if k == kind]

    def features(self, name: str) -> FeatureMatrix:
        """The standing feature matrix of an encoder, by cell.

        A cell that was drawn anew is in it once its new outline has features.
        """
        matrix, cells = self.features_of_outlines(name), self.cells
        if not len(cells.redrawn):
            return matrix
        known = self._by_cell.get(name)
        if known is None or known[0] is not matrix or known[1] is not cells:
            known = self._by_cell[name] = matrix, cells, by_cell(matrix, cells)
        return known[2]

    def features_of_outlines(self, name: str) -> FeatureMatrix:
        """The same as it was computed and is kept, by `CellTable.outline_id`."""
        return cast("FeatureMatrix", self.element("features", name))

    def projection(self, name: str) -> Projection:
        """The standing map of that name."""
        return cast("Projection", self.element("projection", name))

    def predictions(self, name: str) -> Predictions:
        """The standing predictions of a classifier."""
        return cast("Predictions", self.element("predictions", name))

    def element(self, kind: str, name: str) -> Element:
        """A computed result, read from disk if need be; features are by outline.

        Raises
        ------
        UnknownNameError
            If there is none of that kind and name.
        """
        element = self._contents.elements.get((kind, name))
        if element is None:
            known = ", ".join(self.names_of(kind)) or "none yet"
            raise UnknownNameError(
                f"The study has no {kind} called {name!r}.", f"It has: {known}."
            )
        if isinstance(element, Stored):
            element = self._ledger.load(element)
            self._contents.elements[(kind, name)] = element
        return element

    def element_loader(self, kind: str, name: str) -> Callable[[], Element]:
        """What gives a result as it stands now, on any thread; see `keep_loaded`.

        Features are by cell, as those of `features`.
        """
        element = self._contents.elements.get((kind, name))
        if not isinstance(element, Stored):
            is_matrix = kind == "features"
            there = self.features(name) if is_matrix else self.element(kind, name)
            return lambda: there
        load, cells = self._ledger.loader(element), self.cells

        def read() -> Element:
            loaded = load()
            if isinstance(loaded, FeatureMatrix):
                return by_cell(loaded, cells)
            return loaded

        return read

    def keep_loaded(self, element: Element) -> None:
        """Hold a result that was read elsewhere, so that nobody reads it again."""
        key = (element.kind, element.name)
        standing = self._contents.elements.get(key)
        if isinstance(standing, Stored) and standing.revision == element.revision:
            source = element.source if isinstance(element, FeatureMatrix) else None
            self._contents.elements[key] = source or element

    @property
    def results(self) -> Mapping[tuple[str, str], Element | Stored]:
        """Every standing result by kind and name, read from disk or not."""
        return MappingProxyType(self._contents.elements)

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """The standing version of each input ("labels", "features:morphology")."""
        return {name: self._version_of(name) for name in names}

    def is_outdated(self, recipe: Recipe) -> bool:
        """Whether something that a result was computed from has changed since."""
        return any(self._version_of(n) != v for n, v in recipe.inputs.items())

    def _version_of(self, name: str) -> str:
        if name == "labels":
            return self.labels.version
        kind, _, element_name = name.partition(":")
        element = self._contents.elements.get((kind, element_name))
        if element is None:
            return ""
        mark = outline_mark(self.cells) if kind == "features" else ""
        if isinstance(element, Stored):
            # Reading a million rows only to learn their version would take seconds.
            known = self._ledger.version_of(element)
            return (known or self.element(kind, element_name).version) + mark
        return element.version + mark

    # -- changes -----------------------------------------------------------------

    def apply(self, edit: Edit, group: str | None = None) -> None:
        """Change the study, durably and undoably.

        Parameters
        ----------
        edit
            What to do.
        group
            Edits of one group that follow each other are one step of undo.

        Raises
        ------
        ReadOnlyStudyError
            If this study may only be read.
        ValueError
            If cells would lie in no picture or share an id with others.
        """
        self.require_writable()
        if isinstance(edit, ReplaceCells):
            self._check_cells(edit)
        step_id = self._history.step_for(group)
        self._ledger.record(step_id, edit, self.author, now())
        if isinstance(edit, ReplaceCells):
            self.never_below(edit.highest_cell_id + 1, 1)
        self._history.apply(edit, self._contents, step_id)
        self._announce([edit.touched])

    def undo(self) -> str:
        """Take the last step back; return what it was, "" when there is none."""
        self.require_writable()
        step = self._history.undo(
            self._contents, lambda s: self._ledger.record_undo(s, self.author, now())
        )
        return self._announce_step(step)

    def redo(self) -> str:
        """Do the last undone step again; return what it was, "" when there is none."""
        self.require_writable()
        step = self._history.redo(
            self._contents, lambda s: self._ledger.record_redo(s, self.author, now())
        )
        return self._announce_step(step)

    @property
    def undo_summary(self) -> str:
        """What `undo` would take back, or ""."""
        last = self._history.last
        return "" if last is None else last.summary

    @property
    def redo_summary(self) -> str:
        """What `redo` would do again, or ""."""
        return self._history.undone[-1].summary if self._history.undone else ""

    def add_feature_rows(self, name: str, rows: Rows) -> None:
        """Add outlines to a standing feature matrix.

        Not a step of undo: under one recipe an outline's features are what they are,
        and keeping them costs nothing but the time that computing them took.

        Parameters
        ----------
        rows
            By `CellTable.outline_id`: the cell's own id unless it was drawn anew.
        """
        self.require_writable()
        matrix = self.features_of_outlines(name)
        rows = matrix.without_known(rows)
        if not len(rows):
            return
        extended = matrix.with_rows(rows)
        self._ledger.record_rows(matrix, rows)
        self._contents.elements[("features", name)] = extended
        self.events.features_changed.emit(name)

    def save_masks(
        self, picture_id: int, labels: np.ndarray, nuclei: np.ndarray
    ) -> str:
        """Keep the label images of a picture; the name goes into its `Finding`."""
        self.require_writable()
        return self._ledger.save_masks(picture_id, labels, nuclei)

    def mask_writer(self, picture_id: int, shape: tuple[int, int]) -> MaskWriter:
        """What takes a huge picture's label images row by row, on any thread."""
        self.require_writable()
        return self._ledger.mask_writer(picture_id, shape)

    def scratch(self, name: str) -> Path:
        """A folder for what a long work has finished so far; it outlives a crash."""
        self.require_writable()
        return self._ledger.scratch(name)

    def note_failures(
        self, step: str, failed: Mapping[str, str], succeeded: Iterable[str] = ()
    ) -> None:
        """Remember what failed in a step and why, and forget what went well since."""
        before = dict(self._failures)
        for subject in succeeded:
            self._failures.pop((step, subject), None)
        self._failures.update({(step, s): reason for s, reason in failed.items()})
        if self._failures != before:
            self._ledger.record_failures(self._failures)
            self.events.failures_changed.emit()

    def require_writable(self) -> None:
        """Raise `ReadOnlyStudyError` if this study may only be read."""
        if self.read_only_reason:
            raise ReadOnlyStudyError(
                f"The study is open for reading only: {self.read_only_reason}",
                "Close it in the other program, or work on a copy of the folder.",
            )

    # -- ids ---------------------------------------------------------------------

    def reserve_cell_ids(self, n: int) -> int:
        """The first of n consecutive cell ids that were never used."""
        first = self._next_cell_id
        self._next_cell_id += n
        return first

    def reserve_picture_ids(self, n: int) -> int:
        """The first of n consecutive picture ids that were never used."""
        first = self._next_picture_id
        self._next_picture_id += n
        return first

    def never_below(self, cell_id: int, picture_id: int) -> None:
        """Reserve only ids from these upward (a reopened study has used the rest)."""
        self._next_cell_id = max(self._next_cell_id, cell_id)
        self._uncommitted_from = max(self._uncommitted_from, cell_id)
        self._next_picture_id = max(self._next_picture_id, picture_id)

    def _check_cells(self, edit: ReplaceCells) -> None:
        tables = []
        for picture_id, finding in edit.findings.items():
            if finding is None:
                continue
            if picture_id not in self._contents.pictures:
                raise ValueError(f"there is no picture {picture_id}")
            if (finding.cells.picture_id != picture_id).any():
                raise ValueError(f"cells of picture {picture_id} name another one")
            tables.append(finding.cells)
        ids = CellTable.concatenate(tables).cell_id  # raises where one occurs twice
        before = self._contents.findings
        own = [before[p].cells.cell_id for p in edit.findings if p in before]
        # those that were in these pictures before can be in no other
        ids = ids[ids < self._uncommitted_from]
        ids = np.setdiff1d(ids, np.concatenate([*own, _NO_IDS]), assume_unique=True)
        if not len(ids):
            return
        others = [
            f.cells
            for p, f in self._contents.findings.items()
            if p not in edit.findings
        ]
        taken = CellTable.concatenate(others).has(ids)
        if taken.any():
            raise ValueError(f"cell id {ids[taken][0]} belongs to another picture")

    # -- events ------------------------------------------------------------------

    def _announce_step(self, step: Step | None) -> str:
        if step is None:
            return ""
        self._announce([edit.touched for edit in step.edits])
        return step.summary

    def _announce(self, touched: list[Touched]) -> None:
        pictures = frozenset().union(*(t.pictures for t in touched))
        labelled = _together([t.labelled for t in touched])
        if pictures:
            self._cells = None
        if any(t.slides for t in touched):
            self.events.slides_changed.emit()
        if any(t.taxonomy for t in touched):
            self.events.taxonomy_changed.emit()
        if pictures:
            self.events.cells_changed.emit(pictures)
        if len(labelled):
            self.events.labels_changed.emit(labelled)
        for kind, name in dict.fromkeys(t.element for t in touched if t.element):
            self.events[f"{kind}_changed"].emit(name)
        self.events.history_changed.emit()


def _together(some: list[np.ndarray]) -> np.ndarray:
    """Ascending ids, each once; a million of one edit are not sorted again."""
    there = [ids for ids in some if len(ids)]
    return there[0] if len(there) == 1 else ascending(np.concatenate([*there, _NO_IDS]))


_NO_IDS = np.empty(0, np.int64)
