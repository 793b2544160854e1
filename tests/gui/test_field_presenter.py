"""Which field is shown, and how its cells are coloured."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.gui.presenters.field_presenter import FieldPresenter
from napari_dinobloom.gui.presenters.palette import Palette
from napari_dinobloom.imaging import contact_sheet, read_picture
from napari_dinobloom.study import (
    CELL_KINDS,
    Predictions,
    Recipe,
    Rows,
    SetTaxonomy,
    Study,
    Taxonomy,
    set_element,
)


class FakeCanvas:
    def __init__(self) -> None:
        self.scene = None
        self.codes = np.empty(0)
        self.recoloured: list[list[int]] = []
        self.shown = 0
        self.centred: list[int] = []

    def prepare(self, mask):
        return mask > 0

    def show_scene(self, scene, codes, colours, bold, caption):
        self.scene, self.codes, self.caption = scene, codes, caption
        self.shown += 1

    def recolour(self, rows, codes):
        self.recoloured.append(rows.tolist())
        self.codes[rows] = codes

    def centre_on(self, row):
        self.centred.append(int(self.scene.cells.cell_id[row]))

    def clear(self):
        self.scene = None


class LoadNow:
    """Loads at once, on this thread."""

    def load(self, job, done, failed):
        try:
            scene = job()
        except BadInputError as error:
            failed(error)
        else:
            done(scene)

    def forget(self):
        pass


def read(path: Path) -> np.ndarray:
    return read_picture(path).rgb


@pytest.fixture
def canvas() -> FakeCanvas:
    return FakeCanvas()


@pytest.fixture
def show(canvas, desk_with):
    def make(study: Study) -> FieldPresenter:
        desk = desk_with(study, is_open=False)
        presenter = FieldPresenter(
            desk,
            canvas,
            LoadNow(),
            read=read,
            arrange=partial(contact_sheet, gap=12),
            later=lambda call: call,
        )
        desk.open(Path("x.study"))
        canvas.desk = desk
        return presenter

    return make


def test_the_first_field_is_shown_when_a_study_opens(show, canvas, make_study):
    presenter = show(make_study(fields=2))
    assert canvas.scene.picture_ids == (1,)
    assert presenter.state.caption == "field 1 of 2 · slide 0"
    assert presenter.state.n_cells == 3


def test_paging_goes_on_with_the_next_slide_and_back(show, canvas, make_study):
    presenter = show(make_study(slides=2, fields=2))
    seen = [canvas.scene.picture_ids]
    for by in (1, 1, 1, 1, -1, -1, -1, -1):
        presenter.step(by)
        seen.append(canvas.scene.picture_ids)
    assert [ids[0] for ids in seen] == [1, 2, 3, 4, 4, 3, 2, 1, 1]


def test_going_to_a_cell_shows_its_field_with_the_cell_in_the_middle(
    show, canvas, make_study
):
    presenter = show(make_study(slides=2, fields=2))
    presenter.go_to(11)
    assert canvas.scene.picture_ids == (4,)
    assert presenter.state.slide == "slide 1"
    assert canvas.centred == [11]
    shown = canvas.shown
    presenter.go_to(12)
    assert canvas.centred == [11, 12]
    assert canvas.shown == shown, "the field was on show and is not read again"


def test_going_to_a_cell_keeps_the_contact_sheet(show, canvas, make_study):
    presenter = show(make_study(slides=2, fields=2))
    presenter.show_sheet(True)
    presenter.go_to(11)
    assert canvas.scene.picture_ids == (3, 4)
    assert presenter.state.sheet
    assert canvas.centred == [11]


def test_going_to_a_cell_that_is_gone_changes_nothing(show, canvas, make_study):
    presenter = show(make_study(fields=2))
    presenter.go_to(999)
    assert canvas.scene.picture_ids == (1,)
    assert canvas.centred == []


def test_a_contact_sheet_shows_every_cell_where_it_lies(show, canvas, make_study):
    presenter = show(make_study(fields=5))
    presenter.show_sheet(True)
    scene = canvas.scene
    assert scene.picture_ids == (1, 2, 3, 4, 5)
    assert len(scene.cells) == 15
    for row in range(len(scene.cells)):
        cells = scene.cells
        y, x = cells.y[row] - 0.5, cells.x[row] - 0.5
        assert scene.row_at(y, x) == row
        number = int(cells.picture_id[row])
        assert scene.rgb[int(y), int(x), 0] == 10 * number
    presenter.show_sheet(False)
    assert canvas.scene.picture_ids == (1,)


def test_a_label_recolours_its_cell_and_no_other(show, canvas, make_study, label):
    study = make_study()
    show(study)
    before = canvas.codes.copy()
    label(study, 2, "blast")
    shown = canvas.shown
    label(study, 3, "blast")
    assert canvas.recoloured[-1] == [2]
    assert canvas.shown == shown
    assert canvas.codes[0] == before[0]
    assert canvas.codes[1] == canvas.codes[2]
    assert canvas.codes[1] != before[1]


def test_a_missing_file_is_a_message(show, canvas, make_study):
    presenter = show(make_study(write=False))
    assert canvas.scene is None
    assert "slide-0-field-0.png" in presenter.state.problem


def test_a_missing_file_leaves_its_place_on_the_sheet_empty(
    show, canvas, make_study, tmp_path
):
    study = make_study(fields=3)
    (tmp_path / "slide-0-field-1.png").unlink()
    presenter = show(study)
    presenter.show_sheet(True)
    assert set(canvas.scene.cells.picture_id.tolist()) == {1, 3}
    assert "slide-0-field-1.png" in presenter.state.problem


def test_cells_found_meanwhile_appear(show, canvas, make_study, search_picture):
    study = make_study(kinds=())
    show(study)
    assert len(canvas.scene.cells) == 0
    search_picture(study, 1, ("wbc", "platelet"))
    assert len(canvas.scene.cells) == 2


def test_the_cell_under_the_mouse_is_described(show, make_study, label):
    study = make_study()
    presenter = show(study)
    label(study, 1, "blast")
    rows = Rows(np.array([1, 2]), np.array([[0.2, 0.8], [0.9, 0.1]]))
    study.apply(set_element(Predictions("knn", ("blast", "band"), rows, Recipe("knn"))))
    assert (
        presenter.describe(5, 5)
        == "Cell 1 · white cell · labelled blast · predicted band (80%)"
    )
    assert "not labelled · predicted blast (90%)" in presenter.describe(5, 15)
    assert presenter.describe(40, 40) == ""
    assert presenter.describe(-3, 500) == ""


def test_a_label_counts_more_than_a_prediction_and_that_more_than_the_kind(
    make_study, label
):
    study = make_study(kinds=("wbc", "wbc", "rbc"))
    label(study, 1, "blast")
    rows = Rows(np.array([1, 2]), np.array([[0.1, 0.9], [0.9, 0.1]]))
    study.apply(SetTaxonomy(Taxonomy().extended(("blast", "band"))))
    predictions = Predictions("knn", ("blast", "band"), rows, Recipe("knn"))
    palette = Palette(study.taxonomy)
    codes = palette.codes_of(study, study.cells, predictions)
    sources = [(e.source, e.name, e.count) for e in palette.legend(codes)]
    assert sources == [
        ("labelled", "blast", 1),
        ("predicted", "blast", 1),
        ("kind", "red cell", 1),
    ]
    colours = palette.colours()
    assert colours[int(codes[0])][:3] == colours[int(codes[1])][:3]
    assert colours[int(codes[0])][3] > colours[int(codes[1])][3]


def test_many_classes_still_get_a_code_each():
    taxonomy = Taxonomy().extended(f"class {i}" for i in range(200))
    palette = Palette(taxonomy)
    assert palette.dtype is np.uint16
    assert len(palette.colours()) == 1 + len(CELL_KINDS) + 400


def test_closing_the_study_clears_the_canvas(show, canvas, make_study):
    presenter = show(make_study())
    canvas.desk.close()
    assert canvas.scene is None
    assert presenter.state.caption == ""
