"""How cells are found: the numbers that a person may change, tried before a run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.smear.scene import Scene
from napari_dinobloom.segmentation import Parameter, parameters_of, segmenters
from napari_dinobloom.study import Study
from napari_dinobloom.workflows.preview_cells import (
    PreviewCells,
    PreviewedCells,
    last_parameters,
    part_to_search,
    red_cell_diameter_of,
)

LOOKING = "Looking …"
NO_FIELD = "Show one field of a slide on the canvas to preview."
NOTHING_SEEN = "No part of the field is in view."


class HowView(Protocol):
    """What the presenter asks of the panel with the sliders."""

    moved: Any
    """Signal(): a slider was moved."""
    preview_wished: Any
    """Signal(bool): show a preview, or no longer."""

    def offer(self, parameters: Sequence[Parameter]) -> None:
        """Show a slider for each, at its usual number."""
        ...

    def set_values(self, values: Mapping[str, float]) -> None:
        """Put sliders where they were; the others at their usual number."""
        ...

    def values(self) -> dict[str, float]:
        """Where the sliders are."""
        ...

    def show_ruler(self, pixels_have_a_size: bool) -> None:
        """Whether sliders that need the size of a pixel can be moved."""
        ...

    def set_previewing(self, on: bool) -> None:
        """Whether a preview is shown."""
        ...

    def show_said(self, text: str) -> None:
        """What was found in view, or why nothing is shown."""
        ...


class MethodView(Protocol):
    """Where the segmenter is chosen."""

    segmenter_chosen: Any
    """Signal(str)."""


class PreviewCanvas(Protocol):
    """The part of the canvas that the preview needs."""

    moved: Any
    """Signal(): another part of the field is in view."""

    def seen(self) -> tuple[float, float, float, float] | None:
        """Top, left, bottom, right in pixels of the field; None where nothing is."""
        ...

    def show(self, found: PreviewedCells, pixel_size_um: float | None) -> None:
        """Draw outlines over the field."""
        ...

    def clear(self) -> None:
        """Take them away."""
        ...


class Ticket(Protocol):
    """A search that is under way."""

    def cancel(self) -> None:
        """Nobody wants its answer any more."""
        ...


Submit = Callable[
    [Callable[[], Any], Callable[[Any], None], Callable[[Exception], None]], Ticket
]
"""Runs a job on another thread and answers here."""
Shown = Callable[[], Scene | None]
"""What lies on the canvas."""


class HowPresenter:
    """Connects the sliders with canvas and study; stores nothing.

    ::

        slider, camera, field ──► wait a moment ──► one search ──► outlines, counts
                  └── again meanwhile: the search under way is dropped ──┘

    Parameters
    ----------
    shown
        What lies on the canvas.
    submit
        Runs a search on another thread.
    later
        Gathers many wishes into one call.
    """

    def __init__(
        self,
        desk: Desk,
        view: HowView,
        methods: MethodView,
        canvas: PreviewCanvas,
        *,
        shown: Shown,
        field_changed: Any,
        submit: Submit,
        later: Callable[[Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._desk, self._view, self._methods = desk, view, methods
        self._canvas, self._shown, self._submit = canvas, shown, submit
        self._field_changed = field_changed
        self._segmenter = ""
        self._on = False
        self._ticket: Ticket | None = None
        self._scene: Scene | None = None
        self._diameter: float | None = None
        self._look_soon = later(self.look)
        self._on_change = lambda *_: self._changed()
        self._on_slides = lambda *_: self._tell_ruler()
        methods.segmenter_chosen.connect(self.choose)
        view.moved.connect(self._changed)
        view.preview_wished.connect(self.preview)
        canvas.moved.connect(self._changed)
        field_changed.connect(self._on_change)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._closing)
        if desk.study is not None:
            self._opened(desk.study)

    def release(self) -> None:
        """Listen no more, and take the preview away."""
        self.preview(False)
        self._canvas.moved.disconnect(self._changed)
        self._field_changed.disconnect(self._on_change)
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closing.disconnect(self._closing)
        if self._desk.study is not None:
            self._closing(self._desk.study)

    def choose(self, segmenter: str) -> None:
        """Offer what can be said to this segmenter, as it was said last."""
        if not segmenter:
            return
        self._segmenter = segmenter
        try:
            offered = parameters_of(segmenters.create(segmenter))
        except DinoBloomError:
            offered = ()
        self._view.offer(offered)
        self._remember()
        self._changed()

    def preview(self, on: bool) -> None:
        """Show what would be found in view, or take it away."""
        if on == self._on:
            return
        self._on = on
        self._view.set_previewing(on)
        if on:
            self._changed()
            return
        self._drop()
        self._scene = self._diameter = None
        self._canvas.clear()
        self._view.show_said("")

    def look(self) -> None:
        """Search what is in view now."""
        if not self._on:
            return
        self._drop()
        scene, seen = self._shown(), self._canvas.seen()
        if scene is None or len(scene.picture_ids) != 1:
            self._nothing(NO_FIELD)
            return
        size = scene.rgb.shape[0], scene.rgb.shape[1]
        part = part_to_search(seen, size) if seen is not None else None
        if part is None:
            self._nothing(NOTHING_SEEN)
            return
        if scene.rgb is not (self._scene.rgb if self._scene is not None else None):
            self._scene, self._diameter = scene, self._known_diameter(scene)
        self._view.show_said(LOOKING)
        job = self._job(scene, part)
        self._ticket = self._submit(job, self._found, self._failed)

    # -- inside --------------------------------------------------------------------

    def _job(
        self, scene: Scene, part: tuple[int, int, int, int]
    ) -> Callable[[], tuple[PreviewedCells, Scene, float]]:
        segmenter, values = self._segmenter, self._view.values()
        diameter = self._diameter

        def job() -> tuple[PreviewedCells, Scene, float]:
            px = red_cell_diameter_of(scene.rgb) if diameter is None else diameter
            search = PreviewCells(
                scene.rgb, part, segmenter, values, scene.pixel_size_um, px
            )
            return search.find(), scene, px

        return job

    def _known_diameter(self, scene: Scene) -> float | None:
        """As it was measured when the picture was searched, or None."""
        study = self._desk.study
        finding = study.findings.get(scene.picture_ids[0]) if study else None
        px = finding.red_cell_diameter_px if finding is not None else float("nan")
        return px if np.isfinite(px) else None

    def _found(self, answer: tuple[PreviewedCells, Scene, float]) -> None:
        found, scene, self._diameter = answer
        self._ticket = None
        self._canvas.show(found, scene.pixel_size_um)
        notes = found.notes if not found.kinds else ()
        self._view.show_said(" ".join((f"{found.sentence}.", *notes)))

    def _failed(self, error: Exception) -> None:
        self._ticket = None
        self._nothing(getattr(error, "what", "") or str(error))

    def _nothing(self, why: str) -> None:
        self._canvas.clear()
        self._view.show_said(why)

    def _changed(self) -> None:
        if self._on:
            self._drop()
            self._look_soon()

    def _drop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _remember(self) -> None:
        study = self._desk.study
        if study is not None and self._segmenter:
            self._view.set_values(last_parameters(study, self._segmenter))
        self._tell_ruler()

    def _opened(self, study: Study) -> None:
        study.events.slides_changed.connect(self._on_slides)
        self._remember()

    def _closing(self, study: Study) -> None:
        study.events.slides_changed.disconnect(self._on_slides)
        self.preview(False)

    def _tell_ruler(self) -> None:
        """A slider that would do nothing is not to be moved."""
        study = self._desk.study
        fields = study.pictures.values() if study is not None else ()
        sizes = [p.pixel_size_um for p in fields if p.kind == "field"]
        self._view.show_ruler(not sizes or any(sizes))
