"""Everything that belongs to one viewer: desk, runner, canvas, and the open docks."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, QTimer
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QToolTip

from napari_dinobloom.gui.encoder_settings import encoder_settings
from napari_dinobloom.gui.later import later
from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.parts_layer import PartsLayer
from napari_dinobloom.gui.layers.pen import CanvasPen
from napari_dinobloom.gui.layers.picker import CanvasPicker
from napari_dinobloom.gui.layers.pointer import CanvasPointer
from napari_dinobloom.gui.layers.smear_layers import SmearLayers
from napari_dinobloom.gui.layout_memory import LayoutMemory
from napari_dinobloom.gui.portraits import Portraits
from napari_dinobloom.gui.presenters.desk import Desk, Opener
from napari_dinobloom.gui.presenters.labels.labeller import Labeller
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.recents import RecentStudies
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.smear.corrector import Corrector
from napari_dinobloom.gui.presenters.smear.describing import Redescriber
from napari_dinobloom.gui.presenters.smear.field_presenter import FieldPresenter
from napari_dinobloom.gui.presenters.smear.parts import ReadLevels
from napari_dinobloom.gui.presenters.smear.scene import Arrange, ReadRGB
from napari_dinobloom.gui.scene_loader import SceneLoader
from napari_dinobloom.gui.task_runner import TaskRunner
from napari_dinobloom.gui.worker import Worker
from napari_dinobloom.study import Selection, Study

QUICK_CELLS = 50_000
"""Of so many cells every page is told at once when one was corrected."""


class Releasable(Protocol):
    """A presenter of a dock that may go away."""

    def release(self) -> None:
        """Listen no more."""
        ...


class Session:
    """One study on the desk of one viewer; an ordinary object, handed on.

    Parameters
    ----------
    viewer
        The napari viewer.
    open_folder, create_folder
        How storage opens a study and makes one.
    read, arrange
        How imaging reads a picture and lays out a contact sheet.
    read_levels
        How it opens a huge one, from full size to small.
    recents
        Which studies were open last.
    layout
        Where pages were put.
    samples
        Folder for the built-in sample smears.
    """

    def __init__(
        self,
        viewer: Any,
        *,
        open_folder: Opener,
        create_folder: Opener,
        read: ReadRGB,
        arrange: Arrange,
        recents: RecentStudies,
        layout: LayoutMemory,
        samples: Path,
        read_levels: ReadLevels | None = None,
    ) -> None:
        self.viewer = viewer
        self.recents = recents
        self.layout, self.samples = layout, samples
        self._saver = Worker("saving")
        self.desk = Desk(open_folder, create_folder, self._save_elsewhere)
        self._timers = QObject()
        self.later = later(self._timers)
        self.selection = Selection()
        self.roster = Roster(self.desk, later=self.later)
        self.roster.reset.connect(self._keep_selection)
        self.labeller = Labeller(self.desk, self.selection, self.roster)
        self._workers: dict[str, Worker] = {}
        self.portraits = Portraits(self.roster, self.worker("portraits"))
        self.live = LivePredictions(
            self.desk, self.roster, self.worker("live"), later=self.later
        )
        self.labeller.predicted_from = self._live_voting
        self.runner = TaskRunner()
        self.loader = SceneLoader()
        self.layers = SmearLayers(viewer)
        self.parts = PartsLayer(viewer)
        self.field = FieldPresenter(
            self.desk,
            self.layers,
            self.loader,
            roster=self.roster,
            selection=self.selection,
            read=read,
            arrange=arrange,
            later=self.later,
            read_levels=read_levels,
        )
        self._view_moved_soon = self.later(self._view_moved)
        self._camera_events = camera_of(viewer).events
        self._camera_events.connect(self._camera_moved)
        self.redescriber = Redescriber(
            self.desk, self.runner, settings=encoder_settings, later=self.later
        )
        self.corrector = Corrector(
            self.desk,
            self.field,
            self.selection,
            said=self.labeller.said.emit,
            failed=self.labeller.failed.emit,
            corrected=self._corrected,
            submit=self.worker("light").submit,
        )
        self.labeller.smear_key = self.corrector.key
        self._place: tuple[float, float] | None = None
        self._hovered_text = ""
        self.field.changed.connect(self._describe)
        self._hover: list[Callable[[str], None]] = []
        self._pointer = CanvasPointer(
            viewer, self.layers, self.field.step, self._hovered
        )
        self._picker = CanvasPicker(
            viewer,
            self.layers,
            clicked=self.field.hand.click,
            boxed=self.field.hand.take_box,
            escaped=self.escape,
            boxing=lambda: self.field.state.boxing,
            resting=lambda: self.corrector.is_drawing,
        )
        self._pen = CanvasPen(
            viewer,
            self.layers,
            drawn=self.corrector.draw,
            drawing=lambda: self.corrector.is_drawing,
        )
        self.corrector.changed.connect(self._pen_changed)
        self._docks: dict[int, list[Releasable]] = {}
        self._when_closed: list[Callable[[], None]] = []
        self.is_closed = False
        self.desk.study_closing.connect(self._stop_run)

    def worker(self, name: str) -> Worker:
        """The thread of that name, started when first asked for."""
        if name not in self._workers:
            self._workers[name] = Worker(name)
        return self._workers[name]

    def escape(self) -> None:
        """Give up the line that is drawn, else the pen, else the cells in hand."""
        if not (self._pen.give_up() or self.corrector.leave()):
            self.selection.clear()

    def on_close(self, call: Callable[[], None]) -> None:
        """Have something done once the session has ended."""
        self._when_closed.append(call)

    def attach(
        self, presenters: list[Releasable], hover: Callable[[str], None]
    ) -> Callable[[], None]:
        """Count another dock; what is returned is to be called when it goes away."""
        number = max(self._docks, default=0) + 1
        self._docks[number] = presenters
        self._hover.append(hover)

        def detach() -> None:
            if self._docks.pop(number, None) is None:
                return
            self._hover.remove(hover)
            for presenter in presenters:
                presenter.release()
            if not self._docks:
                self.close()

        return detach

    def close(self, *, viewer_goes: bool = False) -> None:
        """Cancel what runs, save, let others write to the study."""
        if self.is_closed:
            return
        self.is_closed = True
        if viewer_goes:
            self.parts.abandon()
        for presenters in self._docks.values():
            for presenter in presenters:
                presenter.release()
        self._docks.clear()
        self._hover.clear()
        for timer in self._timers.findChildren(QTimer):
            timer.stop()
        if viewer_goes:
            self.layers.abandon()
        try:
            self.runner.close()
            self.desk.close()
            self.desk.finish()
        finally:
            self._saver.close()
            self.loader.close()
            for worker in self._workers.values():
                worker.close()
            self._camera_events.disconnect(self._camera_moved)
            self._pointer.release()
            self._picker.release()
            self._pen.release()
            self.layers.marks.release()
            for call in self._when_closed:
                call()
            self._when_closed.clear()

    def _live_voting(self) -> str:
        """What an accepted prediction came from, for its record."""
        voting, features = self.live.voting, self.live.features
        return f"live kNN on {features}, k={voting.k}, {voting.weights}"

    def _save_elsewhere(self, save: Callable[[], None]) -> None:
        self._saver.submit(save, lambda _: None, lambda error: show_error(str(error)))

    def _stop_run(self, study: Study) -> None:
        self.runner.forget(study)
        for worker in self._workers.values():
            worker.forget()

    def _keep_selection(self) -> None:
        self.selection.keep(self.roster.cells.cell_id)

    def _camera_moved(self, _: object) -> None:
        self._view_moved_soon()

    def _view_moved(self) -> None:
        view = self.layers.seen()
        if view is not None:
            self.field.view_moved(view)

    def _corrected(self, cell_ids: Iterable[int]) -> None:
        """Have the cells described; a key may be about them as soon as they are seen.

        Among very many cells that comes a moment later, with the study's own event.
        """
        self.redescriber.want(cell_ids)
        if len(self.roster) <= QUICK_CELLS:
            QTimer.singleShot(0, self.roster.catch_up)

    def _pen_changed(self, _: object) -> None:
        self._pen.show_in_hand()

    def _hovered(self, place: tuple[float, float] | None) -> None:
        self._place = place
        self.field.hand.point(place)
        before, text = self._hovered_text, self._describe()
        if text != before:
            # an empty text takes the tooltip away
            QToolTip.showText(QCursor.pos(), text)

    def _describe(self, *_: object) -> str:
        """Say in every dock what lies under the mouse now."""
        place = self._place
        text = self.field.describe(*place) if place is not None else ""
        self._hovered_text = text
        for show in self._hover:
            show(text)
        return text
