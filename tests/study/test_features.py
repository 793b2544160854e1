import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.study import Rows, features, scaled

IDS = st.lists(st.integers(1, 40), unique=True, max_size=12)


def test_all_cells_in_their_order_are_given_without_a_copy() -> None:
    rows = Rows(np.array([2, 5, 9]), np.ones((3, 2), np.float32))
    values, present = rows.of(np.array([2, 5, 9]))
    assert values is rows.values
    assert present.all()
    assert rows.of(np.array([2, 9]))[0] is not rows.values


@given(have=IDS, want=st.lists(st.integers(1, 40), max_size=20))
def test_a_column_is_that_of_the_rows(have: list[int], want: list[int]) -> None:
    values = np.array(have, float)[:, None] * [1, 10]
    rows = Rows(np.array(have, int), values.reshape(-1, 2))
    expected, present = rows.of(np.array(want, int))
    np.testing.assert_array_equal(rows.column(np.array(want, int), 1), expected[:, 1])
    at, found = rows.positions(np.array(want, int))
    np.testing.assert_array_equal(found, present)
    assert [have[i] for i in at[found]] == [i for i in want if i in have]


def test_what_is_fit_for_distances_is_not_copied() -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert scaled(values, "none") is values
    values[1, 0] = np.nan
    fit = scaled(values, "none")
    assert fit.tolist() == [[0, 1], [0, 3], [4, 5]]
    assert np.isnan(values[1, 0])


@pytest.mark.parametrize("at_once", [3, 1000])
def test_standard_scaling_by_parts_is_that_of_the_whole(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "_ROWS_AT_ONCE", at_once)
    values = np.random.default_rng(0).normal(5, 2, (20, 4)).astype(np.float32)
    values[:, 3] = 7
    values[2, 1], values[4, 1] = np.nan, np.inf
    out = scaled(values, "standard")
    known = np.isfinite(values[:, 1])
    np.testing.assert_allclose(
        out[known, 1],
        (values[known, 1] - values[known, 1].mean()) / values[known, 1].std(),
        rtol=1e-5,
    )
    assert (out[~known, 1] == 0).all()
    assert (out[:, 3] == 0).all()
