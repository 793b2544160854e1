"""Open, close, undo, and what is remembered: no window needed."""

from pathlib import Path

import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.recents import MOST, RecentStudies
from napari_dinobloom.gui.presenters.study.study_presenter import (
    StudyPresenter,
    study_folder_for,
)
from napari_dinobloom.storage import create_study, open_study


class FakeView:
    open_wished = Signal(object)
    create_wished = Signal(object)
    close_wished = Signal()
    undo_wished = Signal()
    redo_wished = Signal()

    def __init__(self) -> None:
        self.shown: tuple[str, ...] = ()
        self.recent: list[Path] = []
        self.history = ("", "")
        self.errors: list[str] = []

    def show_study(self, name, folder, read_only):
        self.shown = (name, folder, read_only)

    def show_no_study(self, recent):
        self.shown, self.recent = (), list(recent)

    def show_history(self, undo, redo):
        self.history = (undo, redo)

    def show_error(self, what, remedy):
        self.errors.append(what)


@pytest.fixture
def view() -> FakeView:
    return FakeView()


@pytest.fixture
def desk() -> Desk:
    return Desk(open_study, create_study)


@pytest.fixture
def presenter(desk: Desk, view: FakeView, tmp_path: Path) -> StudyPresenter:
    return StudyPresenter(desk, view, RecentStudies(tmp_path / "recent.json"))


def test_a_new_study_gets_the_ending_that_marks_it(presenter, desk, view, tmp_path):
    view.create_wished.emit(tmp_path / "ward")
    assert desk.folder == tmp_path / "ward.study"
    assert view.shown[0] == "ward"
    desk.close()


def test_closing_lets_somebody_else_write(presenter, desk, view, tmp_path):
    view.create_wished.emit(tmp_path / "a.study")
    with open_study(tmp_path / "a.study") as second:
        assert second.read_only
    view.close_wished.emit()
    assert view.shown == ()
    with open_study(tmp_path / "a.study") as second:
        assert not second.read_only


def test_opening_another_study_closes_the_first(presenter, desk, view, tmp_path):
    view.create_wished.emit(tmp_path / "a.study")
    view.create_wished.emit(tmp_path / "b.study")
    with open_study(tmp_path / "a.study") as freed:
        assert not freed.read_only
    assert view.shown[0] == "b"
    desk.close()


def test_a_folder_that_is_no_study_is_explained(presenter, desk, view, tmp_path):
    (tmp_path / "pictures").mkdir()
    view.open_wished.emit(tmp_path / "pictures")
    assert len(view.errors) == 1
    assert desk.study is None


def test_a_study_that_cannot_be_opened_leaves_the_open_one_open(
    presenter, desk, view, tmp_path
):
    view.create_wished.emit(tmp_path / "a.study")
    view.open_wished.emit(tmp_path / "missing.study")
    assert view.errors
    assert desk.folder == tmp_path / "a.study"
    desk.close()


def test_undo_says_what_it_would_undo(view, desk_with, make_study, label, tmp_path):
    study = make_study()
    recents = RecentStudies(tmp_path / "r.json")
    presenter = StudyPresenter(desk_with(study), view, recents)
    label(study, 1, "blast")
    assert view.history[0] == "label 1 cell blast"
    view.undo_wished.emit()
    assert study.labels.label_of(1) is None
    assert view.history[1] == "label 1 cell blast"
    view.redo_wished.emit()
    assert study.labels.label_of(1) == "blast"
    presenter.release()


def test_recent_studies_survive_and_vanished_ones_are_left_out(tmp_path):
    folders = [tmp_path / f"{i}.study" for i in range(MOST + 2)]
    for folder in folders:
        folder.mkdir()
        RecentStudies(tmp_path / "r.json").remember(folder)
    folders[-1].rmdir()
    kept = RecentStudies(tmp_path / "r.json").folders()
    assert kept[0] == folders[-2].resolve()
    assert len(kept) == MOST - 1


def test_a_damaged_list_of_recent_studies_is_an_empty_one(tmp_path):
    (tmp_path / "r.json").write_text("{not json")
    assert RecentStudies(tmp_path / "r.json").folders() == []


def test_the_study_is_offered_beside_its_pictures(tmp_path):
    (tmp_path / "smears").mkdir()
    picture = tmp_path / "smears" / "a.png"
    picture.touch()
    expected = tmp_path / "smears.study"
    assert study_folder_for([tmp_path / "smears"]) == expected
    assert study_folder_for([picture]) == expected


def test_a_study_of_pictures_on_a_disc_is_proposed_where_one_can_write(
    monkeypatch, tmp_path
):
    # root, as whom tests may run, may write everywhere
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path)
    (tmp_path / "smears").mkdir()
    proposed = study_folder_for([tmp_path / "smears"])
    assert proposed == Path.home() / "smears.study"


def test_a_released_presenter_hears_nothing_more(presenter, desk, view, tmp_path):
    presenter.release()
    desk.create(tmp_path / "a.study")
    assert view.shown == ()
    desk.close()
