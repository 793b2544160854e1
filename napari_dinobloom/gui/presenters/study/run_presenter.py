"""Finding and describing cells: choices, run, progress, cancel, failures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from napari_dinobloom.core import DinoBloomError, Progress
from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.pace import Pace
from napari_dinobloom.study import CellTable, Study
from napari_dinobloom.workflows import (
    RunOptions,
    compare_cells,
    run_steps,
    searched_otherwise,
)
from napari_dinobloom.workflows.run_study import imported_kept


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A method as the panel offers it.

    ``obstacle`` says why it cannot be used now, or is empty.
    """

    name: str
    title: str
    description: str = ""
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """What could not be done, to which file, and why."""

    step: str
    subject: str
    reason: str


class Runner(Protocol):
    """What the presenter asks of the task runner."""

    started: Any
    progressed: Any
    failed: Any
    finished: Any

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        ...

    def run(self, study: Study, steps: Sequence[Any]) -> None:
        """Start on these steps."""
        ...

    def cancel(self) -> None:
        """Stop at the next place where that is possible."""
        ...


class RunView(Protocol):
    """What the presenter asks of the panel that runs things."""

    run_wished: Any
    """Signal(RunOptions)."""
    cancel_wished: Any
    """Signal()."""

    def offer(
        self, segmenters: Sequence[MethodChoice], encoders: Sequence[MethodChoice]
    ) -> None:
        """Fill the choices."""
        ...

    def set_ready(self, ready: bool, why_not: str) -> None:
        """Whether Run can be pressed, and what is missing."""
        ...

    def show_running(self, title: str) -> None:
        """A task has begun."""
        ...

    def show_progress(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        ...

    def show_stopping(self) -> None:
        """Cancel was pressed; the step under way is coming to its end."""
        ...

    def show_idle(self, message: str) -> None:
        """Nothing runs; ``message`` says how the last run ended."""
        ...

    def show_failures(self, failures: Sequence[FailureRow]) -> None:
        """What could not be done."""
        ...

    def show_kept(self, imported: int, deleted: int) -> None:
        """How many pictures have imported cells; how many cells were deleted."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


ENDINGS = {
    "done": "Done.",
    "cancelled": "Cancelled. What was found is kept; the same button does the rest.",
    "failed": "Stopped by an error. What was found so far is kept.",
}
IMPORTED_TOO = "were kept; tick “Imported cells too” to search these pictures as well."
AGAIN_TOO = "tick “Search pictures again” to search them with these."
NOTHING_TO_DO = "Everything was done already; nothing was missing."
STEP_NAMES = {
    "read": "Not readable",
    "segment": "Not searched",
    "embed": "Not described",
    "metadata": "Metadata",
    "masks": "Masks not taken",
}


class RunPresenter:
    """Connects the run panel with runner and study.

    Parameters
    ----------
    list_methods
        What can be chosen now: segmenters and encoders.
    with_settings
        Adds what the settings say (device, batch size) to the options.
    """

    def __init__(
        self,
        desk: Desk,
        runner: Runner,
        view: RunView,
        *,
        list_methods: Callable[[], tuple[list[MethodChoice], list[MethodChoice]]],
        with_settings: Callable[[RunOptions], RunOptions] = lambda options: options,
    ) -> None:
        self._desk, self._runner, self._view = desk, runner, view
        self._with_settings = with_settings
        self._pace = Pace()
        self._has_worked = False
        self._before: CellTable | None = None
        self._options = RunOptions()
        self._on_event = lambda *_: self._failures()
        self._on_slides = lambda *_: self._ready()
        view.offer(*list_methods())
        view.run_wished.connect(self.run)
        view.cancel_wished.connect(self.cancel)
        runner.started.connect(self._started)
        runner.progressed.connect(self._progressed)
        runner.failed.connect(self._failed)
        runner.finished.connect(self._finished)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)
        desk.study_closed.connect(self._closed)
        if desk.study is not None:
            self._opened(desk.study)
        else:
            self._closed()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._runner.started.disconnect(self._started)
        self._runner.progressed.disconnect(self._progressed)
        self._runner.failed.disconnect(self._failed)
        self._runner.finished.disconnect(self._finished)
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closing.disconnect(self._leave)
        self._desk.study_closed.disconnect(self._closed)
        if self._desk.study is not None:
            self._leave(self._desk.study)

    def run(self, options: RunOptions) -> None:
        """Find, describe and lay out what is missing."""
        study = self._desk.study
        if study is None or self._runner.is_busy:
            return
        self._has_worked, self._options = False, options
        self._before = study.cells if options.again else None
        try:
            self._runner.run(study, run_steps(self._with_settings(options)))
        except DinoBloomError as error:
            self._view.show_error(error.what, error.remedy)

    def cancel(self) -> None:
        """Stop; what was found stays."""
        if self._runner.is_busy:
            self._view.show_stopping()
            self._runner.cancel()

    # -- what the runner says ----------------------------------------------------

    def _started(self, title: str) -> None:
        self._pace = Pace()
        self._has_worked = True
        self._view.set_ready(False, "A run goes on.")
        self._view.show_running(title)

    def _progressed(self, progress: Progress) -> None:
        left = self._pace.left(progress.done, progress.total)
        message = " · ".join(part for part in (progress.message, left) if part)
        self._view.show_progress(progress.done, progress.total, message)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, DinoBloomError):
            self._view.show_error(error.what, error.remedy)
        else:
            self._view.show_error(*in_words(error))

    def _finished(self, outcome: str) -> None:
        idle = outcome == "done" and not self._has_worked
        ending = NOTHING_TO_DO if idle else ENDINGS[outcome]
        self._view.show_idle(
            " ".join(part for part in (ending, self._changes(), self._left()) if part)
        )
        self._ready()

    def _left(self) -> str:
        """What was passed by: imported cells, and pictures searched otherwise."""
        study, said = self._desk.study, []
        if study is None:
            return ""
        if kept := imported_kept(study, self._options):
            said.append(f"Imported cells of {counted(kept, 'picture')} {IMPORTED_TOO}")
        if n := searched_otherwise(study, self._options):
            pictures = "1 picture was" if n == 1 else f"{n:,} pictures were"
            said.append(f"{pictures} searched before with other numbers: {AGAIN_TOO}")
        return " ".join(said)

    def _changes(self) -> str:
        """What a new search made of the cells that were there, or ""."""
        study, before = self._desk.study, self._before
        self._before = None
        if study is None or before is None or not len(before):
            return ""
        changes = compare_cells(study, before)
        return " ".join(part for part in (changes.sentence, changes.warning) if part)

    # -- what the desk says ------------------------------------------------------

    def _opened(self, study: Study) -> None:
        study.events.failures_changed.connect(self._on_event)
        study.events.slides_changed.connect(self._on_slides)
        study.events.cells_changed.connect(self._on_slides)
        self._view.show_idle("")
        self._failures()
        self._ready()

    def _leave(self, study: Study) -> None:
        study.events.failures_changed.disconnect(self._on_event)
        study.events.slides_changed.disconnect(self._on_slides)
        study.events.cells_changed.disconnect(self._on_slides)

    def _closed(self) -> None:
        self._before = None
        self._view.show_failures([])
        self._view.show_idle("")
        self._ready()

    def _failures(self) -> None:
        study = self._desk.study
        failures = study.failures if study is not None else {}
        self._view.show_failures(
            [
                FailureRow(STEP_NAMES.get(step, step), subject, reason)
                for (step, subject), reason in failures.items()
            ]
        )

    def _ready(self) -> None:
        study = self._desk.study
        findings = tuple(study.findings.values()) if study is not None else ()
        self._view.show_kept(
            sum(finding.is_imported for finding in findings),
            sum(len(finding.deleted) for finding in findings),
        )
        if self._runner.is_busy:
            self._view.set_ready(False, "A run goes on.")
        elif study is None:
            self._view.set_ready(False, "Open a study first.")
        elif study.read_only_reason:
            self._view.set_ready(False, f"Read only: {study.read_only_reason}")
        elif not study.pictures:
            self._view.set_ready(False, "Add pictures first.")
        else:
            self._view.set_ready(True, "")


def in_words(error: BaseException) -> tuple[str, str]:
    """An unforeseen error as two sentences for a person."""
    kind, text = type(error).__name__, str(error).strip()
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        remedy = (
            "Close other programs, or set fewer cells per pass in the settings, "
            "then press the button again: it goes on where it stopped."
        )
        return "There is not enough memory for this step.", remedy
    what = f"Something unforeseen went wrong ({kind}: {text or 'no details'})."
    remedy = (
        "Press the button to try again; it goes on where it stopped. If it happens "
        "again, report this message."
    )
    return what, remedy
