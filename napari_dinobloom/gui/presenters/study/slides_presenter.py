"""The table of slides, and adding pictures to it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.study.study_presenter import study_folder_for
from napari_dinobloom.study import KIND_NAMES, Study
from napari_dinobloom.workflows import (
    AddPictures,
    SlideSummary,
    StudySummary,
    describe_study,
)
from napari_dinobloom.workflows.sort_dropped import sort_dropped


@dataclass(frozen=True, slots=True)
class SlideRow:
    """One slide as the table shows it."""

    name: str
    white: int
    red: int
    platelets: int
    single: int
    pictures: int
    state: str
    patient: str = ""
    site: str = ""
    scanner: str = ""
    stain: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """Pictures that somebody wants to have in the study, and what they are.

    Parameters
    ----------
    paths
        Files and folders.
    single_cells
        Each picture shows one cell.
    labels_from_folders
        The name of a picture's folder is its label.
    metadata
        A table with a row per picture or slide, or None.
    """

    paths: tuple[Path, ...]
    single_cells: bool = False
    labels_from_folders: bool = False
    metadata: Path | None = None


class SlidesView(Protocol):
    """What the presenter asks of the table of slides."""

    add_wished: Any
    """Signal(Addition)."""
    slide_chosen: Any
    """Signal(str): show this slide."""
    offered: Any
    """Signal(list of Path): files and folders that were dropped or chosen."""

    def show_slides(self, rows: Sequence[SlideRow], total: str) -> None:
        """Fill the table; ``total`` is a sentence below it."""
        ...

    def ask_for_folder(self, suggestion: Path) -> Path | None:
        """Ask where the study is to lie; None if the person thinks better of it."""
        ...

    def ask_about(self, paths: Sequence[Path]) -> None:
        """Ask what these pictures are."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do; with "" say nothing any more."""
        ...


COUNTED = ("wbc", "rbc", "cell")
"""Kinds of cells that the sentence about all slides counts."""

Later = Callable[[Callable[[], None]], Callable[[], None]]
"""Makes a call that happens a moment later, once for many wishes."""


class SlidesPresenter:
    """Connects the table of slides with the desk.

    Parameters
    ----------
    run
        Starts steps on the open study; raises RuntimeError while another run goes on.
    show_slide
        Puts a slide on the canvas.
    create
        Makes a study in a folder and lays it open.
    later
        Gathers the many events of a run into a few repaints.
    offer_masks
        Asks about files of masks among those that were dropped.
    """

    def __init__(
        self,
        desk: Desk,
        view: SlidesView,
        *,
        run: Callable[[Study, Sequence[Any]], None],
        show_slide: Callable[[str], None],
        create: Callable[[Path], None],
        later: Later,
        offer_masks: Callable[[Sequence[Path]], None] = lambda _: None,
    ) -> None:
        self._desk, self._view, self._run, self._create = desk, view, run, create
        self._offer_masks = offer_masks
        self._is_released = False
        self._refresh_soon = later(self.refresh)
        self._on_event = lambda *_: self._refresh_soon()
        view.add_wished.connect(self.add)
        view.slide_chosen.connect(show_slide)
        view.offered.connect(self.offer)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)
        desk.study_closed.connect(self.refresh)
        if desk.study is not None:
            self._opened(desk.study)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._is_released = True
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closing.disconnect(self._leave)
        self._desk.study_closed.disconnect(self.refresh)
        if self._desk.study is not None:
            self._leave(self._desk.study)

    def offer(self, paths: Sequence[Path]) -> None:
        """Ask about what can be added; say of the rest what it is not."""
        dropped = sort_dropped(paths)
        self._view.show_error(dropped.problem, dropped.remedy)
        if dropped.pictures:
            self._view.ask_about(dropped.pictures)
        if dropped.masks:
            self._offer_masks(dropped.masks)

    def add(self, addition: Addition) -> None:
        """Add pictures; without a study, ask first where one is to lie."""
        if not addition.paths:
            return
        if self._desk.study is None:
            folder = self._view.ask_for_folder(study_folder_for(addition.paths))
            if folder is None:
                return
            self._create(folder)
        study = self._desk.study
        if study is None:
            return
        try:
            self._run(study, [lambda study: add_pictures(study, addition)])
        except RuntimeError:
            self._view.show_error(
                "Pictures cannot be added while another run goes on.",
                "Wait for its end or cancel it; what it found so far stays.",
            )

    def refresh(self) -> None:
        """Read the table anew."""
        if self._is_released:
            return  # a repaint that was put off until the view had gone
        study = self._desk.study
        if study is None:
            self._view.show_slides([], "")
            return
        summary = describe_study(study)
        rows = [slide_row(slide) for slide in summary.slides]
        self._view.show_slides(rows, total_of(summary))

    def _opened(self, study: Study) -> None:
        self._view.show_error("", "")  # what was said before is not about this study
        study.events.slides_changed.connect(self._on_event)
        study.events.cells_changed.connect(self._on_event)
        study.events.failures_changed.connect(self._on_event)
        self.refresh()

    def _leave(self, study: Study) -> None:
        study.events.slides_changed.disconnect(self._on_event)
        study.events.cells_changed.disconnect(self._on_event)
        study.events.failures_changed.disconnect(self._on_event)


def add_pictures(study: Study, addition: Addition) -> AddPictures:
    """The task that adds these pictures."""
    return AddPictures.from_study(
        study,
        addition.paths,
        kind="cell" if addition.single_cells else "field",
        metadata=addition.metadata,
        labels_from_folders=addition.labels_from_folders,
    )


def slide_row(slide: SlideSummary) -> SlideRow:
    """A slide as the table shows it."""
    who, counts = slide.acquisition, slide.counts
    return SlideRow(
        slide.name,
        counts.get("wbc", 0),
        counts.get("rbc", 0),
        counts.get("platelet", 0),
        counts.get("cell", 0),
        slide.pictures,
        state_of(slide),
        who.patient,
        who.site,
        who.scanner,
        who.stain,
    )


def state_of(slide: SlideSummary) -> str:
    """How far the search for cells has come, in words."""
    waiting = slide.pictures - slide.searched - slide.failed
    parts = [f"{slide.failed} unreadable"] if slide.failed else []
    if waiting <= 0:
        parts.insert(0, "searched" if slide.searched else "not searched")
    elif slide.searched:
        parts.insert(0, f"{slide.searched} of {slide.pictures} searched")
    else:
        parts.insert(0, "not searched")
    return ", ".join(parts)


def total_of(study: StudySummary) -> str:
    """One sentence about all slides; platelets stand in the table alone."""
    found: Counter[str] = Counter()
    for slide in study.slides:
        found.update(slide.counts)
    return " · ".join(
        [
            _count(len(study.slides), "slide"),
            _count(study.n_pictures, "picture"),
            *(_count(found[kind], KIND_NAMES[kind]) for kind in COUNTED if found[kind]),
        ]
    )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
