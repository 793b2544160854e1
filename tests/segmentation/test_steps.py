import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage

from napari_dinobloom.segmentation.background import field_of_view, fit_background
from napari_dinobloom.segmentation.foreground import fill_pallor
from napari_dinobloom.segmentation.morphology import opened
from napari_dinobloom.segmentation.optical_density import log_light, nuclear_stain
from napari_dinobloom.segmentation.outlines import find_edges, outline_diameter
from napari_dinobloom.segmentation.red_cells import split_red_cells
from napari_dinobloom.segmentation.red_colour import red_colour
from napari_dinobloom.segmentation.shapes import ellipses


def disc(shape, centre, radius):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(rows - centre[0], columns - centre[1]) <= radius


def test_the_glass_is_told_under_a_gradient(red_field):
    rows = np.linspace(1, 0.7, 360)[:, None, None]
    rgb = (red_field.rgb() * rows).astype(np.uint8)
    glass = fit_background(rgb, np.ones((360, 480), bool)).surface((360, 480))
    truth = log_light((np.full((360, 480, 3), red_field.glass) * rows).astype(np.uint8))
    assert np.abs(glass - truth).max() < 0.04  # four grey levels in a hundred


def test_a_field_without_rim_is_whole(red_field):
    assert field_of_view(red_field.rgb()).all()


def test_a_letter_box_is_outside_the_field(red_field):
    rgb = red_field.rgb()
    rgb[:60] = 3
    valid = field_of_view(rgb)
    assert not valid[:60].any()
    assert valid[75:].all()


def test_a_round_hole_is_filled_and_a_gap_between_cells_is_not():
    cells = np.zeros((80, 120), bool)
    for centre in ((25, 25), (25, 55), (51, 40)):
        cells |= disc(cells.shape, centre, 15.6)
    gap = ~cells
    gap &= disc(cells.shape, (34, 40), 8)
    assert gap.any()
    pallor = disc(cells.shape, (25, 25), 5)
    filled = fill_pallor(cells & ~pallor, 20)
    assert filled[pallor].all()
    assert not filled[gap].all()


def test_moments_tell_discs_rings_and_squares_apart():
    labels = np.zeros((90, 200), int)
    labels[disc(labels.shape, (45, 45), 30)] = 1
    labels[disc(labels.shape, (45, 45), 18)] = 0
    labels[20:60, 100:140] = 2
    labels[disc(labels.shape, (45, 170), 20)] = 3
    area, axes, fullness = ellipses(labels)
    assert fullness[0] < 0.7
    assert fullness[1] == pytest.approx(3 / np.pi, rel=1e-3)
    assert fullness[2] == pytest.approx(1, abs=0.01)
    assert axes[2] == pytest.approx([40, 40], rel=0.03)
    assert area[1] == 1600


def test_an_opening_takes_off_what_is_narrower_than_its_disc():
    mask = disc((60, 90), (30, 30), 20)
    mask[28:32, 30:85] = True
    assert not opened(mask, 5)[30, 70]
    assert opened(mask, 5)[30, 30]


def test_two_overlapping_discs_are_parted_and_one_is_not():
    pair = disc((60, 90), (30, 30), 16) | disc((60, 90), (30, 56), 16)
    assert split_red_cells(pair, 32).max() == 2
    assert split_red_cells(disc((60, 90), (30, 40), 16), 32).max() == 1


@pytest.mark.parametrize("radius", [6, 15, 40])
def test_outlines_tell_the_size_of_overlapping_rings(radius):
    rng = np.random.default_rng(5)
    shape = (16 * radius, 20 * radius)
    dark = np.zeros(shape)
    for _ in range(140):
        centre = rng.uniform((0, 0), shape)
        dark += 0.4 * disc(shape, centre, radius)
        dark -= 0.3 * disc(shape, centre, 0.4 * radius)
    dark = ndimage.gaussian_filter(dark, 1.0)
    edges = find_edges(dark, 0.4, np.ones(shape, bool))
    assert outline_diameter(edges, shape) == pytest.approx(2 * radius, rel=0.12)


def test_a_bar_has_no_round_outline():
    shape = (200, 200)
    bars = np.zeros(shape)
    bars[:, 60:140] = 1.0
    edges = find_edges(bars, 1.0, np.ones(shape, bool))
    assert np.isnan(outline_diameter(edges, shape))


def test_haemoglobin_cancels_in_the_nuclear_stain():
    haemoglobin, azure = np.array([0.05, 0.4, 0.45]), np.array([0.7, 0.9, 0.2])
    assert abs(nuclear_stain(haemoglobin)) < 0.05
    assert nuclear_stain(azure) > 1


def test_a_paler_red_cell_has_the_same_colour():
    rng = np.random.default_rng(3)
    axis = np.array([0.1, 0.6, 0.3])
    samples = axis * rng.uniform(0.5, 1.5, (500, 1)) + rng.normal(0, 0.01, (500, 3))
    colour = red_colour(samples, np.ones(len(samples), bool))
    assert colour.alike(0.2 * axis)
    assert not colour.alike(np.array([0.7, 0.9, 0.2]))


def test_importing_the_package_loads_no_heavy_library():
    code = (
        "import sys, napari_dinobloom.segmentation\n"
        "heavy = ('skimage', 'scipy', 'torch', 'napari')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
