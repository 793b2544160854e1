"""Cells that a person took away stay away when their picture is searched again."""

from dataclasses import replace

import numpy as np

from napari_dinobloom.segmentation import Segmentation
from napari_dinobloom.segmentation.box_matching import match_boxes
from napari_dinobloom.study import Finding
from napari_dinobloom.study.contents import Box

_SIDES = ("left", "top", "width", "height")


def boxes_of(finding: Finding, cell_ids: list[int]) -> tuple[Box, ...]:
    """Where these cells of a finding lie."""
    cells = finding.cells.take(finding.cells.rows_of(np.array(cell_ids)))
    sides = [getattr(cells, side).astype(int).tolist() for side in _SIDES]
    return tuple(zip(*sides, strict=True))


def without_deleted(found: Segmentation, before: Finding) -> Segmentation:
    """What was found, less the cells that were deleted from the finding before.

    A cell found that is one which still stands is never taken for one that was deleted
    beside it.
    """
    from scipy import ndimage

    if not before.deleted or not len(found):
        return found
    cells = before.cells
    standing = np.stack([getattr(cells, side) for side in _SIDES], axis=1)
    boxes = np.array(
        [
            (x.start, y.start, x.stop - x.start, y.stop - y.start)
            for y, x in ndimage.find_objects(found.labels)
        ]
    )
    kept: np.ndarray = np.zeros(len(found), bool)
    kept[match_boxes(standing, boxes)[1]] = True
    others = np.flatnonzero(~kept)
    _, at = match_boxes(np.array(before.deleted), boxes[others])
    kept[others] = True
    kept[others[at]] = False
    if kept.all():
        return found
    number = np.zeros(len(found) + 1, np.int32)
    number[1:][kept] = np.arange(1, int(kept.sum()) + 1)
    return replace(
        found,
        labels=number[found.labels],
        nuclei=number[found.nuclei],
        kinds=tuple(k for k, stays in zip(found.kinds, kept, strict=True) if stays),
        scores=found.scores[kept],
        at_rim=None if found.at_rim is None else found.at_rim[kept],
    )
