import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from napari_dinobloom.core import BadInputError
from napari_dinobloom.neighbours import NeighbourGraph, exact_neighbours


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(3, 120),
    d=st.integers(2, 20),
    k=st.integers(1, 20),
    metric=st.sampled_from(["euclidean", "cosine"]),
    block=st.sampled_from([7, 32, 4096]),
)
def test_the_graph_is_scikit_learns_brute_force(seed, n, d, k, metric, block):
    rng = np.random.default_rng(seed)
    # float64 for the reference: scikit-learn's float32 cosine rounds at 1e-7
    features = rng.standard_normal((n, d)).astype(np.float32)
    graph = finish(exact_neighbours(features, k, metric, block=block))
    k = min(k, n - 1)
    model = NearestNeighbors(n_neighbors=k, algorithm="brute", metric=metric)
    distances, indices = model.fit(features.astype(float)).kneighbors()
    np.testing.assert_allclose(graph.distances, distances, rtol=2e-6, atol=1e-7)
    clear = np.diff(distances, axis=1).min(axis=1, initial=1) > 1e-12
    np.testing.assert_array_equal(graph.indices[clear], indices[clear])
    assert (graph.indices.dtype, graph.distances.dtype) == (np.int32, np.float32)


def test_twins_come_in_the_order_of_their_rows_and_never_a_cell_itself():
    features = np.zeros((6, 3), np.float32)
    graph = finish(exact_neighbours(features, 3))
    np.testing.assert_array_equal(graph.indices[0], [1, 2, 3])
    np.testing.assert_array_equal(graph.indices[2], [0, 1, 3])
    assert (graph.distances == 0).all()


def test_close_cells_far_from_the_origin_are_told_apart():
    # |x|² is 3e10: float32 products alone would see no difference at all
    features = (1e5 + np.arange(50.0)[:, None] * np.ones(3)).astype(np.float32)
    graph = finish(exact_neighbours(features, 2))
    np.testing.assert_array_equal(graph.indices[10], [9, 11])
    np.testing.assert_allclose(graph.distances[10], np.sqrt(3), rtol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_cells_have_as_many_neighbours_as_there_are(n):
    graph = finish(exact_neighbours(np.eye(3, dtype=np.float32)[:n], 5))
    assert graph.indices.shape == (n, max(n - 1, 0))


def test_progress_reaches_its_end():
    features = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    seen = list(exact_neighbours(features, 2, block=16))
    assert seen[-1].done == seen[-1].total == 50
    assert [p.done for p in seen] == sorted(p.done for p in seen)


def test_a_graph_can_be_cut_but_not_grown():
    graph = finish(exact_neighbours(np.eye(5, dtype=np.float32), 4))
    assert isinstance(graph.first(2), NeighbourGraph)
    np.testing.assert_array_equal(graph.first(2).indices, graph.indices[:, :2])
    with pytest.raises(BadInputError, match="k = 9"):
        graph.first(9)


@pytest.mark.parametrize(
    ("features", "k", "metric", "words"),
    [
        (np.array([[0.0], [np.nan]]), 1, "euclidean", "cell row 1"),
        (np.zeros((2, 2)), 0, "euclidean", "at least 1"),
        (np.zeros((2, 2)), 1, "hamming", "hamming"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(features, k, metric, words):
    with pytest.raises(BadInputError, match=words):
        finish(exact_neighbours(features.astype(np.float32), k, metric))
