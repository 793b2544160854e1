import pickle  # noqa: TID251  # claims that a segmenter crosses a process boundary
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation import Segmenter, measure, segmenters


@pytest.fixture
def smear() -> Segmenter:
    return segmenters.create("smear")


def whites(segmentation):
    return [k for k, kind in enumerate(segmentation.kinds, 1) if kind == "wbc"]


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def test_a_smear_without_white_cells_has_none(smear, red_field):
    found = smear.segment(red_field.rgb())
    assert whites(found) == []
    assert found.kinds.count("rbc") == 26
    assert any("No white cell" in note for note in found.notes)


def test_a_white_cell_comes_whole_with_its_cytoplasm(smear, red_field):
    truth = red_field.white_cell((180, 240))
    found = smear.segment(red_field.rgb())
    (white,) = whites(found)
    assert overlap(found.labels == white, truth) > 0.85
    nucleus = (found.nuclei == white).sum() / (found.labels == white).sum()
    assert 0.4 < nucleus < 0.65  # painted: 0.72² = 0.52


@pytest.mark.parametrize("lobes", [2, 3, 4])
def test_a_white_cell_keeps_its_lobes_together(smear, red_field, lobes):
    truth = red_field.white_cell((180, 240), lobes=lobes)
    found = smear.segment(red_field.rgb())
    (white,) = whites(found)
    assert overlap(found.labels == white, truth) > 0.8


def test_two_white_cells_that_touch_are_two(smear, red_field):
    red_field.white_cell((180, 205))
    red_field.white_cell((180, 275))
    assert len(whites(smear.segment(red_field.rgb()))) == 2


def test_touching_red_cells_are_parted(smear, red_field):
    red_field.red_cell((180, 200))
    red_field.red_cell((180, 240))
    red_field.red_cell((180, 280))
    assert smear.segment(red_field.rgb()).kinds.count("rbc") == 29


def test_the_pallor_belongs_to_its_red_cell(smear, red_field):
    red_field.red_cell((180, 240), pallor=0.5)
    found = smear.segment(red_field.rgb())
    cell = found.labels[180, 240]
    assert cell
    assert found.kinds[cell - 1] == "rbc"
    assert cell == found.labels[180, 240 + 17]


def middle_kinds(found):
    """Kinds of the cells in the room in the middle of the field."""
    owners = np.unique(found.labels[120:240, 150:330])
    return sorted(found.kinds[k - 1] for k in owners[owners > 0])


@pytest.mark.parametrize("distance", [0.55, 0.75, 0.95])
def test_overlapping_red_cells_are_parted(smear, red_field, distance):
    half = distance * red_field.diameter / 2
    red_field.red_cell((180, 240 - half), pallor=0)
    red_field.red_cell((180, 240 + half), pallor=0)
    found = smear.segment(red_field.rgb())
    assert middle_kinds(found) == ["rbc", "rbc"]
    left, right = found.labels[180, round(240 - half)], found.labels[180, 240 + 20]
    assert left != right
    columns = np.flatnonzero(found.labels[180] == left)
    assert abs(columns.max() - 240) <= 3  # cut where the outlines cross


def test_three_red_cells_in_a_heap_are_three(smear, red_field):
    for row, column in ((165, 225), (165, 257), (193, 241)):
        red_field.red_cell((row, column), pallor=0)
    assert middle_kinds(smear.segment(red_field.rgb())) == ["rbc"] * 3


def test_a_pallor_that_is_open_to_the_glass_belongs_to_its_red_cell(smear, red_field):
    red_field.red_cell((180, 240), pallor=0)
    red_field.disc((180, 240), 0.5 * red_field.diameter, red_field.glass)
    rows, columns = np.ogrid[:360, :480]
    gap = (np.abs(rows - 180) < 5) & (columns > 240) & (columns < 265)
    red_field.canvas[gap] = red_field.glass
    found = smear.segment(red_field.rgb())
    assert middle_kinds(found) == ["rbc"]
    cell = found.labels[180, 240 - 17]
    assert found.labels[180, 240] == found.labels[180, 240 + 17] == cell
    area = (found.labels == cell).sum()
    assert 0.85 < area / (np.pi / 4 * red_field.diameter**2) < 1.15


def test_an_oval_red_cell_is_one(smear, red_field):
    rows, columns = np.ogrid[:360, :480]
    oval = ((rows - 180) / 15) ** 2 + ((columns - 240) / 29) ** 2 <= 1
    red_field.canvas[oval] = (200, 140, 150)
    assert middle_kinds(smear.segment(red_field.rgb())) == ["rbc"]


def test_a_platelet_is_neither_red_nor_white(smear, red_field):
    red_field.platelet((180, 240))
    found = smear.segment(red_field.rgb())
    assert found.kinds[found.labels[180, 240] - 1] == "platelet"
    assert whites(found) == []


def test_black_dirt_is_no_white_cell(smear, red_field):
    red_field.disc((180, 240), 60, (40, 38, 36))
    assert whites(smear.segment(red_field.rgb())) == []


def test_the_scale_is_measured(smear, red_field):
    found = smear.segment(red_field.rgb())
    assert found.red_cell_diameter_px == pytest.approx(44, rel=0.1)


def test_a_known_pixel_size_sets_the_scale(smear, red_field):
    found = smear.segment(red_field.rgb(), pixel_size_um=7.5 / 44)
    assert found.red_cell_diameter_px == pytest.approx(44)


def test_a_typed_diameter_outranks_the_pixel_size(red_field):
    typed = segmenters.create("smear", red_cell_diameter_px=40.0)
    assert typed.segment(red_field.rgb(), pixel_size_um=3).red_cell_diameter_px == 40


@pytest.mark.parametrize("zoom", [0.5, 1.0, 2.0, 3.0])
def test_the_same_cells_are_found_at_another_magnification(smear, red_field, zoom):
    red_field.white_cell((180, 240), lobes=3)
    image = Image.fromarray(red_field.rgb())
    size = (round(480 * zoom), round(360 * zoom))
    rgb = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    found = smear.segment(rgb)
    assert found.labels.shape == rgb.shape[:2]
    assert len(whites(found)) == 1
    assert found.kinds.count("rbc") == 26


CASTS = {
    "dim": (0.6, 0.6, 0.6),
    "green": (0.75, 1.0, 0.8),
    "yellow": (1.0, 0.95, 0.6),
    "blue": (0.6, 0.75, 1.0),
}


@pytest.mark.parametrize("cast", CASTS.values(), ids=CASTS.keys())
def test_a_colour_cast_changes_nothing(smear, red_field, cast):
    red_field.white_cell((180, 240))
    tinted = (red_field.rgb() * np.asarray(cast)).astype(np.uint8)
    found = smear.segment(tinted)
    assert len(whites(found)) == 1
    assert found.kinds.count("rbc") == 26


def test_uneven_light_changes_nothing(smear, red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    rows, columns = np.indices(rgb.shape[:2]) / np.array(rgb.shape[:2])[:, None, None]
    light = 1 - 0.22 * ((rows - 0.4) ** 2 + (columns - 0.6) ** 2) / 0.5
    found = smear.segment((rgb * light[..., None]).astype(np.uint8))
    assert len(whites(found)) == 1
    assert found.kinds.count("rbc") == 26


def test_nothing_is_found_on_the_black_round_an_ocular_field(smear, red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    rows, columns = np.ogrid[:360, :480]
    outside = np.hypot(rows - 180, columns - 240) > 170
    rgb[outside] = 4
    found = smear.segment(rgb)
    assert len(whites(found)) == 1
    assert not found.labels[np.hypot(rows - 180, columns - 240) > 175].any()


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 400), (64, 64), (300, 400)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_cells_and_a_reason(smear, shape, level):
    found = smear.segment(np.full((*shape, 3), level, np.uint8))
    assert len(found) == 0
    assert found.notes


@pytest.mark.parametrize("shape", [(64, 64), (240, 320)])
def test_noise_has_no_cells_and_a_reason(smear, shape):
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = smear.segment(noise)
    assert len(found) == 0
    assert found.notes


@pytest.mark.parametrize("blur", [2.0, 3.5])
def test_a_picture_out_of_focus_shows_the_same_cells(smear, red_field, blur):
    red_field.white_cell((180, 240), lobes=3)
    found = smear.segment(red_field.rgb(blur=blur))
    assert len(whites(found)) == 1
    assert found.kinds.count("rbc") == 26


def test_a_strongly_packed_jpeg_shows_the_same_cells(smear, red_field):
    red_field.white_cell((180, 240))
    packed = BytesIO()
    Image.fromarray(red_field.rgb()).save(packed, "JPEG", quality=40)
    found = smear.segment(np.asarray(Image.open(packed).convert("RGB")))
    assert len(whites(found)) == 1
    assert found.kinds.count("rbc") == 26


@pytest.mark.parametrize(
    ("height", "width", "whole"),
    [(1500, 2000, 16), pytest.param(3000, 4000, 64, marks=pytest.mark.slow)],
)
def test_a_camera_picture_of_megapixels_is_worked_through(
    smear, red_field, height, width, whole
):
    red_field.white_cell((180, 240))
    rgb = np.tile(red_field.rgb(), (9, 9, 1))[:height, :width]
    found = smear.segment(rgb)
    assert found.labels.shape == (height, width)
    assert found.red_cell_diameter_px == pytest.approx(44, rel=0.1)
    # So many whole fields, and those cut at the right and at the bottom.
    assert whole <= len(whites(found)) <= whole + 8
    assert found.kinds.count("rbc") >= whole * 26


def test_the_picture_is_left_alone_and_the_answer_repeats(smear, red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    before = rgb.copy()
    rgb.setflags(write=False)
    first, second = smear.segment(rgb), smear.segment(rgb)
    assert np.array_equal(rgb, before)
    assert np.array_equal(first.labels, second.labels)


def test_red_cells_can_be_left_out(red_field):
    red_field.white_cell((180, 240))
    white_only = segmenters.create("smear", find_red_cells=False)
    assert white_only.segment(red_field.rgb()).kinds == ("wbc",)


def test_a_segmenter_crosses_a_process_boundary(smear):
    assert pickle.loads(pickle.dumps(smear)) == smear  # noqa: S301  # our own bytes


def test_a_wrong_picture_is_refused_with_a_remedy(smear):
    with pytest.raises(BadInputError, match="alpha"):
        smear.segment(np.zeros((20, 20, 4), np.uint8))
    with pytest.raises(BadInputError, match="pixel size"):
        smear.segment(np.zeros((20, 20, 3), np.uint8), pixel_size_um=0)
    with pytest.raises(BadInputError, match="diameter"):
        segmenters.create("smear", red_cell_diameter_px=-3.0)


def test_every_cell_touching_the_border_is_marked(smear, red_field):
    red_field.red_cell((180, 0))
    rows = measure(smear.segment(red_field.rgb()))
    cut = rows["cut_by_border"]
    assert cut.sum() == 1
    assert rows["left"][cut] == 0
