"""What each colour on the map means, by hand and by hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_dinobloom.gui.presenters.map.colour_scales import hues, ramp
from napari_dinobloom.gui.presenters.map.colouring import (
    GREY,
    ColourChoice,
    ScaleColouring,
    categories,
    robust_limits,
    steps_of,
)
from napari_dinobloom.gui.presenters.map.colours import choices, colouring
from napari_dinobloom.gui.presenters.roster import Roster

CHOICE = ColourChoice("test", "Test", "Group")
EVERYWHERE = np.ones(4, bool)
codes_of_cells = hnp.arrays(np.int64, 30, elements=st.integers(-1, 4))


def no_meanings(_: str) -> dict[str, tuple[str, str]]:
    return {}


@pytest.fixture
def roster(make_study, desk_with, label) -> Roster:
    """Two slides of a white and two red cells; the first cell is a blast."""
    study = make_study(slides=2)
    label(study, 1, "blast")
    made = Roster(desk_with(study), later=lambda call: call)
    made.rebuild()
    return made


def colours_by(key: str, roster: Roster, placed: np.ndarray | None = None):
    placed = np.ones(len(roster), bool) if placed is None else placed
    by_key = {choice.key: choice for choice in choices(roster, (), no_meanings)}
    return colouring(by_key[key], roster, placed, clusters=None, meanings=no_meanings)


def counts_by_name(made) -> dict[str, int]:
    return {line.name: line.count for line in made.legend().lines}


def test_labels_colour_their_cells_and_the_rest_is_grey(roster):
    made = colours_by("class", roster)
    assert counts_by_name(made) == {"blast": 1, "not labelled": 5}
    colour = next(look.colour for look in roster.classes if look.name == "blast")
    rgb = made.palette()[made.codes[0]][:3].tolist()
    assert "#{:02x}{:02x}{:02x}".format(*rgb) == colour.lower()
    assert set(made.codes[1:].tolist()) == {made.ground}


def test_the_best_known_class_is_the_label_else_the_prediction_else_the_kind(roster):
    blast = roster.class_names.index("blast")
    roster.set_predictions(np.array([0, 1]), np.array([blast, blast]), np.ones(2, "f4"))
    assert counts_by_name(colours_by("best", roster)) == {
        "blast": 1,
        "blast (predicted)": 1,
        "white cell": 1,
        "red cell": 3,
    }


def test_agreement_tells_all_five_cases_apart(roster):
    roster.label[:] = [0, 0, 0, -1, -1, -1]
    roster.predicted[:] = [0, 1, -1, 0, 1, -1]
    assert counts_by_name(colours_by("agreement", roster)) == {
        "Prediction agrees": 1,
        "Prediction differs": 1,
        "Labelled, not predicted": 1,
        "Predicted, not labelled": 2,
        "neither": 1,
    }


def test_cells_without_place_are_not_counted(roster):
    placed = np.array([True, True, False, True, True, False])
    assert counts_by_name(colours_by("slide", roster, placed)) == {
        "slide 0": 2,
        "slide 1": 2,
    }
    assert counts_by_name(colours_by("kind", roster, placed)) == {
        "white cell": 2,
        "red cell": 2,
    }


def test_only_facts_that_somebody_stated_are_offered(roster):
    keys = [choice.key for choice in choices(roster, (), no_meanings)]
    assert "slide" in keys
    assert "scanner" not in keys
    offered = choices(
        roster, [("morphology", ("area",))], lambda _: {"area": ("µm²", "How large.")}
    )
    assert offered[-1].key == "feature:morphology:area"
    assert offered[-1].tip == "How large."


@settings(deadline=None)
@given(codes_of_cells, codes_of_cells, hnp.arrays(bool, 30), st.data())
def test_recoding_some_rows_is_colouring_anew(before, after, placed, data):
    """Only rows that are told of may differ; then nothing else has to be read."""
    standing = before.copy()
    made = categories(
        CHOICE, placed, lambda rows: standing[rows], tuple("abcde"), nothing="none"
    )
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, 29)))), np.int64)
    standing[rows] = after[rows]
    differ = made.recode(rows)
    anew = categories(
        CHOICE, placed, lambda rows: standing[rows], tuple("abcde"), nothing="none"
    )
    np.testing.assert_array_equal(made.codes, anew.codes)
    np.testing.assert_array_equal(made.counts, anew.counts)
    np.testing.assert_array_equal(differ, rows[before[rows] != after[rows]])


def test_hidden_codes_are_transparent_and_their_cells_not_shown():
    codes = np.array([0, 1, 1, -1])
    made = categories(
        CHOICE, EVERYWHERE, lambda rows: codes[rows], ("a", "b"), nothing="none"
    )
    made.hide(frozenset({1}))
    assert made.palette()[:, 3].tolist() == [255, 0, 255]
    assert made.is_shown().tolist() == [True, False, False, True]
    assert made.is_shown(np.array([2, 3])).tolist() == [False, True]


def test_a_scale_runs_from_end_to_end_and_leaves_nan_grey():
    values = np.array([0.0, 5.0, 10.0, np.nan], np.float32)
    made = ScaleColouring(
        CHOICE, EVERYWHERE, lambda rows: values[rows], unit="µm", limits=(0, 10)
    )
    assert made.codes.tolist() == [0, 128, 255, 256]
    scale = made.legend().scale
    assert (scale.low, scale.high, scale.unit) == (0, 10, "µm")
    assert (scale.count, scale.without) == (3, 1)
    grey = [int(GREY[i : i + 2], 16) for i in (1, 3, 5)]
    assert made.palette()[256].tolist() == [*grey, 255]


def test_one_giant_cell_does_not_flatten_the_scale():
    values = np.append(np.linspace(10, 20, 999), 10_000).astype("f4")
    low, high = robust_limits(values)
    assert 9 < low < 11
    assert 19 < high < 21


@pytest.mark.parametrize("known", [[], [3.0], [3.0, 3.0, 3.0], [0.0] * 99 + [5.0]])
def test_the_ends_of_a_scale_are_apart(known):
    low, high = robust_limits(np.array(known, np.float32))
    assert low < high


@given(
    hnp.arrays(np.float32, 20, elements=st.floats(-1e6, 1e6, width=32)),
    st.floats(-1e3, 1e3),
    st.floats(0.5, 1e3),
)
def test_greater_values_never_have_a_lower_step(values, low, width):
    steps = steps_of(np.sort(values), low, low + width)
    assert (np.diff(steps.astype(int)) >= 0).all()
    assert steps.max() <= 255


def test_the_ramp_grows_brighter_at_every_step_so_that_grey_shows_it_too():
    red, green, blue = ramp().astype(float).T
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert (np.diff(light) > -0.6).all()  # rounding to bytes
    assert light[-1] - light[0] > 150


def test_many_slides_share_hues_and_say_so():
    codes = np.arange(4)
    few, many = (
        categories(
            CHOICE,
            EVERYWHERE,
            lambda rows: codes[rows],
            tuple(str(i) for i in range(n)),
            nothing="none",
        )
        for n in (20, 21)
    )
    assert len(set(hues(20))) == 20
    assert few.legend().note == ""
    assert "21 categories share 20 hues" in many.legend().note
