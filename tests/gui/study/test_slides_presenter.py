"""The table of slides and what adding pictures means."""

from pathlib import Path

import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.study.slides_presenter import (
    Addition,
    SlidesPresenter,
)


class FakeView:
    add_wished = Signal(object)
    slide_chosen = Signal(str)
    offered = Signal(object)

    def __init__(self) -> None:
        self.rows, self.total, self.errors = [], "", []
        self.asked_about: list[Path] = []
        self.remedy = ""
        self.answer: Path | None = None
        self.suggested: Path | None = None

    def show_slides(self, rows, total):
        self.rows, self.total = list(rows), total

    def ask_for_folder(self, suggestion):
        self.suggested = suggestion
        return self.answer

    def ask_about(self, paths):
        self.asked_about = list(paths)

    def show_error(self, what, remedy):
        if what:
            self.errors.append(what)
        self.remedy = remedy


@pytest.fixture
def view() -> FakeView:
    return FakeView()


@pytest.fixture
def present(view):
    ran: list = []

    def make(desk, run=lambda study, steps: None):
        def remember(study, steps):
            run(study, steps)
            ran.extend(step(study) for step in steps)

        presenter = SlidesPresenter(
            desk,
            view,
            run=remember,
            show_slide=lambda name: None,
            create=desk.create,
            later=lambda call: call,
        )
        presenter.ran = ran
        return presenter

    return make


def test_each_slide_has_its_numbers(present, view, desk_with, make_study):
    presenter = present(desk_with(make_study(slides=2, fields=2)))
    row = view.rows[0]
    assert (row.name, row.pictures, row.white, row.red) == ("slide 0", 2, 2, 4)
    assert row.state == "searched"
    assert view.total == "2 slides · 4 pictures · 4 white cells · 8 red cells"
    presenter.release()


@pytest.mark.parametrize(
    ("kinds", "counted"),
    [(("cell",), " · 2 single cells"), (("wbc",), " · 2 white cells"), ((), "")],
)
def test_kinds_of_cells_that_the_study_lacks_are_not_counted(
    present, view, desk_with, make_study, kinds, counted
):
    presenter = present(desk_with(make_study(fields=2, kinds=kinds)))
    assert view.rows[0].single == (2 if kinds == ("cell",) else 0)
    assert view.total == f"1 slide · 2 pictures{counted}"
    presenter.release()


def test_the_state_says_how_far_the_search_has_come(
    present, view, desk_with, make_study, search_picture, tmp_path
):
    study = make_study(fields=3, kinds=())
    presenter = present(desk_with(study))
    assert view.rows[0].state == "not searched"
    search_picture(study, 1, ("wbc",))
    assert view.rows[0].state == "1 of 3 searched"
    study.note_failures("segment", {str(study.pictures[2].path): "damaged"})
    assert view.rows[0].state == "1 of 3 searched, 1 unreadable"
    search_picture(study, 3, ("wbc",))
    assert view.rows[0].state == "searched, 1 unreadable"
    presenter.release()


def test_without_a_study_a_place_beside_the_pictures_is_offered(
    present, view, desk_with, make_study, tmp_path
):
    desk = desk_with(make_study(), is_open=False)
    presenter = present(desk)
    folder = tmp_path / "ward 3"
    folder.mkdir()
    view.add_wished.emit(Addition((folder,)))
    assert view.suggested == tmp_path / "ward 3.study"
    assert desk.study is None  # the person thought better of it
    view.answer = view.suggested
    view.add_wished.emit(Addition((folder,)))
    assert desk.folder == tmp_path / "ward 3.study"
    assert len(presenter.ran) == 1
    presenter.release()


def test_what_was_answered_reaches_the_task(present, view, desk_with, make_study):
    presenter = present(desk_with(make_study()))
    view.add_wished.emit(
        Addition((Path("a"),), single_cells=True, labels_from_folders=True)
    )
    task = presenter.ran[0]
    assert task.kind == "cell"
    assert task.labels_from_folders
    presenter.release()


def test_adding_during_a_run_is_refused_in_words(present, view, desk_with, make_study):
    def busy(study, steps):
        raise RuntimeError

    presenter = present(desk_with(make_study()), busy)
    view.add_wished.emit(Addition((Path("a"),)))
    assert "another run" in view.errors[0]
    presenter.release()


def test_what_is_no_picture_is_not_asked_about_and_said_to_be_none(
    present, view, desk_with, make_study, tmp_path
):
    present(desk_with(make_study(write=False), is_open=False))
    text, picture = tmp_path / "notes.txt", tmp_path / "one.png"
    text.write_text("cell counts")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(8))
    view.offered.emit([text, picture])
    assert view.asked_about == [picture]
    assert "notes.txt cannot be added. The file is not a picture" in view.errors[-1]
    assert "Drop pictures (PNG" in view.remedy
    view.asked_about = []
    view.offered.emit([text])
    assert view.asked_about == []
    view.offered.emit([picture])
    assert view.remedy == ""
