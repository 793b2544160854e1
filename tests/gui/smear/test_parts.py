"""A huge picture on the canvas: its cells are those of the part that is seen."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.smear.field_presenter import FieldPresenter
from napari_dinobloom.gui.presenters.smear.parts import (
    MOST_PX,
    ZOOM_IN,
    covers,
    part_to_read,
)
from napari_dinobloom.imaging import contact_sheet, huge, read_picture
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    Selection,
    Slide,
    Study,
)

SHAPE = (9_000, 12_000)
VIEW = tuple[float, float, float, float]


@given(
    st.floats(-2_000, 9_000), st.floats(-2_000, 12_000), st.floats(10, 4_000),
    st.floats(10, 4_000),
)  # fmt: skip
def test_what_is_read_covers_what_is_seen(
    top: float, left: float, high: float, wide: float
) -> None:
    view = (top, left, top + high, left + wide)
    part = part_to_read(view, SHAPE)
    if max(high, wide) > MOST_PX:
        assert part is None
    elif part is not None:
        assert covers(part, view, SHAPE)
        assert 0 <= part[0] < part[2] <= SHAPE[0]
        assert 0 <= part[1] < part[3] <= SHAPE[1]
        assert (part[2] - part[0]) * (part[3] - part[1]) < (2 * MOST_PX) ** 2


class Canvas:
    """Keeps what it was given."""

    def __init__(self) -> None:
        self.scene, self.shown, self.centred = None, 0, []

    def prepare(self, scene):
        return scene.mask > 0

    def show_scene(self, scene, codes, looks, held, caption):
        self.scene = scene
        self.shown += 1

    def centre_on(self, row):
        self.centred.append(int(self.scene.cells.cell_id[row]))

    bring_into_view = centre_on

    def recolour(self, rows, codes): ...

    def hold(self, rows, held): ...

    def mark(self, current, pointed): ...

    def clear(self):
        self.scene = None


class LoadNow:
    def load(self, job, done, failed):
        done(job())

    def forget(self): ...


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A slide of 9,000 × 12,000 pixels with a cell every 500."""
    monkeypatch.setattr(huge, "HUGE_PIXELS", 1_000_000)
    study = Study(author="tester")
    path = tmp_path / "slide.tif"
    path.touch()
    picture = Picture(1, "s", path, SHAPE[1], SHAPE[0])
    study.apply(ChangeSlides({"s": Slide("s")}, {1: picture}))
    y, x = (grid.ravel() for grid in np.mgrid[250:9000:500, 250:12000:500])
    n = len(y)
    mask = np.zeros(SHAPE, np.int32)
    for k, (row, column) in enumerate(zip(y, x, strict=True)):
        mask[row - 10 : row + 10, column - 10 : column + 10] = k + 1
    twenty = np.full(n, 20)
    first, ones, numbers = study.reserve_cell_ids(n), np.ones(n), np.arange(1, n + 1)
    cells = CellTable(
        np.arange(first, first + n), ones, numbers, 0 * ones, x, y, x - 10, y - 10,
        twenty, twenty, twenty**2, np.nan * ones, ones, 0 * ones,
    )  # fmt: skip
    name = study.save_masks(1, mask, np.zeros_like(mask))
    study.apply(ReplaceCells({1: Finding(cells, Recipe("test"), mask_file=name)}))
    return study


@pytest.fixture
def field(study: Study, desk_with):
    desk = desk_with(study, is_open=False)
    canvas, selection = Canvas(), Selection()
    pixels = np.zeros((*SHAPE, 3), np.uint8)
    levels = [pixels, pixels[::8, ::8]]
    presenter = FieldPresenter(
        desk,
        canvas,
        LoadNow(),
        roster=Roster(desk, later=lambda call: call),
        selection=selection,
        read=lambda path: read_picture(path).rgb,
        arrange=partial(contact_sheet, gap=12),
        later=lambda call: call,
        read_levels=lambda _: levels,
    )
    desk.open(Path("x.study"))
    presenter.test_canvas, presenter.test_selection = canvas, selection
    return presenter


def test_a_slide_seen_as_a_whole_asks_to_zoom_in(field: FieldPresenter) -> None:
    scene = field.test_canvas.scene
    assert len(scene.levels) == 2
    assert not len(scene.cells)
    assert field.state.problem == ZOOM_IN
    field.view_moved((0, 0, 9000, 12000))
    assert field.test_canvas.shown == 1


def test_the_cells_in_view_can_be_pointed_at_and_taken(field: FieldPresenter) -> None:
    field.view_moved((4000, 6000, 5000, 7500))
    scene = field.test_canvas.scene
    assert field.state.problem == ""
    assert len(scene.cells) >= 6
    for row in range(len(scene.cells)):
        y, x = float(scene.cells.y[row]), float(scene.cells.x[row])
        assert scene.row_at(y, x) == row
        assert scene.row_at(y + 30, x) is None
    field.hand.take_box((4000, 6000), (5000, 7000))
    assert len(field.test_selection) == 4
    shown = field.test_canvas.shown
    field.view_moved((4050, 6100, 5050, 7600))
    assert field.test_canvas.shown == shown, "a small move reads nothing"
    field.view_moved((7000, 9000, 8000, 10500))
    assert field.test_canvas.shown == shown + 1
    field.view_moved((0, 0, 9000, 12000))
    assert not len(field.test_canvas.scene.cells)


def test_going_to_a_cell_reads_the_part_round_it(
    field: FieldPresenter, study: Study
) -> None:
    for cell_id in (1, int(study.cells.cell_id[-1]), int(study.cells.cell_id[200])):
        field.go_to(cell_id)
        assert field.test_canvas.centred[-1] == cell_id
        assert cell_id in field.test_canvas.scene.cells.cell_id
