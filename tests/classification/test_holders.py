import numpy as np
import pytest

from napari_dinobloom.classification import IncrementalKNN

N_CELLS, LABELS = 2_000, 600


def labelled_one_by_one(k):
    features = np.random.default_rng(0).standard_normal((N_CELLS, 4)).astype("f4")
    model = IncrementalKNN(features, k=k)
    for row in range(LABELS):
        model.set_labels([row], ["blast" if row % 2 else "monocyte"])
    return model


@pytest.mark.parametrize("k", [3, 20])
def test_entries_do_not_pile_up_while_cells_are_labelled_one_by_one(k):
    model = labelled_one_by_one(k)
    room = model._lists.slots.shape[1]
    # without looking through them there are room · ln(600 / room) more per cell
    assert model._lists.holders.n_entries <= 2.2 * room * N_CELLS


def test_every_row_that_holds_a_cell_is_known_after_entries_were_put_away():
    model = labelled_one_by_one(3)
    lists = model._lists
    for slot in range(LABELS):
        used = np.arange(lists.slots.shape[1]) < lists.held[:, None]
        holding = np.flatnonzero(((lists.slots == slot) & used).any(axis=1))
        assert set(holding) <= set(lists.holders_of(np.array([slot])).tolist())


def test_a_correction_among_other_edits_reaches_all_that_hold_the_cell():
    one, other = labelled_one_by_one(3), labelled_one_by_one(3)
    rows = [5, 700, 9, 11]
    names = ["lymphocyte", "blast", None, "lymphocyte"]
    changed = one.set_labels(rows, names)
    apart = [
        other.set_labels([row], [name]) for row, name in zip(rows, names, strict=True)
    ]
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    np.testing.assert_array_equal(one.predicted, other.predicted)
    assert set(changed) <= set(np.concatenate(apart).tolist())
    everyone = one.best_of(np.arange(N_CELLS))
    one.reconfigure(weights="distance")
    one.reconfigure(weights="uniform")
    np.testing.assert_array_equal(one.best_of(np.arange(N_CELLS)), everyone)
