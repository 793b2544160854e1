"""Corrections by hand and the features of outlines survive closing and opening."""

from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pytest

from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.study import (
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


@pytest.fixture
def folder(tmp_path: Path, new_cells) -> Path:
    """A closed study of three described cells, of which the second was drawn anew."""
    path = tmp_path / "a.study"
    with create_study(path, author="Ada") as opened:
        study = opened.study
        number = study.reserve_picture_ids(1)
        picture = Picture(number, "S", tmp_path / "1.png", 40, 40)
        study.apply(ChangeSlides({"S": Slide("S")}, {number: picture}))
        cells = new_cells(number, study.reserve_cell_ids(3), 3)
        study.apply(ReplaceCells({number: Finding(cells, Recipe("smear"))}))
        study.apply(set_element(FeatureMatrix("m", ("a",), Recipe("m"))))
        values = np.array([[10.0], [20.0], [30.0]])
        study.add_feature_rows("m", Rows(cells.cell_id, values))
    with open_study(path) as opened:
        study = opened.study
        outline = study.reserve_cell_ids(1)
        drawn = replace(
            study.findings[1].cells,
            outline_id=np.array([1, outline, 3]),
            by_hand=np.array([False, True, False]),
        )
        finding = replace(study.findings[1], cells=drawn)
        study.apply(CorrectCells({1: finding}, "draw 1 cell anew"))
        study.add_feature_rows("m", Rows(np.array([outline]), np.array([[21.0]])))
    return path


def described(study: Study) -> list[float]:
    return study.features("m").rows.of(study.cells.cell_id)[0][:, 0].tolist()


def test_what_was_drawn_is_there_after_opening_again(folder: Path):
    with open_study(folder) as opened:
        cells = opened.study.cells
        assert cells.outline_id.tolist() == [1, 4, 3]
        assert cells.by_hand.tolist() == [False, True, False]
        assert opened.study.undo_summary == "draw 1 cell anew"
        assert described(opened.study) == [10.0, 21.0, 30.0]


def test_undo_after_opening_again_brings_back_outline_and_features(folder: Path):
    with open_study(folder) as opened:
        opened.study.undo()
        assert opened.study.cells.outline_id.tolist() == [1, 2, 3]
        assert described(opened.study) == [10.0, 20.0, 30.0]
    with open_study(folder) as opened:  # cells.zarr was written for the first outlines
        assert described(opened.study) == [10.0, 20.0, 30.0]
        opened.study.redo()
        assert described(opened.study) == [10.0, 21.0, 30.0]
        assert opened.study.reserve_cell_ids(1) == 5


def test_other_programs_read_the_features_of_the_outline_that_stands(folder: Path):
    table = anndata.read_zarr(folder / "cells.zarr")
    assert table.obsm["m"][:, 0].tolist() == [10.0, 21.0, 30.0]
    assert table.obs_names.tolist() == ["1", "2", "3"]


def test_a_study_without_corrections_is_kept_as_before(new_cells):
    from napari_dinobloom.storage.codec import arrays_from_bytes, cells_to_json

    edit = ReplaceCells({1: Finding(new_cells(1, 1, 3), Recipe("smear"))})
    _, content = cells_to_json(edit)
    assert "outline_id" not in arrays_from_bytes(content)["cells"].dtype.names
