"""Similar cells are the nearest ones, as a search of all pairs would find them."""

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.study import CELL_KINDS, CellTable, FeatureMatrix, Recipe, Rows
from napari_dinobloom.study import scaled as scaled_for_distances
from napari_dinobloom.workflows.similar_cells import (
    SimilarCells,
    of_the_kinds,
    similar_cells,
)

N, D = 500, 9


def cells_of(n=N, kinds=("wbc",)) -> CellTable:
    columns = {name: np.zeros(n) for name in CellTable.__dataclass_fields__}
    columns["cell_id"] = 7 + 2 * np.arange(n)
    codes = [CELL_KINDS.index(kind) for kind in kinds]
    columns["kind"] = np.array(codes)[np.arange(n) % len(codes)]
    return CellTable(**columns)


def matrix_of(cells, values, scaling="none"):
    names = tuple(f"f{i}" for i in range(values.shape[1]))
    blocks = (Rows(cells.cell_id[::-1], values[::-1]),)  # another order than the cells
    return FeatureMatrix("test", names, Recipe("test"), scaling, blocks)


def by_search(cells, values, asked, n):
    """The same in double precision, all distances computed and sorted."""
    at = np.isin(cells.cell_id, asked)
    target = values[at].astype(float).mean(axis=0)
    far = ((values.astype(float) - target) ** 2).sum(axis=1)
    far[at] = np.inf
    return cells.cell_id[np.lexsort((cells.cell_id, far))][:n].tolist()


@pytest.mark.parametrize("asked", [[7], [9, 101, 33]], ids=["one", "several"])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_they_are_the_nearest_of_all(asked, scaling):
    cells = cells_of()
    values = np.random.default_rng(0).normal(3, 2, (N, D)).astype(np.float32)
    found = similar_cells(matrix_of(cells, values, scaling), cells, asked, 25)
    fit = scaled_for_distances(values, scaling)
    assert found.tolist() == by_search(cells, fit, asked, 25)


def test_cells_that_hardly_differ_are_told_apart():
    # far from the origin, where single precision loses the difference
    cells = cells_of()
    draw = np.random.default_rng(1)
    values = (1000 + draw.normal(0, 1e-2, (N, D))).astype(np.float32)
    found = similar_cells(matrix_of(cells, values), cells, [7], 40)
    assert found.tolist() == by_search(cells, values, [7], 40)


def test_equal_cells_come_in_the_order_of_their_ids():
    cells = cells_of()
    values = np.repeat(np.random.default_rng(2).normal(size=(5, D)), 100, axis=0)
    values = values.astype(np.float32)
    found = similar_cells(matrix_of(cells, values), cells, [7], 120)
    assert found[:99].tolist() == cells.cell_id[1:100].tolist()
    assert found.tolist() == by_search(cells, values, [7], 120)


def test_what_could_not_be_measured_counts_as_the_mean():
    cells = cells_of()
    values = np.random.default_rng(3).normal(5, 2, (N, D)).astype(np.float32)
    values[::7, 2] = np.nan
    values[:, 5] = 4.0  # constant: says nothing
    found = similar_cells(matrix_of(cells, values, "standard"), cells, [7, 9], 30)
    fit = scaled_for_distances(values, "standard")
    assert set(found.tolist()) == set(by_search(cells, fit, [7, 9], 30))


def test_only_cells_that_may_be_found_are():
    cells = cells_of(kinds=("wbc", "rbc"))
    values = np.random.default_rng(4).normal(size=(N, D)).astype(np.float32)
    white = of_the_kinds(cells, np.array([7]))
    assert set(white.kind.tolist()) == {0}
    found = similar_cells(matrix_of(cells, values), white, [7], 1000)
    others = N // 2 - 1
    assert found.tolist() == by_search(white, values[cells.kind == 0], [7], others)


def test_a_second_search_finds_the_same_as_a_fresh_one():
    cells = cells_of()
    values = np.random.default_rng(5).normal(size=(N, D)).astype(np.float32)
    search = SimilarCells(matrix_of(cells, values, "standard"), cells)
    search.nearest(np.array([9]), 5)
    fresh = similar_cells(matrix_of(cells, values, "standard"), cells, [7], 5)
    assert search.nearest(np.array([7]), 5).tolist() == fresh.tolist()


def test_cells_without_features_are_refused_in_words():
    cells = cells_of()
    values = np.zeros((N, D), np.float32)
    with pytest.raises(BadInputError, match="no test features"):
        similar_cells(matrix_of(cells, values), cells, [8], 5)
