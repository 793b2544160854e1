"""New cells on a map that stands: through a real study."""

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError, run
from napari_dinobloom.study import (
    CellTable,
    ChangeSlides,
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
from napari_dinobloom.workflows.place_cells import PLACED, PlaceCells, unplaced
from napari_dinobloom.workflows.project_cells import KINDS, ProjectCells

WBC, RBC = 0, 1


def table(ids: np.ndarray, kinds: np.ndarray) -> CellTable:
    zeros = np.zeros(len(ids))
    return CellTable(
        ids, zeros + 1, zeros, kinds, zeros, zeros, zeros, zeros, zeros + 5, zeros + 5,
        zeros, zeros, zeros, zeros,
    )  # fmt: skip


@pytest.fixture
def study(tmp_path) -> Study:
    """60 cells, white and red in turn; 40 of them described and on the map by PCA."""
    made = Study(author="tester")
    picture = Picture(1, "a", tmp_path / "a.png", 9, 9)
    made.apply(ChangeSlides({"a": Slide("a")}, {1: picture}))
    ids = np.arange(made.reserve_cell_ids(60), 61)
    cells = table(ids, np.arange(60) % 2)
    made.apply(ReplaceCells({1: Finding(cells, Recipe("test"))}))
    names = tuple("abcde")
    made.apply(set_element(FeatureMatrix("tiny", names, Recipe("tiny"), "standard")))
    made.add_feature_rows("tiny", Rows(ids[:40], features(40)))
    return made


def features(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)).astype("f4")


def draw(study: Study, **options) -> None:
    run(ProjectCells.from_study(study, "pca", **options), study)


def describe_the_rest(study: Study) -> None:
    study.add_feature_rows("tiny", Rows(study.cells.cell_id[40:], features(20, 1)))


def test_new_cells_get_a_place_and_no_other_cell_moves(study):
    draw(study)
    before = study.projection("pca")
    describe_the_rest(study)
    assert study.is_outdated(before.recipe)
    assert unplaced(study, "pca").tolist() == list(range(41, 61))
    run(PlaceCells.from_study(study, "pca"), study)
    after = study.projection("pca")
    kept, _ = after.rows.of(before.cell_ids)
    np.testing.assert_array_equal(kept, before.coordinates)
    placed, present = after.rows.of(np.arange(41, 61))
    assert present.all()
    assert np.isfinite(placed).all()
    assert not study.is_outdated(after.recipe)
    assert len(unplaced(study, "pca")) == 0
    assert after.recipe.parameters[PLACED] == 20
    study.undo()
    assert study.projection("pca").revision == before.revision


def test_only_kinds_that_the_map_is_of_are_placed(study):
    draw(study, kinds=("wbc",))
    assert study.projection("pca").recipe.parameters[KINDS] == ["wbc"]
    describe_the_rest(study)
    white = study.cells.cell_id[study.cells.kind == WBC]
    expected = white[white > 40]
    np.testing.assert_array_equal(unplaced(study, "pca"), expected)
    run(PlaceCells.from_study(study, "pca"), study)
    assert set(study.projection("pca").cell_ids) == set(white)


def test_a_cell_like_another_lies_on_it_and_twice_placed_are_counted(study):
    draw(study)
    before = study.projection("pca")
    twin = Rows(np.array([45]), features(40)[[7]])
    study.add_feature_rows("tiny", twin)
    run(PlaceCells.from_study(study, "pca"), study)
    places, _ = study.projection("pca").rows.of(np.array([45]))
    np.testing.assert_allclose(places[0], before.coordinates[7], atol=1e-5)
    study.add_feature_rows("tiny", Rows(np.array([50]), features(1, 3)))
    run(PlaceCells.from_study(study, "pca"), study)
    assert study.projection("pca").recipe.parameters[PLACED] == 2


def test_nothing_to_place_says_so(study):
    draw(study)
    with pytest.raises(BadInputError, match="has its place"):
        PlaceCells.from_study(study, "pca")


def test_features_of_other_weights_are_not_put_on_an_old_map(study):
    draw(study)
    other = FeatureMatrix("tiny", tuple("abcde"), Recipe("tiny", {"weights": 2}))
    study.apply(set_element(other))
    study.add_feature_rows("tiny", Rows(study.cells.cell_id, features(60)))
    assert len(unplaced(study, "pca")) == 0
    with pytest.raises(BadInputError):
        PlaceCells.from_study(study, "pca")


def test_a_map_and_its_sketch_drawn_in_one_group_are_undone_at_once(study):
    draw(study, group="together")
    run(
        ProjectCells.from_study(
            study, "umap", parameters={"n_neighbours": 5}, group="together"
        ),
        study,
    )
    assert study.names_of("projection") == ["pca", "umap"]
    study.undo()
    assert study.names_of("projection") == []
