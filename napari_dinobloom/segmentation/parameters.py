"""What a person may say about how cells are found, in the words of the field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a segmenter that a person may change.

    Parameters
    ----------
    name
        As in the segmenter's own parameters, and in a recipe.
    title
        What a slider is called.
    usual
        What holds where nothing is said.
    low, high, step
        Between which it has to lie, and how finely it is moved.
    unit
        "µm", or "" for a plain number.
    about
        One or two sentences: what changes when it is moved.
    needs_pixel_size
        It says nothing where the size of a pixel is not known.
    """

    name: str
    title: str
    usual: float
    low: float
    high: float
    step: float
    unit: str
    about: str
    needs_pixel_size: bool = False

    def check(self, value: float | None) -> None:
        """Refuse what is no number of this kind.

        Raises
        ------
        BadInputError
            If it lies outside ``low … high``.
        """
        if value is None:
            return
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not np.isfinite(value) or not self.low <= value <= self.high:
            unit = f" {self.unit}" if self.unit else ""
            raise BadInputError(
                f"“{self.title}” cannot be {value}{unit}.",
                f"It lies between {self.low:g} and {self.high:g}{unit}; "
                f"{self.usual:g}{unit} is usual.",
            )


def parameters_of(segmenter: object) -> tuple[Parameter, ...]:
    """What can be said to a segmenter; nothing where it does not tell."""
    offered = getattr(segmenter, "parameters", ())
    return tuple(p for p in offered if isinstance(p, Parameter))


def only_unusual(
    parameters: tuple[Parameter, ...], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The values that differ from the usual ones, as a recipe keeps them."""
    usual = {p.name: p.usual for p in parameters}
    return {
        name: value
        for name, value in values.items()
        if value is not None and not (name in usual and abs(value - usual[name]) < 1e-9)
    }
