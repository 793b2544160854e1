"""Names of other programs mean kinds of cells, and some mean no more than that."""

import pytest

from napari_dinobloom.study import kind_of_name, says_only_the_kind
from napari_dinobloom.study.presets import PRESETS

MEANT = {
    "wbc": (
        "WBC", "White Blood Cells", "leukocyte", "Segmented Neutrophil", "NEU-band",
        "lymphocytes", "blast", "nucleated red cell", "Erythroblast", "NRBC",
        "orthochromatic normoblast", "Smudge_cell", "megakaryocyte",
    ),
    "rbc": (
        "RBC", "red blood cell", "Erythrocytes", "target cell", "schistocyte",
        "Howell-Jolly body", "reticulocyte",
    ),
    "platelet": ("Platelets", "PLT", "thrombocyte", "giant platelet", "platelet clump"),
    "other": ("Other", "artefact", "Artifacts", "Ignore*", "stain debris"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for kind, names in MEANT.items() for name in names]
)
def test_names_mean_kinds(name, kind):
    assert kind_of_name(name) == kind


@pytest.mark.parametrize("name", ["", "Tumor", "Positive", "1", "cell", "Class A"])
def test_names_that_nobody_knows_mean_none(name):
    assert kind_of_name(name) is None


def test_every_class_of_the_schemes_means_a_kind():
    for preset in PRESETS:
        for offered in preset.taxonomy.classes:
            assert kind_of_name(offered.name) is not None


def test_a_kind_is_no_class_and_a_class_is_no_kind():
    assert all(map(says_only_the_kind, ("WBC", "red cells", "Platelet", "", "cells")))
    assert not any(map(says_only_the_kind, ("lymphocyte", "target cell", "Tumor")))
