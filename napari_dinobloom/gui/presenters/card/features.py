"""A cell's measurements as rows of a table, those first that a person can picture."""

import math
from dataclasses import dataclass

from napari_dinobloom.encoding import FeatureMeaning
from napari_dinobloom.workflows.compare_features import FeatureComparison

FIRST = {
    "cell_diameter_um": "Cell diameter",
    "cell_area_um2": "Cell area",
    "nucleus_diameter_um": "Nucleus diameter",
    "nucleus_area_um2": "Nucleus area",
    "nucleus_to_cytoplasm": "N:C ratio",
    "nucleus_to_cell": "Nucleus / cell area",
    "nucleus_lobes": "Nucleus lobes",
    "nucleus_offset": "Nucleus off centre",
    "nucleus_solidity": "Nucleus solidity",
    "nucleus_circularity": "Nucleus roundness",
    "cell_circularity": "Cell roundness",
    "cell_elongation": "Cell short / long axis",
    "central_pallor": "Central pallor",
    "nucleus_basophilia_mean": "Nucleus blueness",
    "nucleus_contrast_2": "Chromatin coarseness",
    "cytoplasm_basophilia_mean": "Cytoplasm blueness",
    "cytoplasm_eosinophilia_mean": "Cytoplasm pinkness",
    "cytoplasm_purple_spots_5": "Purple granules",
    "cytoplasm_green_spots_5": "Dark granules",
}
"""Names of the measurements that are shown before all others, in this order."""
_GROUPS = (
    ("Size", ("_um", "_um2", "of_window")),
    ("Rings", ("ring_",)),
    (
        "Texture",
        ("pattern", "grain", "spots", "homogeneity", "correlation", "contrast_"),
    ),
    ("Colour", ("density", "basophilia", "eosinophilia", "share", "pallor")),
    ("Shape", ("",)),
)


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One line of the table.

    Parameters
    ----------
    title
        In words.
    value, text
        As a number, to sort by, and with its unit.
    percentile
        0 … 100, nan where not known.
    tip
        What it means, and its name in files.
    group
        What it is about; "Main" where it is shown before all others.
    """

    title: str
    value: float
    text: str
    percentile: float
    tip: str
    group: str


def rows_of(report: FeatureComparison) -> tuple[FeatureRow, ...]:
    """All lines: the main ones, then group by group."""
    said = dict(zip((m.name for m in report.meanings), report.values, strict=False))
    has_nucleus = float(said.get("nucleus_to_cell", 0)) > 0
    rows = [
        _row(meaning, float(value), float(rank), has_nucleus)
        for meaning, value, rank in zip(
            report.meanings, report.values, report.percentiles, strict=False
        )
    ]
    order = [name for name, _ in _GROUPS]
    titles = list(FIRST.values())

    def place(row: FeatureRow) -> tuple[int, int]:
        if row.group == "Main":
            return 0, titles.index(row.title)
        return 1 + order.index(row.group), 0

    return tuple(sorted(rows, key=place))


def _row(
    meaning: FeatureMeaning, value: float, rank: float, has_nucleus: bool
) -> FeatureRow:
    name = meaning.name
    title = FIRST.get(name) or _in_words(name)
    is_main = name in FIRST and _fits(name, value, has_nucleus)
    group = "Main" if is_main else _group(name)
    tip = f"{meaning.meaning}\n{name}" if meaning.meaning else name
    return FeatureRow(title, value, number(value, meaning.unit), rank, tip, group)


def _fits(name: str, value: float, has_nucleus: bool) -> bool:
    """Whether a main measurement says something about this cell.

    A nucleus that is not there has no measurements, and only a cell without one has a
    central pallor.
    """
    if not math.isfinite(value):
        return False
    if name.startswith(("nucleus_", "cytoplasm_")):
        return has_nucleus
    return name != "central_pallor" or not has_nucleus


def _group(name: str) -> str:
    return next(g for g, marks in _GROUPS if any(mark in name for mark in marks))


def _in_words(name: str) -> str:
    for ending in ("_um2", "_um"):
        name = name.removesuffix(ending)
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def number(value: float, unit: str = "") -> str:
    """Three figures with the unit; a dash where nothing was measured."""
    if not math.isfinite(value):
        return "–"
    if value == 0 or abs(value) >= 100 or value == round(value):
        text = f"{value:.0f}"
    elif abs(value) >= 10:
        text = f"{value:.1f}"
    elif abs(value) >= 0.01:
        text = f"{value:.2f}"
    else:
        text = f"{value:.1g}"
    return f"{text} {unit}".rstrip()
