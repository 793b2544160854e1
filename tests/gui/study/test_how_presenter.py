"""How cells are found: sliders, a preview of what is in view, and what is kept."""

from dataclasses import replace

import numpy as np
import pytest
from psygnal import Signal

from napari_dinobloom.gui.presenters.smear.scene import Scene
from napari_dinobloom.gui.presenters.study.how_presenter import NO_FIELD, HowPresenter
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    Finding,
    Recipe,
    ReplaceCells,
)
from napari_dinobloom.workflows.preview_cells import (
    MOST_PIXELS,
    PreviewCells,
    last_parameters,
    part_to_search,
)


class FakeView:
    moved = Signal()
    preview_wished = Signal(bool)
    segmenter_chosen = Signal(str)

    def __init__(self) -> None:
        self.offered, self.set, self.said, self.previewing = (), {}, "", False

    def offer(self, parameters):
        self.offered = [p.name for p in parameters]

    def set_values(self, values):
        self.set = dict(values)

    def values(self):
        return self.set

    def show_ruler(self, pixels_have_a_size):
        self.ruler = pixels_have_a_size

    def set_previewing(self, on):
        self.previewing = on

    def show_said(self, text):
        self.said = text


class FakeCanvas:
    moved = Signal()

    def __init__(self) -> None:
        self.box, self.shown, self.cleared = (0, 0, 240, 320), [], 0

    def seen(self):
        return self.box

    def show(self, found, pixel_size_um):
        self.shown.append(found)

    def clear(self):
        self.cleared += 1


class Field:
    changed = Signal(object)


class Jobs:
    """Searches that are answered when the test says so."""

    def __init__(self) -> None:
        self.waiting = []

    def submit(self, job, done, failed):
        ticket = Ticket()
        self.waiting.append((ticket, job, done, failed))
        return ticket

    def answer(self):
        for ticket, job, done, failed in self.waiting:
            if ticket.cancelled:
                continue
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - as the worker does
                failed(error)
            else:
                done(result)
        self.waiting.clear()


class Ticket:
    cancelled = False

    def cancel(self):
        self.cancelled = True


@pytest.fixture(scope="module")
def scene() -> Scene:
    field = make_field("lilac", "healthy", seed=1, size_px=(320, 240))
    empty = CellTable.empty()
    return Scene(field.rgb, np.zeros((240, 320), np.int32), empty, (1,))


@pytest.fixture
def made(desk_with, make_study, scene):
    view, canvas, jobs, field = FakeView(), FakeCanvas(), Jobs(), Field()
    desk = desk_with(make_study(fields=2, kinds=()))
    shown = [scene]
    presenter = HowPresenter(
        desk,
        view,
        view,
        canvas,
        shown=lambda: shown[0],
        field_changed=field.changed,
        submit=jobs.submit,
        later=lambda call: call,
    )
    view.segmenter_chosen.emit("smear")
    yield view, canvas, jobs, field, desk, shown
    presenter.release()


def test_the_preview_counts_what_is_in_view_and_leaves_the_study_alone(made):
    view, canvas, jobs, _, desk, _ = made
    assert "sensitivity" in view.offered
    view.preview_wished.emit(True)
    assert view.previewing
    jobs.answer()
    (found,) = canvas.shown
    assert "red cell" in view.said
    assert view.said.endswith("in view.")
    assert len(found.kinds) == found.labels.max() > 5
    assert len(desk.study.cells) == 0
    assert not desk.study.undo_summary or "find" not in desk.study.undo_summary


def test_a_slider_the_camera_and_another_field_drop_the_search_under_way(made):
    view, canvas, jobs, field, _, _ = made
    view.preview_wished.emit(True)
    view.moved.emit()
    canvas.moved.emit()
    field.changed.emit(None)
    assert [t.cancelled for t, *_ in jobs.waiting] == [True, True, True, False]
    jobs.answer()
    assert len(canvas.shown) == 1


def test_without_the_preview_nothing_is_searched(made):
    view, canvas, jobs, _, _, _ = made
    view.moved.emit()
    canvas.moved.emit()
    assert jobs.waiting == []
    view.preview_wished.emit(True)
    view.preview_wished.emit(False)
    jobs.answer()
    assert canvas.shown == []
    assert canvas.cleared == 1
    assert view.said == ""


def test_a_sheet_or_nothing_on_the_canvas_is_said(made):
    view, canvas, _, _, _, shown = made
    shown[0] = None
    view.preview_wished.emit(True)
    assert view.said == NO_FIELD
    assert canvas.cleared == 1


def test_what_cannot_be_used_is_said_in_words(made):
    view, _, jobs, _, _, _ = made
    view.set = {"sensitivity": 50}
    view.preview_wished.emit(True)
    jobs.answer()
    assert "“Sensitivity to pale cells” cannot be 50." in view.said


def test_closing_the_study_ends_the_preview(made):
    view, canvas, _, _, desk, _ = made
    view.preview_wished.emit(True)
    desk.close()
    assert not view.previewing
    assert canvas.cleared == 1


def test_a_study_remembers_how_its_cells_were_found_last(made, desk_with):
    view, _, _, _, desk, _ = made
    recipes = (Recipe("smear", {"sensitivity": 2.0}), Recipe("import", {"file": "a"}))
    for number, recipe in enumerate(recipes, 1):
        finding = Finding(CellTable.empty(), recipe)
        desk.study.apply(ReplaceCells({number: finding}))
    assert last_parameters(desk.study, "smear") == {"sensitivity": 2.0}
    view.segmenter_chosen.emit("smear")
    assert view.set == {"sensitivity": 2.0}


def test_a_view_of_the_whole_slide_is_searched_in_its_middle_only():
    top, left, bottom, right = part_to_search((-50, -50, 9000, 9000), (4000, 8000))
    assert (bottom - top) * (right - left) <= MOST_PIXELS
    assert (bottom - top) / (right - left) == pytest.approx(0.5, rel=0.01)
    assert (top + bottom) / 2 == pytest.approx(2000, abs=2)
    assert (left + right) / 2 == pytest.approx(4000, abs=2)
    assert part_to_search((-50, -50, 100, 120), (4000, 8000)) == (0, 0, 100, 120)
    assert part_to_search((-50, -50, -10, 120), (4000, 8000)) is None


def test_a_part_shows_the_cells_that_the_whole_picture_shows(scene):
    whole = PreviewCells(scene.rgb, (0, 0, 240, 320), "smear", {}).find()
    px = 30.0
    part = PreviewCells(scene.rgb, (40, 60, 200, 260), "smear", {}, None, px).find()
    assert part.top == 0  # with what lies around it
    again = np.zeros_like(whole.labels)
    height, width = part.labels.shape
    again[part.top : part.top + height, part.left : part.left + width] = part.labels
    both = (again > 0) & (whole.labels > 0)
    assert both.sum() > 0.85 * (again > 0).sum()
    middles = [
        np.argwhere(part.labels == i + 1).mean(0) for i in range(len(part.kinds))
    ]
    assert all(40 <= y + part.top < 200 and 60 <= x + part.left < 260
               for y, x in middles)  # fmt: skip


@pytest.mark.gui
def test_a_slider_that_needs_the_size_of_a_pixel_is_off_and_says_why(qtbot):
    from napari_dinobloom.gui.views.study.how_panel import HowPanel
    from napari_dinobloom.segmentation import parameters_of, segmenters

    panel = HowPanel()
    qtbot.addWidget(panel)
    panel.offer(parameters_of(segmenters.create("smear")))
    panel.set_values({"red_cell_um": 5.8, "sensitivity": 1.4})
    panel.show_ruler(False)
    panel.show()
    slider, why_not = panel.sliders["red_cell_um"], panel._why_not["red_cell_um"]
    assert not slider.isEnabled()
    assert why_not.isVisible()
    assert "pixel_size_um" in why_not.text()
    assert panel.values() == {"sensitivity": 1.4}
    panel.show_ruler(True)
    assert slider.isEnabled()
    assert not why_not.isVisible()
    assert panel.values() == {"red_cell_um": 5.8, "sensitivity": 1.4}


def test_the_ruler_follows_the_pixel_sizes_of_the_study(made):
    view, study = made[0], made[4].study
    assert view.ruler is False
    sized = replace(study.pictures[1], pixel_size_um=0.1)
    study.apply(ChangeSlides(pictures={1: sized}))
    assert view.ruler is True
    study.undo()
    assert view.ruler is False
