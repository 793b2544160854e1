"""Which field lies on the canvas."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.smear.field_canvas import Canvas, Loader
from napari_dinobloom.gui.presenters.smear.field_hand import FieldHand
from napari_dinobloom.gui.presenters.smear.field_marks import FieldMarks
from napari_dinobloom.gui.presenters.smear.field_pages import (
    FieldPages,
    neighbour_slide,
)
from napari_dinobloom.gui.presenters.smear.palette import LegendEntry
from napari_dinobloom.gui.presenters.smear.parts import (
    Box,
    ReadLevels,
    covers,
    load_part,
    part_round,
    part_to_read,
)
from napari_dinobloom.gui.presenters.smear.scene import (
    Arrange,
    FieldRequest,
    ReadRGB,
    Scene,
    load_field,
    load_sheet,
)
from napari_dinobloom.imaging import is_huge
from napari_dinobloom.study import Picture, Selection, Study

Look = Callable[[int], None]
"""Turns the view to the cell in a row of the scene."""


@dataclass(frozen=True, slots=True)
class FieldState:
    """What the panel beside the canvas says."""

    slide: str = ""
    caption: str = ""
    picture: str = ""
    page: int = 0
    pages: int = 0
    sheet: bool = False
    boxing: bool = False
    legend: tuple[LegendEntry, ...] = ()
    n_cells: int = 0
    problem: str = ""


class FieldPresenter:
    """Pages through the fields of a slide; reads them off the Qt thread.

    ::

        show_slide, step, show_sheet ─► reload ─► Loader ─► marks.show ─► Canvas
        go_to, show_cell ─► on show and nothing is read? ── yes ─► look at it
                                    no ─► reload, look at it once it is there

    Parameters
    ----------
    roster, selection
        What is said about the cells, and which are in hand.
    read
        Gives a picture file's (H, W, 3) uint8 pixels.
    arrange
        Lays pictures out on a contact sheet.
    later
        Gathers the many events of a run into a few repaints.
    read_levels
        Gives a huge picture from full size to small; without it none is huge.
    """

    changed = Signal(object)
    """The `FieldState` that now holds."""

    def __init__(
        self,
        desk: Desk,
        canvas: Canvas,
        loader: Loader,
        *,
        roster: Roster,
        selection: Selection,
        read: ReadRGB,
        arrange: Arrange,
        later: Callable[[Callable[[], None]], Callable[[], None]],
        read_levels: ReadLevels | None = None,
    ) -> None:
        self._desk, self._canvas, self._loader = desk, canvas, loader
        self._roster, self._selection = roster, selection
        self._read, self._arrange = read, arrange
        self._read_levels = read_levels
        self._part: Box | None = None
        self._pages = FieldPages()
        self._awaited: tuple[int, Look] | None = None
        self._is_reading = False
        self.state = FieldState()
        self.marks = FieldMarks(canvas, roster, selection, later=later)
        self.hand = FieldHand(self.marks, roster, selection)
        self.marks.changed.connect(self._tell)
        self._reload_soon = later(self.reload)
        self._reload_old_soon = later(self._reload_if_old)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)

    # -- wishes ------------------------------------------------------------------

    def show_slide(self, name: str) -> None:
        """Put the first field, or sheet, of a slide on the canvas."""
        self._awaited = self._part = None
        self._set(slide=name, page=0)
        self.reload()

    def step(self, by: int) -> None:
        """Go to another field, and at the ends to the neighbouring slide."""
        study = self._desk.study
        if study is None or not len(self._pages):
            return
        page = self.state.page + by
        if not 0 <= page < len(self._pages):
            slide = neighbour_slide(study, self.state.slide, by)
            if slide is None:
                return
            self._paginate(study, slide)
            page = 0 if by > 0 else max(len(self._pages) - 1, 0)
        self._awaited = self._part = None
        self._set(page=page)
        self.reload()

    def show_sheet(self, wanted: bool) -> None:
        """Lay the slide's fields side by side, or show them one by one."""
        if wanted == self.state.sheet:
            return
        pages, page = self._pages.pages, self.state.page
        self._set(sheet=wanted, page=0)
        study = self._desk.study
        if study is not None and page < len(pages):
            self._paginate(study, self.state.slide)
            self._set(page=self._pages.page_with(pages[page][0].picture_id))
        self.reload()

    def go_to(self, cell_id: int) -> None:
        """Look at a cell in its field, with the cell in the middle.

        A contact sheet stays one, and a field on show is not read again. Nothing
        happens for a cell that is not there.
        """
        self._look_at(cell_id, self._canvas.centre_on)

    def show_cell(self, cell_id: int) -> None:
        """Look at a cell in its field; the view stays where the cell is seen in it."""
        self._look_at(cell_id, self._canvas.bring_into_view)

    def awaits(self, cell_id: int | None) -> bool:
        """Whether the field of this cell is being read and not seen yet."""
        return self._awaited is not None and self._awaited[0] == cell_id

    def _look_at(self, cell_id: int, look: Look) -> None:
        study, row = self._desk.study, self._roster.row_of(cell_id)
        if study is None or row is None:
            return
        self._selection.look_at(cell_id)
        self._awaited = (cell_id, look)
        if self._find_awaited() and not self._is_reading:
            self._awaited = None
            return
        # a field that is being read would cover the one on show
        before = self.state
        picture = study.pictures[int(self._roster.cells.picture_id[row])]
        self._paginate(study, picture.slide)
        self._set(page=self._pages.page_with(picture.picture_id))
        if self._is_huge(picture):
            y, x = self._roster.cells.y[row], self._roster.cells.x[row]
            self._part = part_round(float(y), float(x), (picture.height, picture.width))
            self.reload()
            return
        if not self._is_reading or self.state != before:
            self.reload()

    def view_moved(self, view: tuple[float, float, float, float]) -> None:
        """Read the cells of the part of a huge picture that is seen now.

        Parameters
        ----------
        view
            Top, left, bottom, right in pixels of the picture; may reach beyond it.
        """
        scene = self.marks.scene
        if scene is None or scene.levels is None or self._is_reading:
            return
        shape = scene.rgb.shape[:2]
        part = part_to_read(view, shape)
        stays = self._part is not None and covers(self._part, view, shape)
        if part == self._part or (part is not None and stays):
            return
        self._part = part
        self.reload()

    def box_cells(self, wanted: bool) -> None:
        """Let a drag draw a box round cells, or move the smear."""
        self._set(boxing=wanted)
        self.changed.emit(self.state)

    # -- drawing -----------------------------------------------------------------

    def reload(self) -> None:
        """Read the page's pictures and cells anew."""
        study = self._desk.study
        if study is None:
            return
        slide = self.state.slide
        if slide not in study.slides:
            slide = next(iter(study.slides), "")
            self._set(page=0)
        self._paginate(study, slide)
        if not len(self._pages):
            self._empty()
            return
        self._set(page=min(self.state.page, len(self._pages) - 1))
        self._is_reading = True
        self._loader.load(self._job(study), self._loaded, self._not_loaded)

    def show_corrected(
        self, picture_id: int, labels: np.ndarray, nuclei: np.ndarray
    ) -> None:
        """Show a field's cells as they stand now, without reading anything.

        Parameters
        ----------
        labels, nuclei
            (H, W) int32, the picture's masks. Nothing happens unless the field is shown
            by itself.
        """
        study, scene = self._desk.study, self.marks.scene
        if study is None or scene is None or self._is_reading:
            return
        if scene.picture_ids != (picture_id,) or picture_id not in study.findings:
            return
        cells = study.findings[picture_id].cells
        corrected = replace(
            scene, mask=labels, nuclei=nuclei > 0, cells=cells, grain=None
        )
        corrected = replace(corrected, grain=self._canvas.prepare(corrected))
        self.marks.show(corrected, self.state.caption)

    def _reload_if_old(self) -> None:
        """Read the page anew unless the cells on show are those that stand."""
        study, scene = self._desk.study, self.marks.scene
        if study is not None and scene is not None and len(scene.picture_ids) == 1:
            finding = study.findings.get(scene.picture_ids[0])
            is_same = finding is not None and finding.cells is scene.cells
            if is_same and not self._is_reading:
                return
        self.reload()

    def describe(self, y: float, x: float) -> str:
        """The cell at a pixel of the scene in one line, or ""."""
        return self.hand.describe((y, x))

    def _job(self, study: Study) -> Callable[[], Scene]:
        """What reads the page; it may run on any thread."""
        page = self._pages.pages[self.state.page]
        requests = [FieldRequest.of(study, picture) for picture in page]
        read, arrange, is_sheet = self._read, self._arrange, self.state.sheet
        prepare, levels, part = self._canvas.prepare, self._read_levels, self._part
        in_part = len(page) == 1 and self._is_huge(page[0])

        def job() -> Scene:
            if in_part and levels is not None:
                scene = load_part(requests[0], levels, part)
            elif is_sheet:
                scene = load_sheet(requests, read, arrange)
            else:
                scene = load_field(requests[0], read)
            return replace(scene, grain=prepare(scene))

        return job

    def _is_huge(self, picture: Picture) -> bool:
        return self._read_levels is not None and is_huge(picture.width, picture.height)

    def _loaded(self, scene: Scene) -> None:
        self._is_reading = False
        if self._desk.study is None:
            return
        page = self.state.page
        self._set(
            caption=self._pages.caption(page),
            picture=self._pages.file_name(page),
            problem=" ".join(scene.problems),
        )
        self.marks.show(scene, self.state.caption)
        if self._find_awaited():
            self._awaited = None

    def _not_loaded(self, error: Exception) -> None:
        self._is_reading, self._awaited = False, None
        self.marks.forget()
        caption = self._pages.caption(self.state.page)
        self._set(caption=caption, problem=str(error))
        self._tell()

    def _find_awaited(self) -> bool:
        """Look at the awaited cell if it is on show; say whether it is."""
        if self._awaited is None:
            return False
        cell_id, look = self._awaited
        row = self.marks.row_of(cell_id)
        if row is not None:
            look(row)
        return row is not None

    def _tell(self) -> None:
        scene = self.marks.scene
        n_cells = len(scene.cells) if scene is not None else 0
        self._set(legend=self.marks.legend(), n_cells=n_cells)
        self.changed.emit(self.state)

    # -- what the desk says ------------------------------------------------------

    def _opened(self, study: Study) -> None:
        study.events.slides_changed.connect(self._reload_soon)
        study.events.cells_changed.connect(self._cells_changed)
        self.reload()

    def _leave(self, study: Study) -> None:
        study.events.slides_changed.disconnect(self._reload_soon)
        study.events.cells_changed.disconnect(self._cells_changed)
        self._loader.forget()
        self._is_reading = False
        self._empty()

    def _cells_changed(self, pictures: frozenset[int]) -> None:
        scene = self.marks.scene
        if scene is None or pictures.intersection(scene.picture_ids):
            self._reload_old_soon()

    def _empty(self) -> None:
        self._pages, self._awaited, self._part = FieldPages(), None, None
        self.marks.forget()
        self.state = FieldState(sheet=self.state.sheet, boxing=self.state.boxing)
        self.changed.emit(self.state)

    def _paginate(self, study: Study, slide: str) -> None:
        self._pages = FieldPages.of(study, slide, sheet=self.state.sheet)
        self._set(slide=slide, pages=len(self._pages))

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
