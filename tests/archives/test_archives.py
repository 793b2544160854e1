"""Studies written by every released version open for ever."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_dinobloom.storage import StudyFolder, open_study

HERE = Path(__file__).parent
ARCHIVES = sorted(HERE.glob("v*.study.zip"))


@pytest.fixture(params=ARCHIVES, ids=lambda folder: folder.name)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    shutil.unpack_archive(request.param, tmp_path)
    return tmp_path / request.param.stem


def check(opened: StudyFolder) -> None:
    study = opened.study
    slide = study.slides["Präparat 7"]
    assert (slide.diagnosis, slide.acquisition.stain) == ("AML", "MGG")
    picture = study.pictures[1]
    assert (picture.width, picture.height, picture.pixel_size_um) == (64, 48, 0.1)
    finding = study.findings[1]
    assert finding.cells.cell_id.tolist() == [1, 2, 3, 4]
    assert finding.cells.kind_names().tolist() == ["wbc", "rbc", "platelet", "wbc"]
    assert finding.cells.width.tolist() == [2, 3, 4, 5]
    assert finding.cells.cut_by_border.tolist() == [False, False, False, True]
    assert np.isnan(finding.cells.nucleus_area_px[1])
    assert (finding.red_cell_diameter_px, finding.notes) == (17.5, ("few",))
    assert (finding.recipe.parameters, finding.recipe.seed) == ({"a": 1}, 3)
    masks = study.masks_of(1)
    assert masks is not None
    assert [np.unique(m).tolist() for m in masks] == [[0, 1, 2, 3, 4], [0, 1]]
    assert study.taxonomy.names() == ["blast", "Thrombozyt", "赤血球"]
    assert study.labels.labels() == {1: "Thrombozyt"}
    said = [(r.cell_id, r.class_name) for r in study.labels]
    assert said == [(1, "blast"), (2, "赤血球"), (1, "Thrombozyt"), (2, None)]
    assert {(r.author, r.note) for r in study.labels} == {("Ada", "n")}
    features = study.features("morph")
    assert (features.feature_names, features.scaling) == (("a", "b"), "standard")
    values, present = features.rows.of(np.array([1, 2, 3]))
    assert present.tolist() == [True, False, True]
    assert values[[0, 2]].tolist()[1] == [1, 2]
    assert np.isnan(values[0, 1])
    names, chance = study.predictions("knn").best(np.array([4]))
    assert (names[0], chance[0]) == ("赤血球", 0.75)
    assert not study.is_outdated(study.predictions("knn").recipe)
    assert study.failures == {("read", "/nowhere/b.png"): "it is gone"}


def test_there_is_an_archive() -> None:
    assert ARCHIVES


def test_it_opens_with_everything_in_it(archive: Path) -> None:
    with open_study(archive) as opened:
        assert not opened.read_only
        check(opened)
    with open_study(archive) as opened:  # and again, as this version wrote it
        check(opened)


def test_it_opens_for_reading(archive: Path) -> None:
    with open_study(archive, read_only=True) as opened:
        check(opened)


def test_undo_and_redo_go_on_where_they_were(archive: Path) -> None:
    with open_study(archive) as opened:
        study = opened.study
        assert study.projection("umap").coordinates[0, 0] == 1
        study.redo()
        assert study.projection("umap").coordinates[0, 0] == 2
        while study.undo():
            pass
        assert (len(study.slides), len(study.cells), len(study.labels)) == (0, 0, 0)
        assert study.reserve_cell_ids(1) == 5
        while study.redo():
            pass
        assert study.projection("umap").coordinates[0, 0] == 2
        study.undo()
        check(opened)


def test_archives_are_small() -> None:
    assert max(file.stat().st_size for file in ARCHIVES) < 100_000
