import numpy as np
import pytest
from PIL import Image, ImageDraw

from napari_dinobloom.segmentation import measure, segmenters
from napari_dinobloom.segmentation.nucleus_outlines import outline_nuclei
from napari_dinobloom.segmentation.plausible import is_grey


@pytest.fixture
def smear():
    return segmenters.create("smear")


def kind_at(found, row, column):
    number = found.labels[row, column]
    return found.kinds[number - 1] if number else None


def test_a_clump_of_platelets_is_no_white_cell(smear, red_field):
    rng = np.random.default_rng(4)
    for _ in range(9):
        row, column = rng.normal((180, 240), 14)
        red_field.disc((row, column), 9, (140, 90, 170))
    assert "wbc" not in smear.segment(red_field.rgb()).kinds


def test_a_thread_of_stain_is_no_white_cell(smear, red_field):
    for column in range(190, 290):
        row = 180 + 18 * np.sin(column / 9)
        red_field.disc((row, column), 9, (70, 40, 130))
    found = smear.segment(red_field.rgb())
    assert "wbc" not in found.kinds
    assert kind_at(found, 180 + round(18 * np.sin(240 / 9)), 240) == "other"


def test_a_red_cell_that_leans_on_a_white_cell_stays_red(smear, red_field):
    truth = red_field.white_cell((180, 240), size=1.4)
    red_field.red_cell((180, 240 + 44 * 1.15))
    found = smear.segment(red_field.rgb())
    assert kind_at(found, 180, 300) == "rbc"
    white = found.labels == found.labels[180, 240]
    assert (white & truth).sum() / (white | truth).sum() > 0.8


def test_the_nucleus_ends_where_its_own_cytoplasm_begins(smear, red_field):
    # Blue cytoplasm, far above the red cells' level of nuclear stain.
    red_field.disc((180, 240), 72, (140, 120, 190))
    nucleus = red_field.disc((180, 240), 44, (80, 35, 135))
    found = smear.segment(red_field.rgb())
    seen = found.nuclei > 0
    assert (seen & nucleus).sum() * 2 / (seen.sum() + nucleus.sum()) > 0.93


def test_a_cell_of_one_level_keeps_the_nucleus_that_was_found():
    rows, columns = np.ogrid[:80, :80]
    cell = (np.hypot(rows - 40, columns - 40) < 30).astype(np.int32)
    stain = np.random.default_rng(0).normal(1.0, 0.1, cell.shape)
    nuclei, splits = outline_nuclei(stain, cell, cell, 32.0, 0.3)
    assert np.array_equal(nuclei, cell)
    assert splits[1] == 0.3


def test_scores_lie_between_none_and_sure_and_a_clear_cell_scores_high(
    smear, red_field
):
    red_field.white_cell((180, 240))
    found = smear.segment(red_field.rgb())
    assert found.scores[found.kinds.index("wbc")] > 0.8
    assert found.scores.min() >= 0


def test_the_rim_of_a_round_field_cuts_cells_too(smear, red_field):
    red_field.red_cell((180, 240))
    rgb = red_field.rgb()
    rows, columns = np.ogrid[:360, :480]
    rgb[np.hypot(rows - 180, columns - 240) > 170] = 4
    rows_of = measure(smear.segment(rgb))
    cut = rows_of["cut_by_border"]
    away = np.hypot(rows_of["y"] - 180, rows_of["x"] - 240)
    assert cut.any()
    assert away[cut].min() > 120
    assert not cut[away.argmin()]


def drawing():
    image = Image.new("RGB", (480, 360), (250, 250, 245))
    pen = ImageDraw.Draw(image)
    for row in range(20, 340, 24):
        pen.text((20, row), "The film shows anisocytosis and a few blasts." * 2, "navy")
    return np.asarray(image)


def astronaut():
    from skimage import data

    return data.astronaut()


def coffee():
    from skimage import data

    return data.coffee()


def tissue():
    from skimage import data

    return data.immunohistochemistry()


@pytest.mark.parametrize("picture", [drawing, coffee, tissue])
def test_a_picture_that_is_no_smear_is_said_to_be_none(smear, picture):
    found = smear.segment(picture())
    assert len(found) == 0
    assert "does not look like a smear" in found.notes[0]


def test_a_photograph_in_which_something_looks_like_a_white_cell_is_doubted(smear):
    assert any(
        "no smear" in n or "a smear" in n for n in smear.segment(astronaut()).notes
    )


def test_a_picture_without_colour_is_refused_with_the_reason(smear, red_field):
    red_field.white_cell((180, 240))
    grey = np.repeat(red_field.rgb().mean(-1, keepdims=True), 3, 2).astype(np.uint8)
    assert is_grey(grey)
    assert not is_grey(red_field.rgb())
    found = smear.segment(grey)
    assert len(found) == 0
    assert "no colour" in found.notes[0]


def test_whoever_types_the_diameter_knows_that_it_is_a_smear():
    typed = segmenters.create("smear", red_cell_diameter_px=44.0)
    assert not any("look like a smear" in n for n in typed.segment(drawing()).notes)
