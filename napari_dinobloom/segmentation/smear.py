"""The built-in segmenter: stained blood and marrow smears, without trained weights."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.finding import compose, find_cells
from napari_dinobloom.segmentation.parameters import Parameter
from napari_dinobloom.segmentation.plausible import (
    has_a_sure_white_cell,
    is_grey,
    looks_like_blood,
)
from napari_dinobloom.segmentation.protocol import Segmentation, check_picture
from napari_dinobloom.segmentation.scale import RED_CELL_UM
from napari_dinobloom.segmentation.smear_parameters import PARAMETERS, Limits
from napari_dinobloom.segmentation.survey import (
    Survey,
    survey,
)

_WORKING_DIAMETER = 26.0  # pixels per red cell while segmenting
_LARGEST_ZOOM = 1.0
_MOST_PIXELS = 16_000_000  # enlarging stops there; memory is about 120 bytes a pixel
_NO_SMEAR = (
    "This does not look like a smear: nothing in it has the size and the "
    "shape of cells. If it is one, type the red-cell diameter in pixels."
)
_DOUBT = (
    "This may be no smear: hardly anything but a white cell has the size and the shape "
    "of cells."
)
_NO_COLOUR = (
    "This picture has no colour, and cells are told by their stain. If it is a stained "
    "smear, open the coloured picture."
)


@dataclass(frozen=True, slots=True)
class SmearSegmenter:
    """Finds white cells with their nuclei, red cells and platelets.

    It measures the empty glass, turns colour into optical density, finds how large a
    red cell is, and gives every size in that unit, so that it follows the stain and
    the magnification of each picture.

    Parameters
    ----------
    red_cell_diameter_px
        Diameter of a red cell in pixels, where it is known; None measures it.
    find_red_cells
        False leaves red cells and platelets out.
    red_cell_um, smallest_white_um, cytoplasm_reach_um, sensitivity
        See `PARAMETERS`; None takes the usual number. µm are those of a red cell
        ``red_cell_um`` wide.

    Raises
    ------
    BadInputError
        If the diameter is not a positive number, or another one out of its range.
    """

    red_cell_diameter_px: float | None = None
    find_red_cells: bool = True
    red_cell_um: float | None = None
    smallest_white_um: float | None = None
    cytoplasm_reach_um: float | None = None
    sensitivity: float | None = None
    name: ClassVar[str] = "smear"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS

    def __post_init__(self) -> None:
        given = self.red_cell_diameter_px
        if given is not None and not (np.isfinite(given) and given > 0):
            raise BadInputError(
                f"A red cell cannot be {given} pixels wide.",
                "Give its diameter in pixels, or leave it empty to have it measured.",
            )
        _ = self.limits

    @property
    def limits(self) -> Limits:
        """What was said, in the units in which it is used."""
        return Limits.of(
            self.red_cell_um,
            self.smallest_white_um,
            self.cytoplasm_reach_um,
            self.sensitivity,
        )

    def segment(
        self, rgb: np.ndarray, pixel_size_um: float | None = None
    ) -> Segmentation:
        """Find the cells of one picture.

        Parameters
        ----------
        rgb
            (H, W, 3) uint8; it is not changed.
        pixel_size_um
            Micrometres per pixel, where known: spares measuring the red cells.

        Returns
        -------
        Segmentation
            Without cells, and with a note that says why, where the picture shows none.

        Raises
        ------
        BadInputError
            If the picture is not (H, W, 3) uint8 or the pixel size not positive.
        """
        check_picture(rgb, pixel_size_um)
        shape = rgb.shape[:2]
        if min(shape) < 8:
            return Segmentation.empty(shape, "This picture is too small to show cells.")
        known = self.red_cell_diameter_px
        if known is None and pixel_size_um is not None:
            known = (self.red_cell_um or RED_CELL_UM) / pixel_size_um
        if known is None and is_grey(rgb):
            return Segmentation.empty(shape, _NO_COLOUR)
        seen = survey(rgb, known)
        if not np.isfinite(seen.diameter_px):
            return Segmentation.empty(shape, _NO_SMEAR)
        zoom = _working_zoom(shape, seen.diameter_px)
        cells = find_cells(rgb, seen, zoom, self.find_red_cells, self.limits)
        found = compose(rgb, seen, cells)
        if known is None and not looks_like_blood(found):
            if not has_a_sure_white_cell(found):
                return Segmentation.empty(shape, _NO_SMEAR)
            return replace(found, notes=(*found.notes, _DOUBT))
        return found


def _working_zoom(shape: tuple[int, int], diameter: float) -> float:
    wanted = min(_WORKING_DIAMETER / diameter, _LARGEST_ZOOM)
    most = float(np.sqrt(_MOST_PIXELS / (shape[0] * shape[1])))
    return min(wanted, max(most, 0.05)) if wanted > 1 else wanted


def segment_surveyed(
    segmenter: SmearSegmenter, rgb: np.ndarray, seen: Survey
) -> Segmentation:
    """Find the cells of a window whose scale and glass are those of its slide.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    seen
        As `SlideSurvey.of_window` gives it.
    """
    shape = rgb.shape[:2]
    if min(shape) < 8 or not seen.valid.any():
        return Segmentation.empty(shape)
    zoom = min(_WORKING_DIAMETER / seen.diameter_px, _LARGEST_ZOOM)
    found = find_cells(rgb, seen, zoom, segmenter.find_red_cells, segmenter.limits)
    return compose(rgb, seen, found)
