"""A first look at a picture: its field of view, its glass and its scale."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.background import (
    EMPTY_GLASS,
    Background,
    field_of_view,
    fit_background,
)
from napari_dinobloom.segmentation.foreground import foreground_threshold
from napari_dinobloom.segmentation.nuclei import rough_nuclei
from napari_dinobloom.segmentation.optical_density import (
    nuclear_stain,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.peaks import greatest_beside
from napari_dinobloom.segmentation.scale import red_cell_diameter
from napari_dinobloom.segmentation.smoothing import smoothed

_SURVEY_PX = 640  # the longer side at which the first look is taken
_ENOUGH_PX = 12.0  # a red cell smaller than that is looked at again, enlarged
_AIM_PX = 16.0  # so wide it then is, if it was seen at all
_CLOSER = 2.5  # times, at the most


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at a picture tells.

    Parameters
    ----------
    background
        Light of the empty glass.
    valid
        (h, w) bool, field of view, at the size of the survey.
    diameter_px
        Of a red cell, in pixels of the picture; nan when it cannot be told.
    """

    background: Background
    valid: np.ndarray
    diameter_px: float


def resize_rgb(rgb: np.ndarray, zoom: float) -> np.ndarray:
    """(H, W, 3) uint8 at another size, without aliasing."""
    from PIL import Image

    height, width = rgb.shape[:2]
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    if size == (width, height):
        return rgb
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BICUBIC))


def resize_mask(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool at another size."""
    if mask.shape == shape:
        return mask.copy()
    if mask.dtype == bool and mask.all():
        return np.ones(shape, bool)
    rows = np.arange(shape[0]) * mask.shape[0] // shape[0]
    columns = np.arange(shape[1]) * mask.shape[1] // shape[1]
    resized: np.ndarray = mask.take(columns, 1).take(rows, 0)
    return resized


def enlarge_labels(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) labels at another size, with smooth outlines where it is larger."""
    from PIL import Image

    nearest = resize_mask(labels, shape)
    factor = shape[0] / labels.shape[0]
    if factor < 1.2:
        return nearest
    cover = Image.fromarray(((labels > 0) * 255).astype(np.uint8))
    cover = cover.resize(shape[::-1], Image.Resampling.BICUBIC)
    covered = np.asarray(cover) > 127
    missed = np.nonzero(covered & (nearest == 0))
    reach = 2 * int(np.ceil(factor / 2)) + 1
    nearest[missed] = greatest_beside(nearest, missed, reach)
    return np.where(covered, nearest, 0)


def survey(rgb: np.ndarray, diameter_px: float | None = None) -> Survey:
    """Look at a picture at low power, and again closer while cells come out tiny.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    diameter_px
        Of a red cell, where the caller knows it.
    """
    longest, about = max(rgb.shape[:2]), None
    zoom = min(1.0, _SURVEY_PX / longest)
    while True:
        small = resize_rgb(rgb, zoom)
        valid = field_of_view(small)
        if not valid.any():
            return Survey(EMPTY_GLASS, valid, float("nan"))
        background = fit_background(small, valid)
        if diameter_px is not None:
            return Survey(background, valid, diameter_px)
        diameter = _diameter(small, valid, background, about)
        too_small = not diameter >= _ENOUGH_PX
        if not too_small or zoom >= 1.0:
            return Survey(background, valid, diameter / zoom)
        closer = min(_AIM_PX / diameter if diameter > 0 else _CLOSER, _CLOSER)
        closer = min(closer, 1.0 / zoom)
        about = diameter * closer if diameter > 0 else None
        zoom *= closer


def _diameter(
    rgb: np.ndarray, valid: np.ndarray, background: Background, about: float | None
) -> float:
    density = optical_density(rgb, background.surface(valid.shape))
    density = smoothed(density, 0.7)
    threshold = foreground_threshold(density, valid, background.covariance)
    dark = strength(density)
    cells = valid & (dark > threshold)
    if not cells.any():
        return float("nan")
    nuclei = rough_nuclei(nuclear_stain(density), cells)
    return red_cell_diameter(dark, threshold, nuclei, valid, about)
