"""Which kinds of cells are predicted, given what was labelled."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.study import CELL_KINDS
from napari_dinobloom.workflows.classify_cells import classes_by_kind, fair_kinds


def counts(**classes):
    """(C, K) from the cells of each kind, by class."""
    table = np.zeros((len(classes), len(CELL_KINDS)), np.int64)
    for row, of_kind in enumerate(classes.values()):
        for kind, n in of_kind.items():
            table[row, CELL_KINDS.index(kind)] = n
    return table


def test_a_few_white_cells_of_two_classes_are_predicted_beside_many_red_ones():
    said = counts(eosinophil={"wbc": 2}, lymphocyte={"wbc": 1}, normocyte={"rbc": 1574})
    assert fair_kinds(said) == ("rbc", "wbc")


def test_a_few_white_cells_found_as_red_ones_do_not_have_red_cells_predicted():
    said = counts(
        lymphocyte={"wbc": 60, "rbc": 2},
        monocyte={"wbc": 9, "rbc": 1},
        smudge={"rbc": 3},
    )
    assert fair_kinds(said) == ("wbc",)


def test_a_tenth_of_the_labels_is_enough():
    said = counts(lymphocyte={"wbc": 18}, giant={"platelet": 2})
    assert fair_kinds(said) == ("platelet", "wbc")
    assert fair_kinds(counts(lymphocyte={"wbc": 19}, giant={"platelet": 2})) == ("wbc",)


def test_nothing_labelled_is_nothing_predicted():
    assert fair_kinds(np.zeros((0, len(CELL_KINDS)), np.int64)) == ()
    assert fair_kinds(np.zeros((3, len(CELL_KINDS)), np.int64)) == ()


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, len(CELL_KINDS) - 1))))
def test_classes_are_counted_by_kind(cells):
    codes = np.array([code for code, _ in cells], np.int16)
    kinds = np.array([kind for _, kind in cells], np.int64)
    table = classes_by_kind(codes, kinds, 4)
    for code in range(4):
        for kind in range(len(CELL_KINDS)):
            assert table[code, kind] == cells.count((code, kind))
