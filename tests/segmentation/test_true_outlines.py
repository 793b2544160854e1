"""Outlines that lie where the edge of a cell lies, and cells that are one."""

import numpy as np
import pytest
from scipy import ndimage

from napari_dinobloom.segmentation.discs import Discs
from napari_dinobloom.segmentation.halos import without_halos
from napari_dinobloom.segmentation.red_cells import part_red_cells
from napari_dinobloom.segmentation.smear import SmearSegmenter

RED = (200, 140, 150)


@pytest.fixture
def smear():
    return SmearSegmenter()


def _oval(shape, centre, long, short, angle):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    y, x = rows - centre[0], columns - centre[1]
    along = np.cos(angle) * x + np.sin(angle) * y
    across = -np.sin(angle) * x + np.cos(angle) * y
    return np.hypot(along / (long / 2), across / (short / 2)) <= 1


def test_a_smear_of_elliptocytes_is_measured_by_whole_cells(smear, paint_smear):
    field = paint_smear()
    glass = np.asarray(field.glass)
    cells = 0
    for row in range(45, 330, 62):
        for column in range(45, 450, 62):
            inside = _oval(field.shape, (row, column), 56, 28, 0.7 * cells)
            field.canvas[inside] = glass * np.asarray(RED) / glass
            cells += 1
    found = smear.segment(field.rgb())
    assert found.kinds.count("rbc") == cells
    assert found.red_cell_diameter_px == pytest.approx(np.sqrt(56 * 28), rel=0.12)


def test_a_blurred_rim_is_no_part_of_a_cell():
    cell = _oval((90, 90), (45, 45), 40, 40, 0)
    strength = ndimage.gaussian_filter(np.where(cell, 1.0, 0.0), 2.0)
    too_large = (strength > 0.1).astype(np.int32)
    assert too_large.sum() > 1.15 * cell.sum()
    trimmed = without_halos(too_large, np.zeros_like(too_large), strength, 40.0)
    assert trimmed.astype(bool).sum() == pytest.approx(cell.sum(), rel=0.04)


def test_a_pale_cell_and_a_pale_middle_are_no_halo():
    cell = _oval((90, 90), (45, 45), 40, 40, 0)
    pallor = _oval((90, 90), (45, 45), 20, 20, 0)
    labels = cell.astype(np.int32)
    for strength in (np.where(cell, 0.05, 0.0), np.where(pallor, 0.1, cell * 1.0)):
        kept = without_halos(labels, np.zeros_like(labels), strength, 40.0)
        assert np.array_equal(kept, labels)


def test_nuclei_are_as_sharp_as_the_picture(smear, paint_smear):
    # Bays of a lobed nucleus that are narrower than a pixel where cells are sought
    field = paint_smear((720, 960), 132.0)
    for row in range(100, 700, 170):
        for column in (100, 260, 700, 860):
            field.red_cell((row, column))
    whole = field.disc((360, 480), 211, (190, 180, 215))
    nucleus = np.zeros(field.shape, bool)
    for centre in ((330, 450), (330, 520), (395, 485)):
        nucleus |= field.disc(centre, 68, (95, 45, 140))
    found = smear.segment(field.rgb())
    seen = (found.nuclei > 0) & whole
    assert 2 * (seen & nucleus).sum() / (seen.sum() + nucleus.sum()) > 0.985


def test_the_end_of_an_oval_cell_stays_with_it():
    body = _oval((80, 80), (40, 40), 36, 26, 0.4)
    # One disc that fits only one end of the cell
    one_end = Discs(*(np.array([v]) for v in (37.0, 34.0, 12.5, 0.5)))
    pieces = part_red_cells(body, np.ones_like(body), one_end, 30.0)
    assert pieces.max() == 1
    assert (pieces > 0)[body].all()


def test_two_overlapping_red_cells_stay_two(smear, red_field):
    before = smear.segment(red_field.rgb()).kinds.count("rbc")
    for column in (225, 257):
        red_field.disc((180, column), 44, RED)
    assert smear.segment(red_field.rgb()).kinds.count("rbc") == before + 2


def test_a_few_platelets_side_by_side_are_no_white_cell(smear, red_field):
    for down, right in ((0, 0), (0, 15), (14, 6), (-13, 8)):
        red_field.disc((180 + down, 232 + right), 14, (95, 45, 140))
    found = smear.segment(red_field.rgb())
    assert "wbc" not in found.kinds
