"""One picture from its survey to cells: the steps, in their order."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.discs import find_discs
from napari_dinobloom.segmentation.foreground import (
    fill_pallor,
    foreground_threshold,
    red_level,
    unlike_glass,
)
from napari_dinobloom.segmentation.halos import without_halos
from napari_dinobloom.segmentation.halves import join_halves
from napari_dinobloom.segmentation.kinds import (
    judge_pieces,
    judge_white_cells,
    touching,
)
from napari_dinobloom.segmentation.morphology import (
    grown_in_steps,
    shrunk_in_steps,
)
from napari_dinobloom.segmentation.nuclei import find_nuclei
from napari_dinobloom.segmentation.nucleus_outlines import outline_nuclei
from napari_dinobloom.segmentation.nucleus_rims import FINER, sharpen_rims
from napari_dinobloom.segmentation.optical_density import (
    nuclear_stain,
    optical_density,
    strength,
)
from napari_dinobloom.segmentation.outlines import find_edges
from napari_dinobloom.segmentation.protocol import Segmentation
from napari_dinobloom.segmentation.red_cells import part_red_cells
from napari_dinobloom.segmentation.smear_parameters import Limits
from napari_dinobloom.segmentation.smoothing import smoothed
from napari_dinobloom.segmentation.survey import (
    Survey,
    enlarge_labels,
    resize_mask,
    resize_rgb,
)
from napari_dinobloom.segmentation.white_cells import grow_cytoplasm

_PALLOR = 0.62  # widest pallor of a red cell, in diameters


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a picture brought to the working size.

    Parameters
    ----------
    labels, nuclei
        (h, w) int32, cells 1 … n and the nuclei of white cells with the same numbers.
    kinds
        n kinds.
    scores
        n scores.
    splits
        (n + 1,) float, nuclear stain at which the nucleus of each cell ends.
    """

    labels: np.ndarray
    nuclei: np.ndarray
    kinds: list[str]
    scores: list[float]
    splits: np.ndarray


def find_cells(
    rgb: np.ndarray,
    seen: Survey,
    zoom: float,
    with_red: bool,
    limits: Limits,
) -> Found:
    """Find the cells of a picture at the working size.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    seen
        Its survey.
    zoom
        Working size over the size of the picture.
    with_red
        False leaves red cells and platelets out.
    limits
        What a person said.
    """
    work = resize_rgb(rgb, zoom)
    diameter = seen.diameter_px * work.shape[0] / rgb.shape[0]
    shape = work.shape[:2]
    valid = resize_mask(seen.valid, shape)
    density = optical_density(work, seen.background.surface(shape))
    density = smoothed(density, 0.03 * diameter)
    density[~valid] = 0
    covariance = seen.background.covariance
    threshold = foreground_threshold(density, valid, covariance)
    dark = strength(density)
    darker = valid & (dark > limits.faintness * threshold)
    cells = fill_pallor(darker, _PALLOR * diameter)
    if not cells.any():
        nothing = np.zeros(shape, np.int32)
        return Found(nothing, nothing, [], [], np.zeros(1))
    stain = nuclear_stain(density)
    stained = cells | unlike_glass(density, covariance)
    found = find_nuclei(density, stain, cells, stained, diameter)
    white = grow_cytoplasm(
        density, cells, found.labels, stained, diameter, limits.reach
    )
    number = join_halves(white, diameter)
    white = number[white]
    nuclei, splits = outline_nuclei(
        stain, white, number[found.labels], diameter, found.threshold
    )
    judged = judge_white_cells(
        white, nuclei, found, valid, diameter, limits.smallest_white
    )
    kinds, scores = judged.kinds, [float(s) for s in judged.scores]
    if not with_red:
        return Found(
            without_halos(white, nuclei, dark, diameter), nuclei, kinds, scores, splits
        )
    # The edges of white cells would vote for red cells in their midst.
    glass_side = shrunk_in_steps(valid, 2) & ~grown_in_steps(white > 0, 2)
    edges = find_edges(dark, red_level(threshold), glass_side)
    discs = find_discs(edges, cells, diameter)
    rest = cells & (white == 0)
    pieces = part_red_cells(rest, valid & (white == 0), discs, diameter)
    number, others = judge_pieces(pieces, stain, found, diameter)
    shifted = np.where(number > 0, number + len(kinds), 0)
    labels = np.where(white > 0, white, shifted[pieces]).astype(np.int32)
    trimmed = without_halos(labels, nuclei, dark, diameter)
    # What is as pale as glass and yet in a red cell is its pallor, open to the glass.
    stands_out = dark > min(limits.faintness, 1.0) * threshold
    labels = np.where(stands_out | (white > 0), trimmed, labels).astype(np.int32)
    kinds, scores = kinds + others.kinds, [*scores, *others.scores.tolist()]
    return Found(labels, nuclei, kinds, scores, splits)


def compose(rgb: np.ndarray, seen: Survey, found: Found) -> Segmentation:
    """Bring the working result to the picture's own pixels and number it anew."""
    shape, kinds, diameter = rgb.shape[:2], found.kinds, seen.diameter_px
    full = enlarge_labels(found.labels, shape)
    inner = resize_mask(found.nuclei, shape)
    if shape[0] > FINER * found.labels.shape[0]:
        inner = sharpen_rims(rgb, seen.background, full, inner, found.splits, diameter)
    present = np.bincount(full.ravel(), minlength=len(kinds) + 1) > 0
    present[0] = False
    number = np.cumsum(present).astype(np.int32)
    number[~present] = 0
    kept = [k for k in range(len(kinds)) if present[k + 1]]
    is_white = np.array([False, *(kind == "wbc" for kind in kinds)])
    held = np.flatnonzero(inner)  # few pixels; the picture may have very many
    owner = inner.ravel()[held]
    owner = np.where(is_white[owner] & (full.ravel()[held] == owner), number[owner], 0)
    inner = np.zeros(shape, np.int32)
    inner.ravel()[held] = owner
    full = number[full]
    notes = []
    if not kept:
        notes.append("No cell seen in this picture.")
    elif "wbc" not in {kinds[k] for k in kept}:
        notes.append("No white cell seen in this picture.")
    return Segmentation(
        labels=full,
        nuclei=inner,
        kinds=tuple(kinds[k] for k in kept),
        scores=np.clip(np.asarray([found.scores[k] for k in kept], np.float32), 0, 1),
        red_cell_diameter_px=float(diameter),
        notes=tuple(notes),
        at_rim=_at_rim(full, seen.valid),
    )


def _at_rim(labels: np.ndarray, valid: np.ndarray) -> np.ndarray | None:
    """Which cells the rim of the field of view cuts; None where it has no rim."""
    if valid.all():
        return None
    return touching(labels, resize_mask(valid, labels.shape))[1:]
