"""Filters, order and groups over arrays: no window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_dinobloom.gui.presenters.gallery.filters import Filters, chosen_rows
from napari_dinobloom.gui.presenters.gallery.nearness import nearness
from napari_dinobloom.gui.presenters.gallery.order import (
    Sort,
    Wish,
    arrange,
    ordered,
)
from napari_dinobloom.gui.presenters.gallery.snapshot import FACTS, Snapshot
from napari_dinobloom.gui.presenters.roster import ClassLook, Roster
from napari_dinobloom.study import FeatureMatrix, Recipe, Rows, scaled

KINDS = ("wbc", "rbc", "platelet", "rbc")


@pytest.fixture
def roster(make_study, desk_with, label) -> Roster:
    """Two slides of four cells; cells 1 and 6 are labelled, five are predicted."""
    study = make_study(slides=2, kinds=KINDS)
    label(study, 1, "blast")
    label(study, 6, "band")
    desk = desk_with(study, False)
    roster = Roster(desk, later=lambda call: call)
    desk.open(Path("x.study"))
    assert roster.class_names[:2] == ("blast", "band")
    rows = np.arange(5)
    chance = np.array([0.9, 0.4, 0.6, 0.4, 0.8], np.float32)
    roster.set_predictions(rows, np.array([1, 0, 0, 1, 1], np.int16), chance)
    return roster


@pytest.fixture
def arranged(roster) -> Callable[..., Any]:
    """Arranges the cells; gives ids in display order."""

    def make(wish: Wish = Wish(), in_hand: tuple[int, ...] = ()) -> Any:  # noqa: B008
        snapshot = Snapshot.of(roster, set(FACTS), np.array(in_hand, np.int64))
        weight = np.array([5, 1, np.nan, 4, 2, 2, 0, 9], np.float32)
        return arrange(snapshot, wish, lambda *_: weight, lambda _: weight)

    return make


def ids(arranged, filters: Filters = Filters(), **kwargs: Any) -> list[int]:  # noqa: B008
    return arranged(Wish(filters, **kwargs)).ids.tolist()


def test_without_a_wish_all_cells_come_as_they_were_found(arranged):
    assert ids(arranged) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("facet", "names", "expected"),
    [
        ("kind", {"wbc"}, [1, 5]),
        ("kind", {"wbc", "platelet"}, [1, 3, 5, 7]),
        ("label", {"blast"}, [1]),
        ("label", {""}, [2, 3, 4, 5, 7, 8]),
        ("prediction", {"band"}, [1, 4, 5]),
        ("slide", {"slide 1"}, [5, 6, 7, 8]),
        ("patient", {""}, [1, 2, 3, 4, 5, 6, 7, 8]),
        ("state", {"labelled"}, [1, 6]),
        ("state", {"disagreeing"}, [1]),
        ("state", {"agreeing"}, []),
        ("state", {"unlabelled", "disagreeing"}, [1, 2, 3, 4, 5, 7, 8]),
    ],
)
def test_a_facet_lets_through_cells_of_any_of_its_names(
    arranged, facet, names, expected
):
    assert ids(arranged, Filters({facet: frozenset(names)})) == expected


def test_facets_combine(arranged):
    filters = Filters({"kind": frozenset({"rbc"}), "slide": frozenset({"slide 0"})})
    assert ids(arranged, filters) == [2, 4]


def test_a_bound_on_the_probability_leaves_out_cells_without_prediction(arranged):
    assert ids(arranged, Filters(least=0.5)) == [1, 3, 5]
    assert ids(arranged, Filters(most=0.5)) == [2, 4]


def test_an_unsure_cell_is_neither_labelled_nor_untouched(arranged, roster):
    roster.unsure[1] = True
    assert ids(arranged, Filters({"state": frozenset({"unsure"})})) == [2]
    assert 2 not in ids(arranged, Filters({"state": frozenset({"unlabelled"})}))


def test_only_cells_in_hand(arranged):
    wish = Wish(Filters(in_hand=True))
    assert arranged(wish, in_hand=(2, 7, 99)).ids.tolist() == [2, 7]
    assert not len(arranged(wish).ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", [3]),
        ("#3", [3]),
        ("2, 6-7", [2, 6, 7]),
        ("SLIDE 1", [5, 6, 7, 8]),
        ("slide-0-field", [1, 2, 3, 4]),
        ("7-2", []),
        ("nobody", []),
        ("999999999999999999", []),
    ],
)
def test_what_is_typed_finds_numbers_slides_and_files(arranged, text, expected):
    assert ids(arranged, Filters(text=text)) == expected


def test_the_least_sure_come_first_and_unpredicted_ones_last_either_way(arranged):
    assert ids(arranged, sort=Sort("chance")) == [2, 4, 3, 5, 1, 6, 7, 8]
    assert ids(arranged, sort=Sort("chance", True)) == [1, 5, 3, 2, 4, 6, 7, 8]


def test_a_cell_without_the_feature_comes_last_either_way(arranged):
    assert ids(arranged, sort=Sort("feature")) == [7, 2, 5, 6, 4, 1, 8, 3]
    assert ids(arranged, sort=Sort("feature", True)) == [8, 1, 4, 5, 6, 2, 7, 3]


def test_shuffling_depends_on_its_seed_alone(arranged):
    first = ids(arranged, sort=Sort("random", seed=1))
    assert first == ids(arranged, sort=Sort("random", seed=1))
    assert first != ids(arranged, sort=Sort("random", seed=2))
    assert sorted(first) == list(range(1, 9))


def test_groups_keep_the_order_within_and_count_their_cells(arranged):
    order = arranged(Wish(sort=Sort("found", True), group="kind"))
    assert order.ids.tolist() == [5, 1, 8, 6, 4, 2, 7, 3]
    said = [(s.title, s.start, s.count) for s in order.sections]
    assert said == [("White cells", 0, 2), ("Red cells", 2, 4), ("Platelets", 6, 2)]


def test_cells_without_a_label_form_the_last_group(arranged):
    order = arranged(Wish(group="label"))
    assert [s.title for s in order.sections] == ["blast", "band", "Not labelled"]
    assert order.ids.tolist() == [1, 6, 2, 3, 4, 5, 7, 8]


def test_a_cell_is_found_in_the_order_and_one_that_is_hidden_is_not(arranged):
    order = arranged(Wish(Filters({"kind": frozenset({"rbc"})}), Sort("found", True)))
    assert [order.index_of(i) for i in (8, 6, 4, 2)] == [0, 1, 2, 3]
    assert order.index_of(1) == order.index_of(99) == order.index_of(None) == -1
    assert order.ascending.tolist() == [2, 4, 6, 8]


def test_filters_on_an_empty_study_let_nothing_through():
    roster = Roster.__new__(Roster)
    roster._clear()
    roster.classes = (ClassLook("blast", "#112233"),)
    roster._desk = type("Desk", (), {"study": None})()
    snapshot = Snapshot.of(roster, {"slide"}, np.array([1], np.int64))
    filters = Filters({"label": frozenset({"blast"})}, text="1", in_hand=True)
    assert not len(chosen_rows(snapshot, filters))


@pytest.fixture
def matrix() -> FeatureMatrix:
    """Features of cells 1 … 400 on very different scales, one of them missing."""
    values = np.random.default_rng(0).normal(size=(400, 5)) * [1, 1e4, 1e-3, 1, 0]
    values = np.add(values, [0, 1e5, 0, 0, 7]).astype(np.float32)
    values[3, 1] = np.nan
    rows = Rows(np.arange(1, 401), values)
    names = tuple("abcde")
    return FeatureMatrix("m", names, Recipe("test"), "standard", (rows,))


@pytest.mark.parametrize("scaling", ["standard", "none"])
def test_nearness_is_the_distance_of_scaled_features(matrix, scaling):
    rows = matrix.rows
    matrix = FeatureMatrix("m", tuple("abcde"), Recipe("test"), scaling, (rows,))
    far = nearness(matrix, rows.cell_ids, np.array([4, 9]))
    flat = scaled(rows.values, scaling).astype(float)
    expected = [((flat - flat[i]) ** 2).sum(axis=1) for i in (3, 8)]
    exact = np.minimum(*expected)
    np.testing.assert_allclose(far, exact, rtol=2e-3, atol=1e-4 * exact.max())
    if scaling == "standard":
        assert set(np.argsort(far)[:2]) == {3, 8}


def test_of_many_cells_in_hand_their_middle_counts(matrix):
    many = np.arange(1, 101)
    far = nearness(matrix, matrix.cell_ids, many)
    flat = scaled(matrix.values, "standard")
    expected = ((flat - flat[:100].mean(axis=0)) ** 2).sum(axis=1)
    np.testing.assert_allclose(far, expected, rtol=2e-3, atol=1e-3)


def test_a_cell_without_features_has_no_distance(matrix):
    far = nearness(matrix, np.array([0, 4, 500]), np.array([4]))
    assert np.isnan(far).tolist() == [True, False, True]
    assert np.isnan(nearness(matrix, np.array([4]), np.array([999]))).all()


@pytest.mark.parametrize("descending", [False, True])
def test_the_quick_order_is_the_stable_one(descending):
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(scale=3, size=5000), 1).astype(np.float32)
    values[::7], values[::11] = 0.0, -0.0
    values[::13] = values[::13] * np.float32(1e-40)  # below the smallest normal number
    values[:3] = [np.inf, -np.inf, np.nan]
    rows = np.arange(5000)
    got = ordered(rows, values, descending)
    kept = np.isfinite(values)
    key = -values[kept] if descending else values[kept]
    expected = rows[kept][np.argsort(key, kind="stable")]
    np.testing.assert_array_equal(got[: kept.sum()], expected)
    assert sorted(got[kept.sum() :]) == [0, 1, 2]
