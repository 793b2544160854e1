"""Diagnoses: which cells a patient's blood holds, and how its red cells are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

WHITE_CELLS = (
    "segmented neutrophil",
    "band neutrophil",
    "eosinophil",
    "basophil",
    "lymphocyte",
    "monocyte",
    "blast",
    "smudge cell",
)
"""Classes of kind "wbc" that can be drawn."""

RED_CELLS = (
    "red cell",
    "ovalocyte",
    "target cell",
    "teardrop cell",
    "stomatocyte",
    "spherocyte",
    "hypochromic red cell",
    "elliptocyte",
    "burr cell",
)
"""Classes of kind "rbc" that can be drawn."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mixture of cells.

    Attributes
    ----------
    name
        As it goes into the metadata table.
    whites
        Share of each white-cell class among the white cells.
    whites_per_field
        Mean number in a field of 60 × 45 µm, chosen where white cells are.
    reds
        Share of each red-cell class; what is missing to 1 is "red cell".
    red_diameter_um
        Mean diameter of a red cell on the smear.
    anisocytosis
        Standard deviation of red-cell diameters as a fraction of their mean.
    haemoglobin
        Pigment of a red cell, 1 = normal.
    red_density
        Number of red cells, 1 = normal (anaemia: fewer).
    platelets
        Mean number in a field of 60 × 45 µm.
    rouleaux
        Chance that a red cell lies on its neighbour like a coin.
    """

    name: str
    whites: Mapping[str, float]
    whites_per_field: float = 2.5
    reds: Mapping[str, float] = field(default_factory=dict)
    red_diameter_um: float = 7.4
    anisocytosis: float = 0.05
    haemoglobin: float = 1.0
    red_density: float = 1.0
    platelets: float = 3.2
    rouleaux: float = 0.12


_USUAL_REDS = {
    "ovalocyte": 0.07,
    "target cell": 0.01,
    "teardrop cell": 0.005,
    "stomatocyte": 0.03,
    "burr cell": 0.005,
}

# The rarer classes come oftener than in blood, so that a few fields show all of them.
_HEALTHY = Diagnosis(
    "healthy",
    {
        "segmented neutrophil": 0.44,
        "band neutrophil": 0.06,
        "eosinophil": 0.08,
        "basophil": 0.06,
        "lymphocyte": 0.24,
        "monocyte": 0.12,
    },
    whites_per_field=3.4,
    reds=_USUAL_REDS,
)

_ACUTE_LEUKAEMIA = Diagnosis(
    "acute leukaemia",
    {
        "blast": 0.72,
        "lymphocyte": 0.12,
        "segmented neutrophil": 0.08,
        "monocyte": 0.06,
        "smudge cell": 0.02,
    },
    whites_per_field=4.5,
    reds={**_USUAL_REDS, "teardrop cell": 0.03, "ovalocyte": 0.10},
    anisocytosis=0.10,
    red_density=0.7,
    platelets=0.8,
)

_EOSINOPHILIA = Diagnosis(
    "eosinophilia",
    {
        "eosinophil": 0.50,
        "segmented neutrophil": 0.26,
        "band neutrophil": 0.03,
        "basophil": 0.03,
        "lymphocyte": 0.13,
        "monocyte": 0.05,
    },
    whites_per_field=3.5,
    reds=_USUAL_REDS,
)

_CLL = Diagnosis(
    "chronic lymphocytic leukaemia",
    {
        "lymphocyte": 0.82,
        "smudge cell": 0.10,
        "segmented neutrophil": 0.06,
        "monocyte": 0.02,
    },
    whites_per_field=5.0,
    reds={**_USUAL_REDS, "spherocyte": 0.04},
    red_density=0.85,
    platelets=2.0,
)

_IRON_DEFICIENCY = Diagnosis(
    "iron deficiency",
    _HEALTHY.whites,
    whites_per_field=2.6,
    reds={
        "hypochromic red cell": 0.55,
        "elliptocyte": 0.09,
        "target cell": 0.05,
        "ovalocyte": 0.08,
        "teardrop cell": 0.02,
    },
    red_diameter_um=6.4,
    anisocytosis=0.13,
    haemoglobin=0.86,
    red_density=0.85,
    platelets=5.5,
    rouleaux=0.05,
)

DIAGNOSES: Mapping[str, Diagnosis] = MappingProxyType(
    {
        d.name: d
        for d in (_HEALTHY, _ACUTE_LEUKAEMIA, _EOSINOPHILIA, _CLL, _IRON_DEFICIENCY)
    }
)
"""The built-in diagnoses by name."""
