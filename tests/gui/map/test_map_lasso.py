"""Points inside an outline: as slow, plain geometry says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.measure import points_in_poly

from napari_dinobloom.gui.presenters.map.density import density
from napari_dinobloom.gui.presenters.map.lasso import inside


def rows_inside(polygon, points) -> list[int]:
    points = np.asarray(points, np.float32)
    return inside(np.asarray(polygon, float), points[:, 0], points[:, 1]).tolist()


SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]


def test_a_square_holds_what_is_in_it():
    points = [(5, 5), (11, 5), (5, -0.1), (0.01, 9.99), (np.nan, np.nan)]
    assert rows_inside(SQUARE, points) == [0, 3]


def test_a_loop_drawn_twice_over_itself_is_empty_where_it_overlaps():
    """Even-odd, as the outline is filled on the screen."""
    eight = [(0, 0), (10, 10), (10, 0), (0, 10)]
    points = [(1, 5), (9, 5), (5, 1), (5, 9)]
    assert rows_inside(eight, points) in ([0, 1], [2, 3])
    assert rows_inside(SQUARE + SQUARE, [(5, 5)]) == []


def test_a_line_or_a_click_holds_nothing():
    assert rows_inside([(0, 0), (5, 5)], [(2, 2)]) == []
    assert rows_inside([(1, 1), (1, 1), (1, 1)], [(1, 1)]) == []


def test_a_thin_sliver_is_exact_where_the_grid_is_too_coarse():
    sliver = [(0, 0), (1000, 1000), (1000, 1000.5)]
    along = np.linspace(10, 990, 500)
    within = np.stack([along, along * 1.00025], axis=1)
    beside = np.stack([along, along * 1.00075 + 0.001], axis=1)
    points = np.concatenate([within, beside]).astype(np.float32)
    expected = points_in_poly(points.astype(float), np.array(sliver, float))
    assert 0 < expected.sum() < len(points)
    assert rows_inside(sliver, points) == np.flatnonzero(expected).tolist()


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(3, 25), st.just(2)),
        elements=st.floats(-100, 100, width=16),
    ),
    st.integers(0, 2**32 - 1),
)
def test_it_agrees_with_testing_every_point_against_every_edge(polygon, seed):
    points = np.random.default_rng(seed).uniform(-110, 110, (3000, 2)).astype("f4")
    expected = points_in_poly(points.astype(float), polygon)
    assert rows_inside(polygon, points) == np.flatnonzero(expected).tolist()


def test_the_cloud_is_brightest_where_most_points_lie():
    rng = np.random.default_rng(0)
    crowd = rng.normal((8, 2), 0.1, (900, 2))
    few = rng.uniform(0, 10, (100, 2))
    values, (x0, y0, x1, y1) = density(np.concatenate([crowd, few]).astype("f4"))
    row, column = np.unravel_index(values.argmax(), values.shape)
    x = x0 + (column + 0.5) * (x1 - x0) / values.shape[1]
    y = y0 + (row + 0.5) * (y1 - y0) / values.shape[0]
    assert abs(x - 8) < 0.3
    assert abs(y - 2) < 0.3
    assert values.max() == 1
    assert values.min() >= 0
