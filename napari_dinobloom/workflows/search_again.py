"""A picture that is searched again: cells that are still there keep id and labels."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation import Segmentation
from napari_dinobloom.segmentation.matching import match_cells, overlaps
from napari_dinobloom.study import CELL_KINDS, Finding

_COVERED = 0.5
"""A cell that shares more than that of itself, or of one drawn by hand, with the other
is that one."""

Masks = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """What was found, and which of it was there before.

    Parameters
    ----------
    segmentation
        The cells, with the outlines that a person drew in place of those found.
    cell_ids
        (n,) int64, the id of the cell that label i + 1 is; 0 for one that came new.
    outline_ids
        (n,) int64, its outline; 0 where that is another one now.
    by_hand
        (n,) bool, whether a person drew it.
    """

    segmentation: Segmentation
    cell_ids: np.ndarray
    outline_ids: np.ndarray
    by_hand: np.ndarray


def first_time(found: Segmentation) -> FoundAgain:
    """The same for a picture that was never searched: everything came new."""
    n = len(found)
    none = np.zeros(n, np.int64)
    return FoundAgain(found, none, none.copy(), np.zeros(n, bool))


def find_again(
    found: Segmentation,
    before: Finding,
    masks: Masks,
    *,
    has_ruler: bool,
    keep_drawn: bool = True,
) -> FoundAgain:
    """Tell which of the cells found are those of the finding before.

    Parameters
    ----------
    masks
        Label images of cells and nuclei that belong to the finding before.
    has_ruler
        Whether the pixel size is known. If not, features are measured by the red cells'
        diameter: where that differs now, every outline counts as another one.
    keep_drawn
        Outlines that a person drew stay in place of those found. If not, the cells
        have the numbers in the label image that they were found with.
    """
    if masks[0].shape != found.labels.shape:
        return first_time(found)  # the picture itself is another one
    if keep_drawn:
        found = _with_drawn(found, before, masks)
    pairs = match_cells(masks[0], found.labels, masks[1], found.nuclei)
    cells = before.cells
    row_of = np.full(int(masks[0].max(initial=0)) + 1, -1)
    known = cells.mask_label < len(row_of)
    row_of[cells.mask_label[known]] = np.flatnonzero(known)
    rows, at = row_of[pairs.before], pairs.after - 1
    there = rows >= 0
    rows, at, same = rows[there], at[there], pairs.is_same[there]
    if not has_ruler and not _alike(found, before):
        same = np.zeros_like(same)
    again = first_time(found)
    again.cell_ids[at] = cells.cell_id[rows]
    again.outline_ids[at[same]] = cells.outline_id[rows[same]]
    again.by_hand[at] = cells.by_hand[rows] & pairs.is_same[there]
    return again


def _alike(found: Segmentation, before: Finding) -> bool:
    now, then = found.red_cell_diameter_px, before.red_cell_diameter_px
    return bool(np.isclose(now, then, rtol=1e-6, equal_nan=True))


def _with_drawn(found: Segmentation, before: Finding, masks: Masks) -> Segmentation:
    """The same with the outlines that a person drew, in place of what they cover."""
    cells = before.cells.take(before.cells.by_hand)
    if not len(cells):
        return found
    values = cells.mask_label
    drawn = np.where(np.isin(masks[0], values), masks[0], 0)
    n = len(found)
    first, second, common = overlaps(drawn, found.labels)
    areas = np.bincount(drawn.ravel()), np.bincount(found.labels.ravel())
    smaller = np.minimum(areas[0][first], areas[1][second])
    kept: np.ndarray = np.ones(n, bool)
    kept[second[common > _COVERED * smaller] - 1] = False
    labels = np.where(drawn > 0, 0, found.labels)
    number = np.zeros(n + 1, np.int32)
    number[1:][kept] = np.arange(1, int(kept.sum()) + 1)
    labels = number[labels]
    nuclei = np.where(drawn > 0, 0, number[found.nuclei])
    place = np.zeros(int(masks[0].max(initial=0)) + 1, np.int32)
    place[values] = int(kept.sum()) + 1 + np.arange(len(values))
    labels = np.where(drawn > 0, place[drawn], labels).astype(np.int32)
    inside = (drawn > 0) & (masks[1] == drawn)
    nuclei = np.where(inside, place[drawn], nuclei).astype(np.int32)
    kinds = [k for k, is_kept in zip(found.kinds, kept, strict=True) if is_kept]
    return Segmentation(
        labels,
        nuclei,
        (*kinds, *(CELL_KINDS[k] for k in cells.kind.tolist())),
        np.concatenate([found.scores[kept], cells.score]).astype(np.float32),
        found.red_cell_diameter_px,
        found.notes,
    )
