"""Which field lies on the canvas, and how its cells are coloured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.palette import (
    RGBA,
    LegendEntry,
    Palette,
    standing_predictions,
)
from napari_dinobloom.gui.presenters.scene import (
    Arrange,
    FieldRequest,
    ReadRGB,
    Scene,
    fields_per_sheet,
    load_field,
    load_sheet,
)
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Picture, Predictions, Study


class Canvas(Protocol):
    """What the presenter asks of the layers."""

    def prepare(self, mask: np.ndarray) -> np.ndarray:
        """The part of drawing that can be done on any thread."""
        ...

    def show_scene(
        self,
        scene: Scene,
        codes: np.ndarray,
        colours: Mapping[int, RGBA],
        bold: np.ndarray,
        caption: str,
    ) -> None:
        """Draw pixels, cells and caption."""
        ...

    def recolour(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Give these cells of the scene other classes."""
        ...

    def centre_on(self, row: int) -> None:
        """Bring a cell of the scene into the middle, large enough to be judged."""
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


@dataclass(frozen=True, slots=True)
class FieldState:
    """What the panel beside the canvas says."""

    slide: str = ""
    caption: str = ""
    picture: str = ""
    page: int = 0
    pages: int = 0
    sheet: bool = False
    legend: tuple[LegendEntry, ...] = ()
    n_cells: int = 0
    problem: str = ""


class FieldPresenter:
    """Pages through the fields of a slide and keeps their colours true.

    Parameters
    ----------
    read
        Gives a picture file's (H, W, 3) uint8 pixels.
    arrange
        Lays pictures out on a contact sheet.
    later
        Gathers the many events of a run into a few repaints.
    """

    changed = Signal(object)
    """The `FieldState` that now holds."""

    def __init__(
        self,
        desk: Desk,
        canvas: Canvas,
        loader: Loader,
        *,
        read: ReadRGB,
        arrange: Arrange,
        later: Callable[[Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._desk, self._canvas, self._loader = desk, canvas, loader
        self._read, self._arrange = read, arrange
        self._scene: Scene | None = None
        self._palette: Palette | None = None
        self._predictions: Predictions | None = None
        self._codes: np.ndarray = np.empty(0, np.uint8)
        self._pages: list[list[Picture]] = []
        self._awaited: int | None = None
        self.state = FieldState()
        self._reload_soon = later(self.reload)
        self._repaint_soon = later(self.repaint)
        self._on_paint = lambda *_: self._repaint_soon()
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)

    # -- wishes ------------------------------------------------------------------

    def show_slide(self, name: str) -> None:
        """Put the first field, or sheet, of a slide on the canvas."""
        self._set(slide=name, page=0)
        self.reload()

    def step(self, by: int) -> None:
        """Go to another field, and at the ends to the neighbouring slide."""
        study = self._desk.study
        if study is None or not self._pages:
            return
        page = self.state.page + by
        if 0 <= page < len(self._pages):
            self._set(page=page)
        else:
            slides = [s for s in study.slides if study.pictures_of(s)]
            at = slides.index(self.state.slide) + by
            if not 0 <= at < len(slides):
                return
            self._set(slide=slides[at], page=0)
            self._paginate(study)
            self._set(page=0 if by > 0 else max(len(self._pages) - 1, 0))
        self.reload()

    def go_to(self, cell_id: int) -> None:
        """Show the field in which a cell lies, with the cell in the middle.

        A contact sheet stays one. Nothing happens for a cell that is not there.
        """
        study = self._desk.study
        if study is None:
            return
        if self._centre_on(cell_id):
            return
        rows = np.flatnonzero(study.cells.cell_id == cell_id)
        if not len(rows):
            return
        picture = study.pictures[int(study.cells.picture_id[rows[0]])]
        self._set(slide=picture.slide, page=0)
        self._paginate(study)
        pages = [i for i, page in enumerate(self._pages) if picture in page]
        self._set(page=pages[0] if pages else 0)
        self._awaited = cell_id
        self.reload()

    def _centre_on(self, cell_id: int) -> bool:
        """Centre a cell that is on show; say whether it is."""
        if self._scene is None:
            return False
        rows = np.flatnonzero(self._scene.cells.cell_id == cell_id)
        if len(rows):
            self._canvas.centre_on(int(rows[0]))
        return bool(len(rows))

    def show_sheet(self, wanted: bool) -> None:
        """Lay the slide's fields side by side, or show them one by one."""
        if wanted != self.state.sheet:
            first = self._pages[self.state.page][0] if self._pages else None
            self._set(sheet=wanted, page=0)
            study = self._desk.study
            if study is not None and first is not None:
                self._paginate(study)
                pages = [i for i, page in enumerate(self._pages) if first in page]
                self._set(page=pages[0] if pages else 0)
            self.reload()

    # -- drawing -----------------------------------------------------------------

    def reload(self) -> None:
        """Read the page's pictures and cells anew."""
        study = self._desk.study
        if study is None:
            return
        if not self.state.slide or self.state.slide not in study.slides:
            self._set(slide=next(iter(study.slides), ""), page=0)
        self._paginate(study)
        if not self._pages:
            self._empty()
            return
        self._set(page=min(self.state.page, len(self._pages) - 1))
        page = self._pages[self.state.page]
        read, arrange = self._read, self._arrange
        requests = [FieldRequest.of(study, picture) for picture in page]
        prepare, is_sheet = self._canvas.prepare, self.state.sheet

        def job() -> Scene:
            if is_sheet:
                scene = load_sheet(requests, read, arrange)
            else:
                scene = load_field(requests[0], read)
            return replace(scene, grain=prepare(scene.mask))

        self._loader.load(job, self._loaded, self._not_loaded)

    def repaint(self) -> None:
        """Colour every cell on show anew; the pixels stay."""
        if self._scene is not None:
            self._loaded(self._scene)

    def describe(self, y: float, x: float) -> str:
        """The cell at a pixel of the scene in one line, or ""."""
        study, scene = self._desk.study, self._scene
        row = scene.row_at(y, x) if scene is not None else None
        if study is None or scene is None or row is None:
            return ""
        cells = scene.cells
        cell_id = int(cells.cell_id[row])
        kind = KIND_NAMES[CELL_KINDS[int(cells.kind[row])]]
        parts = [f"Cell {cell_id}", kind]
        label = study.labels.label_of(cell_id)
        parts.append(f"labelled {label}" if label else "not labelled")
        if self._predictions is not None:
            names, chances = self._predictions.best(np.array([cell_id]))
            if names[0] is not None:
                parts.append(f"predicted {names[0]} ({chances[0]:.0%})")
        if cells.cut_by_border[row]:
            parts.append("cut by the border")
        return " · ".join(parts)

    def _loaded(self, scene: Scene) -> None:
        study = self._desk.study
        if study is None:
            return
        self._scene, self._palette = scene, Palette(study.taxonomy)
        self._predictions = standing_predictions(study)
        codes = self._palette.codes_of(study, scene.cells, self._predictions)
        self._codes = codes
        self._set(
            caption=self._caption(study),
            picture=self._pages[self.state.page][0].path.name if self._pages else "",
            problem=" ".join(scene.problems),
        )
        self._canvas.show_scene(
            scene,
            codes,
            self._palette.colours(),
            self._palette.bold(),
            self.state.caption,
        )
        if self._awaited is not None and self._centre_on(self._awaited):
            self._awaited = None
        self._tell_legend()

    def _not_loaded(self, error: Exception) -> None:
        self._scene = None
        self._canvas.clear()
        study = self._desk.study
        caption = self._caption(study) if study is not None else ""
        self._set(caption=caption, legend=(), n_cells=0, problem=str(error))
        self.changed.emit(self.state)

    def _recolour(self, cell_ids: frozenset[int]) -> None:
        """Some labels changed: write the boxes of those cells and nothing else."""
        study, scene, palette = self._desk.study, self._scene, self._palette
        if study is None or scene is None or palette is None:
            return
        if palette.taxonomy != study.taxonomy:
            self.repaint()  # a class came new with this label
            return
        rows = np.flatnonzero(np.isin(scene.cells.cell_id, list(cell_ids)))
        if not len(rows):
            return
        some = scene.cells.take(rows)
        codes = palette.codes_of(study, some, self._predictions)
        self._codes[rows] = codes
        self._canvas.recolour(rows, codes)
        self._tell_legend()

    def _tell_legend(self) -> None:
        if self._palette is not None:
            legend = tuple(self._palette.legend(self._codes))
            self._set(legend=legend, n_cells=len(self._codes))
        self.changed.emit(self.state)

    # -- what the desk says ------------------------------------------------------

    def _opened(self, study: Study) -> None:
        study.events.slides_changed.connect(self._reload_soon)
        study.events.cells_changed.connect(self._cells_changed)
        study.events.labels_changed.connect(self._recolour)
        study.events.predictions_changed.connect(self._on_paint)
        study.events.taxonomy_changed.connect(self._repaint_soon)
        self.reload()

    def _leave(self, study: Study) -> None:
        study.events.slides_changed.disconnect(self._reload_soon)
        study.events.cells_changed.disconnect(self._cells_changed)
        study.events.labels_changed.disconnect(self._recolour)
        study.events.predictions_changed.disconnect(self._on_paint)
        study.events.taxonomy_changed.disconnect(self._repaint_soon)
        self._loader.forget()
        self._empty()

    def _cells_changed(self, pictures: frozenset[int]) -> None:
        shown = self._scene.picture_ids if self._scene is not None else ()
        if self._scene is None or pictures.intersection(shown):
            self._reload_soon()

    def _empty(self) -> None:
        self._scene = None
        self._pages = []
        self._canvas.clear()
        self.state = FieldState(sheet=self.state.sheet)
        self.changed.emit(self.state)

    def _paginate(self, study: Study) -> None:
        pictures = study.pictures_of(self.state.slide)
        size = fields_per_sheet(pictures) if self.state.sheet else 1
        self._pages = [pictures[i : i + size] for i in range(0, len(pictures), size)]
        self._set(pages=len(self._pages))

    def _caption(self, study: Study) -> str:
        n = len(study.pictures_of(self.state.slide))
        first = sum(len(page) for page in self._pages[: self.state.page]) + 1
        last = first + len(self._pages[self.state.page]) - 1 if self._pages else first
        which = f"field {first}" if first == last else f"fields {first}–{last}"
        return f"{which} of {n} · {self.state.slide}"

    def _set(self, **changes: object) -> None:
        values = {name: getattr(self.state, name) for name in FieldState.__slots__}
        self.state = FieldState(**{**values, **changes})
