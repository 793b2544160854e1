import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from napari_dinobloom.classification import differential_count, wilson_interval
from napari_dinobloom.core import BadInputError


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(pair):
    n, total = pair
    expected = binomtest(n, total).proportion_ci(method="wilson")
    assert wilson_interval(n, total) == pytest.approx(tuple(expected), abs=1e-9)


def test_a_count_is_sorted_lists_absent_classes_and_adds_up():
    count = differential_count(
        ["neutrophil"] * 120 + ["lymphocyte"] * 80, classes=["blast"]
    )
    assert [(c.name, c.n, c.percent) for c in count.classes] == [
        ("neutrophil", 120, 60.0),
        ("lymphocyte", 80, 40.0),
        ("blast", 0, 0.0),
    ]
    assert count.note == ""
    # rule of three: none of 200 is compatible with up to about 2 %
    assert 1 < count.classes[2].high < 2.5


def test_a_short_count_says_so():
    assert "Only 99 cells" in differential_count(["blast"] * 99).note
    assert differential_count(["blast"] * 100).note == ""
    assert differential_count([]).n_cells == 0


@pytest.mark.parametrize(
    ("n", "total", "level"), [(3, 2, 0.95), (-1, 2, 0.9), (1, 2, 1)]
)
def test_what_is_no_share_is_refused(n, total, level):
    with pytest.raises(BadInputError):
        wilson_interval(n, total, level)
