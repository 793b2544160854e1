import threading

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.neighbours import exact_neighbours
from napari_dinobloom.projection import PCA, UMAP, projectors


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


@pytest.fixture(scope="module")
def three_groups():
    """(180, 20) features in three groups far apart, and the group of each."""
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(3), 60)
    centres = 8 * rng.standard_normal((3, 20))
    return (centres[group] + rng.standard_normal((180, 20))).astype("f4"), group


def test_umap_keeps_groups_and_neighbourhoods_together(three_groups):
    features, group = three_groups
    graph = finish(exact_neighbours(features, 20))
    steps = list(UMAP().project(features, graph))
    assert "compiles" in steps[0].message
    laid_out = [s for s in steps if s.message == "Laying out the map"]
    assert (laid_out[-1].done, laid_out[-1].total) == (500, 500)
    places = finish(UMAP().project(features, graph))
    assert places.shape == (180, 2)
    assert places.dtype == np.float32
    assert trustworthiness(features, places, n_neighbors=10) > 0.8
    centres = np.array([places[group == g].mean(axis=0) for g in range(3)])
    spread = max(np.linalg.norm(places - centres[group], axis=1))
    gaps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert spread < gaps.min()


def test_a_seed_gives_one_map_with_or_without_a_ready_graph(three_groups):
    features, _ = three_groups
    graph = finish(exact_neighbours(features, 30))
    first = finish(UMAP(seed=3).project(features, graph))
    again = finish(UMAP(seed=3).project(features))
    other = finish(UMAP(seed=4).project(features, graph))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_closing_the_map_ends_it_and_another_can_follow(three_groups):
    features = np.random.default_rng(0).standard_normal((3000, 4)).astype("f4")
    steps = UMAP().project(features)
    while (step := next(steps)).message != "Laying out the map":
        pass
    assert step.done < step.total
    steps.close()
    assert not [t for t in threading.enumerate() if t.name == "umap"]
    assert finish(UMAP().project(three_groups[0])).shape == (180, 2)


@pytest.mark.parametrize("name", ["umap", "pca"])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8, 14, 15, 31])
def test_few_cells_have_places_too(name, n):
    features = np.random.default_rng(0).standard_normal((n, 6)).astype(np.float32)
    places = finish(projectors.create(name).project(features, None))
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == n


@pytest.mark.parametrize("name", ["umap", "pca"])
@pytest.mark.parametrize("n", [3, 20, 60])
def test_cells_that_are_all_alike_have_finite_places(name, n):
    places = finish(projectors.create(name).project(np.ones((n, 6), "f4"), None))
    assert np.isfinite(places).all()


@pytest.mark.parametrize("shape", [(200, 12), (10, 40), (50, 1)])
def test_pca_is_scikit_learns_up_to_sign(shape):
    from sklearn import decomposition

    rng = np.random.default_rng(1)
    features = rng.standard_normal(shape) * np.arange(shape[1], 0, -1) + 5
    places = finish(PCA().project(features.astype(np.float32)))
    kept = min(2, shape[1])
    expected = decomposition.PCA(kept, svd_solver="full").fit_transform(features)
    np.testing.assert_allclose(
        np.abs(places[:, :kept]), np.abs(expected), rtol=1e-3, atol=1e-3
    )
    assert (places[:, kept:] == 0).all()


def test_pca_has_one_sign_whatever_the_order_of_the_cells():
    features = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    forward = finish(PCA().project(features))
    backward = finish(PCA().project(features[::-1]))
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-5)


@pytest.mark.parametrize("name", ["umap", "pca"])
def test_a_feature_that_is_no_number_is_named(name):
    features = np.ones((10, 3), np.float32)
    features[7, 1] = np.nan
    with pytest.raises(BadInputError, match="cell row 7"):
        finish(projectors.create(name).project(features, None))


def test_a_graph_of_other_cells_is_refused():
    features = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    graph = finish(exact_neighbours(features[:30], 20))
    with pytest.raises(BadInputError, match="30 cells"):
        finish(UMAP().project(features, graph))
    graph = finish(exact_neighbours(features, 5))
    with pytest.raises(BadInputError, match="k = 14"):
        finish(UMAP().project(features, graph))


def test_parameters_out_of_range_and_unknown_names_are_refused():
    with pytest.raises(BadInputError, match="at least 2"):
        UMAP(n_neighbours=1)
    with pytest.raises(BadInputError, match="0 to 1"):
        UMAP(min_distance=2)
    with pytest.raises(UnknownNameError, match="umap"):
        projectors.create("umpa")
