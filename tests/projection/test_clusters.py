"""Groups of dots that lie densely together."""

import numpy as np
import pytest

from napari_dinobloom.projection import find_clusters

SIZES = (600, 300, 100)


@pytest.fixture(scope="module")
def three_islands():
    """(1000, 2) places in three islands of different size, and the island of each."""
    rng = np.random.default_rng(0)
    island = np.repeat(np.arange(3), SIZES)
    centres = np.array([(0, 0), (20, 0), (0, 20)])
    return (centres[island] + rng.normal(size=(1000, 2))).astype("f4"), island


def test_islands_are_clusters_the_largest_first(three_islands):
    places, island = three_islands
    labels, sampled = find_clusters(places, 30)
    assert not sampled
    inside = labels >= 0
    assert inside.mean() > 0.8
    assert (labels[inside] == island[inside]).all()


def test_a_sample_finds_the_same_islands(three_islands):
    places, island = three_islands
    labels, sampled = find_clusters(places, 60, most=400)
    assert sampled
    inside = labels >= 0
    assert inside.mean() > 0.7
    assert (labels[inside] == island[inside]).all()
    again, _ = find_clusters(places, 60, most=400)
    np.testing.assert_array_equal(labels, again)


def test_groups_smaller_than_asked_for_are_no_clusters(three_islands):
    labels, _ = find_clusters(three_islands[0], 200)
    assert labels.max() == 1


@pytest.mark.parametrize("n", [0, 1, 3, 19])
def test_a_handful_of_cells_has_no_clusters(n):
    labels, _ = find_clusters(np.zeros((n, 2), "f4"), 10)
    assert labels.tolist() == [-1] * n


def test_cells_that_lie_on_one_spot_are_not_an_error():
    labels, _ = find_clusters(np.zeros((100, 2), "f4"), 10)
    assert len(labels) == 100
