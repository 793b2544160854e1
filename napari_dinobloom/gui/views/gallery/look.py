"""The gallery's colours in one theme, and the sizes that follow from a picture's."""

from collections.abc import Mapping
from dataclasses import dataclass

from qtpy.QtGui import QColor

from napari_dinobloom.gui.views.style import muted, readable_on

DARK = {
    "background": "#262930",
    "primary": "#5a626c",
    "secondary": "#414851",
    "current": "#007acc",
    "text": "#f0f1f2",
    "warning": "#e3b617",
}
"""What a gallery looks like until somebody says which theme it is."""
CHIP_FROM_PX, VOTE_FROM_PX, SCALE_FROM_PX = 76, 116, 200


@dataclass(frozen=True)
class GalleryLook:
    """Colours of a theme, as a painter takes them."""

    ground: QColor
    text: QColor
    quiet: QColor
    line: QColor
    accent: QColor
    focus: QColor
    """Round the cell that is looked at."""
    mark: QColor
    """Round a cell in hand: as far from the ground as can be."""
    counter: QColor
    """Beside ``mark``, so that it stands out on any cell."""
    blank: QColor
    """Where a picture will be."""

    @classmethod
    def of(cls, theme: Mapping[str, str]) -> "GalleryLook":
        """Colours from a napari theme (name to "#rrggbb")."""
        mark = readable_on(theme["background"])
        counter = readable_on(mark)
        return cls(
            QColor(theme["background"]),
            QColor(theme["text"]),
            QColor(muted(theme["text"], theme["background"])),
            QColor(theme["secondary"]),
            QColor(theme["current"]),
            QColor("#4da3ff" if mark == "#ffffff" else "#0b5bd3"),
            QColor(mark),
            QColor(counter),
            QColor(theme["secondary"]),
        )
