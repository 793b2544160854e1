"""The colours of a viewer's theme, and who has to be told when it changes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from napari.utils.theme import get_theme

NAMES = ("background", "primary", "secondary", "current", "text", "warning")


def colours_of(theme: str) -> dict[str, str]:
    """The colours of a napari theme as "#rrggbb", by name."""
    chosen = get_theme(theme)
    return {name: getattr(chosen, name).as_hex("long")[:7] for name in NAMES}


def follow_theme(
    viewer: Any, paint: Callable[[Mapping[str, str]], None]
) -> Callable[[], None]:
    """Paint now and at every change of the theme; what is returned ends that."""

    def repaint(*_: Any) -> None:
        paint(colours_of(viewer.theme))

    repaint()
    viewer.events.theme.connect(repaint)
    return partial(viewer.events.theme.disconnect, repaint)
