"""Takes the cells in hand that look like the one that was asked about."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.live.thread import LiveWorker
from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.presenters.study.run_presenter import in_words
from napari_dinobloom.study import CellTable, FeatureMatrix, Selection, Study
from napari_dinobloom.workflows.similar_cells import SimilarCells, of_the_kinds


class LiveSimilar:
    """Searches on a worker; a newer question drops the older one.

    Parameters
    ----------
    live
        Says which encoder is in use.
    """

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        selection: Selection,
        live: LivePredictions,
        worker: LiveWorker,
    ) -> None:
        self._desk, self._roster, self._selection = desk, roster, selection
        self._live, self._worker = live, worker
        self._ticket: Any = None
        self._search = _Search()
        desk.study_closing.connect(self._forget)

    def take(self, cell_ids: np.ndarray, n: int, failed: Callable[[str], None]) -> None:
        """Take these cells in hand and the n most like them of the same kind."""
        self._drop()
        study, name = self._desk.study, self._live.features
        if study is None or name is None:
            failed("Similar cells can be found once the cells have been described.")
            return
        ids = np.asarray(cell_ids, np.int64)
        load, cells = study.element_loader("features", name), self._roster.cells
        current = int(ids[0]) if len(ids) == 1 else None

        def found(near: np.ndarray) -> None:
            self._ticket = None
            together = np.concatenate([ids, near])
            self._selection.take(together, current=current)

        def tell(error: Exception) -> None:
            self._ticket = None
            if isinstance(error, DinoBloomError):
                parts = error.what, error.remedy
            else:
                parts = in_words(error)
            failed(" ".join(part for part in parts if part))

        search = self._search
        self._ticket = self._worker.submit(
            lambda: search.nearest(cast("FeatureMatrix", load()), cells, ids, n),
            found,
            tell,
        )

    def release(self) -> None:
        """Listen no more; drop what is under way."""
        self._desk.study_closing.disconnect(self._forget)
        self._drop()

    def _forget(self, _: Study) -> None:
        self._drop()
        self._search = _Search()  # a job under way keeps the old one to its end

    def _drop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None


class _Search:
    """What one study's searches share; only the worker looks into it."""

    def __init__(self) -> None:
        self._similar: SimilarCells | None = None
        self._among: tuple[CellTable, tuple[int, ...]] | None = None

    def nearest(
        self, matrix: FeatureMatrix, cells: CellTable, ids: np.ndarray, n: int
    ) -> np.ndarray:
        """The n most like these, among cells of their kinds."""
        kinds = tuple(np.unique(cells.kind[cells.rows_here(ids)]).tolist())
        if self._similar is None or self._similar.matrix is not matrix:
            self._similar = SimilarCells(matrix, of_the_kinds(cells, ids))
        elif self._among is None or (
            self._among[0] is not cells or self._among[1] != kinds
        ):
            self._similar.look_among(of_the_kinds(cells, ids))
        self._among = cells, kinds
        return self._similar.nearest(ids, n)
