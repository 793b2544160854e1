"""Studies for the tests of storage."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.storage import StudyFolder, create_study
from napari_dinobloom.study import (
    Acquisition,
    CellTable,
    ChangeSlides,
    FeatureMatrix,
    Finding,
    LabelRecord,
    Picture,
    Predictions,
    Projection,
    Recipe,
    ReplaceCells,
    Rows,
    SetLabels,
    Slide,
    Study,
    now,
    set_element,
)


def cells_of(picture_id: int, first_id: int, n: int) -> CellTable:
    """A table of n cells in a row, 10 px apart."""
    x = 10.0 * np.arange(n)
    whole = x.astype(int)
    return CellTable(
        cell_id=np.arange(first_id, first_id + n),
        picture_id=np.full(n, picture_id),
        mask_label=np.arange(n) + 1,
        kind=np.zeros(n),
        x=x,
        y=x,
        left=whole,
        top=whole,
        width=np.full(n, 8),
        height=np.full(n, 9),
        area_px=np.full(n, 50.5),
        nucleus_area_px=np.full(n, np.nan),
        score=np.full(n, 0.5),
        cut_by_border=np.zeros(n, bool),
    )


def add_picture(study: Study, slide: str, path: Path, n: int) -> np.ndarray:
    """Add a picture with n cells; return their ids."""
    picture_id = study.reserve_picture_ids(1)
    described = Slide(slide, Acquisition("Jürgen", "Kraków", "", "MGG"), "AML")
    study.apply(
        ChangeSlides(
            {slide: described},
            {picture_id: Picture(picture_id, slide, path, 640, 480)},
        )
    )
    table = cells_of(picture_id, study.reserve_cell_ids(n), n)
    study.apply(ReplaceCells({picture_id: Finding(table, Recipe("smear"))}))
    return table.cell_id


def label(study: Study, cell_id: int, name: str | None) -> None:
    """One person's word on one cell."""
    study.apply(SetLabels((LabelRecord(cell_id, name, study.author, now()),)))


@pytest.fixture
def new_cells() -> Callable[[int, int, int], CellTable]:
    return cells_of


@pytest.fixture
def put_picture() -> Callable[[Study, str, Path, int], np.ndarray]:
    return add_picture


@pytest.fixture
def put_label() -> Callable[[Study, int, str | None], None]:
    return label


@pytest.fixture
def small_study(tmp_path: Path) -> Path:
    """A closed study: 6 cells, 2 labelled, features of 4, a map and predictions."""
    folder = tmp_path / "small.study"
    with create_study(folder, "Ada") as opened:
        fill(opened, tmp_path)
    return folder


def fill(opened: StudyFolder, pictures: Path) -> None:
    """Put something of every kind into a study."""
    study = opened.study
    ids = add_picture(study, "smear 1", pictures / "a.png", 6)
    label(study, int(ids[0]), "blast")
    label(study, int(ids[1]), "Erythrozyt, polychromatisch")
    study.apply(set_element(FeatureMatrix("morph", ("area", "é"), Recipe("morph"))))
    values = np.arange(8, dtype=np.float32).reshape(4, 2) + 1
    study.add_feature_rows("morph", Rows(ids[:4][::-1], values))
    study.apply(set_element(Projection("umap", Rows(ids[:4], values), Recipe("umap"))))
    believed = np.array([[0.25, 0.75]], np.float32)
    study.apply(
        set_element(
            Predictions("knn", ("blast", ""), Rows(ids[5:], believed), Recipe("knn"))
        )
    )
