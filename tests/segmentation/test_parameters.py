"""The few numbers that a person may change do what their words say."""

import numpy as np
import pytest

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation import (
    SmearSegmenter,
    only_unusual,
    parameters_of,
    segmenters,
)
from napari_dinobloom.segmentation.smear_parameters import PARAMETERS, Limits


def area(found, kind):
    labels = [i for i, k in enumerate(found.kinds, 1) if k == kind]
    return int(np.isin(found.labels, labels).sum())


def test_what_nobody_said_is_what_is_built_in():
    assert SmearSegmenter().limits == Limits()
    assert parameters_of(segmenters.create("smear")) == PARAMETERS


def test_usual_numbers_give_the_usual_cells(red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    usual = SmearSegmenter(**{p.name: p.usual for p in PARAMETERS}).segment(rgb)
    assert np.array_equal(usual.labels, SmearSegmenter().segment(rgb).labels)


def test_numbers_at_their_usual_are_no_part_of_a_recipe():
    said = {"sensitivity": 1.0, "smallest_white_um": 6.0, "red_cell_diameter_px": 40}
    assert only_unusual(PARAMETERS, {**said, "red_cell_um": None}) == {
        "smallest_white_um": 6.0,
        "red_cell_diameter_px": 40,
    }


def test_a_smallest_white_cell_above_it_makes_it_a_platelet(red_field):
    red_field.white_cell((180, 240), size=1.2)
    rgb = red_field.rgb()
    assert "wbc" in SmearSegmenter().segment(rgb).kinds
    found = SmearSegmenter(smallest_white_um=12).segment(rgb)
    assert "wbc" not in found.kinds
    assert "platelet" in found.kinds


def test_less_reach_gives_less_cytoplasm(red_field):
    red_field.white_cell((180, 240))
    rgb = red_field.rgb()
    near, far = (
        area(SmearSegmenter(cytoplasm_reach_um=um).segment(rgb), "wbc") for um in (1, 6)
    )
    assert near < 0.95 * far


def test_less_sensitivity_takes_less_for_cells(red_field):
    rgb = red_field.rgb()
    low, high = (
        (SmearSegmenter(sensitivity=s).segment(rgb).labels > 0).sum() for s in (0.5, 2)
    )
    assert low < high


def test_the_width_of_a_red_cell_is_the_ruler_where_pixels_have_a_size(red_field):
    rgb = red_field.rgb()
    found = SmearSegmenter(red_cell_um=6.0).segment(rgb, 0.15)
    assert found.red_cell_diameter_px == pytest.approx(40.0)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
@pytest.mark.parametrize("value", [-1, 0, 1e9, float("nan"), float("inf"), "6", True])
def test_a_number_out_of_its_range_is_refused_in_words(parameter, value):
    with pytest.raises(BadInputError, match=parameter.title) as refused:
        SmearSegmenter(**{parameter.name: value})
    assert "usual" in refused.value.remedy
