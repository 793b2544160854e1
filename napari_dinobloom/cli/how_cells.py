"""Options about how cells are found, shared by ``run`` and ``segment``."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from napari_dinobloom.core import BadInputError

_PANEL = "How cells are found"


@dataclass(frozen=True, slots=True)
class HowCells:
    """Which segmenter, and what was said to it; usual numbers are left out."""

    segmenter: str
    parameters: Mapping[str, Any]


def _option(kind: Any, name: str, about: str) -> Any:
    return Annotated[
        kind | None, typer.Option(name, help=about, rich_help_panel=_PANEL)
    ]


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "segmenter": (
        Annotated[str, typer.Option("--segmenter", help="How cells are found.")],
        "smear",
    ),
    "red_cell_diameter": (
        _option(
            float,
            "--red-cell-diameter",
            "Diameter of a red cell in pixels; measured unless given.",
        ),
        None,
    ),
    "red_cell_um": (
        _option(
            float,
            "--red-cell-um",
            "Width of a red cell in µm, where pixels have a size. Usual: 7.5.",
        ),
        None,
    ),
    "smallest_white_um": (
        _option(
            float,
            "--smallest-white-um",
            "Width in µm below which no cell is a white one. Usual: 5.3.",
        ),
        None,
    ),
    "cytoplasm_reach_um": (
        _option(
            float,
            "--cytoplasm-reach-um",
            "How far in µm cytoplasm lies from its nucleus. Usual: 6.",
        ),
        None,
    ),
    "sensitivity": (
        _option(
            float,
            "--sensitivity",
            "Above 1 finds paler cells, below 1 leaves them out. Usual: 1.",
        ),
        None,
    ),
    "segmenter_weights": (
        _option(
            Path,
            "--segmenter-weights",
            "For cellpose: the file of the trained network.",
        ),
        None,
    ),
}
"""Type and default by the name of a command's parameter."""


def takes_how_cells(command: Callable[..., None]) -> Callable[..., None]:
    """The command, whose parameter ``how`` stands for all options about the search."""
    signature, hints = (
        inspect.signature(command),
        get_type_hints(command, None, None, include_extras=True),
    )
    own = [
        p.replace(annotation=hints[p.name])
        for p in signature.parameters.values()
        if p.name != "how"
    ]
    added = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default
        )
        for name, (kind, default) in _OPTIONS.items()
    ]

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        said = {name: given.pop(name) for name in _OPTIONS}
        segmenter = said.pop("segmenter")
        command(how=how_cells(segmenter, said), **given)

    options = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
    wrapped.__signature__ = signature.replace(parameters=options)  # type: ignore[attr-defined]  # typer reads it
    wrapped.__annotations__ = {p.name: p.annotation for p in options}
    return wrapped


def how_cells(segmenter: str, said: Mapping[str, Any]) -> HowCells:
    """What was said, as the segmenter wants it; usual numbers are left out.

    Raises
    ------
    BadInputError
        If a number is out of its range, or the segmenter knows nothing of it.
    """
    from napari_dinobloom.segmentation import only_unusual, parameters_of, segmenters

    segmenters.require(segmenter)
    own = {"red_cell_diameter": "red_cell_diameter_px", "segmenter_weights": "weights"}
    given = {
        own.get(name, name): str(value.absolute()) if isinstance(value, Path) else value
        for name, value in said.items()
        if value is not None
    }
    if not given:
        return HowCells(segmenter, {})
    try:
        built = segmenters.create(segmenter, **given)
    except TypeError as error:
        raise BadInputError(
            f"The segmenter {segmenter} does not know one of these options: "
            f"{', '.join(given)}.",
            "Leave them out, or use another segmenter.",
        ) from error
    return HowCells(segmenter, only_unusual(parameters_of(built), given))
