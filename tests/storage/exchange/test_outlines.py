import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.draw import polygon as fill

from napari_dinobloom.storage.exchange.outlines import (
    geometry_of,
    outlines_of,
    signed_area,
)


def rasterised(outlines, shape):
    """Even-odd filling at pixel centres, by scikit-image."""
    image = np.zeros(shape, int)
    for outline in outlines:
        for ring in (outline.outer, *outline.holes):
            x, y = np.array(ring, float).T - 0.5
            image[fill(y, x, shape)] += 1
    assert image.max(initial=0) <= 2
    return image == 1


masks = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@settings(max_examples=300, deadline=None)
@given(masks)
def test_the_outline_covers_exactly_the_pixels_of_the_mask(mask):
    assert np.array_equal(rasterised(outlines_of(mask), mask.shape), mask)


@settings(max_examples=300, deadline=None)
@given(masks)
def test_every_ring_is_closed_simple_and_turns_the_right_way(mask):
    outlines = outlines_of(mask)
    for outline in outlines:
        assert signed_area(outline.outer) > 0
        for ring in outline.holes:
            assert signed_area(ring) < 0
        for ring in (outline.outer, *outline.holes):
            assert ring[0] == ring[-1]
            assert len(set(ring)) == len(ring) - 1
            steps = np.diff(np.array([*ring, ring[1]]), axis=0)
            assert (np.count_nonzero(steps, axis=1) == 1).all()
            directions = np.sign(steps)
            assert not (directions[1:] == directions[:-1]).all(axis=1).any()
    area = sum(signed_area(r) for o in outlines for r in (o.outer, *o.holes))
    assert area == mask.sum()


@settings(max_examples=200, deadline=None)
@given(masks)
def test_a_hole_belongs_to_the_part_round_it(mask):
    for outline in outlines_of(mask):
        area = signed_area(outline.outer) + sum(map(signed_area, outline.holes))
        alone = rasterised([outline], mask.shape)
        assert alone.sum() == area
        assert not (alone & ~mask).any()


def test_a_place_in_the_picture_is_added():
    (outline,) = outlines_of(np.ones((2, 3), bool), left=10, top=20)
    assert set(outline.outer) == {(10, 20), (13, 20), (13, 22), (10, 22)}


def test_pixels_that_touch_at_a_corner_are_two_parts():
    geometry = geometry_of(outlines_of(np.eye(2, dtype=bool)))
    assert geometry["type"] == "MultiPolygon"
    assert len(geometry["coordinates"]) == 2


@pytest.mark.parametrize("shape", [(0, 0), (3, 3)])
def test_nothing_has_no_outline(shape):
    assert outlines_of(np.zeros(shape, bool)) == []
