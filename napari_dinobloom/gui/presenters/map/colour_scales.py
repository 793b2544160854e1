"""Colours for categories and for numbers that colour-blind eyes can tell apart."""

from functools import cache

import numpy as np

STEPS = 256

# Okabe–Ito first, then lighter and darker hues chosen between them; each reads on a
# dark and on a light ground.
_HUES = (
    "#E69F00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
    "#8C6BB1", "#66C2A5", "#B15928", "#80B1D3", "#A6A43A", "#E78AC3", "#1F9E9E",
    "#FDBF6F", "#6A51A3", "#A1D76A", "#DE6B6B", "#BFA5D6", "#4C78A8",
)  # fmt: skip

# Points of viridis (van der Walt and Smith, CC0), every sixteenth of its length.
_VIRIDIS = (
    "#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e",
    "#23888e", "#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36",
    "#d2e21b", "#fde725",
)  # fmt: skip


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 … 255, of "#RRGGBB"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hues(n: int) -> tuple[str, ...]:
    """A colour for each of n categories; they repeat after twenty."""
    return tuple(_HUES[i % len(_HUES)] for i in range(n))


@cache
def ramp() -> np.ndarray:
    """(256, 3) uint8 viridis without its darkest tenth, which is lost on dark ground.

    Even steps look even, to colour-blind eyes too, and in grey.
    """
    points = np.array([rgb_of(colour) for colour in _VIRIDIS], float)
    at = np.linspace(0.1, 1.0, STEPS) * (len(points) - 1)
    channels = [np.interp(at, np.arange(len(points)), c) for c in points.T]
    table: np.ndarray = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    table.flags.writeable = False
    return table
