"""Which field is shown, and how its cells are coloured."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.smear.field_presenter import FieldPresenter
from napari_dinobloom.gui.presenters.smear.palette import Palette
from napari_dinobloom.imaging import contact_sheet, read_picture
from napari_dinobloom.study import (
    CELL_KINDS,
    Selection,
    SetTaxonomy,
    Study,
    Taxonomy,
)
from napari_dinobloom.workflows.label_cells import mark_unsure


class FakeCanvas:
    def __init__(self) -> None:
        self.scene = None
        self.codes = np.empty(0)
        self.recoloured: list[list[int]] = []
        self.held: list[list[int]] = []
        self.marked: tuple[int | None, int | None] = (None, None)
        self.shown = 0
        self.centred: list[int] = []
        self.brought: list[int] = []

    def prepare(self, scene):
        return scene.mask > 0

    def show_scene(self, scene, codes, looks, held, caption):
        self.scene, self.codes, self.caption = scene, codes.copy(), caption
        self.in_hand = scene.cells.cell_id[held].tolist()
        self.shown += 1

    def recolour(self, rows, codes):
        self.recoloured.append(rows.tolist())
        self.codes[rows] = codes

    def centre_on(self, row):
        self.centred.append(int(self.scene.cells.cell_id[row]))

    def bring_into_view(self, row):
        self.brought.append(int(self.scene.cells.cell_id[row]))

    def hold(self, rows, held):
        self.held.append(rows.tolist())
        ids = self.scene.cells.cell_id[rows]
        kept = set(self.in_hand) - set(ids[~held].tolist())
        self.in_hand = sorted(kept | set(ids[held].tolist()))

    def mark(self, current, pointed):
        ids = self.scene.cells.cell_id
        rows = (current, pointed)
        self.marked = tuple(None if r is None else int(ids[r]) for r in rows)

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


class LoadSlowly:
    """Loads what was wished for last, when it is told to."""

    def __init__(self) -> None:
        self.wished = []

    def load(self, job, done, failed):
        self.wished.append((job, done))

    def forget(self):
        self.wished.clear()

    def arrive(self):
        job, done = self.wished[-1]
        self.wished.clear()
        done(job())


def read(path: Path) -> np.ndarray:
    return read_picture(path).rgb


@pytest.fixture
def canvas() -> FakeCanvas:
    return FakeCanvas()


@pytest.fixture
def show(canvas, desk_with):
    def make(study: Study, loader=None) -> FieldPresenter:
        desk = desk_with(study, is_open=False)
        canvas.selection = Selection()
        canvas.roster = Roster(desk, later=lambda call: call)
        presenter = FieldPresenter(
            desk,
            canvas,
            loader or LoadNow(),
            roster=canvas.roster,
            selection=canvas.selection,
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


def test_back_at_a_cell_before_the_next_field_is_read_its_own_field_stays(
    show, canvas, make_study
):
    loader = LoadSlowly()
    presenter = show(make_study(fields=2), loader)
    loader.arrive()
    presenter.show_cell(4)  # labelled the last of the first field, …
    presenter.show_cell(3)  # … and taken it back at once
    loader.arrive()
    assert canvas.scene.picture_ids == (1,)
    assert presenter.state.page == 0
    assert canvas.brought[-1] == 3
    assert loader.wished == []


def test_a_cell_is_awaited_until_its_field_is_on_show(show, make_study):
    loader = LoadSlowly()
    presenter = show(make_study(fields=2), loader)
    loader.arrive()
    presenter.show_cell(2)
    assert not presenter.awaits(2)
    presenter.show_cell(4)
    assert presenter.awaits(4)
    loader.arrive()
    assert not presenter.awaits(4)


def test_going_to_cells_of_a_field_that_is_read_does_not_read_it_again(
    show, canvas, make_study
):
    loader = LoadSlowly()
    presenter = show(make_study(fields=2), loader)
    loader.arrive()
    presenter.show_cell(4)
    presenter.show_cell(5)
    assert len(loader.wished) == 1
    loader.arrive()
    assert canvas.brought == [5]


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


def predict(roster: Roster, said: dict[int, tuple[str, float]]) -> None:
    """As the live classifier says it."""
    rows = roster.rows_of(np.array(list(said)))
    codes = np.array([roster.class_names.index(name) for name, _ in said.values()])
    roster.set_predictions(rows, codes, np.array([c for _, c in said.values()]), 3, 3)


def test_the_cell_under_the_mouse_is_described(show, canvas, make_study, label):
    study = make_study()
    study.apply(SetTaxonomy(Taxonomy().extended(("blast", "band"))))
    presenter = show(study)
    label(study, 1, "blast")
    predict(canvas.roster, {1: ("band", 0.8), 2: ("blast", 0.9)})
    assert presenter.describe(5, 5) == (
        "Cell 1 · white cell · labelled blast · "
        "predicted band (3 of 3 nearest labelled cells)"
    )
    assert "not labelled · predicted blast (3 of 3" in presenter.describe(5, 15)
    mark_unsure(study, [2])
    assert "not labelled · marked unsure · predicted" in presenter.describe(5, 15)
    assert presenter.describe(40, 40) == ""
    assert presenter.describe(-3, 500) == ""


def test_a_label_counts_more_than_a_prediction_and_that_more_than_the_kind():
    palette = Palette({"blast": "#228833", "band": "#AA3377"})
    kind = np.array([0, 0, 1, 0])
    label, predicted = np.array([0, -1, -1, 1]), np.array([1, 0, -1, -1])
    unsure = np.array([False, False, False, True])
    codes = palette.codes_of(kind, label, predicted, unsure)
    entries = palette.legend(codes)
    assert [(e.source, e.name, e.count) for e in entries] == [
        ("labelled", "blast", 1),
        ("labelled", "band", 1),
        ("predicted", "blast", 1),
        ("kind", "red cell", 1),
        ("unsure", "Marked unsure", 1),
    ]
    colours = palette.colours()
    assert colours[int(codes[0])][:3] == colours[int(codes[1])][:3]
    assert colours[int(codes[0])][3] > colours[int(codes[1])][3]
    assert palette.dashed()[codes].tolist() == unsure.tolist()
    assert palette.bold()[codes].tolist() == [True, False, False, True]


def test_many_classes_still_get_a_code_each():
    palette = Palette({f"class {i}": "#228833" for i in range(200)})
    assert len(palette.colours()) == 2 * (1 + len(CELL_KINDS) + 400)


def test_predictions_colour_the_cells_they_change_and_no_other(
    show, canvas, make_study
):
    study = make_study(fields=2)
    study.apply(SetTaxonomy(Taxonomy().extended(("blast", "band"))))
    show(study)
    shown = canvas.shown
    predict(canvas.roster, {2: ("band", 0.8), 5: ("blast", 0.9)})
    assert canvas.recoloured == [[1]]
    predict(canvas.roster, {2: ("band", 0.7)})
    assert canvas.recoloured == [[1]], "the colour is the same"
    assert canvas.shown == shown


def test_only_cells_that_come_in_hand_or_leave_it_are_drawn(show, canvas, make_study):
    show(make_study(fields=2))
    hand = canvas.selection
    hand.take([1, 2, 6])
    hand.take([2, 3])
    assert canvas.held == [[0, 1], [0, 2]]
    assert canvas.in_hand == [2, 3]


def test_cells_in_hand_are_still_so_on_the_next_field(show, canvas, make_study):
    presenter = show(make_study(fields=2))
    canvas.selection.take([5])
    presenter.step(1)
    assert canvas.in_hand == [5]


def test_a_cell_pointed_at_elsewhere_is_marked_while_it_is_on_show(
    show, canvas, make_study
):
    presenter = show(make_study(fields=2))
    canvas.selection.point_at(2)
    assert canvas.marked == (None, 2)
    canvas.selection.point_at(5)
    assert canvas.marked == (None, None)
    presenter.go_to(4)
    assert canvas.marked == (4, 5)


def test_a_click_takes_one_cell_and_beside_cells_puts_all_away(
    show, canvas, make_study
):
    hand = show(make_study()).hand
    selection = canvas.selection
    hand.click((5, 15))
    assert selection.ids.tolist() == [2]
    assert selection.current == 2
    hand.click((5, 25), "add")
    assert selection.ids.tolist() == [2, 3]
    assert selection.current == 3
    hand.click((5, 25), "toggle")
    assert selection.ids.tolist() == [2]
    hand.click((40, 40), "add")
    assert selection.ids.tolist() == [2]
    hand.click((40, 40))
    hand.click(None)
    assert len(selection) == 0


def test_a_box_takes_the_cells_whose_centre_it_holds(show, canvas, make_study):
    hand = show(make_study()).hand
    hand.take_box((20, 28), (-3, 12))
    assert canvas.selection.ids.tolist() == [2, 3]
    hand.take_box((0, 0), (9, 9), "add")
    assert canvas.selection.ids.tolist() == [1, 2, 3]


def test_kinds_hidden_in_the_legend_are_neither_drawn_nor_taken(
    show, canvas, make_study
):
    presenter = show(make_study())
    presenter.marks.hide("kind", "red cell", True)
    assert canvas.codes[1:].tolist() == [0, 0]
    hidden = {e.name: (e.hidden, e.count) for e in presenter.state.legend}
    assert hidden == {"white cell": (False, 1), "red cell": (True, 2)}
    presenter.hand.take_box((0, 0), (60, 60))
    assert canvas.selection.ids.tolist() == [1]
    presenter.hand.click((5, 15), "add")
    assert canvas.selection.ids.tolist() == [1]
    assert presenter.describe(5, 15) == ""
    presenter.marks.hide("kind", "red cell", False)
    assert (canvas.codes > 0).all()


def test_pointing_at_a_cell_tells_map_and_gallery(show, canvas, make_study):
    hand = show(make_study()).hand
    hand.point((5, 15))
    assert canvas.selection.pointed == 2
    hand.point(None)
    assert canvas.selection.pointed is None


def test_a_cell_without_a_mask_is_hit_anywhere_in_its_frame(
    show, canvas, make_study, monkeypatch
):
    study = make_study(kinds=("cell",))
    monkeypatch.setattr(study, "mask_loader", lambda number: None)
    hand = show(study).hand
    hand.click((5, 5))
    assert canvas.selection.ids.tolist() == [1]


def test_closing_the_study_clears_the_canvas(show, canvas, make_study):
    presenter = show(make_study())
    canvas.desk.close()
    assert canvas.scene is None
    assert presenter.state.caption == ""
