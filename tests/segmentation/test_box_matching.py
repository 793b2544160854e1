"""Cells of two searches of a slide, paired by their boxes."""

import numpy as np

from napari_dinobloom.segmentation.box_matching import match_boxes


def boxes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Boxes that do not overlap, on a grid of 40 pixels."""
    side = int(np.ceil(np.sqrt(n)))
    rows, columns = np.divmod(np.arange(n), side)
    corner = 40.0 * np.stack([columns, rows], axis=1)
    return np.concatenate([corner, rng.uniform(15, 35, (n, 2))], axis=1)


def test_shifted_boxes_find_their_partners_in_whatever_order():
    rng = np.random.default_rng(0)
    before = boxes(rng, 3000)
    order = rng.permutation(3000)
    after = before[order] + [2, -1, 1, 0]
    first, second = match_boxes(before, after)
    assert np.array_equal(second, np.arange(3000))
    assert np.array_equal(first, order)


def test_a_box_has_one_partner_at_most():
    before = np.array([[0, 0, 20, 20], [2, 0, 20, 20]])
    after = np.array([[1, 0, 20, 20]])
    first, second = match_boxes(before, after)
    assert len(first) == len(second) == 1


def test_boxes_that_only_touch_are_others():
    first, _ = match_boxes(np.array([[0, 0, 20, 20]]), np.array([[14, 0, 20, 20]]))
    assert not len(first)


def test_none_matches_none():
    none = np.empty((0, 4))
    some = np.array([[0, 0, 20, 20]])
    assert not len(match_boxes(none, some)[0])
    assert not len(match_boxes(some, none)[0])
