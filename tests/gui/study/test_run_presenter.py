"""What Run, Cancel and a failure mean: no window needed."""

from dataclasses import replace

import pytest
from psygnal import Signal

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.gui.presenters.pace import Pace
from napari_dinobloom.gui.presenters.study.run_presenter import (
    NOTHING_TO_DO,
    MethodChoice,
    RunPresenter,
)
from napari_dinobloom.gui.views.study.run_panel import RunPanel
from napari_dinobloom.study import Recipe, ReplaceCells, Study
from napari_dinobloom.workflows import RunOptions


class FakeRunner:
    started = Signal(str)
    progressed = Signal(object)
    failed = Signal(object)
    finished = Signal(str)

    def __init__(self) -> None:
        self.is_busy = False
        self.steps = ()
        self.cancelled = False

    def run(self, study, steps):
        self.steps, self.is_busy = steps, True

    def cancel(self):
        self.cancelled = True

    def end(self, outcome):
        self.is_busy = False
        self.finished.emit(outcome)


class FakeView:
    run_wished = Signal(object)
    cancel_wished = Signal()

    def __init__(self) -> None:
        self.failures, self.errors, self.ready = [], [], (False, "")

    def offer(self, segmenters, encoders):
        self.encoders = encoders

    def set_ready(self, ready, why_not):
        self.ready = (ready, why_not)

    def show_running(self, title):
        self.said = title

    def show_progress(self, done, total, message):
        self.progress = (done, total, message)

    def show_kept(self, imported, deleted):
        self.imported, self.deleted = imported, deleted

    def show_stopping(self):
        self.said = "stopping"

    def show_idle(self, message):
        self.said = message

    def show_failures(self, failures):
        self.failures = list(failures)

    def show_error(self, what, remedy):
        self.errors.append((what, remedy))


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
def view() -> FakeView:
    return FakeView()


@pytest.fixture
def present(runner, view):
    def make(desk):
        choices = [MethodChoice("smear", "Smear")], [MethodChoice("morphology", "M")]
        return RunPresenter(desk, runner, view, list_methods=lambda: choices)

    return make


def test_without_pictures_run_says_what_is_missing(present, view, desk_with):
    presenter = present(desk_with(Study()))
    assert view.ready == (False, "Add pictures first.")
    presenter.release()


def test_run_hands_the_three_steps_to_the_runner(
    present, view, runner, desk_with, make_study
):
    presenter = present(desk_with(make_study()))
    assert view.ready[0]
    view.run_wished.emit(RunOptions())
    assert len(runner.steps) == 3
    presenter.release()


def test_an_unknown_method_is_explained(present, view, runner, desk_with, make_study):
    presenter = present(desk_with(make_study()))
    view.run_wished.emit(RunOptions(encoder="dinoblom-s"))
    assert not runner.is_busy
    assert "dinoblom-s" in view.errors[0][0]
    presenter.release()


def test_a_run_that_finds_nothing_to_do_says_so(
    present, view, runner, desk_with, make_study
):
    presenter = present(desk_with(make_study()))
    view.run_wished.emit(RunOptions())
    runner.end("done")
    assert view.said == NOTHING_TO_DO
    view.run_wished.emit(RunOptions())
    runner.started.emit("Finding cells")
    assert not view.ready[0]
    runner.end("done")
    assert view.said == "Done."
    assert view.ready[0]
    presenter.release()


def test_cancel_reaches_the_runner_once_something_runs(
    present, view, runner, desk_with, make_study
):
    presenter = present(desk_with(make_study()))
    view.cancel_wished.emit()
    assert not runner.cancelled
    view.run_wished.emit(RunOptions())
    view.cancel_wished.emit()
    assert runner.cancelled
    assert view.said == "stopping"
    presenter.release()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (BadInputError("The file is empty.", "Copy it again."), "The file is empty."),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "not enough memory"),
        (MemoryError(), "not enough memory"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError"),
    ],
    ids=["bad input", "torch", "memory", "unforeseen"],
)
def test_every_error_is_said_in_words(
    present, view, runner, desk_with, make_study, error, says
):
    presenter = present(desk_with(make_study()))
    runner.failed.emit(error)
    assert says in view.errors[0][0]
    assert view.errors[0][1]
    presenter.release()


def test_failures_are_listed_and_forgotten_when_mended(
    present, view, desk_with, make_study
):
    study = make_study()
    presenter = present(desk_with(study))
    study.note_failures("segment", {"/data/a.png": "It is damaged."})
    row = view.failures[0]
    assert (row.step, row.subject, row.reason) == (
        "Not searched",
        "/data/a.png",
        "It is damaged.",
    )
    study.note_failures("segment", {}, ["/data/a.png"])
    assert view.failures == []
    presenter.release()


def test_progress_tells_the_time_left_once_it_can_be_known(
    present, view, runner, desk_with, make_study
):
    presenter = present(desk_with(make_study()))
    runner.started.emit("Finding cells")
    runner.progressed.emit(Progress(1, 10, "a.png"))
    assert view.progress == (1, 10, "a.png")
    presenter.release()


def test_the_pace_is_that_of_the_pictures_already_done():
    seconds = iter([0.0, 0.0, 2.0, 60.0, 60.0])
    pace = Pace(clock=lambda: next(seconds))
    assert pace.left(0, 100) == ""  # nothing done
    assert pace.left(1, 100) == ""  # too early
    assert pace.left(10, 100) == "about 9 min left"
    assert pace.left(100, 100) == ""


def test_a_run_that_searched_again_tells_what_became_of_the_cells(
    present, runner, view, make_study, desk_with, search_picture, label
):
    study = make_study(kinds=("wbc", "rbc", "rbc"))
    label(study, 2, "blast")
    presenter = present(desk_with(study))
    presenter.run(RunOptions(again=True))
    search_picture(study, 1, ("wbc",))  # other cells take the place of all three
    runner.end("done")
    assert "0 cells stayed, 1 came; 3 went, 1 of them labelled (1 blast)." in view.said
    assert "Undo brings these cells back" in view.said
    presenter.run(RunOptions())
    runner.end("done")
    assert "stayed" not in view.said


def test_numbers_that_no_search_used_are_said_to_be_unused(
    present, runner, view, make_study, desk_with
):
    presenter = present(desk_with(make_study(fields=2)))
    presenter.run(RunOptions(segmenter_parameters={"sensitivity": 1.3}))
    runner.end("done")
    assert "2 pictures were searched before with other numbers" in view.said
    assert "Search pictures again" in view.said
    presenter.run(RunOptions())
    runner.end("done")
    assert "other numbers" not in view.said


def imported(study) -> None:
    """Let all cells be as another program found them."""
    findings = {
        number: replace(finding, recipe=Recipe("import", {"file": "a.geojson"}))
        for number, finding in study.findings.items()
    }
    study.apply(ReplaceCells(findings))


def test_imported_cells_are_kept_by_a_new_search_and_that_is_said(
    present, runner, view, make_study, desk_with
):
    study = make_study(fields=2)
    imported(study)
    assert study.undo_summary == "import 6 cells into 2 pictures"
    presenter = present(desk_with(study))
    assert view.imported == 2
    presenter.run(RunOptions(again=True))
    assert runner.steps[0](study) is None, "no picture is searched"
    runner.end("done")
    assert "Imported cells of 2 pictures were kept" in view.said
    presenter.run(RunOptions(again=True, imported_too=True))
    assert len(runner.steps[0](study).jobs) == 2
    runner.end("done")
    assert "were kept" not in view.said


@pytest.mark.gui
def test_imported_cells_are_asked_about_where_a_new_search_would_pass_them_by(qtbot):
    panel = RunPanel(RunOptions)
    qtbot.addWidget(panel)
    panel.show()
    panel.again.setChecked(True)
    assert not panel.imported_too.isVisible()
    panel.show_kept(2, 0)
    assert not panel.deleted_too.isVisible()
    assert panel.imported_too.isVisible()
    panel.imported_too.setChecked(True)
    panel.again.setChecked(False)
    assert not panel.imported_too.isVisible()
    assert not panel.imported_too.isChecked(), "it is wished for once"
