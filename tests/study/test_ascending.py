"""Ids in order and codes by number are those of numpy's own sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_dinobloom.study.ascending import ascending, numbered

IDS = hnp.arrays(np.int64, st.integers(0, 30), elements=st.integers(-5, 20))
CODES = hnp.arrays(np.int32, st.integers(0, 30), elements=st.integers(-1, 9))


@given(ids=IDS)
def test_ids_come_once_and_in_order(ids: np.ndarray) -> None:
    assert ascending(ids).tolist() == np.unique(ids).tolist()
    once = np.unique(ids)
    assert ascending(once) is once


@given(codes=CODES)
def test_codes_are_numbered_in_their_order(codes: np.ndarray) -> None:
    used, which = numbered(codes)
    assert used == np.unique(codes).tolist()
    assert np.array(used, np.int64)[which].tolist() == codes.tolist()
