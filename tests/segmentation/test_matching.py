"""Which cell is which once a picture is searched again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dinobloom.segmentation.matching import match_cells


def image(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Cells 1, 2, … as boxes (top, left, bottom, right) in 40 × 60 pixels."""
    labels = np.zeros((40, 60), np.int32)
    for value, (top, left, bottom, right) in enumerate(boxes, start=1):
        labels[top:bottom, left:right] = value
    return labels


NO_NUCLEI = image()


def pairs(before: np.ndarray, after: np.ndarray) -> list[tuple[int, int]]:
    found = match_cells(before, after, NO_NUCLEI, NO_NUCLEI)
    return list(zip(found.before.tolist(), found.after.tolist(), strict=True))


def test_the_same_picture_twice_is_the_same_cells_whatever_their_numbers():
    before = image((0, 0, 10, 10), (20, 20, 30, 30), (5, 40, 15, 50))
    order = np.array([0, 3, 1, 2], np.int32)
    found = match_cells(before, order[before], NO_NUCLEI, NO_NUCLEI)
    assert found.after.tolist() == [1, 2, 3]
    assert order[found.before].tolist() == [1, 2, 3]
    assert found.is_same.all()


def test_a_moved_outline_is_the_same_cell_but_not_the_same_outline():
    found = match_cells(
        image((0, 0, 10, 10)), image((1, 0, 11, 10)), NO_NUCLEI, NO_NUCLEI
    )
    assert found.before.tolist() == found.after.tolist() == [1]
    assert not found.is_same[0]


def test_another_nucleus_is_another_outline():
    cells, nucleus = image((0, 0, 10, 10)), image((3, 3, 6, 6))
    assert match_cells(cells, cells, nucleus, nucleus).is_same[0]
    assert not match_cells(cells, cells, nucleus, NO_NUCLEI).is_same[0]
    assert not match_cells(cells, cells, NO_NUCLEI, nucleus).is_same[0]


def test_cells_that_overlap_little_are_two_cells():
    assert pairs(image((0, 0, 10, 10)), image((6, 6, 16, 16))) == []


def test_a_nucleus_and_its_whole_cell_are_one_cell():
    assert pairs(image((5, 5, 11, 11)), image((3, 3, 13, 13))) == [(1, 1)]


def test_of_a_clump_taken_apart_the_larger_half_is_the_cell():
    clump = image((0, 0, 10, 30))
    assert pairs(clump, image((0, 0, 10, 18), (0, 18, 10, 30))) == [(1, 1)]
    assert pairs(clump, image((0, 0, 10, 12), (0, 12, 10, 30))) == [(1, 2)]


def test_two_halves_joined_are_the_larger_of_them():
    halves = image((0, 0, 10, 18), (0, 18, 10, 30))
    assert pairs(halves, image((0, 0, 10, 30))) == [(1, 1)]


def test_pictures_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        match_cells(np.zeros((2, 3), int), np.zeros((3, 2), int), NO_NUCLEI, NO_NUCLEI)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_cell_has_two_partners_and_every_large_overlap_is_a_pair(seed: int):
    rng = np.random.default_rng(seed)
    before, after = (
        np.kron(rng.integers(0, 7, (6, 8)), np.ones((5, 5), int)).astype(np.int32)
        for _ in range(2)
    )
    after = np.where(rng.random((6, 8)).repeat(5, 0).repeat(5, 1) < 0.8, before, after)
    found = match_cells(before, after, before * 0, after * 0)
    assert len(set(found.before.tolist())) == len(found.before)
    assert len(set(found.after.tolist())) == len(found.after)
    paired = set(zip(found.before.tolist(), found.after.tolist(), strict=True))
    for a in range(1, 7):
        for b in range(1, 7):
            either = ((before == a) | (after == b)).sum()
            both = ((before == a) & (after == b)).sum()
            if both > 0.5 * either:
                assert (a, b) in paired
