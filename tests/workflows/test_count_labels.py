"""Counts of classes: what a loop over the cells would give."""

import numpy as np

from napari_dinobloom.workflows.count_labels import count_classes, count_table


def test_counts_are_those_of_a_loop():
    rng = np.random.default_rng(3)
    codes = rng.integers(-1, 4, 500).astype(np.int16)
    groups = rng.integers(-1, 3, 500).astype(np.int32)
    table = count_table(codes, groups, 4, 3)
    for group in (-1, 0, 1, 2):
        for code in (-1, 0, 1, 2, 3):
            there = sum(
                g == group and c == code for g, c in zip(groups, codes, strict=True)
            )
            assert table[group, code] == there
    np.testing.assert_array_equal(count_classes(codes, 4), table[:, :4].sum(axis=0))


def test_no_cells_and_no_classes_are_counted_as_none():
    nothing = np.empty(0, np.int16)
    assert count_classes(nothing, 3).tolist() == [0, 0, 0]
    assert count_table(nothing, nothing, 0, 0).tolist() == [[0]]


def test_the_highest_code_that_fits_is_counted():
    codes = np.full(3, np.iinfo(np.int16).max, np.int16)
    assert count_classes(codes, 32_768)[-1] == 3
