"""Corrected cells are described again, just these, when the worker is free."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.core import Task
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.study import CellTable, Stored, Study
from napari_dinobloom.workflows import EmbedCells


class Runner(Protocol):
    """What is asked of the task runner."""

    finished: Any

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on."""
        ...

    def run(self, study: Study, steps: Iterable[Any]) -> None:
        """Start on these steps."""
        ...


class Redescriber:
    """Computes the features of cells that were drawn anew, by every encoder in use.

    ::

        correction, undo, redo ─► ids wait ─► runner free? ─► EmbedCells(only these)

    Parameters
    ----------
    settings
        Parameters that say where and how fast an encoder computes, by its name.
    later
        Gathers several corrections into one run.
    """

    def __init__(
        self,
        desk: Desk,
        runner: Runner,
        *,
        settings: Callable[[str], Mapping[str, Any]],
        later: Callable[[Callable[[], None]], Callable[[], None]],
    ) -> None:
        self._desk, self._runner, self._settings = desk, runner, settings
        self._waiting: set[int] = set()
        self._known: dict[int, CellTable] = {}
        self._go_soon = later(self._go)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)
        runner.finished.connect(self._finished)

    def want(self, cell_ids: Iterable[int]) -> None:
        """These cells have another outline, or are new."""
        self._waiting.update(cell_ids)
        if self._waiting:
            self._go_soon()

    # -- what the study and the runner say --------------------------------------------

    def _opened(self, study: Study) -> None:
        self._waiting.clear()
        self._known = {n: f.cells for n, f in study.findings.items()}
        study.events.cells_changed.connect(self._cells_changed)

    def _leave(self, study: Study) -> None:
        study.events.cells_changed.disconnect(self._cells_changed)
        self._waiting.clear()
        self._known.clear()

    def _cells_changed(self, pictures: frozenset[int]) -> None:
        """Note which outlines an undo or redo brought; a run describes its own."""
        study = self._desk.study
        if study is None:
            return
        for number in pictures:
            finding, before = study.findings.get(number), self._known.get(number)
            now = finding.cells if finding is not None else CellTable.empty()
            if before is not None and len(before) and not self._runner.is_busy:
                new = ~np.isin(now.outline_id, before.outline_id)
                self.want(now.cell_id[new].tolist())
            self._known[number] = now

    def _finished(self, _: str) -> None:
        if self._waiting:
            self._go_soon()

    # -- the run -----------------------------------------------------------------------

    def _go(self) -> None:
        study = self._desk.study
        if study is None or self._runner.is_busy or not self._waiting:
            return
        ids = np.array(sorted(self._waiting), np.int64)
        self._waiting.clear()
        names = [n for n in study.names_of("features") if self._lacks(study, n, ids)]
        if names:
            steps = [partial(self._step, name=name, ids=ids) for name in names]
            self._runner.run(study, steps)

    @staticmethod
    def _lacks(study: Study, name: str, ids: np.ndarray) -> bool:
        """Whether one of these cells has no features; those on disk stay there."""
        if isinstance(study.results["features", name], Stored):
            return False
        cells = study.cells.take(np.sort(study.cells.rows_here(ids)))
        rows = study.features_of_outlines(name).rows
        return not rows.positions(cells.outline_id)[1].all()

    def _step(
        self, study: Study, *, name: str, ids: np.ndarray
    ) -> Task[Study, Any] | None:
        recipe = study.features_of_outlines(name).recipe
        parameters = {**recipe.parameters, **self._settings(name)}
        return EmbedCells.from_study(study, name, parameters=parameters, only=ids)
