"""Corrections by hand: ids, labels, features, undo, and what is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.core.task import run
from napari_dinobloom.imaging import read_picture
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import ChangeSlides, ReplaceCells, Study
from napari_dinobloom.workflows import (
    AddPictures,
    EmbedCells,
    SegmentPictures,
    compare_cells,
    label_cells,
)
from napari_dinobloom.workflows import correct_cells as correct


@pytest.fixture(scope="module")
def smear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one drawn field."""
    folder = tmp_path_factory.mktemp("slide") / "slide"
    folder.mkdir()
    field = make_field("lilac", "healthy", seed=4, size_px=(400, 300))
    Image.fromarray(field.rgb).save(folder / "1.png")
    return folder


@pytest.fixture
def study(smear: Path, tmp_path: Path) -> Study:
    """Searched and described by morphology, on disk."""
    with create_study(tmp_path / "a.study", author="Ada") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [smear]), study)
        run(SegmentPictures.from_study(study), study)
        run(EmbedCells.from_study(study), study)
        yield study


@pytest.fixture
def seen(study: Study) -> correct.PictureSeen:
    return correct.PictureSeen.of(read_picture(study.pictures[1].path).rgb)


def whole_red_cell(study: Study) -> int:
    """The id of a red cell that no border cuts."""
    cells = study.cells
    rows = np.flatnonzero((cells.kind == 1) & ~cells.cut_by_border)
    return int(cells.cell_id[rows[cells.area_px[rows].argmax()]])


def middle_of(study: Study, cell_id: int) -> tuple[float, float]:
    row = study.cells.rows_of(np.array([cell_id]))[0]
    return float(study.cells.y[row]), float(study.cells.x[row])


def circle(centre: tuple[float, float], radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1) * radius + centre


def mask_of(study: Study, cell_id: int) -> np.ndarray:
    row = study.cells.rows_of(np.array([cell_id]))[0]
    return study.masks_of(1)[0] == study.cells.mask_label[row]


def across(study: Study, cell_id: int, right: float = 0) -> np.ndarray:
    """A line from top to bottom through a cell's middle, or right of it."""
    y, x = middle_of(study, cell_id)
    x += right
    return np.array([(y - 60, x), (y + 60, x)])


def undescribed(study: Study) -> list[int]:
    _, present = study.features("morphology").rows.of(study.cells.cell_id)
    return study.cells.cell_id[~present].tolist()


def rest(study: Study, *without: int) -> dict[int, tuple]:
    """What stands about all other cells, pixel by pixel."""
    told = {}
    for row, cell_id in enumerate(study.cells):
        if cell_id not in without:
            one = study.cells.take(np.array([row]))
            box = (one.left, one.top, one.width, one.height, one.kind, one.outline_id)
            told[cell_id] = (
                *(int(v[0]) for v in box),
                mask_of(study, cell_id).tobytes(),
            )
    return told


def test_a_deleted_cell_is_gone_and_its_label_is_mentioned(study):
    cell = whole_red_cell(study)
    label_cells(study, [cell], "target cell")
    before, area = rest(study, cell), mask_of(study, cell)
    done = correct.delete_cells(study, 1, [cell])
    assert done.said == f"Cell {cell} deleted; the label (target cell) went with it"
    assert cell not in study.cells
    assert not study.masks_of(1)[0][area].any()
    assert rest(study) == before
    assert study.undo() == f"delete cell {cell}"
    assert study.labels.label_of(cell) == "target cell"
    assert np.array_equal(mask_of(study, cell), area)


def test_a_redrawn_cell_keeps_number_and_label_and_is_described_anew(study, seen):
    cell = whole_red_cell(study)
    label_cells(study, [cell], "target cell")
    before = rest(study, cell)
    done = correct.redraw_cell(study, 1, circle(middle_of(study, cell), 20), seen)
    assert done.cell_ids == (cell,)
    assert mask_of(study, cell).sum() == pytest.approx(np.pi * 20**2, rel=0.08)
    assert study.labels.label_of(cell) == "target cell"
    assert rest(study, cell) == before
    assert undescribed(study) == [cell]
    run(EmbedCells.from_study(study, only=np.array([cell])), study)
    assert undescribed(study) == []
    study.undo()
    assert undescribed(study) == []  # the features of the first outline are kept


def test_the_larger_part_of_a_split_keeps_number_and_label(study):
    cell = whole_red_cell(study)
    label_cells(study, [cell], "target cell")
    before, area = rest(study, cell), mask_of(study, cell)
    path = across(study, cell, 6)
    done = correct.split_cell(study, 1, path)
    new = next(i for i in done.cell_ids if i != cell)
    assert new == max(study.cells.cell_id)
    assert mask_of(study, cell).sum() > mask_of(study, new).sum()
    assert np.array_equal(mask_of(study, cell) | mask_of(study, new), area)
    assert study.labels.label_of(new) is None
    assert "the largest keeps the label target cell" in done.said
    assert rest(study, cell, new) == before
    assert undescribed(study) == sorted((cell, new))


def test_merged_parts_are_the_largest_of_them(study):
    cell = whole_red_cell(study)
    area = mask_of(study, cell)
    parts = correct.split_cell(study, 1, across(study, cell, 6)).cell_ids
    new = next(i for i in parts if i != cell)
    label_cells(study, [new], "target cell")
    done = correct.merge_cells(study, 1, parts)
    assert done.cell_ids == (cell,)
    assert np.array_equal(mask_of(study, cell), area)
    assert done.said.endswith("which took over the label target cell")
    assert study.labels.label_of(cell) == "target cell"
    assert study.undo() == "merge 2 cells"
    assert study.labels.label_of(cell) is None
    assert study.labels.label_of(new) == "target cell"
    label_cells(study, [cell], "spherocyte")
    done = correct.merge_cells(study, 1, parts)
    assert "the label (target cell) went with it" in done.said
    assert study.labels.label_of(cell) == "spherocyte"


def test_a_cell_can_be_added_by_a_click_or_by_drawing(study, seen):
    cell = whole_red_cell(study)
    middle, area = middle_of(study, cell), mask_of(study, cell)
    correct.delete_cells(study, 1, [cell])
    before = rest(study)
    for add in (
        lambda: correct.add_cell_at(study, 1, middle, seen),
        lambda: correct.add_cell(study, 1, circle(middle, 32), seen),
    ):
        done = add()
        (new,) = done.cell_ids
        assert new not in before
        assert new != cell
        assert done.said == "Added a red cell"
        drawn = mask_of(study, new)
        assert (drawn & area).sum() / (drawn | area).sum() > 0.6
        assert rest(study, new) == before
        assert undescribed(study) == [new]
        study.undo()


def test_a_white_cell_added_by_hand_has_the_nucleus_of_the_picture(study, seen):
    cells = study.cells
    row = np.flatnonzero((cells.kind == 0) & ~cells.cut_by_border)[0]
    cell, middle = int(cells.cell_id[row]), (float(cells.y[row]), float(cells.x[row]))
    nucleus = study.masks_of(1)[1] == cells.mask_label[row]
    radius = float(np.sqrt(cells.area_px[row] / np.pi))
    correct.delete_cells(study, 1, [cell])
    (new,) = correct.add_cell(study, 1, circle(middle, radius), seen).cell_ids
    at = study.cells.rows_of(np.array([new]))[0]
    assert study.cells.kind_names()[at] == "wbc"
    found = study.masks_of(1)[1] == study.cells.mask_label[at]
    assert (found & nucleus).sum() / (found | nucleus).sum() > 0.6
    assert study.cells.nucleus_area_px[at] == found.sum()


def test_a_nucleus_can_be_redrawn(study):
    row = np.flatnonzero((study.cells.kind == 0) & ~study.cells.cut_by_border)[0]
    cell = int(study.cells.cell_id[row])
    before, area = rest(study, cell), mask_of(study, cell)
    correct.redraw_nucleus(study, 1, circle(middle_of(study, cell), 20))
    nucleus = study.masks_of(1)[1] == study.cells.mask_label[row]
    assert nucleus.sum() == pytest.approx(np.pi * 20**2, rel=0.08)
    assert np.array_equal(mask_of(study, cell), area)
    assert rest(study, cell) == before
    assert undescribed(study) == [cell]


def test_another_kind_changes_features_only_with_the_nucleus(study, seen):
    cell = whole_red_cell(study)
    done = correct.change_kind(study, 1, [cell], "platelet")
    assert done.said == f"Cell {cell} now is a platelet"
    assert study.undo_summary == f"call cell {cell} a platelet"
    assert undescribed(study) == []
    with pytest.raises(BadInputError, match="a platelet already"):
        correct.change_kind(study, 1, [cell], "platelet")
    white = int(study.cells.cell_id[np.flatnonzero(study.cells.kind == 0)[0]])
    correct.change_kind(study, 1, [white], "other", seen)
    row = study.cells.rows_of(np.array([white]))[0]
    assert np.isnan(study.cells.nucleus_area_px[row])
    assert undescribed(study) == [white]


def test_corrections_are_there_after_opening_again_and_can_be_undone(study, seen):
    cell, folder = whole_red_cell(study), study.folder
    area = mask_of(study, cell)
    correct.redraw_cell(study, 1, circle(middle_of(study, cell), 20), seen)
    drawn = mask_of(study, cell)
    parts = correct.split_cell(study, 1, across(study, cell)).cell_ids
    with open_study(folder, read_only=True) as copy:
        assert copy.study.undo_summary == f"split cell {cell}"
        assert set(parts) <= set(copy.study.cells)
    study.undo()
    assert np.array_equal(mask_of(study, cell), drawn)
    study.undo()
    assert np.array_equal(mask_of(study, cell), area)
    study.redo()
    assert np.array_equal(mask_of(study, cell), drawn)


def test_what_cannot_be_done_changes_nothing_and_says_why(study):
    before = study.findings[1], study.undo_summary
    cell = whole_red_cell(study)
    for refused, why in (
        (lambda: correct.merge_cells(study, 1, [cell]), "Two cells at least"),
        (lambda: correct.split_cell(study, 1, np.zeros((2, 2)) - 5), "crosses no cell"),
        (
            lambda: correct.redraw_cell(study, 1, np.array([(5.0, 5), (5, 6)])),
            "encloses nothing.\nDraw once round the whole cell",
        ),
        (
            lambda: correct.redraw_nucleus(study, 1, np.array([(5.0, 5), (5, 6)])),
            "encloses nothing.\nDraw once round the whole nucleus",
        ),
        (
            lambda: correct.redraw_nucleus(study, 1, circle(middle_of(study, cell), 8)),
            f"Cell {cell} is a red cell; only white cells have a nucleus",
        ),
        (
            lambda: correct.split_cell(
                study, 1, middle_of(study, cell) + np.array([(-2.0, 0), (2, 0)])
            ),
            "too short",
        ),
    ):
        with pytest.raises(BadInputError, match=why):
            refused()
    with pytest.raises(KeyError):
        correct.delete_cells(study, 1, [999_999])
    assert (study.findings[1], study.undo_summary) == before


def test_only_searched_fields_can_be_corrected(study, seen):
    study._contents.findings[1] = replace(study.findings[1], mask_file=None)
    with pytest.raises(BadInputError, match="shows a single cell"):
        correct.delete_cells(study, 1, [1])
    study.undo()  # features
    study.undo()  # cells
    with pytest.raises(BadInputError, match="not searched yet"):
        correct.add_cell(study, 1, circle((50, 50), 9), seen)


def test_a_whole_slide_is_refused_before_its_masks_are_read(study):
    huge = replace(study.pictures[1], width=50_000, height=50_000)
    study.apply(ChangeSlides({}, {1: huge}))
    with pytest.raises(BadInputError, match="is too large"):
        correct.delete_cells(study, 1, [1])


def test_features_made_in_another_way_are_not_replaced_by_a_few(study):
    cell = whole_red_cell(study)
    standing = study.features("morphology")
    recipe = replace(standing.recipe, fingerprint="other weights")
    study._contents.elements["features", "morphology"] = replace(
        standing, recipe=recipe
    )
    with pytest.raises(BadInputError, match="in another way"):
        run(EmbedCells.from_study(study, only=np.array([cell])), study)


def search_again(study: Study, **options) -> None:
    run(SegmentPictures.from_study(study, again=True, workers=1, **options), study)


def test_cells_deleted_by_hand_stay_away_from_a_new_search(study):
    before = study.cells
    gone = [whole_red_cell(study), int(before.cell_id[before.kind == 0][0])]
    correct.delete_cells(study, 1, gone)
    left = study.cells.cell_id.tolist()
    search_again(study)
    assert study.cells.cell_id.tolist() == left
    assert "2 deleted by hand stay away." in study.findings[1].notes[-1]
    assert compare_cells(study, before).stay_away == 2
    with open_study(study.folder, read_only=True) as copy:
        assert len(copy.study.findings[1].deleted) == 2
    search_again(study, deleted_too=True)
    assert len(study.cells) == len(before)
    assert not study.findings[1].deleted
    study.undo()
    study.undo()
    study.undo()
    assert study.cells.cell_id.tolist() == before.cell_id.tolist()
    assert not study.findings[1].deleted, "what was taken back is not deleted"
    search_again(study)
    assert study.cells.cell_id.tolist() == before.cell_id.tolist()


def test_a_cell_that_stands_where_another_was_deleted_is_found_again(study):
    cell = whole_red_cell(study)
    row = study.cells.rows_of(np.array([cell]))[0]
    finding = study.findings[1]
    sides = ("left", "top", "width", "height")
    box = tuple(int(getattr(study.cells, side)[row]) for side in sides)
    study.apply(ReplaceCells({1: replace(finding, deleted=(box,))}))
    search_again(study)
    assert cell in study.cells
