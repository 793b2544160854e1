"""Report and exports from the viewer: written by another process, told in words."""

import csv
from pathlib import Path

import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.study.output_presenter import OutputPresenter
from napari_dinobloom.study import ChangeSlides

RUN_MS = 60_000


class FakeView:
    written_wished = Signal(str, object)
    stop_wished = Signal()

    def __init__(self) -> None:
        self.said: tuple = ()

    def show_writing(self, text):
        self.said = ("writing", text)

    def show_written(self, text, path):
        self.said = ("written", text, path)

    def show_failed(self, what, remedy):
        self.said = ("failed", what, remedy)

    def show_nothing(self):
        self.said = ()


class FakeCommands:
    ended = Signal(int, str)

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.is_busy = False

    def run(self, arguments):
        self.calls.append(list(arguments))
        self.is_busy = True

    def cancel(self):
        self.end(-1, "")

    def end(self, code, said):
        self.is_busy = False
        self.ended.emit(code, said)


@pytest.fixture
def parts(make_study, desk_with):
    study = make_study()
    desk: Desk = desk_with(study)
    view, commands = FakeView(), FakeCommands()
    presenter = OutputPresenter(desk, commands, view)
    yield study, desk, view, commands
    presenter.release()


def test_a_file_the_person_agreed_to_replace_is_replaced(parts, tmp_path):
    _, _, view, commands = parts
    view.written_wished.emit("csv", tmp_path / "cells.csv")
    assert commands.calls[0][:1] == ["export"]
    assert "--overwrite" in commands.calls[0]
    view.show_nothing()
    commands.end(0, "")
    view.written_wished.emit("masks", tmp_path)
    assert "--overwrite" not in commands.calls[1]


def test_an_error_of_the_command_is_said_with_its_remedy(parts, tmp_path):
    _, _, view, commands = parts
    view.written_wished.emit("report", tmp_path / "r.html")
    commands.end(1, "Error: The disk is full.\n→ Free some space.")
    assert view.said == ("failed", "The disk is full.", "Free some space.")


def test_a_crash_of_the_command_is_not_taken_for_a_success(parts, tmp_path):
    _, _, view, commands = parts
    view.written_wished.emit("report", tmp_path / "r.html")
    commands.end(-1, "Segmentation fault")
    assert view.said[0] == "failed"
    assert "Segmentation fault" in view.said[1]


def test_stopped_is_said_as_stopped(parts, tmp_path):
    _, _, view, _ = parts
    view.written_wished.emit("report", tmp_path / "r.html")
    view.stop_wished.emit()
    assert view.said[:1] == ("failed",)
    assert "Stopped" in view.said[1]


def test_a_second_wish_waits_for_the_first(parts, tmp_path):
    _, _, view, commands = parts
    view.written_wished.emit("report", tmp_path / "r.html")
    view.written_wished.emit("csv", tmp_path / "c.csv")
    assert len(commands.calls) == 1
    assert "goes on" in view.said[1]


def test_predictions_that_are_not_kept_are_said_to_be_missing(parts, label, tmp_path):
    study, _, view, commands = parts
    label(study, int(study.cells.cell_id[0]), "lymphocyte")
    view.written_wished.emit("csv", tmp_path / "c.csv")
    commands.end(0, "")
    assert "Keep these predictions" in view.said[1]


@pytest.mark.gui
def test_a_report_is_written_while_the_study_lies_open(
    qtbot, tmp_path, make_study, label
):
    from napari_dinobloom.gui.beside import BesideViewer
    from napari_dinobloom.gui.views.study.study_header import StudyHeader
    from napari_dinobloom.storage import create_study, open_study

    given = make_study(kinds=())
    desk = Desk(open_study, create_study)
    study = desk.create(tmp_path / "ward 7.study")
    study.apply(ChangeSlides(dict(given.slides), dict(given.pictures)))
    header = StudyHeader()
    qtbot.addWidget(header)
    commands = BesideViewer(header)
    output = OutputPresenter(desk, commands, header.output)
    header.show()

    def ended():
        return not commands.is_busy

    out = tmp_path / "report of today.html"
    header.output.written_wished.emit("report", out)
    assert header.output.stop_button.isVisible()
    qtbot.waitUntil(ended, timeout=RUN_MS)
    assert header.output.open_button.isVisible(), header.output.text.text()
    assert "ward 7" in out.read_text(encoding="utf-8")

    # nothing was searched yet: said, and no file appears
    header.output.written_wished.emit("csv", tmp_path / "cells.csv")
    qtbot.waitUntil(ended, timeout=RUN_MS)
    assert "no cells yet" in header.output.text.text()
    assert not (tmp_path / "cells.csv").exists()

    # what was labelled a moment ago is in the export, for it is on the disk
    from napari_dinobloom.study import Finding, Recipe, ReplaceCells

    picture = next(iter(study.pictures))
    first = study.reserve_cell_ids(2)
    cells = given_cells(picture, first)
    study.apply(ReplaceCells({picture: Finding(cells, Recipe("test"))}))
    label(study, first, "blast")
    header.output.written_wished.emit("csv", tmp_path / "cells.csv")
    qtbot.waitUntil(ended, timeout=RUN_MS)
    with (tmp_path / "cells.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["blast", ""]

    # stopped: no half of a file stays
    before = set(tmp_path.iterdir())
    header.output.written_wished.emit("report", tmp_path / "other.html")
    header.output.stop_button.click()
    qtbot.waitUntil(ended, timeout=RUN_MS)
    assert "Stopped" in header.output.text.text()
    assert set(tmp_path.iterdir()) == before
    commands.close()
    output.release()
    desk.close()
    desk.finish()


def given_cells(picture: int, first: int):
    """Two cells beside each other."""
    import numpy as np

    from napari_dinobloom.study import CellTable

    two, zeros = np.arange(2), np.zeros(2)
    return CellTable(
        cell_id=first + two,
        picture_id=np.full(2, picture),
        mask_label=zeros,
        kind=zeros,
        x=10.0 * two + 5,
        y=zeros + 5,
        left=10 * two,
        top=zeros,
        width=zeros + 10,
        height=zeros + 10,
        area_px=zeros + 100,
        nucleus_area_px=zeros + np.nan,
        score=zeros + 1,
        cut_by_border=zeros,
    )


def test_the_names_of_formats_are_those_of_the_command_line():
    from typing import get_args

    from napari_dinobloom.cli.export import Format
    from napari_dinobloom.gui.presenters.study import output_presenter

    assert set(output_presenter._IN_WORDS) == {"report", *get_args(Format)}


def test_a_name_without_ending_gets_one(qtbot, tmp_path: Path):
    from napari_dinobloom.gui.views.study.output_line import OutputLine

    line = OutputLine()
    qtbot.addWidget(line)
    asked = []
    line.written_wished.connect(lambda kind, path: asked.append((kind, path)))
    line._wish("csv", str(tmp_path / "cells"), ".csv")
    line._wish("masks", str(tmp_path), "")
    line._wish("csv", "", ".csv")
    assert asked == [("csv", tmp_path / "cells.csv"), ("masks", tmp_path)]
