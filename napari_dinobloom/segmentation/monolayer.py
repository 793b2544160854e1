"""Where on a slide cells lie side by side: neither empty glass nor a thick heap."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.optical_density import optical_density, strength
from napari_dinobloom.segmentation.slide_survey import SlideSurvey
from napari_dinobloom.segmentation.tiles import Box

PARTS = ("no smear", "empty glass", "few cells", "cells side by side", "too thick")
"""What a block of a slide may be, by its number in `Monolayer.blocks`."""
NO_SMEAR, EMPTY, FEW, SIDE_BY_SIDE, THICK = range(5)

OVERVIEW_DIAMETER = 4.0
"""Pixels of a red cell in the overview that is judged."""

_BLOCK = 32  # pixels of the overview: 8 red-cell diameters, 60 µm
_DARK = 0.22  # of the glass
_STRAY = 0.002  # of a block that may be stained though nothing lies there
_LONELY = 0.15  # of a block that is covered: up to that there are few cells
_NO_GLASS = 0.04  # of a block: so little glass is seen where cells lie on cells
_HEAPED = 1.35  # times the density of single cells
_FAINTEST, _SIGMAS, _SHARE = 0.035, 4.0, 0.36


@dataclass(frozen=True, slots=True)
class Monolayer:
    """A slide in blocks of 60 µm, and what lies in each.

    Attributes
    ----------
    blocks
        (n, m) uint8, index into `PARTS`.
    block_px
        Side of a block in pixels of the slide.
    """

    blocks: np.ndarray
    block_px: float

    def at(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """What lies at these places, in pixels of the slide; uint8."""
        last = np.array(self.blocks.shape) - 1
        rows = np.clip((np.asarray(y) / self.block_px).astype(int), 0, last[0])
        columns = np.clip((np.asarray(x) / self.block_px).astype(int), 0, last[1])
        there: np.ndarray = self.blocks[rows, columns]
        return there

    def thick_in(self, box: Box, shape: tuple[int, int]) -> np.ndarray:
        """Bool of that shape: where in a box of the slide it is too thick."""
        top, left, bottom, right = box
        rows = top + (np.arange(shape[0]) + 0.5) * ((bottom - top) / shape[0])
        columns = left + (np.arange(shape[1]) + 0.5) * ((right - left) / shape[1])
        thick: np.ndarray = self.at(rows[:, None], columns[None, :]) == THICK
        return thick

    def is_worth_searching(self, box: Box) -> bool:
        """Whether there may be cells to be told apart in a box.

        Parameters
        ----------
        box
            Top, left, bottom, right in pixels of the slide.
        """
        low = (np.array(box[:2]) / self.block_px).astype(int)
        high = np.ceil(np.array(box[2:]) / self.block_px).astype(int)
        part = self.blocks[low[0] : max(high[0], 1), low[1] : max(high[1], 1)]
        return bool(((part == FEW) | (part == SIDE_BY_SIDE)).any())

    def share(self, part: int) -> float:
        """Of the slide's area, 0 … 1."""
        return float((self.blocks == part).mean())

    def in_words(self) -> str:
        """How much of the slide is what, in one sentence."""
        words = [
            f"{PARTS[part]} {100 * self.share(part):.0f} %"
            for part in (SIDE_BY_SIDE, FEW, THICK, EMPTY, NO_SMEAR)
            if self.share(part) >= 0.005
        ]
        return f"The slide's area: {', '.join(words)}."


def find_monolayer(
    strips: Iterable[np.ndarray], shrink: float, seen: SlideSurvey
) -> Monolayer:
    """Judge every block of a slide at low power.

    A block is too thick where hardly any glass is seen and it is clearly darker than
    single cells are, and so are most blocks around it. The density of single cells is
    taken from the slide's own half-covered blocks.

    Parameters
    ----------
    strips
        The slide at ``1 / shrink`` of its size, (k, w, 3) uint8 from top to bottom.
    shrink
        Best `OVERVIEW_DIAMETER` pixels for a red cell.
    seen
        Its glass and scale.
    """
    from scipy import ndimage

    level = float(np.sqrt(np.trace(seen.glass.covariance)))
    floor = max(_SIGMAS * level, _FAINTEST)
    rows = [_judge_row(row, floor, seen) for row in _rows_of_blocks(strips)]
    dark, density, glassless, covered, stained = np.stack(rows, axis=1)
    half = (covered > 0.2) & (covered < 0.8)
    single = float(np.median(stained[half])) if half.any() else float("nan")
    blocks = np.full(covered.shape, SIDE_BY_SIDE, np.uint8)
    blocks[covered <= _LONELY] = FEW
    blocks[covered <= _STRAY] = EMPTY
    heaped = (glassless >= 1 - _NO_GLASS) & (density > _HEAPED * single)
    blocks[heaped & (ndimage.uniform_filter(heaped.astype(float), 3) > 0.4)] = THICK
    blocks[dark > 0.5] = NO_SMEAR
    return Monolayer(blocks, _BLOCK * shrink)


def _rows_of_blocks(strips: Iterable[np.ndarray]) -> Iterable[np.ndarray]:
    """Strips of exactly one block's height; the last may be lower."""
    held: list[np.ndarray] = []
    for strip in strips:
        held.append(strip)
        joined = np.concatenate(held)
        whole = len(joined) // _BLOCK * _BLOCK
        for top in range(0, whole, _BLOCK):
            yield joined[top : top + _BLOCK]
        held = [joined[whole:]]
    rest = np.concatenate(held) if held else np.zeros((0, 0, 3), np.uint8)
    if len(rest):
        yield rest


def _judge_row(row: np.ndarray, floor: float, seen: SlideSurvey) -> np.ndarray:
    """(5, n) of each block.

    Share of black, median density, share that is no glass, share that is cell, and the
    density of that.
    """
    light = seen.glass.surface((3, 3))[1, 1]
    n = max(1, -(-row.shape[1] // _BLOCK))
    dense = strength(optical_density(row, np.broadcast_to(light, row.shape)))
    black = row.max(-1) < _DARK * float(np.exp(light.max()))
    values = np.zeros((5, n))
    for k in range(n):
        part = dense[:, k * _BLOCK : (k + 1) * _BLOCK]
        stained = part[part > floor]
        typical = float(np.percentile(stained, 40)) if stained.size else 0.0
        values[:, k] = (
            black[:, k * _BLOCK : (k + 1) * _BLOCK].mean(),
            np.median(part),
            (part > floor).mean(),
            (part > max(floor, _SHARE * typical)).mean(),
            typical,
        )
    return values
