"""A huge picture on the canvas: the cells of the part that is looked at."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from napari_dinobloom.gui.presenters.smear.scene import FieldRequest, Scene

MOST_PX = 3_000
"""Wider a view shows no cells: they would be specks, and reading them slow."""

_MARGIN = 0.35
"""Of the view, read beyond it on each side, so that a small move reads nothing."""

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels of the picture."""

ReadLevels = Callable[[Path], Sequence[np.ndarray]]
"""Gives a huge picture from full size to small, read where it is sliced."""

ZOOM_IN = "Zoom in to see the cells of this slide."


def part_to_read(
    view: tuple[float, float, float, float], shape: tuple[int, int]
) -> Box | None:
    """What to read for a view (top, left, bottom, right); None where it is too wide."""
    top, left, bottom, right = view
    high, wide = bottom - top, right - left
    if max(high, wide) > MOST_PX:
        return None
    box = (
        max(int(top - _MARGIN * high), 0),
        max(int(left - _MARGIN * wide), 0),
        min(int(bottom + _MARGIN * high) + 1, shape[0]),
        min(int(right + _MARGIN * wide) + 1, shape[1]),
    )
    return box if box[2] > box[0] and box[3] > box[1] else None


def covers(
    part: Box, view: tuple[float, float, float, float], shape: tuple[int, int]
) -> bool:
    """Whether a part holds all of the picture that a view shows, and not far more."""
    top, left = max(view[0], 0), max(view[1], 0)
    bottom, right = min(view[2], shape[0]), min(view[3], shape[1])
    inside = part[0] <= top and part[1] <= left
    return bool(inside and part[2] >= bottom - 1 and part[3] >= right - 1)


def load_part(request: FieldRequest, read: ReadLevels, part: Box | None) -> Scene:
    """A huge picture with the cells of one part. Reads files; may run on any thread.

    Raises
    ------
    BadInputError
        If picture or mask cannot be read there.
    """
    picture = request.picture
    levels = read(picture.path)
    ids, um = (picture.picture_id,), picture.pixel_size_um
    if part is None or request.load_masks is None:
        nothing = np.zeros((1, 1), np.int32)
        said = (ZOOM_IN,) if len(request.cells) and part is None else ()
        none = request.cells.take(np.zeros(len(request.cells), bool))
        return Scene(levels[0], nothing, none, ids, um, said, levels=levels)
    top, left, bottom, right = part
    masks = request.load_masks()
    mask, nuclei = (np.asarray(image[top:bottom, left:right]) for image in masks)
    present = np.zeros(int(mask.max(initial=0)) + 1, bool)
    present[mask.ravel()] = True
    present[0] = False
    labels = request.cells.mask_label
    inside = labels < len(present)
    inside[inside] = present[labels[inside]]
    cells = request.cells.take(inside)
    return Scene(
        levels[0],
        mask,
        cells,
        ids,
        um,
        levels=levels,
        corner=(top, left),
        nuclei=nuclei > 0,
    )


def part_round(y: float, x: float, shape: tuple[int, int]) -> Box:
    """What to read to look at a cell."""
    half = MOST_PX / 4
    box = part_to_read((y - half, x - half, y + half, x + half), shape)
    assert box is not None  # noqa: S101 - a cell lies in its picture
    return box
