"""Shows where on a slide cells lie side by side, for the slide on the canvas."""

from typing import Any, Protocol

import numpy as np

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.smear.field_presenter import FieldPresenter
from napari_dinobloom.segmentation.monolayer import SIDE_BY_SIDE, THICK, Monolayer
from napari_dinobloom.workflows.slide_parts import monolayer_of


class PartsView(Protocol):
    """Where the wish is made, and what the slide's area is."""

    def show_parts(self, offered: bool, wanted: bool, words: str) -> None:
        """Offer the layer or not; say in words what the slide consists of."""
        ...


class PartsCanvas(Protocol):
    """Where it is drawn."""

    def show(
        self, good: np.ndarray, thick: np.ndarray, block_px: float, um: float | None
    ) -> None:
        """Draw blocks."""
        ...

    def clear(self) -> None:
        """Draw none."""
        ...


class PartsPresenter:
    """Follows the field on the canvas; a slide that was looked over has parts.

    Parameters
    ----------
    view
        The panel beside the canvas.
    """

    def __init__(
        self, desk: Desk, field: FieldPresenter, canvas: PartsCanvas, view: PartsView
    ) -> None:
        self._desk, self._field = desk, field
        self._canvas, self._view = canvas, view
        self._wanted = False
        self._shown: tuple[int, int] | None = None
        self._parts: Monolayer | None = None
        field.changed.connect(self._follow)
        self._follow()

    def want(self, wanted: bool) -> None:
        """Draw the layer, or take it away."""
        self._wanted, self._shown = wanted, None
        self._follow()

    def release(self) -> None:
        """Listen no more."""
        self._field.changed.disconnect(self._follow)
        self._canvas.clear()

    def _follow(self, *_: Any) -> None:
        study, scene = self._desk.study, self._field.marks.scene
        is_slide = study is not None and scene is not None and scene.levels is not None
        if not is_slide or study is None or scene is None:
            if self._shown is not None or self._parts is not None:
                self._canvas.clear()
            self._shown = self._parts = None
            self._view.show_parts(False, self._wanted, "")
            return
        number = scene.picture_ids[0]
        finding = study.findings.get(number)
        here = number, 0 if finding is None else len(finding.cells)
        if here == self._shown:
            return
        self._shown, self._parts = here, monolayer_of(study, number)
        parts = self._parts
        words = parts.in_words() if parts is not None else ""
        self._view.show_parts(parts is not None, self._wanted, words)
        if parts is None or not self._wanted:
            self._canvas.clear()
            return
        self._canvas.show(
            parts.blocks == SIDE_BY_SIDE,
            parts.blocks == THICK,
            parts.block_px,
            scene.pixel_size_um,
        )
