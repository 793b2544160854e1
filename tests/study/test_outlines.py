"""Features belong to outlines: a cell drawn anew is never described by the old one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
    CorrectCells,
    FeatureMatrix,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    Rows,
    Slide,
    Study,
    set_element,
)


def table(ids: list[int], outlines: list[int] | None = None) -> CellTable:
    n = len(ids)
    cells = CellTable(np.array(ids), np.ones(n), *[np.zeros(n)] * 12)
    return cells if outlines is None else replace(cells, outline_id=np.array(outlines))


@pytest.fixture
def study() -> Study:
    """Cells 1, 2, 3 with one feature each: 10, 20, 30."""
    made = Study(author="Ada")
    made.never_below(1, 2)
    picture = Picture(1, "S", Path("/1.png"), 9, 9)
    made.apply(ChangeSlides({"S": Slide("S")}, {1: picture}))
    made.apply(ReplaceCells({1: Finding(table([1, 2, 3]), Recipe("smear"))}))
    made.apply(set_element(FeatureMatrix("m", ("a",), Recipe("m"))))
    rows = Rows(np.array([1, 2, 3]), np.array([[10.0], [20.0], [30.0]]))
    made.add_feature_rows("m", rows)
    return made


def redraw(study: Study, outlines: list[int]) -> None:
    finding = Finding(table([1, 2, 3], outlines), Recipe("smear"))
    study.apply(CorrectCells({1: finding}, "draw 1 cell anew"))


def described(study: Study) -> dict[int, float]:
    values, present = study.features("m").rows.of(study.cells.cell_id)
    ids = study.cells.cell_id[present].tolist()
    return dict(zip(ids, values[present, 0].tolist(), strict=True))


def test_a_cell_drawn_anew_has_no_features_until_they_are_computed(study):
    redraw(study, [1, 7, 3])
    assert described(study) == {1: 10.0, 3: 30.0}
    study.add_feature_rows("m", Rows(np.array([7]), np.array([[21.0]])))
    assert described(study) == {1: 10.0, 2: 21.0, 3: 30.0}


def test_undo_brings_back_the_features_of_the_first_outline(study):
    redraw(study, [1, 7, 3])
    study.add_feature_rows("m", Rows(np.array([7]), np.array([[21.0]])))
    assert study.undo() == "draw 1 cell anew"
    assert described(study) == {1: 10.0, 2: 20.0, 3: 30.0}
    study.redo()
    assert described(study) == {1: 10.0, 2: 21.0, 3: 30.0}
    redraw(study, [1, 8, 3])
    assert described(study) == {1: 10.0, 3: 30.0}


def test_what_was_computed_from_features_is_outdated_once_a_cell_is_drawn_anew(study):
    recipe = Recipe("umap", inputs=study.versions(["features:m"]))
    assert not study.is_outdated(recipe)
    redraw(study, [1, 7, 3])
    assert study.is_outdated(recipe)
    study.undo()
    assert not study.is_outdated(recipe)


def test_numbers_of_outlines_are_not_given_to_cells_later(study):
    redraw(study, [1, 50, 3])
    assert study.reserve_cell_ids(1) > 50


def test_a_table_knows_which_of_its_cells_were_drawn_anew():
    assert table([1, 2]).redrawn.tolist() == []
    assert table([1, 2], [1, 9]).redrawn.tolist() == [1]
    assert table([1, 2], [1, 2]).outline_id is not None
    joined = CellTable.concatenate([table([4]), table([1, 2], [1, 9])])
    assert joined.outline_id.tolist() == [1, 9, 4]
    assert joined.take(np.array([False, True, True])).outline_id.tolist() == [9, 4]
    assert joined.renumbered(20).outline_id.tolist() == [20, 21, 22]


def test_other_pictures_keep_their_numbers_to_themselves(study):
    study.apply(ChangeSlides({}, {2: Picture(2, "S", Path("/2.png"), 9, 9)}))
    taken = replace(table([2]), picture_id=np.array([2]))
    with pytest.raises(ValueError, match="belongs to another picture"):
        study.apply(ReplaceCells({2: Finding(taken, Recipe("smear"))}))
