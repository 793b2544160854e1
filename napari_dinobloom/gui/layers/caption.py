"""The line over the canvas that says which field is shown."""

from typing import Any


class CanvasCaption:
    """Writes into the viewer's text overlay; gives it back as it was."""

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._shown = False

    def show(self, text: str) -> None:
        """Write the line."""
        overlay = text_overlay(self._viewer)
        overlay.text = text
        overlay.position = "top_left"
        overlay.visible = bool(text)
        self._shown = True

    def hide(self) -> None:
        """Take the line away, if it is ours."""
        if self._shown:
            overlay = text_overlay(self._viewer)
            overlay.visible = False
            overlay.text = ""
            self._shown = False

    def abandon(self) -> None:
        """Leave it as it is."""
        self._shown = False


def text_overlay(viewer: Any) -> Any:
    """The viewer's text overlay; where it lives changed in napari 0.9."""
    overlays = getattr(getattr(viewer, "canvas", None), "overlays", None)
    overlay = getattr(overlays, "text", None)
    return overlay if overlay is not None else viewer.text_overlay
