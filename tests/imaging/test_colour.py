"""Optical density and white balance on colours worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import (
    background_colour,
    from_optical_density,
    optical_density,
    white_balance,
)

PICTURES = arrays(np.uint8, (4, 5, 3))
BACKGROUND = np.array([200.0, 220.0, 190.0])


def test_the_background_has_no_density_and_half_the_light_has_ln_2() -> None:
    rgb = np.array([[[199, 99, 49]]], np.uint8)
    density = optical_density(rgb, np.array([199.0, 199.0, 199.0]))
    assert density[0, 0] == pytest.approx([0, np.log(2), np.log(4)], abs=1e-6)


@given(PICTURES)
def test_density_and_back_gives_the_same_picture(rgb: np.ndarray) -> None:
    back = from_optical_density(optical_density(rgb, BACKGROUND), BACKGROUND)
    assert np.array_equal(back, rgb)


def test_density_takes_an_uneven_background() -> None:
    light = np.linspace(100, 200, 12).reshape(2, 2, 3).round().astype(np.uint8)
    assert np.abs(optical_density(light, light.astype(float))).max() < 1e-6


def test_white_balance_makes_the_background_grey_and_keeps_black() -> None:
    rgb = np.array([[[200, 220, 190], [0, 0, 0]]], np.uint8)
    balanced = white_balance(rgb, BACKGROUND, 230)
    assert balanced[0].tolist() == [[230, 230, 230], [0, 0, 0]]


@given(PICTURES, st.floats(50, 255))
def test_white_balance_keeps_the_order_of_levels(
    rgb: np.ndarray, target: float
) -> None:
    balanced = white_balance(rgb, BACKGROUND, target)
    for c in range(3):
        order = np.argsort(rgb[..., c], axis=None, kind="stable")
        assert (np.diff(balanced[..., c].ravel()[order].astype(int)) >= 0).all()


def test_the_background_is_found_beside_cells_and_a_black_border() -> None:
    rgb = np.full((100, 100, 3), (203, 208, 202), np.uint8)
    rgb[:, :50] = (180, 150, 160)
    rgb[:20] = 0
    assert background_colour(rgb).tolist() == [203, 208, 202]


@pytest.mark.parametrize("rgb", [np.zeros((3, 3), np.uint8), np.zeros((3, 3, 3))])
def test_what_is_not_a_picture_is_refused(rgb: np.ndarray) -> None:
    with pytest.raises(BadInputError, match="read_picture"):
        optical_density(rgb, BACKGROUND)
