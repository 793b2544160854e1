import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.segmentation import Segmentation, Segmenter, measure, segmenters


def segmentation(labels, kinds, nuclei=None, scores=None):
    labels = np.asarray(labels, np.int32)
    nuclei = np.zeros_like(labels) if nuclei is None else np.asarray(nuclei, np.int32)
    scores = np.full(len(kinds), 0.5, np.float32) if scores is None else scores
    return Segmentation(labels, nuclei, tuple(kinds), scores, 7.0)


def test_measure_tells_box_centre_and_areas():
    labels = np.zeros((6, 8), np.int32)
    labels[1:4, 2:6] = 1
    labels[5, 7] = 2
    nuclei = np.zeros_like(labels)
    nuclei[2, 3:5] = 1
    rows = measure(segmentation(labels, ("wbc", "platelet"), nuclei))
    assert list(rows["class"]) == ["wbc", "platelet"]
    box = [rows[k][0] for k in ("left", "top", "width", "height")]
    assert box == [2, 1, 4, 3]
    assert (rows["x"][0], rows["y"][0]) == (3.5, 2.0)
    assert list(rows["area_px"]) == [12, 1]
    assert list(rows["nucleus_area_px"]) == [2, 0]
    assert list(rows["cut_by_border"]) == [False, True]


def test_measure_of_nothing_has_no_rows():
    rows = measure(Segmentation.empty((4, 4), "blank"))
    assert {len(column) for column in rows.values()} == {0}


@given(hnp.arrays(np.int32, (5, 7), elements=st.integers(0, 3)))
def test_a_segmentation_is_taken_only_if_no_number_is_missing(labels):
    present = set(np.unique(labels)) - {0}
    count = max(present, default=0)
    kinds = ("rbc",) * count
    if present == set(range(1, count + 1)):
        assert measure(segmentation(labels, kinds))["area_px"].sum() == (
            np.count_nonzero(labels)
        )
    else:
        with pytest.raises(BadInputError, match="no pixel"):
            segmentation(labels, kinds)


def test_parts_that_do_not_fit_are_refused():
    one = np.ones((2, 2), np.int32)
    with pytest.raises(BadInputError, match="int32"):
        Segmentation(one.astype(np.int64), one, ("wbc",), np.ones(1, np.float32), 7.0)
    with pytest.raises(BadInputError, match="differ"):
        Segmentation(one, one[:1], ("wbc",), np.ones(1, np.float32), 7.0)
    with pytest.raises(BadInputError, match="0 … 1"):
        segmentation(one, ("wbc",), scores=np.full(1, 2, np.float32))
    with pytest.raises(BadInputError, match="blast"):
        segmentation(one, ("blast",))
    with pytest.raises(BadInputError, match="outside the cell"):
        segmentation(np.zeros((2, 2)), (), nuclei=one)


def test_the_smear_segmenter_is_there_and_a_slip_is_named():
    assert "smear" in segmenters
    assert isinstance(segmenters.create("smear"), Segmenter)
    with pytest.raises(UnknownNameError, match="smear"):
        segmenters.create("smaer")
