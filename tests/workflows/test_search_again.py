"""A picture that is searched again: ids, labels and features of cells still there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.core.task import run
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.segmentation import Segmentation, segmenters
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import CorrectCells, Recipe, ReplaceCells, Study
from napari_dinobloom.workflows import (
    AddPictures,
    EmbedCells,
    SegmentPictures,
    compare_cells,
    label_cells,
)


class Bands:
    """Finds what it is told: boxes of cells, the same in every picture."""

    name = "bands"
    found: Segmentation

    def segment(self, rgb, pixel_size_um=None) -> Segmentation:
        return self.found


def boxes(*places: tuple[int, int, int], diameter: float = 20.0) -> Segmentation:
    """Square cells: top, left, side."""
    labels = np.zeros((60, 80), np.int32)
    for value, (top, left, side) in enumerate(places, start=1):
        labels[top : top + side, left : left + side] = value
    n = len(places)
    return Segmentation(
        labels,
        np.zeros_like(labels),
        ("rbc",) * n,
        np.full(n, 0.9, np.float32),
        diameter,
    )


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch):
    """Searches all pictures of a study, finding these cells."""
    monkeypatch.setitem(segmenters._factories, "bands", Bands)

    def act(study: Study, found: Segmentation) -> None:
        Bands.found = found
        run(SegmentPictures.from_study(study, "bands", again=True, workers=1), study)

    return act


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """One plain picture in a study on disk."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(150, 250, (60, 80, 3)).astype(np.uint8)
    (tmp_path / "slide").mkdir()
    Image.fromarray(pixels).save(tmp_path / "slide" / "1.png")
    with create_study(tmp_path / "a.study", author="Ada") as opened:
        run(AddPictures.from_study(opened.study, [tmp_path / "slide"]), opened.study)
        yield opened.study


def ids(study: Study) -> list[int]:
    return study.cells.cell_id.tolist()


def test_cells_that_are_still_there_keep_number_and_label(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10), (30, 30, 12)))
    label_cells(study, [2], "blast")
    label_cells(study, [3], "lymphocyte")
    before = study.cells
    # in another order, one moved by a pixel, one gone, one new
    search(study, boxes((40, 60, 10), (6, 30, 10), (5, 5, 10)))
    assert ids(study)[:2] == [1, 2]
    assert study.cells.mask_label.tolist() == [3, 2, 1]
    assert study.labels.label_of(2) == "blast"
    changes = compare_cells(study, before)
    assert (changes.stayed, changes.redrawn, changes.went, changes.came) == (2, 1, 1, 1)
    assert changes.classes_went == (("lymphocyte", 1),)
    assert "1 went, 1 of them labelled (1 lymphocyte)" in changes.sentence
    (note,) = study.findings[1].notes
    assert note == f"Searched again: {changes.sentence}"


def test_undo_takes_the_search_back_with_every_label(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10)))
    label_cells(study, [2], "blast")
    before = study.findings[1]
    search(study, boxes((40, 60, 10)))
    assert 2 not in ids(study)
    study.undo()
    assert study.findings[1] is before
    assert study.labels.label_of(2) == "blast"


def test_only_cells_with_another_outline_are_described_again(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10), (30, 30, 12)))
    run(EmbedCells.from_study(study), study)
    matrix = study.features("morphology")
    before = matrix.rows.of(study.cells.cell_id)[0]
    search(study, boxes((5, 5, 10), (5, 30, 13), (30, 30, 12)))
    task = EmbedCells.from_study(study)
    assert [p.cells.cell_id.tolist() for p in task._missing(task.standing)] == [[2]]
    run(task, study)
    after = study.features("morphology").rows.of(study.cells.cell_id)[0]
    assert np.array_equal(after[[0, 2]], before[[0, 2]], equal_nan=True)
    assert not np.array_equal(after[1], before[1], equal_nan=True)


def test_with_another_ruler_every_outline_is_described_again(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10)))
    run(EmbedCells.from_study(study), study)
    search(study, boxes((5, 5, 10), (5, 30, 10), diameter=25.0))
    assert ids(study) == [1, 2]
    assert EmbedCells.from_study(study).may_have_work


def test_outlines_drawn_by_hand_stay_as_they_were_drawn(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10)))
    finding = study.findings[1]
    drawn = replace(finding.cells, by_hand=np.array([False, True]))
    study.apply(CorrectCells({1: replace(finding, cells=drawn)}))
    masks = study.masks_of(1)
    search(study, boxes((5, 5, 10), (7, 32, 12), (40, 60, 10)))
    assert ids(study)[:2] == [1, 2]
    assert study.cells.by_hand.tolist() == [False, True, False]
    value = int(study.cells.mask_label[1])
    assert np.array_equal(study.masks_of(1)[0] == value, masks[0] == 2)
    assert study.cells.outline_id[1] == 2


def test_what_was_corrected_while_the_search_ran_is_compared_too(study, search):
    search(study, boxes((5, 5, 10), (5, 30, 10)))
    task = SegmentPictures.from_study(study, "bands", again=True, workers=1)
    finding = study.findings[1]
    kept = finding.cells.take(np.array([True, False]))
    study.apply(CorrectCells({1: replace(finding, cells=kept)}))
    run(task, study)
    assert ids(study)[0] == 1
    assert len(ids(study)) == 2
    assert 2 not in ids(study)  # a number that was taken away is not given again


def test_a_real_search_twice_changes_nothing(tmp_path: Path):
    folder = tmp_path / "slide"
    folder.mkdir()
    for i in range(2):
        field = make_field("lilac", "healthy", seed=i, size_px=(320, 240))
        Image.fromarray(field.rgb).save(folder / f"{i}.png")
    with create_study(tmp_path / "a.study") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [folder]), study)
        run(SegmentPictures.from_study(study), study)
        before = study.cells
        run(SegmentPictures.from_study(study, again=True), study)
        changes = compare_cells(study, before)
        assert changes.stayed == len(before) > 10
        assert changes.went == changes.came == changes.redrawn == 0
    with open_study(tmp_path / "a.study") as opened:
        assert opened.study.cells.cell_id.tolist() == before.cell_id.tolist()
        opened.study.undo()
        assert all(not f.notes or "again" not in f.notes[-1]
                   for f in opened.study.findings.values())  # fmt: skip


def test_a_picture_without_masks_is_searched_as_for_the_first_time(study, search):
    search(study, boxes((5, 5, 10)))
    finding = replace(study.findings[1], mask_file=None, recipe=Recipe("import"))
    study.apply(ReplaceCells({1: finding}))
    search(study, boxes((5, 5, 10)))
    assert ids(study) == [2]
