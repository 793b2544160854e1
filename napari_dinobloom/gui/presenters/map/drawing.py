"""Drawing a map: what from, how, how far it is, and whether it is out of date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from napari_dinobloom.core import DinoBloomError, Progress, Task
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.map.kinds import ALL
from napari_dinobloom.gui.presenters.map.presenter import MapPresenter
from napari_dinobloom.gui.presenters.pace import Pace
from napari_dinobloom.gui.presenters.roster import Later
from napari_dinobloom.gui.presenters.study.run_presenter import Runner, in_words
from napari_dinobloom.study import CELL_KINDS, Projection, Study
from napari_dinobloom.workflows.place_cells import PlaceCells, unplaced
from napari_dinobloom.workflows.project_cells import KINDS, ProjectCells

Step = Callable[[Study], Task[Study, Any] | None]


@dataclass(frozen=True, slots=True)
class MapOptions:
    """What a map is drawn from, and how."""

    encoder: str = "morphology"
    kinds: tuple[str, ...] = CELL_KINDS
    n_neighbours: int = 15
    min_distance: float = 0.1
    metric: str = "euclidean"
    seed: int = 0

    def parameters(self) -> dict[str, Any]:
        """Those of UMAP."""
        return {
            "n_neighbours": self.n_neighbours,
            "min_distance": self.min_distance,
            "metric": self.metric,
            "seed": self.seed,
        }


class DrawView(Protocol):
    """What the presenter asks of the panel that draws maps."""

    draw_wished: Any
    """Signal(MapOptions)."""
    place_wished: Any
    """Signal()."""
    cancel_wished: Any
    """Signal()."""

    def offer(
        self,
        encoders: Sequence[tuple[str, int]],
        kinds: Sequence[tuple[str, int]],
        options: MapOptions,
    ) -> None:
        """Encoders with the cells they described, kinds with their cells."""
        ...

    def set_ready(self, ready: bool, why_not: str) -> None:
        """Whether a map can be drawn now."""
        ...

    def show_news(self, text: str, n_new: int) -> None:
        """In what the map is out of date; ``n_new`` cells could be placed."""
        ...

    def show_running(self, title: str) -> None:
        """A step has begun."""
        ...

    def show_progress(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        ...

    def show_idle(self, message: str) -> None:
        """Nothing is drawn."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


ENDINGS = {"done": "", "cancelled": "Cancelled; the map is as it was.", "failed": ""}
UNDER_WAY = "Something else is being computed; wait for its end or cancel it."


class MapDrawing:
    """Connects the drawing panel with runner and study.

    Parameters
    ----------
    places
        Knows which map is shown.
    """

    def __init__(
        self,
        desk: Desk,
        runner: Runner,
        view: DrawView,
        places: MapPresenter,
        *,
        later: Later,
    ) -> None:
        self._desk, self._runner, self._view = desk, runner, view
        self._places = places
        self._is_ours = False
        self._pace = Pace()
        self._study: Study | None = None
        self._soon = later(self.refresh)
        self._on_event = lambda *_: self._soon()
        view.draw_wished.connect(self.draw)
        view.place_wished.connect(self.place)
        view.cancel_wished.connect(self.cancel)
        runner.started.connect(self._started)
        runner.progressed.connect(self._progressed)
        runner.failed.connect(self._failed)
        runner.finished.connect(self._finished)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)
        desk.study_closed.connect(self.refresh)
        places.laid_out.connect(self._soon)
        if desk.study is not None:
            self._opened(desk.study)
        else:
            self.refresh()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._runner.started.disconnect(self._started)
        self._runner.progressed.disconnect(self._progressed)
        self._runner.failed.disconnect(self._failed)
        self._runner.finished.disconnect(self._finished)
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closing.disconnect(self._leave)
        self._desk.study_closed.disconnect(self.refresh)
        self._places.laid_out.disconnect(self._soon)
        if self._study is not None:
            self._leave(self._study)

    # -- wishes ------------------------------------------------------------------

    def draw(self, options: MapOptions) -> None:
        """Draw by principal components, which is quick, then by UMAP; show that."""
        if self._run(drawing_steps(options)):
            one = len(options.kinds) == 1
            self._places.show_kind(options.kinds[0] if one else ALL)

    def draw_kind(self, kind: str) -> None:
        """Draw the map of one kind, or of all, as the one that is shown was drawn."""
        study = self._desk.study
        if study is None:
            return
        usual = options_of(self._places.shown, study.names_of("features"))
        self.draw(replace(usual, kinds=(kind,) if kind else CELL_KINDS))

    def place(self) -> None:
        """Put cells that were described since onto the map that is shown."""
        shown = self._places.shown
        if shown is not None:
            name = shown.name
            self._run([lambda study: PlaceCells.from_study(study, name)])

    def cancel(self) -> None:
        """Stop; the map stays as it is."""
        if self._is_ours and self._runner.is_busy:
            self._runner.cancel()

    def _run(self, steps: Sequence[Step]) -> bool:
        """Whether it was begun."""
        study = self._desk.study
        if study is None or self._runner.is_busy:
            return False
        self._is_ours = True
        self._runner.run(study, steps)
        return True

    # -- what the runner says ----------------------------------------------------

    def _started(self, title: str) -> None:
        self._pace = Pace()
        self._view.set_ready(False, UNDER_WAY)
        if self._is_ours:
            self._view.show_running(title)

    def _progressed(self, progress: Progress) -> None:
        if self._is_ours:
            left = self._pace.left(progress.done, progress.total)
            message = " · ".join(part for part in (progress.message, left) if part)
            self._view.show_progress(progress.done, progress.total, message)

    def _failed(self, error: BaseException) -> None:
        if not self._is_ours:
            return
        if isinstance(error, DinoBloomError):
            self._view.show_error(error.what, error.remedy)
        else:
            self._view.show_error(*in_words(error))

    def _finished(self, outcome: str) -> None:
        ours, self._is_ours = self._is_ours, False
        if ours:
            self._view.show_idle(ENDINGS[outcome])
        self.refresh()

    # -- what the study says -----------------------------------------------------

    def _opened(self, study: Study) -> None:
        self._study = study
        study.events.features_changed.connect(self._on_event)
        study.events.cells_changed.connect(self._on_event)
        self._view.show_idle("")
        self.refresh()

    def _leave(self, study: Study) -> None:
        study.events.features_changed.disconnect(self._on_event)
        study.events.cells_changed.disconnect(self._on_event)
        self._study = None

    def refresh(self) -> None:
        """What can be drawn, and whether the map is out of date."""
        study = self._desk.study
        if study is None:
            self._view.set_ready(False, "Open a study first.")
            self._view.show_news("", 0)
            return
        self._offer(study)
        if self._runner.is_busy:
            self._view.set_ready(False, UNDER_WAY)
            return
        if study.read_only_reason:
            self._view.set_ready(False, f"Read only: {study.read_only_reason}")
        elif not study.names_of("features"):
            self._view.set_ready(False, "Find and describe cells on the Study page.")
        else:
            self._view.set_ready(True, "")
        self._view.show_news(*self._news(study))

    def _offer(self, study: Study) -> None:
        encoders = [(n, len(study.features(n))) for n in study.names_of("features")]
        shown = self._places.shown
        counts = [int((study.cells.kind == i).sum()) for i in range(len(CELL_KINDS))]
        kinds = [(k, c) for k, c in zip(CELL_KINDS, counts, strict=True) if c]
        names = [name for name, _ in encoders]
        options = options_of(shown, names)
        if shown is None and len(kinds) > 1 and kinds[0][0] == "wbc":
            options = replace(options, kinds=("wbc",))
        self._view.offer(encoders, kinds, options)

    def _news(self, study: Study) -> tuple[str, int]:
        """In what the map that is shown is out of date."""
        shown = self._places.shown
        if shown is None or not study.is_outdated(shown.recipe):
            return "", 0
        n_new = len(unplaced(study, shown.name))
        if n_new:
            cells = "cell was" if n_new == 1 else "cells were"
            return f"{n_new:,} {cells} described after this map was drawn.", n_new
        if _same_features(study, shown):
            return "", 0
        return (
            "This map is out of date: cells were described anew after it was drawn.",
            0,
        )


def drawing_steps(options: MapOptions) -> list[Step]:
    """Principal components unless they stand, then UMAP; together one step of undo."""
    group = uuid4().hex

    def plane(study: Study) -> Task[Study, Any] | None:
        if "pca" in study.names_of("projection"):
            recipe = study.projection("pca").recipe
            same = (
                f"features:{options.encoder}" in recipe.inputs
                and tuple(recipe.parameters.get(KINDS, ())) == options.kinds
            )
            if same and not study.is_outdated(recipe):
                return None
        return ProjectCells.from_study(
            study, "pca", features=options.encoder, kinds=options.kinds, group=group
        )

    def umap(study: Study) -> Task[Study, Any] | None:
        return ProjectCells.from_study(
            study,
            "umap",
            features=options.encoder,
            kinds=options.kinds,
            parameters=options.parameters(),
            group=group,
        )

    return [plane, umap]


def options_of(shown: Projection | None, encoders: Sequence[str]) -> MapOptions:
    """Those with which a map was drawn; the usual ones where it does not say."""
    usual = MapOptions(encoder=encoders[0] if encoders else "")
    if shown is None:
        return usual
    said, recipe = shown.recipe.parameters, shown.recipe
    used = [name.partition(":")[2] for name in recipe.inputs]
    return MapOptions(
        encoder=next((name for name in used if name in encoders), usual.encoder),
        kinds=tuple(said.get(KINDS, usual.kinds)),
        n_neighbours=int(said.get("n_neighbours", usual.n_neighbours)),
        min_distance=float(said.get("min_distance", usual.min_distance)),
        metric=str(said.get("metric", usual.metric)),
        seed=int(recipe.seed or 0),
    )


def _same_features(study: Study, shown: Projection) -> bool:
    """Whether the features are those it was drawn from, if perhaps of more cells."""
    now = study.versions(shown.recipe.inputs)
    return all(
        now[name].split("/")[0] == version.split("/")[0]
        for name, version in shown.recipe.inputs.items()
    )
