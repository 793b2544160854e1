"""The built-in segmenter: stained blood and marrow smears, without trained weights."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.discs import find_discs
from napari_dinobloom.segmentation.foreground import (
    fill_pallor,
    foreground_threshold,
    red_level,
    unlike_glass,
)
from napari_dinobloom.segmentation.kinds import (
    judge_pieces,
    judge_white_cells,
    touching,
)
from napari_dinobloom.segmentation.nuclei import find_nuclei
from napari_dinobloom.segmentation.nucleus_outlines import outline_nuclei
from napari_dinobloom.segmentation.optical_density import (
    nuclear_stain,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.outlines import find_edges
from napari_dinobloom.segmentation.parameters import Parameter
from napari_dinobloom.segmentation.plausible import (
    has_a_sure_white_cell,
    is_grey,
    looks_like_blood,
)
from napari_dinobloom.segmentation.protocol import Segmentation, check_picture
from napari_dinobloom.segmentation.red_cells import part_red_cells
from napari_dinobloom.segmentation.scale import RED_CELL_UM
from napari_dinobloom.segmentation.smear_parameters import PARAMETERS, Limits
from napari_dinobloom.segmentation.survey import (
    Survey,
    enlarge_labels,
    resize_mask,
    resize_rgb,
    survey,
)
from napari_dinobloom.segmentation.white_cells import grow_cytoplasm, join_halves

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
_PALLOR = 0.62  # widest pallor of a red cell, in diameters
_USUAL = Limits()


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
        labels, nuclei, kinds, scores = _segment_at(
            rgb, seen, zoom, self.find_red_cells, self.limits
        )
        valid = resize_mask(seen.valid, shape)
        found = _compose(labels, nuclei, kinds, scores, valid, seen.diameter_px)
        if known is None and not looks_like_blood(found):
            if not has_a_sure_white_cell(found):
                return Segmentation.empty(shape, _NO_SMEAR)
            return replace(found, notes=(*found.notes, _DOUBT))
        return found


def _working_zoom(shape: tuple[int, int], diameter: float) -> float:
    wanted = min(_WORKING_DIAMETER / diameter, _LARGEST_ZOOM)
    most = float(np.sqrt(_MOST_PIXELS / (shape[0] * shape[1])))
    return min(wanted, max(most, 0.05)) if wanted > 1 else wanted


def _segment_at(
    rgb: np.ndarray,
    seen: Survey,
    zoom: float,
    with_red: bool,
    limits: Limits = _USUAL,
) -> tuple[np.ndarray, np.ndarray, list[str], list[float]]:
    """Labels, nuclei, kinds and scores at the working size."""
    from scipy import ndimage

    work = resize_rgb(rgb, zoom)
    diameter = seen.diameter_px * work.shape[0] / rgb.shape[0]
    shape = work.shape[:2]
    valid = resize_mask(seen.valid, shape)
    density = optical_density(work, seen.background.surface(shape))
    sigma = 0.03 * diameter
    density = ndimage.gaussian_filter(density, (sigma, sigma, 0))
    density[~valid] = 0
    covariance = seen.background.covariance
    threshold = foreground_threshold(density, valid, covariance)
    dark = valid & (strength(density) > limits.faintness * threshold)
    cells = fill_pallor(dark, _PALLOR * diameter)
    if not cells.any():
        nothing = np.zeros(shape, np.int32)
        return nothing, nothing, [], []
    stain = nuclear_stain(density)
    stained = cells | unlike_glass(density, covariance)
    found = find_nuclei(density, stain, cells, stained, diameter)
    white = grow_cytoplasm(
        density, cells, found.labels, stained, diameter, limits.reach
    )
    number = join_halves(white, diameter)
    white = number[white]
    nuclei = outline_nuclei(stain, white, number[found.labels], diameter)
    judged = judge_white_cells(
        white, nuclei, found, valid, diameter, limits.smallest_white
    )
    kinds, scores = judged.kinds, [float(s) for s in judged.scores]
    if not with_red:
        return white, nuclei, kinds, scores
    # The edges of white cells would vote for red cells in their midst.
    glass_side = ndimage.binary_erosion(valid, iterations=2, border_value=1)
    glass_side &= ~ndimage.binary_dilation(white > 0, iterations=2)
    edges = find_edges(strength(density), red_level(threshold), glass_side)
    discs = find_discs(edges, cells, diameter)
    rest = cells & (white == 0)
    pieces = part_red_cells(rest, valid & (white == 0), discs, diameter)
    number, others = judge_pieces(pieces, stain, found, diameter)
    shifted = np.where(number > 0, number + len(kinds), 0)
    labels = np.where(white > 0, white, shifted[pieces]).astype(np.int32)
    return labels, nuclei, kinds + others.kinds, [*scores, *others.scores.tolist()]


def _compose(
    labels: np.ndarray,
    nuclei: np.ndarray,
    kinds: list[str],
    scores: list[float],
    valid: np.ndarray,
    diameter: float,
) -> Segmentation:
    """Bring the working result to the picture's own pixels and number it anew."""
    shape = (valid.shape[0], valid.shape[1])
    full = enlarge_labels(labels, shape)
    inner = resize_mask(nuclei, shape)
    present = np.bincount(full.ravel(), minlength=len(kinds) + 1) > 0
    present[0] = False
    number = np.cumsum(present).astype(np.int32)
    number[~present] = 0
    kept = [k for k in range(len(kinds)) if present[k + 1]]
    full = number[full]
    inner = np.where(number[inner] == full, full, 0).astype(np.int32)
    is_white = np.array([False, *(kinds[k] == "wbc" for k in kept)])
    inner[~is_white[inner]] = 0
    notes = []
    if not kept:
        notes.append("No cell seen in this picture.")
    elif "wbc" not in {kinds[k] for k in kept}:
        notes.append("No white cell seen in this picture.")
    return Segmentation(
        labels=full.astype(np.int32),
        nuclei=inner,
        kinds=tuple(kinds[k] for k in kept),
        scores=np.clip(np.asarray([scores[k] for k in kept], np.float32), 0, 1),
        red_cell_diameter_px=float(diameter),
        notes=tuple(notes),
        at_rim=None if valid.all() else touching(full, valid)[1:],
    )


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
    found = _segment_at(rgb, seen, zoom, segmenter.find_red_cells, segmenter.limits)
    return _compose(*found, resize_mask(seen.valid, shape), seen.diameter_px)
