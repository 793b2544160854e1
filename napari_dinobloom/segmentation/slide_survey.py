"""One look at a whole slide that all its tiles share: scale, glass, thick and empty."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.background import (
    EMPTY_GLASS,
    Background,
    part_of,
    through_places,
)
from napari_dinobloom.segmentation.foreground import foreground_threshold
from napari_dinobloom.segmentation.optical_density import (
    log_light,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.survey import (
    Survey,
    resize_mask,
    resize_rgb,
    survey,
)
from napari_dinobloom.segmentation.tiles import Box, common_diameter

SAMPLE_PX = 1024
"""Side of the windows at full size from which scale and glass are taken."""

_SAMPLES = 24
_BLANK = 0.03  # log units below the brightest glass: nothing lies there
_DARK = 0.22  # of the glass: ink, a label, what was not scanned
_DRIFT = 0.08  # log units within which two windows may show the same glass
_LOOK_PX = 640  # the side at which a window is looked at
_BESIDE, _NEAR = 0.12, 0.8  # red-cell diameters from a cell, between which is glass
_ENOUGH = 0.01  # of a window that must be such glass


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
        diameter = common_diameter(self.diameter_px)
        return Survey(self.glass_of(box), _opened(~dark), diameter)

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


@dataclass(frozen=True, slots=True)
class WindowSurvey:
    """What a window at full size tells of its slide.

    Attributes
    ----------
    middle
        Relative row and column on the slide, 0 … 1.
    diameter_px
        Of a red cell; nan where it cannot be told.
    light
        (3,) log light of the glass between its cells; None where none is seen.
    covariance
        (3, 3) of the glass in optical density.
    """

    middle: tuple[float, float]
    diameter_px: float
    light: np.ndarray | None
    covariance: np.ndarray


def survey_window(
    rgb: np.ndarray, box: Box, shape: tuple[int, int], diameter_px: float | None
) -> WindowSurvey:
    """Survey a window for its slide.

    The glass is taken from between the cells and not from where there are none: plasma
    dries on the slide and takes up stain, so that the two are not alike.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8 of the window.
    box
        Its place in pixels of the slide, whose height and width are ``shape``.
    diameter_px
        Of a red cell, where it is known.
    """
    seen = survey(rgb, diameter_px)
    middle = ((box[0] + box[2]) / 2 / shape[0], (box[1] + box[3]) / 2 / shape[1])
    light = None
    if np.isfinite(seen.diameter_px) and seen.valid.any():
        light = _between_cells(rgb, seen)
    return WindowSurvey(middle, seen.diameter_px, light, seen.background.covariance)


def survey_slide(
    shape: tuple[int, int], seen: list[WindowSurvey], diameter_px: float | None = None
) -> SlideSurvey:
    """Scale and glass of a slide from some of its windows.

    The red-cell diameter is the median of those windows that show one. The glass is
    what the windows agree on; one that lies in a thick part sees none.

    Parameters
    ----------
    diameter_px
        Of a red cell, where it is known.
    """
    sizes = np.array([one.diameter_px for one in seen])
    sizes = sizes[np.isfinite(sizes)]
    diameter = float(np.median(sizes)) if len(sizes) else float("nan")
    return SlideSurvey(shape, diameter_px or diameter, _common_glass(seen))


def _between_cells(rgb: np.ndarray, seen: Survey) -> np.ndarray | None:
    """(3,) log light of what lies near cells and is none; None where that is little."""
    from scipy import ndimage

    zoom = min(1.0, _LOOK_PX / max(rgb.shape[:2]))
    small = resize_rgb(rgb, zoom)
    valid = resize_mask(seen.valid, small.shape[:2])
    diameter = seen.diameter_px * zoom
    light = seen.background.surface(small.shape[:2])
    found = None
    for _ in range(2):  # the second time with the glass that was found
        density = optical_density(small, light)
        density = ndimage.gaussian_filter(density, (0.7, 0.7, 0))
        dark = strength(density)
        threshold = foreground_threshold(density, valid, seen.background.covariance)
        cells = ndimage.binary_opening(valid & (dark > threshold), iterations=2)
        away = ndimage.distance_transform_edt(~cells)
        near = valid & (away > _BESIDE * diameter) & (away < _NEAR * diameter)
        if near.sum() < _ENOUGH * near.size:
            return found
        found = np.median(log_light(small)[near], axis=0)
        light = np.broadcast_to(found, light.shape)
    return found


def _common_glass(seen: list[WindowSurvey]) -> Background:
    usable = [one for one in seen if one.light is not None]
    if not usable:
        return EMPTY_GLASS
    levels = np.array([one.light for one in usable])
    order = np.argsort(levels.mean(1))
    # of the brighter half the middle: in a crowd what lies between cells is no glass
    reference = levels[order[int(0.75 * (len(order) - 1))]]
    alike = (np.abs(levels - reference) < _DRIFT).all(1)
    kept = [one for one, good in zip(usable, alike, strict=True) if good]
    covariance = np.median([one.covariance for one in kept], axis=0)
    y, x = np.array([one.middle for one in kept]).T
    return through_places(y, x, levels[alike], covariance)


def _opened(valid: np.ndarray) -> np.ndarray:
    """Without dark specks: a stained cell is no rim."""
    from scipy import ndimage

    dark = ndimage.binary_opening(~valid, iterations=8)
    kept: np.ndarray = ~ndimage.binary_dilation(dark, iterations=2)
    return kept
