"""Masks from elsewhere: the question, the answer, and what is said in the end."""

import json

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.core import run
from napari_dinobloom.core.label_images import write_label_image
from napari_dinobloom.gui.presenters.study.masks_presenter import MasksPresenter


class FakeView:
    import_wished = Signal(object, bool, bool, object)
    offered = Signal(object)

    def __init__(self) -> None:
        self.asked, self.report, self.errors = None, [], []

    def ask_about(self, files, shown):
        self.asked = (list(files), shown)

    def show_report(self, lines):
        self.report = list(lines)

    def show_error(self, what, remedy):
        self.errors.append((what, remedy))


def do(study, steps):
    for step in steps:
        run(step(study), study)


@pytest.fixture
def view() -> FakeView:
    return FakeView()


def present(desk, view, run=do, shown=None):
    return MasksPresenter(desk, view, run=run, shown=lambda: shown)


def labels_of(path, n=2):
    labels = np.zeros((60, 60), np.int32)
    for i in range(n):
        labels[20:30, 10 * i : 10 * i + 8] = i + 1
    write_label_image(path, labels, None)
    path.with_suffix(".csv").write_text("label,class\n1,wbc\n2,Lymphocyte\n")
    return path


def test_masks_replace_the_cells_and_what_was_taken_for_what_is_said(
    view, desk_with, make_study, tmp_path
):
    study = make_study()
    presenter = present(desk_with(study), view, shown=1)
    file = labels_of(tmp_path / "other.tif")
    view.offered.emit([file])
    assert view.asked == ([file], "slide-0-field-0.png")
    view.import_wished.emit((file,), True, True, None)
    assert view.report[0] == "2 cells in 1 picture, in place of 3."
    assert "1 cell “Lymphocyte”: white cell (its name)." in view.report
    assert "Find and describe" in view.report[-1]
    assert list(study.labels.labels().values()) == ["Lymphocyte"]
    presenter.release()


def test_masks_of_no_picture_are_an_error_in_words(
    view, desk_with, make_study, tmp_path
):
    study = make_study()
    presenter = present(desk_with(study), view)
    file = labels_of(tmp_path / "other.tif")
    view.import_wished.emit((file,), False, False, None)
    assert "no picture called like 'other.tif'" in view.errors[-1][0]
    assert len(study.cells) == 3
    file.write_bytes(b"")
    view.import_wished.emit((file,), True, False, None)  # nothing is on the canvas
    table = tmp_path / "kinds.csv"
    table.write_text("a,b\n1,2\n")
    view.import_wished.emit((file,), False, False, table)
    assert "It needs `name` and `kind`" in view.errors[-1][1]
    presenter.release()


def test_without_pictures_or_beside_another_run_nothing_is_read(
    view, desk_with, make_study, tmp_path
):
    def busy(study, steps):
        raise RuntimeError

    desk = desk_with(make_study(), is_open=False)
    presenter = present(desk, view, run=busy)
    view.offered.emit([tmp_path / "a.geojson"])
    assert "no picture is here yet" in view.errors[-1][0]
    desk.open(tmp_path / "x.study")
    view.import_wished.emit((tmp_path / "a.geojson",), False, False, None)
    assert "another run" in view.errors[-1][0]
    presenter.release()


def test_the_attributes_of_an_ome_zarr_stand_for_its_folder(
    view, desk_with, make_study, tmp_path
):
    presenter = present(desk_with(make_study()), view)
    store = tmp_path / "a.zarr"
    store.mkdir()
    (store / "zarr.json").write_text(json.dumps({}))
    view.offered.emit([store / "zarr.json"])
    assert view.asked[0] == [store]
    presenter.release()
