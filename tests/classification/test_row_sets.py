import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_dinobloom.classification import IncrementalKNN
from napari_dinobloom.classification._row_sets import united

ROWS = st.lists(st.integers(0, 99), max_size=12)


@given(parts=st.lists(ROWS, max_size=4))
def test_rows_of_several_parts_come_once_and_in_order(parts):
    arrays = [np.array(part, np.int32) for part in parts]
    expected = sorted({row for part in parts for row in part})
    for n in (100, 100_000):  # by marking, by sorting
        assert united(arrays, n).tolist() == expected


def test_labels_told_as_columns_are_those_told_one_by_one():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 5)).astype(np.float32)
    one, other = (IncrementalKNN(features, k=3) for _ in "12")
    names = ("blast", "monocyte", "never named")
    for size in (40, 1, 1, 30):
        rows = rng.integers(0, 300, size)  # some of them twice
        codes = rng.integers(-1, 2, size)
        changed = one.set_codes(rows, codes, names)
        words = [(*names, None)[code] for code in codes]
        np.testing.assert_array_equal(changed, other.set_labels(rows, words))
        assert one.class_names == other.class_names
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_labels_take_no_memory_of_their_features_size():
    features = np.zeros((4_000, 384), np.float32)
    features[:, 0] = np.arange(4_000)
    model = IncrementalKNN(features, k=3)
    model.set_labels(np.arange(2_000), ["a", "b"] * 1_000)
    table = model._table
    taken = sum(getattr(table, name).nbytes for name in ("row", "code", "slot_of"))
    assert taken < features[:2_000].nbytes / 20
