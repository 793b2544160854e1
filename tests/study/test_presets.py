"""The schemes that are offered: keys, colours and names a person can work with."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.study import KIND_COLOURS, CellClass, Taxonomy
from napari_dinobloom.study.presets import PRESETS, preset
from napari_dinobloom.study.taxonomy import ARTEFACT, RESERVED_KEYS, UNLABELLED_COLOUR

# How a colour looks to protan and deutan eyes, in linear RGB (Machado et al. 2009,
# doi:10.1109/TVCG.2009.113, severity 1).
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TOGETHER = {
    "blood": (
        "segmented neutrophil",
        "band neutrophil",
        "lymphocyte",
        "monocyte",
        "eosinophil",
        "basophil",
        "blast",
        "platelet",
    ),
    "marrow": (
        "blast",
        "myelocyte",
        "segmented neutrophil",
        "eosinophil",
        "lymphocyte",
        "monocyte",
        "polychromatic normoblast",
    ),
    "red-cells": (
        "normocyte",
        "microcyte",
        "macrocyte",
        "spherocyte",
        "target cell",
        "elliptocyte",
        "schistocyte",
        "burr cell",
    ),
}
"""What lies side by side in most smears."""
CONFUSED = (
    ("blast", "promyelocyte"),
    ("promyelocyte", "myelocyte"),
    ("myelocyte", "metamyelocyte"),
    ("metamyelocyte", "band neutrophil"),
    ("band neutrophil", "segmented neutrophil"),
    *itertools.combinations(("lymphocyte", "monocyte", "promyelocyte", "blast"), 2),
    ("lymphocyte", "reactive lymphocyte"),
    ("reactive lymphocyte", "abnormal lymphocyte"),
    ("abnormal lymphocyte", "blast"),
    ("lymphocyte", "plasma cell"),
    ("lymphocyte", "smudge cell"),
    ("lymphocyte", "nucleated red cell"),
    ("blast", "promonocyte"),
    ("promonocyte", "monocyte"),
    ("blast", "pronormoblast"),
    ("pronormoblast", "basophilic normoblast"),
    ("basophilic normoblast", "polychromatic normoblast"),
    ("polychromatic normoblast", "orthochromatic normoblast"),
    ("lymphocyte", "orthochromatic normoblast"),
    ("eosinophil", "basophil"),
    ("eosinophil", "eosinophil precursor"),
    ("basophil", "mast cell"),
    ("platelet", "giant platelet"),
    ("platelet", "platelet clump"),
    ("microcyte", "spherocyte"),
    ("burr cell", "acanthocyte"),
    ("target cell", "stomatocyte"),
    ("elliptocyte", "teardrop cell"),
    ("schistocyte", "sickle cell"),
    ("normocyte", "macrocyte"),
    ("polychromatic cell", "macrocyte"),
    ("basophilic stippling", "Howell-Jolly body"),
    ("red cell with parasite", "Howell-Jolly body"),
)
"""Neighbouring stages, and what one observer calls so and another otherwise."""
# CIEDE2000; one is just about to be seen where two fields touch
ANY, BESIDE, OFTEN_CONFUSED, WITHOUT_CLASS = 7.0, 13.0, 18.0, 5.0


def seen(eye: np.ndarray, colour: str) -> np.ndarray:
    """(3,) CIE L*a*b* of "#RRGGBB" as these eyes see it."""
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )
    there = np.clip(eye @ linear, 0, 1)
    back = np.where(
        there <= 0.0031308, 12.92 * there, 1.055 * there ** (1 / 2.4) - 0.055
    )
    lab: np.ndarray = rgb2lab(back)
    return lab


def apart(one: str, other: str) -> float:
    """The least distance (CIEDE2000) that any of the eyes sees."""
    return min(
        float(deltaE_ciede2000(seen(eye, one), seen(eye, other)))
        for eye in EYES.values()
    )


offered = pytest.mark.parametrize("scheme", PRESETS, ids=lambda p: p.name)


def test_the_distance_knows_red_and_green_that_look_alike():
    assert apart("#CC3311", "#886600") < 20 < apart("#CC3311", "#3355CC")


@offered
def test_every_class_has_a_key_of_its_own_that_means_nothing_else(scheme):
    scheme.taxonomy.require_sound()
    keys = [c.key for c in scheme.taxonomy.classes]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    assert {c.name for c in scheme.taxonomy.classes if c.key in RESERVED_KEYS} == {
        ARTEFACT
    }


@offered
def test_what_is_no_cell_comes_last_with_the_key_x(scheme):
    last = scheme.taxonomy.classes[-1]
    assert (last.name, last.key) == (ARTEFACT, "x")


@offered
def test_all_eyes_tell_any_two_classes_of_a_scheme_apart(scheme):
    for one, other in itertools.combinations(scheme.taxonomy.classes, 2):
        assert apart(one.colour, other.colour) > ANY, (one.name, other.name)


@offered
def test_classes_that_lie_side_by_side_are_further_apart(scheme):
    for one, other in itertools.combinations(TOGETHER[scheme.name], 2):
        colours = (scheme.taxonomy.get(name).colour for name in (one, other))
        assert apart(*colours) > BESIDE, (one, other)


@offered
def test_classes_that_are_often_confused_are_furthest_apart(scheme):
    known = [pair for pair in CONFUSED if set(pair) <= set(scheme.taxonomy.names())]
    assert len(known) > 5
    for one, other in known:
        colours = (scheme.taxonomy.get(name).colour for name in (one, other))
        assert apart(*colours) > OFTEN_CONFUSED, (one, other)


@offered
def test_no_class_looks_like_a_cell_without_a_class(scheme):
    own = {ARTEFACT: UNLABELLED_COLOUR}  # both are grey, and are meant to be
    for cell_class in scheme.taxonomy.classes:
        for plain in (*KIND_COLOURS.values(), UNLABELLED_COLOUR):
            assert cell_class.colour.upper() != plain.upper()
            if cell_class.name not in (*own, "eosinophil"):  # orange, as are red cells
                assert apart(cell_class.colour, plain) > WITHOUT_CLASS * 0.99


def test_a_class_of_two_schemes_looks_the_same_and_has_the_same_key():
    blood, marrow = (preset(name).taxonomy for name in ("blood", "marrow"))
    shared = set(blood.names()) & set(marrow.names())
    assert {"blast", "segmented neutrophil", "lymphocyte"} <= shared
    for name in shared:
        assert blood.get(name) == marrow.get(name)


def test_codes_name_one_class_each():
    codes = {(c.code, c.name) for p in PRESETS for c in p.taxonomy.classes if c.code}
    assert len({code for code, _ in codes}) == len(codes)
    assert all(code.startswith("CL:") and len(code) == 10 for code, _ in codes)


def test_an_unknown_preset_is_answered_with_those_there_are():
    with pytest.raises(UnknownNameError, match="blood, marrow, red-cells"):
        preset("urine")


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ([("blast", "b"), ("basophil", "B")], "blast and basophil both have the key b"),
        ([("blast", "u")], "blast cannot have the key u: it marks a cell unsure"),
        ([("blast", " ")], "key space: it accepts the prediction"),
        ([("blast", "x")], "blast cannot have the key x: it marks an artefact"),
        ([("blast", "b1")], "blast cannot have the key 'b1'"),
        ([("", "b")], "needs a name"),
    ],
)
def test_a_scheme_nobody_can_work_with_is_refused_in_words(classes, said):
    scheme = Taxonomy("mine", tuple(CellClass(n, "#AA3377", k) for n, k in classes))
    with pytest.raises(BadInputError, match=said):
        scheme.require_sound()


def test_a_colour_that_is_none_is_refused():
    scheme = Taxonomy("mine", (CellClass("blast", "red", "b"),))
    with pytest.raises(BadInputError, match="'red' is no colour for blast"):
        scheme.require_sound()


def test_new_classes_get_colours_and_keys_that_are_free():
    scheme = preset("blood").taxonomy.extended(["hairy cell", "Sezary cell"])
    new = scheme.classes[-2:]
    scheme.require_sound()
    assert len({c.colour for c in scheme.classes}) == len(scheme.classes)
    assert all(c.key for c in new)


def test_a_class_can_be_moved_changed_and_taken_away():
    scheme = preset("blood").taxonomy
    first, second = scheme.names()[:2]
    assert scheme.moved(first, 1).names()[:2] == [second, first]
    assert scheme.moved(first, -5) == scheme
    recoloured = replace(scheme.get(first), colour="#123456")
    assert scheme.with_class(first, recoloured).colour_of(first) == "#123456"
    assert first not in scheme.with_class(first, None)
