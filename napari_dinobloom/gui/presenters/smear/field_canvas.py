"""What the field on the canvas asks of layers and of the reading thread."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from napari_dinobloom.gui.presenters.smear.palette import Palette
from napari_dinobloom.gui.presenters.smear.scene import Scene


class Canvas(Protocol):
    """What the presenters ask of the layers; rows are those of the scene's cells."""

    def prepare(self, scene: Scene) -> np.ndarray:
        """The part of drawing that can be done on any thread."""
        ...

    def show_scene(
        self,
        scene: Scene,
        codes: np.ndarray,
        looks: Palette,
        held: np.ndarray,
        caption: str,
    ) -> None:
        """Draw pixels, cells and caption."""
        ...

    def recolour(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Give these cells other classes."""
        ...

    def hold(self, rows: np.ndarray, held: np.ndarray) -> None:
        """Draw these cells as being in hand, or no longer."""
        ...

    def mark(self, current: int | None, pointed: int | None) -> None:
        """Mark the cell looked at and the one pointed at, by row."""
        ...

    def centre_on(self, row: int) -> None:
        """Bring a cell into the middle, large enough to be judged."""
        ...

    def bring_into_view(self, row: int) -> None:
        """The same unless the cell is seen, large enough, already."""
        ...

    def clear(self) -> None:
        """Take away what was drawn."""
        ...


class Loader(Protocol):
    """Loads a scene elsewhere; of several wishes only the last is answered."""

    def load(
        self,
        job: Callable[[], Scene],
        done: Callable[[Scene], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` or ``failed`` on this thread when the job has run."""
        ...

    def forget(self) -> None:
        """Drop what is under way."""
        ...
