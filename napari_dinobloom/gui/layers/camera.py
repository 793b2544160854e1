"""Where the viewer looks; where its camera lives changed in napari 0.9."""

from typing import Any

SEEN_PX, GOOD_PX = 60, 110
"""A cell smaller than that on the screen is hard to judge; as large it becomes."""


def camera_of(viewer: Any) -> Any:
    """The viewer's camera."""
    camera = getattr(getattr(viewer, "scene", None), "camera", None)
    return camera if camera is not None else viewer.camera


def is_large_enough(viewer: Any, size: float) -> bool:
    """Whether something of this size in world units can be judged on the screen."""
    return bool(size * camera_of(viewer).zoom >= SEEN_PX)


def look_at(viewer: Any, place: tuple[float, float], size: float) -> None:
    """Bring something into the middle; come closer only if it would be tiny.

    Parameters
    ----------
    place
        y, x of its centre in world units.
    size
        Its larger side in world units.
    """
    camera = camera_of(viewer)
    if not is_large_enough(viewer, size):
        camera.zoom = GOOD_PX / max(size, 1e-6)
    camera.center = (0.0, *place)
