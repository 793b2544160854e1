"""What a page hands to the dock."""

from dataclasses import dataclass

from qtpy.QtWidgets import QWidget

from napari_dinobloom.gui.session import Releasable


@dataclass(frozen=True, slots=True)
class Page:
    """A widget, what its tab says, and the presenters that go away with it."""

    title: str
    widget: QWidget
    tip: str
    presenters: tuple[Releasable, ...]
