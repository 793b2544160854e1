"""The built-in segmenter: stained blood and marrow smears, without trained weights."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.discs import find_discs
from napari_dinobloom.segmentation.foreground import (
    fill_pallor,
    foreground_threshold,
    red_level,
)
from napari_dinobloom.segmentation.nuclei import Nuclei, find_nuclei
from napari_dinobloom.segmentation.optical_density import (
    nuclear_stain,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.outlines import find_edges
from napari_dinobloom.segmentation.parameters import Parameter
from napari_dinobloom.segmentation.platelets import (
    SMALLEST_PLATELET,
    looks_like_platelet,
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

_WORKING_DIAMETER = 32.0  # pixels per red cell while segmenting
_LARGEST_ZOOM = 1.5
_MOST_PIXELS = 16_000_000  # enlarging stops there; memory is about 120 bytes a pixel
_PALLOR = 0.62  # widest pallor of a red cell, in diameters
_SMALLEST_RED = 0.15  # a fragment, in red-cell areas
_LARGEST_RED = 4.0  # anything larger is a clump that would not part
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
        seen = survey(rgb, known)
        if not np.isfinite(seen.diameter_px):
            return Segmentation.empty(
                shape,
                "This does not look like a smear: nothing in it has the size and the "
                "shape of cells. If it is one, type the red-cell diameter in pixels.",
            )
        zoom = _working_zoom(shape, seen.diameter_px)
        labels, nuclei, kinds, scores = _segment_at(
            rgb, seen, zoom, self.find_red_cells, self.limits
        )
        return _compose(labels, nuclei, kinds, scores, shape, seen.diameter_px)


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
    found = find_nuclei(density, stain, cells, covariance, diameter)
    white = grow_cytoplasm(
        density, cells, found.labels, covariance, diameter, limits.reach
    )
    number = join_halves(white, diameter)
    white, nuclei = number[white], number[found.labels]
    kinds = _kinds_of_nucleated(white, diameter, len(found.scores), limits)
    scores = [float(s) for s in found.scores]
    if not with_red:
        return white, nuclei, kinds, scores
    # The edges of white cells would vote for red cells in their midst.
    glass_side = ndimage.binary_erosion(valid, iterations=2, border_value=1)
    glass_side &= ~ndimage.binary_dilation(white > 0, iterations=2)
    edges = find_edges(strength(density), red_level(threshold), glass_side)
    discs = find_discs(edges, cells, diameter)
    rest = cells & (white == 0)
    pieces = part_red_cells(rest, valid & (white == 0), discs, diameter)
    labels, more, their_scores = _red_and_platelets(
        pieces, white, stain, found, diameter
    )
    return labels, nuclei, kinds + more, scores + their_scores


def _kinds_of_nucleated(
    white: np.ndarray, diameter: float, count: int, limits: Limits
) -> list[str]:
    """White cells, but for those too small to be one and not cut by the border."""
    areas = np.bincount(white.ravel(), minlength=count + 1)[1:]
    cut = np.zeros(count + 1, bool)
    for side in (white[0], white[-1], white[:, 0], white[:, -1]):
        cut[side] = True
    small = (areas < limits.smallest_white * np.pi / 4 * diameter**2) & ~cut[1:]
    return ["platelet" if s else "wbc" for s in small]


def _red_and_platelets(
    pieces: np.ndarray,
    white: np.ndarray,
    stain: np.ndarray,
    found: Nuclei,
    diameter: float,
) -> tuple[np.ndarray, list[str], list[float]]:
    """Add red cells and platelets to the white cells; kinds and scores of the added."""
    from scipy import ndimage

    count = int(pieces.max())
    if count == 0:
        return white, [], []
    index = np.arange(1, count + 1)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    relative = areas / (np.pi / 4 * diameter**2)
    stains = np.asarray(ndimage.mean(stain, pieces, index))
    platelet = looks_like_platelet(relative, stains, found.red_stain)
    red = ~platelet & (relative >= _SMALLEST_RED) & (relative <= _LARGEST_RED)
    clump = relative > _LARGEST_RED
    kept = platelet | red | clump
    kept &= relative >= SMALLEST_PLATELET
    number = np.zeros(count + 1, np.int32)
    first = len(found.scores) + 1
    number[1:][kept] = np.arange(first, first + int(kept.sum()))
    labels = np.where(white > 0, white, number[pieces]).astype(np.int32)
    kinds = np.where(platelet, "platelet", np.where(red, "rbc", "other"))[kept]
    off_size = np.abs(np.log2(np.maximum(relative, 1e-3)))
    scores = np.where(platelet, 0.5, np.exp(-0.5 * off_size**2))[kept]
    return labels, [str(k) for k in kinds], [float(s) for s in scores]


def _compose(
    labels: np.ndarray,
    nuclei: np.ndarray,
    kinds: list[str],
    scores: list[float],
    shape: tuple[int, int],
    diameter: float,
) -> Segmentation:
    """Bring the working result to the picture's own pixels and number it anew."""
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
    found = _segment_at(rgb, seen, zoom, segmenter.find_red_cells)
    return _compose(*found, shape, seen.diameter_px)
