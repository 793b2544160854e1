"""Label images corrected by hand, and outlines proposed at a click."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.segmentation import SmearSegmenter, corrections
from napari_dinobloom.segmentation.propose import (
    Light,
    find_nucleus,
    guess_kind,
    propose_cell,
)

SHAPE = (60, 80)


def box(top: float, left: float, bottom: float, right: float) -> np.ndarray:
    """A closed path round a box."""
    return np.array([(top, left), (top, right), (bottom, right), (bottom, left)], float)


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray]:
    """Two cells of 20 × 20 px with nuclei of 8 × 8, side by side and 2 px apart."""
    labels, nuclei = np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32)
    for value, left in ((1, 10), (2, 32)):
        labels[10:30, left : left + 20] = value
        nuclei[16:24, left + 6 : left + 14] = value
    return labels, nuclei


def areas(image: np.ndarray) -> dict[int, int]:
    values, counts = np.unique(image[image > 0], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_nothing_is_written_into_the_images_given(images):
    before = [image.copy() for image in images]
    region = corrections.region_inside(box(5, 5, 30, 30), SHAPE)
    corrections.draw_cell(*images, 1, region)
    corrections.draw_nucleus(*images, 1, region)
    corrections.erase_cells(*images, np.array([1]))
    corrections.merge_cells(*images, np.array([1, 2]))
    corrections.split_cell(*images, 1, np.array([(5.0, 20), (35, 20)]), 3)
    for image, kept in zip(images, before, strict=True):
        assert np.array_equal(image, kept)


def test_a_drawn_region_holds_its_own_outline():
    region = corrections.region_inside(box(2, 3, 6, 9), SHAPE)
    assert region.sum() == 5 * 7
    assert region[2, 3]
    assert region[6, 9]
    beyond = corrections.region_inside(box(-20, -20, 5, 5), SHAPE)
    assert beyond.sum() == 36


def test_a_slip_of_the_hand_draws_nothing():
    for path in (np.array([(3.0, 3), (3, 4)]), box(3, 3, 4, 4), np.zeros((1, 2))):
        with pytest.raises(BadInputError, match="encloses nothing"):
            corrections.region_inside(path, SHAPE)


def test_a_drawn_outline_stops_at_its_neighbours_and_keeps_the_nucleus(images):
    region = corrections.region_inside(box(12, 12, 28, 40), SHAPE)
    labels, nuclei = corrections.draw_cell(*images, 1, region)
    assert areas(labels) == {1: 17 * 20, 2: 400}
    assert areas(nuclei) == {1: 64, 2: 64}
    labels, nuclei = corrections.draw_cell(
        *images, 1, corrections.region_inside(box(12, 12, 19, 27), SHAPE)
    )
    assert areas(nuclei)[1] == 4 * 8  # cut to the new outline


def test_who_draws_over_another_cell_is_told(images):
    region = corrections.region_inside(box(5, 30, 35, 60), SHAPE)
    with pytest.raises(BadInputError, match="another cell under this outline"):
        corrections.draw_cell(*images, 3, region)


def test_a_nucleus_stays_inside_its_cell(images):
    region = corrections.region_inside(box(5, 12, 20, 40), SHAPE)
    labels, nuclei = corrections.draw_nucleus(*images, 1, region)
    assert np.array_equal(labels, images[0])
    assert areas(nuclei) == {1: 11 * 18, 2: 64}
    assert (labels[nuclei == 1] == 1).all()
    beside = corrections.region_inside(box(40, 60, 50, 70), SHAPE)
    with pytest.raises(BadInputError, match="beside the cell"):
        corrections.draw_nucleus(*images, 1, beside)


def test_neighbours_become_one_piece_with_both_nuclei(images):
    from scipy import ndimage

    labels, nuclei = corrections.merge_cells(*images, np.array([2, 1]))
    assert set(areas(labels)) == {2}
    assert ndimage.label(labels == 2)[1] == 1
    assert 800 <= areas(labels)[2] <= 800 + 2 * 20
    assert areas(nuclei) == {2: 128}


def test_cells_far_apart_are_not_merged(images):
    labels, nuclei = images
    labels = labels.copy()
    labels[50:58, 70:78] = 3
    with pytest.raises(BadInputError, match="do not lie beside each other"):
        corrections.merge_cells(labels, nuclei, np.array([1, 3]))


@pytest.mark.parametrize(
    "path",
    [
        [(5.0, 23), (35, 23)],  # across
        [(12.0, 23), (27, 23)],  # begun and ended just inside
        [(5.0, 22), (20, 25), (35, 22)],  # bent
    ],
)
def test_a_line_parts_a_cell_with_its_nucleus(images, path):
    labels, nuclei, added = corrections.split_cell(*images, 1, np.array(path), 7)
    assert added == [7]
    found = areas(labels)
    assert found[1] + found[7] == 400
    assert found[1] > found[7] > 80
    assert (labels[nuclei == 7] == 7).all()
    assert areas(nuclei)[1] + areas(nuclei).get(7, 0) == 64
    assert np.array_equal(labels == 2, images[0] == 2)


def test_a_line_beside_the_cell_or_along_its_rim_parts_nothing(images):
    for path in ([(5.0, 2), (35, 2)], [(5.0, 10), (35, 10)]):
        with pytest.raises(BadInputError, match="does not part"):
            corrections.split_cell(*images, 1, np.array(path), 7)


@pytest.mark.parametrize(
    "path",
    [
        [(18.0, 23), (22, 23)],  # in the middle
        [(5.0, 23), (16, 23)],  # from outside, but not even to the middle
    ],
)
def test_a_line_that_ends_well_inside_the_cell_parts_nothing(images, path):
    with pytest.raises(BadInputError, match="too short: it ends inside the cell"):
        corrections.split_cell(*images, 1, np.array(path), 7)


def test_it_is_told_how_much_of_a_line_is_lacking(images):
    drawn, lacking = corrections.lengths_of_cut(
        images[0], 1, np.array([(12.0, 23), (27, 23)])
    )
    assert drawn == 16
    assert lacking == pytest.approx(6, abs=1)
    across = np.array([(5.0, 23), (35, 23)])
    assert corrections.lengths_of_cut(images[0], 1, across) == (20, 0)


def test_the_cell_in_which_most_of_the_line_runs_is_meant(images):
    labels = images[0]
    assert corrections.cell_under(labels, np.array([(20.0, 5), (20, 36)])) == 1
    assert corrections.cell_under(labels, np.array([(20.0, 25), (20, 60)])) == 2
    assert corrections.cell_under(labels, np.array([(50.0, 5), (50, 60)])) == 0


@settings(max_examples=60, deadline=None)
@given(angle=st.floats(0, np.pi), off=st.floats(-6, 6))
def test_whatever_the_angle_no_pixel_is_lost(angle: float, off: float):
    y, x = np.mgrid[:60, :80]
    labels = ((y - 30) ** 2 + (x - 40) ** 2 < 15**2).astype(np.int32)
    along = np.array([np.sin(angle), np.cos(angle)])
    middle = np.array([30.0, 40]) + off * along[::-1] * (1, -1)
    path = np.stack([middle - 30 * along, middle + 30 * along])
    new, _, added = corrections.split_cell(labels, labels * 0, 1, path, 2)
    assert added == [2]
    assert np.array_equal(new > 0, labels > 0)
    assert (new == 1).sum() >= (new == 2).sum()


# -- by a click ------------------------------------------------------------------


@pytest.fixture(scope="module")
def field():
    """A drawn field, what the segmenter finds in it, and its light."""
    drawn = make_field("lilac", "healthy", seed=4, size_px=(400, 300))
    return drawn.rgb, SmearSegmenter().segment(drawn.rgb), Light.of(drawn.rgb)


def test_a_click_into_a_cell_proposes_that_cell(field):
    rgb, found, light = field
    agreed = []
    for value in range(1, len(found) + 1):
        cell = found.labels == value
        rows, columns = np.nonzero(cell)
        middle = float(rows.mean()), float(columns.mean())
        if not cell[round(middle[0]), round(middle[1])]:
            continue
        taken = (found.labels > 0) & ~cell
        own = propose_cell(rgb, light, taken, middle, found.red_cell_diameter_px)
        assert not (own & taken).any()
        agreed.append((own & cell).sum() / (own | cell).sum() > 0.6)
    assert np.mean(agreed) > 0.85


def test_a_click_on_glass_or_into_a_known_cell_is_refused(field):
    rgb, found, light = field
    diameter = found.red_cell_diameter_px
    from scipy import ndimage

    free = ndimage.distance_transform_edt(found.labels == 0)
    glass = np.unravel_index(free.argmax(), free.shape)
    with pytest.raises(BadInputError, match="Nothing stands out"):
        propose_cell(rgb, light, found.labels > 0, glass, diameter)
    y, x = (int(at[0]) for at in np.nonzero(found.labels == 1))
    with pytest.raises(BadInputError, match="a cell here already"):
        propose_cell(rgb, light, found.labels > 0, (y, x), diameter)


def test_white_cells_have_a_nucleus_in_the_picture_and_red_cells_none(field):
    rgb, found, light = field
    right = []
    for value, kind in enumerate(found.kinds, start=1):
        cell = found.labels == value
        nucleus = find_nucleus(rgb, light, cell)
        assert not (nucleus & ~cell).any()
        guess = guess_kind(
            int(cell.sum()), int(nucleus.sum()), found.red_cell_diameter_px
        )
        if kind in ("wbc", "rbc"):
            right.append((guess == "wbc") == (kind == "wbc"))
    assert np.mean(right) > 0.9
