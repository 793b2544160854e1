"""What is done by moves of masks is what a distance map would have done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import reconstruction

from napari_dinobloom.segmentation.morphology import (
    closed,
    depth,
    depth_in_parts,
    grown_in_steps,
    near,
    opened,
    shrunk_in_steps,
    with_neighbours,
    without_holes,
)
from napari_dinobloom.segmentation.peaks import (
    greatest_around,
    greatest_beside,
    reconstructed,
)
from napari_dinobloom.segmentation.shapes import as_ellipses, ellipses, moments
from napari_dinobloom.segmentation.smoothing import smoothed

seeds = st.integers(0, 10_000)
sides = st.integers(1, 50)
radii = st.sampled_from([0.0, 0.4, 1.0, 1.42, 2.3, 5.0, 7.08, 13.5])


def blobs(seed: int, height: int, width: int) -> np.ndarray:
    """(H, W) bool, patches of any size; sometimes nothing or everything."""
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=(height, width)), rng.uniform(0, 3))
    mask: np.ndarray = field > np.quantile(field, np.clip(rng.uniform(-0.1, 1.1), 0, 1))
    return mask


def surface(seed: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=(height, width)), 1.0)
    levels: np.ndarray = np.round((field - field.min()) * 20) / 20  # ties, too
    return levels.astype(np.float32)


@given(seeds, sides, sides, radii)
def test_what_is_near_is_within_the_distance(seed, height, width, radius):
    mask = blobs(seed, height, width)
    expected = ndimage.distance_transform_edt(~mask) <= radius
    assert np.array_equal(near(mask, radius), expected & mask.any())


@given(seeds, sides, sides, radii)
def test_an_opening_is_what_discs_cover(seed, height, width, radius):
    mask = blobs(seed, height, width)
    wide = np.pad(mask, 1, mode="edge")
    core = (ndimage.distance_transform_edt(wide) > radius)[1:-1, 1:-1]
    if mask.all():
        core = mask
    covered = mask & (ndimage.distance_transform_edt(~core) <= radius) & core.any()
    assert np.array_equal(opened(mask, radius), covered)


@given(seeds, sides, sides, radii)
def test_a_closing_is_the_opening_of_what_lies_outside(seed, height, width, radius):
    mask = blobs(seed, height, width)
    margin = int(np.ceil(radius)) + 1
    outside = opened(~np.pad(mask, margin), radius)[margin:-margin, margin:-margin]
    assert np.array_equal(closed(mask, radius), ~outside)


@given(seeds, sides, sides)
def test_depth_is_the_distance_to_the_outside(seed, height, width):
    mask = blobs(seed, height, width)
    expected = ndimage.distance_transform_edt(mask)
    assert np.array_equal(depth(mask), expected)
    if not mask.all():
        assert np.array_equal(depth_in_parts(mask), expected)


@given(seeds, sides, sides, st.integers(1, 4))
def test_steps_are_those_of_a_cross(seed, height, width, steps):
    mask = blobs(seed, height, width)
    grown = ndimage.binary_dilation(mask, iterations=steps)
    shrunk = ndimage.binary_erosion(mask, iterations=steps, border_value=1)
    touched = ndimage.binary_dilation(mask, np.ones((3, 3), bool))
    assert np.array_equal(grown_in_steps(mask, steps), grown)
    assert np.array_equal(shrunk_in_steps(mask, steps), shrunk)
    assert np.array_equal(with_neighbours(mask), touched)
    assert np.array_equal(without_holes(mask), ndimage.binary_fill_holes(mask))


@given(seeds, sides, sides, st.integers(1, 13), st.integers(1, 13))
def test_tops_are_those_of_a_filter(seed, height, width, tall, wide):
    values, where = surface(seed, height, width), blobs(seed + 1, height, width)
    filtered = ndimage.maximum_filter(values, (tall, wide))
    found = greatest_around(np.asfortranarray(values), where, (tall, wide))
    assert np.array_equal(found, np.nonzero(where & (values == filtered)))
    square = ndimage.maximum_filter(values, tall)
    places = np.nonzero(where)
    assert np.array_equal(greatest_beside(values, places, tall), square[places])


@given(seeds, sides, sides, st.floats(0.05, 1.0))
def test_a_marker_grows_as_far_as_in_scikit_image(seed, height, width, rise):
    mask = surface(seed, height, width)
    marker = np.maximum(mask - rise, 0).astype(np.float32)
    assert np.array_equal(reconstructed(marker, mask), reconstruction(marker, mask))


def test_a_marker_follows_a_long_winding_path():
    mask = np.zeros((41, 41), np.float32)
    for k, row in enumerate(range(0, 41, 2)):
        mask[row] = 1
        mask[row + 1 : row + 2, -1 if k % 2 == 0 else 0] = 1
    marker = np.zeros_like(mask)
    marker[0, 0] = 1
    assert np.array_equal(reconstructed(marker, mask), mask)


@pytest.mark.parametrize("shape", [(60, 47), (33, 50, 3), (2, 9), (1, 1, 3)])
@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.8, 2.5])
def test_a_blur_is_that_of_scipy(shape, sigma):
    values = np.random.default_rng(1).random(shape).astype(np.float32)
    expected = ndimage.gaussian_filter(values, (sigma, sigma, 0)[: len(shape)])
    blurred = smoothed(values, sigma)
    assert blurred.dtype == np.float32
    assert np.abs(blurred - expected).max() < 1e-6  # single precision


def test_moments_of_two_parts_add_up_to_those_of_both():
    labels = np.zeros((40, 60), int)
    labels[5:20, 10:30], labels[18:33, 30:41] = 1, 2
    both = as_ellipses(moments(labels).sum(0)[None])
    for one, other in zip(both, ellipses((labels > 0).astype(int)), strict=True):
        assert one == pytest.approx(other)
