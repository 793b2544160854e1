"""Masks without kinds and nuclei get both from the picture, and keep their outlines."""

import numpy as np
import pytest

from napari_dinobloom.segmentation import Segmentation, SmearSegmenter
from napari_dinobloom.segmentation.judging import judge


@pytest.fixture
def seen(red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    return rgb, SmearSegmenter().segment(rgb)


def test_masks_of_our_own_are_judged_as_we_found_them(seen):
    rgb, found = seen
    again = judge(rgb, found.labels)
    assert again.labels is found.labels
    assert again.kinds == found.kinds
    assert np.array_equal(again.nuclei, found.nuclei)
    assert again.scores.min() == 1


def test_a_mask_on_glass_is_other_and_a_wide_one_keeps_its_nucleus(seen):
    rgb, found = seen
    white = found.kinds.index("wbc") + 1
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    labels = np.zeros(rgb.shape[:2], np.int32)
    labels[np.hypot(y - 180, x - 240) < 40] = 1
    glass = np.argwhere(found.labels == 0)
    far = np.abs(glass - (180, 240)).max(1)
    corner = glass[far.argmax()]
    labels[corner[0], corner[1]] = 2
    again = judge(rgb, labels)
    assert again.kinds == ("wbc", "other")
    assert np.array_equal(again.nuclei == 1, (found.nuclei == white) & (labels == 1))


def test_a_sliver_of_a_neighbours_nucleus_makes_no_white_cell(seen):
    rgb, found = seen
    labels = np.where(np.isin(found.labels, _of(found, "rbc")), found.labels, 0)
    red = labels > 0
    nucleus = np.argwhere(found.nuclei > 0)
    first = int(labels[red].min())
    labels = np.where(labels == first, 1, 0).astype(np.int32)
    labels[nucleus[0][0], nucleus[0][1]] = 1
    assert judge(rgb, labels).kinds == ("rbc",)


def test_a_part_of_a_white_cell_without_its_nucleus_is_other(seen):
    rgb, found = seen
    white = found.kinds.index("wbc") + 1
    rim = (found.labels == white) & (found.nuclei == 0)
    assert judge(rgb, rim.astype(np.int32)).kinds == ("other",)


def test_no_masks_give_no_cells(seen):
    rgb, _ = seen
    again = judge(rgb, np.zeros(rgb.shape[:2], np.int32))
    assert isinstance(again, Segmentation)
    assert len(again) == 0


def _of(found, kind):
    return [i for i, k in enumerate(found.kinds, 1) if k == kind]
