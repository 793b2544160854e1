"""Options about how cells are found, shared by ``run`` and ``segment``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_dinobloom.core import BadInputError

_PANEL = "How cells are found"

Diameter = Annotated[
    float | None,
    typer.Option(
        "--red-cell-diameter",
        help="Diameter of a red cell in pixels; measured unless given.",
        rich_help_panel=_PANEL,
    ),
]
RedCell = Annotated[
    float | None,
    typer.Option(
        "--red-cell-um",
        help="Width of a red cell in µm, where pixels have a size. Usual: 7.5.",
        rich_help_panel=_PANEL,
    ),
]
SmallestWhite = Annotated[
    float | None,
    typer.Option(
        "--smallest-white-um",
        help="Width in µm below which no cell is a white one. Usual: 5.3.",
        rich_help_panel=_PANEL,
    ),
]
CytoplasmReach = Annotated[
    float | None,
    typer.Option(
        "--cytoplasm-reach-um",
        help="How far in µm cytoplasm lies from its nucleus. Usual: 6.",
        rich_help_panel=_PANEL,
    ),
]
Sensitivity = Annotated[
    float | None,
    typer.Option(
        help="Above 1 finds paler cells, below 1 leaves them out. Usual: 1.",
        rich_help_panel=_PANEL,
    ),
]
SegmenterWeights = Annotated[
    Path | None,
    typer.Option(
        "--segmenter-weights",
        help="For cellpose: the file of the trained network.",
        rich_help_panel=_PANEL,
    ),
]


def segmenter_parameters(
    segmenter: str,
    red_cell_diameter: float | None,
    red_cell_um: float | None,
    smallest_white_um: float | None,
    cytoplasm_reach_um: float | None,
    sensitivity: float | None,
    weights: Path | None,
) -> dict[str, Any]:
    """What was said, as the segmenter wants it; usual numbers are left out.

    Raises
    ------
    BadInputError
        If a number is out of its range, or the segmenter knows nothing of it.
    """
    from napari_dinobloom.segmentation import (
        only_unusual,
        parameters_of,
        segmenters,
    )

    segmenters.require(segmenter)
    said = {
        "red_cell_diameter_px": red_cell_diameter,
        "red_cell_um": red_cell_um,
        "smallest_white_um": smallest_white_um,
        "cytoplasm_reach_um": cytoplasm_reach_um,
        "sensitivity": sensitivity,
        "weights": None if weights is None else str(weights.absolute()),
    }
    given = {name: value for name, value in said.items() if value is not None}
    if not given:
        return {}
    try:
        built = segmenters.create(segmenter, **given)
    except TypeError as error:
        raise BadInputError(
            f"The segmenter {segmenter} does not know one of these options: "
            f"{', '.join(given)}.",
            "Leave them out, or use another segmenter.",
        ) from error
    return only_unusual(parameters_of(built), given)
