"""New cells on a map that stands."""

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.projection import place_beside
from napari_dinobloom.projection.place import neighbour_weights


def finish(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_a_copy_of_a_known_cell_lies_on_it(metric):
    rng = np.random.default_rng(0)
    known = rng.normal(size=(200, 8)).astype("f4")
    xy = rng.normal(size=(200, 2)).astype("f4")
    placed = finish(place_beside(known, xy, known[[3, 50, 199]], metric=metric))
    np.testing.assert_allclose(placed, xy[[3, 50, 199]], atol=2e-3)


def test_new_cells_lie_among_their_own_group():
    rng = np.random.default_rng(0)
    centres = 10 * rng.normal(size=(3, 12))
    spots = np.array([(0, 0), (20, 0), (0, 20)])
    group = np.arange(300) % 3
    known = (centres[group] + rng.normal(size=(300, 12))).astype("f4")
    xy = (spots[group] + rng.normal(size=(300, 2))).astype("f4")
    new = (centres[[0, 1, 2, 0]] + rng.normal(size=(4, 12))).astype("f4")
    placed = finish(place_beside(known, xy, new))
    assert np.linalg.norm(placed - spots[[0, 1, 2, 0]], axis=1).max() < 3


@pytest.mark.filterwarnings("ignore:Tensorflow not installed:ImportWarning")
def test_weights_are_those_of_umap_s_own_start():
    from umap.umap_ import compute_membership_strengths, smooth_knn_dist

    distances = np.sort(np.random.default_rng(1).gamma(3, 1, (40, 15)), axis=1)
    distances = distances.astype("f4")
    sigmas, rhos = smooth_knn_dist(distances, 15.0, local_connectivity=0.0)
    rows = np.arange(40 * 15).reshape(40, 15).astype("i4")
    _, _, strengths, _ = compute_membership_strengths(
        rows, distances, sigmas, rhos, bipartite=True
    )
    strengths = strengths.reshape(40, 15)
    expected = strengths / strengths.sum(axis=1, keepdims=True)
    # umap-learn stops its search for σ within 1e-5 of the target sum
    np.testing.assert_allclose(neighbour_weights(distances), expected, atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_fewer_known_cells_than_neighbours_are_enough(n):
    rng = np.random.default_rng(0)
    known, xy = rng.normal(size=(n, 4)).astype("f4"), rng.normal(size=(n, 2))
    placed = finish(place_beside(known, xy, rng.normal(size=(6, 4)).astype("f4")))
    assert np.isfinite(placed).all()
    low, high = xy.min(axis=0) - 1e-5, xy.max(axis=0) + 1e-5
    assert ((placed >= low) & (placed <= high)).all()


def test_cells_all_alike_are_placed_in_their_middle_or_on_one():
    known, xy = np.ones((30, 4), "f4"), np.arange(60).reshape(30, 2)
    placed = finish(place_beside(known, xy, np.ones((2, 4), "f4")))
    assert np.isfinite(placed).all()


def test_blocks_do_not_show(monkeypatch):
    from napari_dinobloom.projection import place

    rng = np.random.default_rng(0)
    known, xy = rng.normal(size=(500, 6)).astype("f4"), rng.normal(size=(500, 2))
    new = rng.normal(size=(70, 6)).astype("f4")
    whole = finish(place_beside(known, xy, new))
    monkeypatch.setattr(place, "_KNOWN_AT_ONCE", 37)
    monkeypatch.setattr(place, "_NEW_AT_ONCE", 11)
    np.testing.assert_allclose(finish(place_beside(known, xy, new)), whole, atol=1e-6)


def test_an_empty_map_is_refused():
    with pytest.raises(BadInputError, match="no cell on the map"):
        finish(place_beside(np.empty((0, 3), "f4"), np.empty((0, 2)), np.ones((1, 3))))
