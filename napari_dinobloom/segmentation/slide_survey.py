"""One look at a whole slide that all its tiles share: scale, glass, thick and empty."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.background import (
    EMPTY_GLASS,
    Background,
    part_of,
    through_places,
)
from napari_dinobloom.segmentation.survey import Survey
from napari_dinobloom.segmentation.tiles import Box

SAMPLE_PX = 1024
"""Side of the windows at full size from which scale and glass are taken."""

_SAMPLES = 24
_BLANK = 0.03  # log units below the brightest glass: nothing lies there
_DARK = 0.22  # of the glass: ink, a label, what was not scanned
_DRIFT = 0.08  # log units within which two windows may show the same glass


@dataclass(frozen=True, slots=True)
class SlideSurvey:
    """What the tiles of a slide must agree on.

    Attributes
    ----------
    shape
        Height and width of the slide in pixels.
    diameter_px
        Of a red cell; nan when it cannot be told.
    glass
        Light of the empty glass over the whole slide.
    """

    shape: tuple[int, int]
    diameter_px: float
    glass: Background

    def of_window(self, box: Box, rgb: np.ndarray) -> Survey:
        """The survey of one window: the slide's scale, its glass as it is there.

        Parameters
        ----------
        box
            Top, left, bottom, right in pixels.
        rgb
            (H, W, 3) uint8 of the window; black in it is no smear.
        """
        dark = rgb[::4, ::4].max(-1) < _DARK * float(np.exp(self.glass.high.max()))
        return Survey(self.glass_of(box), _opened(~dark), self.diameter_px)

    def glass_of(self, box: Box) -> Background:
        """The same surface in relative positions of a window."""
        (top, left, bottom, right), (height, width) = box, self.shape
        rows, columns = (top / height, bottom / height), (left / width, right / width)
        return part_of(self.glass, rows, columns)


def sample_places(glimpse: np.ndarray, shape: tuple[int, int]) -> list[Box]:
    """Windows in which something lies, spread over a slide; (top, left, bottom, right).

    Parameters
    ----------
    glimpse
        (n, m, 3) uint8, what the slide shows on a coarse grid.
    shape
        Of the slide in pixels.
    """
    light = np.log(np.maximum(glimpse.astype(float), 1)).mean(-1)
    brightest = np.percentile(light, 98)
    there = (light < brightest - _BLANK) & (light > brightest + np.log(_DARK))
    if not there.any():
        there = np.ones_like(there)
    rows, columns = np.nonzero(there)
    # always the same ones, or a run that goes on would not fit what it had done
    chosen = np.random.default_rng(0).permutation(len(rows))[:_SAMPLES]
    places = []
    for row, column in zip(rows[chosen], columns[chosen], strict=True):
        middle = (
            int((row + 0.5) / there.shape[0] * shape[0]),
            int((column + 0.5) / there.shape[1] * shape[1]),
        )
        top, left = (
            int(np.clip(m - SAMPLE_PX // 2, 0, max(side - SAMPLE_PX, 0)))
            for m, side in zip(middle, shape, strict=True)
        )
        places.append(
            (top, left, min(top + SAMPLE_PX, shape[0]), min(left + SAMPLE_PX, shape[1]))
        )
    return sorted(set(places))


def survey_slide(
    shape: tuple[int, int],
    seen: list[tuple[Box, Survey]],
    diameter_px: float | None = None,
) -> SlideSurvey:
    """Scale and glass of a slide from the surveys of some windows at full size.

    The red-cell diameter is the median of those windows that show one. The glass is
    what the windows agree on; one that lies in a thick part sees none and is left out.

    Parameters
    ----------
    diameter_px
        Of a red cell, where it is known.
    """
    sizes = np.array([one.diameter_px for _, one in seen])
    sizes = sizes[np.isfinite(sizes)]
    diameter = float(np.median(sizes)) if len(sizes) else float("nan")
    return SlideSurvey(shape, diameter_px or diameter, _common_glass(shape, seen))


def _common_glass(shape: tuple[int, int], seen: list[tuple[Box, Survey]]) -> Background:
    usable = [(box, s) for box, s in seen if s.valid.any()]
    if not usable:
        return EMPTY_GLASS
    levels = np.array([s.background.surface((3, 3))[1, 1] for _, s in usable])
    order = np.argsort(levels.mean(1))
    # of the brighter half the middle: a speck of light is no glass either
    reference = levels[order[int(0.75 * (len(order) - 1))]]
    alike = (np.abs(levels - reference) < _DRIFT).all(1)
    kept = levels[alike]
    covariance = np.median(
        [s.background.covariance for (_, s), a in zip(usable, alike, strict=True) if a],
        axis=0,
    )
    y = np.array([(b[0] + b[2]) / 2 / shape[0] for b, _ in usable])[alike]
    x = np.array([(b[1] + b[3]) / 2 / shape[1] for b, _ in usable])[alike]
    return through_places(y, x, kept, covariance)


def _opened(valid: np.ndarray) -> np.ndarray:
    """Without dark specks: a stained cell is no rim."""
    from scipy import ndimage

    dark = ndimage.binary_opening(~valid, iterations=8)
    kept: np.ndarray = ~ndimage.binary_dilation(dark, iterations=2)
    return kept
