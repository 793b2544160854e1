"""Where the viewer looks; where its camera lives changed in napari 0.9."""

from typing import Any

import numpy as np

from napari_dinobloom.gui.layers.strokes import Box

SEEN_PX, GOOD_PX = 60, 110
"""A cell smaller than that on the screen is hard to judge; as large it becomes."""


def camera_of(viewer: Any) -> Any:
    """The viewer's camera."""
    camera = getattr(getattr(viewer, "scene", None), "camera", None)
    return camera if camera is not None else viewer.camera


def can_judge(viewer: Any, box: Box) -> bool:
    """Whether a whole box, in world units, is on the canvas and can be judged.

    Asked of the camera and not of the layers: those know what is in view only once
    they were drawn again, and keys come faster.
    """
    canvas = getattr(viewer, "canvas", None)
    if canvas is None:
        return False  # before napari 0.9 nothing public says how large the canvas is
    camera, (top, left, bottom, right) = camera_of(viewer), box
    (high, wide), (*_, y, x) = np.array(canvas.size) / camera.zoom, camera.center
    is_there = y - high / 2 <= top and bottom <= y + high / 2
    is_there = is_there and x - wide / 2 <= left and right <= x + wide / 2
    return bool(is_there and _size(box) * camera.zoom >= SEEN_PX)


def in_view(viewer: Any) -> Box | None:
    """Top, left, bottom, right of the canvas in world units; None where unknown.

    Asked of the camera for the same reason: a view that moved only once would else be
    taken for what it was before.
    """
    canvas = getattr(viewer, "canvas", None)
    if canvas is None:
        return None
    camera = camera_of(viewer)
    (high, wide), (*_, y, x) = np.array(canvas.size) / camera.zoom, camera.center
    return y - high / 2, x - wide / 2, y + high / 2, x + wide / 2


def look_at(viewer: Any, box: Box, field: Box) -> None:
    """Bring a box into the middle; closer only if it is tiny. All in world units.

    As far as the field goes: beside a cell at its rim the view is not left half empty.
    """
    camera, (top, left, bottom, right) = camera_of(viewer), box
    size = _size(box)
    if size * camera.zoom < SEEN_PX:
        camera.zoom = GOOD_PX / max(size, 1e-6)
    y, x = (top + bottom) / 2, (left + right) / 2
    canvas = getattr(viewer, "canvas", None)
    if canvas is not None:
        high, wide = np.array(canvas.size) / camera.zoom
        y = _within(y, high, field[0], field[2])
        x = _within(x, wide, field[1], field[3])
    camera.center = (0.0, y, x)


def _within(middle: float, span: float, start: float, end: float) -> float:
    """The middle of a view that shows nothing beyond, or all where it is wider."""
    if span >= end - start:
        return (start + end) / 2
    return min(max(middle, start + span / 2), end - span / 2)


def _size(box: Box) -> float:
    """Its larger side."""
    top, left, bottom, right = box
    return max(bottom - top, right - left)
