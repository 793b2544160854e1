"""Which map is shown, in which colours."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
from psygnal import Signal

from napari_dinobloom.gui.presenters.map.clusters import Clusters, FindClusters
from napari_dinobloom.gui.presenters.map.colouring import ColourChoice, Colouring
from napari_dinobloom.gui.presenters.map.colours import (
    DEFAULT,
    Meaning,
    choices,
    colouring,
)
from napari_dinobloom.gui.presenters.map.density import density
from napari_dinobloom.gui.presenters.map.kinds import (
    ALL,
    KindsOnMap,
    first_kind,
    kinds_on_map,
)
from napari_dinobloom.gui.presenters.map.view import MapView
from napari_dinobloom.gui.presenters.roster import Later, Roster
from napari_dinobloom.study import CELL_KINDS, Projection, Study

FAVOURITE = "umap"
NO_STUDY = (
    "No study is open",
    "Open a study on the Study page, or drop pictures of smears there.",
)
NO_CELLS = (
    "No cells yet",
    (
        "Find and describe cells on the Study page first. The map shows each of them "
        "as a dot; cells that look alike lie close together."
    ),
)
NO_MAP = (
    "No map yet",
    (
        "The cells are described; now they can be laid out. Cells that look alike "
        "will lie close together."
    ),
)


class MapWorker(Protocol):
    """A thread for what takes longer than a blink."""

    def submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Any:
        """Run a job; answer on the Qt thread."""
        ...


class MapPresenter:
    """Keeps the dots and their colours true.

    Parameters
    ----------
    worker
        Where density and clusters are computed.
    later
        Gathers many changes of the legend into one.
    meanings
        Unit and meaning by feature name, of one encoder.
    find_clusters
        (n, 2) places and the fewest cells of a cluster to (n,) labels and a note.
    """

    laid_out = Signal()
    """Dots lie elsewhere, or are other cells, or there are none."""

    def __init__(
        self,
        roster: Roster,
        view: MapView,
        worker: MapWorker,
        *,
        later: Later,
        meanings: Callable[[str], dict[str, Meaning]],
        find_clusters: FindClusters,
    ) -> None:
        self._roster, self._view, self._worker = roster, view, worker
        self._meanings = meanings
        self._choices: tuple[ColourChoice, ...] = ()
        self._key, self._wish = DEFAULT, FAVOURITE
        self._hidden: dict[str, frozenset[int]] = {}
        self._dense = False
        self._kind: str | None = None
        self._laid_out_as: tuple[str, str] | None = None
        self._study: Study | None = None
        self._legend_soon = later(self._show_legend)
        self.clusters = Clusters(worker, find_clusters, self._clusters_came)
        self.shown: Projection | None = None
        """The map that is shown, or None."""
        self.placed: np.ndarray = np.empty(0, bool)
        """(n,) bool, which cells lie on the map."""
        self.xy = np.empty((0, 2), np.float32)
        """(n, 2) float32 by row of the roster; nan where a cell has no place."""
        self.colouring: Colouring | None = None
        self._connect()
        self.reload()

    def _connect(self) -> None:
        roster, view = self._roster, self._view
        roster.reset.connect(self.reload)
        roster.classes_changed.connect(self.recolour)
        roster.facts_changed.connect(self._facts_changed)
        roster.labels_changed.connect(self._labels_changed)
        roster.predictions_changed.connect(self._predictions_changed)
        view.map_wished.connect(self.show_map)
        view.colour_wished.connect(self.colour_by)
        view.hidden_wished.connect(self.hide)
        view.density_wished.connect(self.set_density)
        view.cluster_size_wished.connect(self._cluster_size)
        view.kind_wished.connect(self.show_kind)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        roster = self._roster
        roster.reset.disconnect(self.reload)
        roster.classes_changed.disconnect(self.recolour)
        roster.facts_changed.disconnect(self._facts_changed)
        roster.labels_changed.disconnect(self._labels_changed)
        roster.predictions_changed.disconnect(self._predictions_changed)
        self._listen_to(None)

    # -- which map ---------------------------------------------------------------

    def show_map(self, name: str) -> None:
        """Show this map from now on."""
        self._wish = name
        self.reload()

    def reload(self) -> None:
        """Read the map anew: other cells, another study, another map."""
        study = self._roster.study
        self._listen_to(study)
        names = study.names_of("projection") if study is not None else []
        shown = self._wish if self._wish in names else next(iter(names), "")
        self._view.offer_maps(names, shown)
        if study is None or not shown or not len(self._roster):
            self._show_none(study)
            self.laid_out.emit()
            return
        self.shown = study.projection(shown)
        kind = self._lay_out(self.shown)
        now = self.shown.revision, kind
        self.clusters.of(" of ".join(now), self.xy)
        self._view.show_points(self.xy, keep_frame=self._laid_out_as == now)
        self._laid_out_as = now
        self._offer_colours()
        self.recolour()
        self._redo_density()
        self.laid_out.emit()

    def _lay_out(self, shown: Projection) -> str:
        """Give the cells of the chosen kind their places; return the kind."""
        self.xy, _ = shown.rows.of(self._roster.cells.cell_id)
        self.placed = np.asarray(np.isfinite(self.xy).all(axis=1))
        kind = self._kind
        if kind is None:
            kind = first_kind(self._roster, self.placed)
        kinds = kinds_on_map(self._roster, shown, self.placed, kind)
        if kinds.chosen != ALL:
            others = self._roster.cells.kind != CELL_KINDS.index(kind)
            self.xy = np.where(others[:, None], np.float32(np.nan), self.xy)
            self.placed &= ~others
        self._view.show_kinds(kinds)
        return kinds.chosen

    def show_kind(self, kind: str) -> None:
        """Show this kind of cells and no other, or "" for all of them."""
        self._kind = kind
        self.reload()

    def _show_none(self, study: Study | None) -> None:
        self.shown, self.colouring, self._laid_out_as = None, None, None
        self._view.show_kinds(KindsOnMap())
        self.xy = np.empty((0, 2), np.float32)
        self.placed = np.empty(0, bool)
        if study is None:
            self._view.show_empty(*NO_STUDY, may_draw=False)
        elif not study.names_of("features"):
            self._view.show_empty(*NO_CELLS, may_draw=False)
        else:
            self._view.show_empty(*NO_MAP, may_draw=True)

    def _listen_to(self, study: Study | None) -> None:
        if study is self._study:
            return
        self._kind = None
        if self._study is not None:
            self._study.events.projection_changed.disconnect(self._map_changed)
        self._study = study
        if study is not None:
            study.events.projection_changed.connect(self._map_changed)

    def _map_changed(self, name: str) -> None:
        self.show_map(name)

    # -- which colours -----------------------------------------------------------

    def colour_by(self, key: str) -> None:
        """Colour the cells by this choice."""
        self._key = key
        self.recolour()

    def hide(self, codes: frozenset[int]) -> None:
        """Hide these categories and no others."""
        made = self.colouring
        if made is None:
            return
        made.hide(codes)
        self._hidden[made.choice.key] = codes
        self._view.show_palette(made.palette(), made.ground)
        self._show_legend()

    def recolour(self) -> None:
        """Read every cell's colour anew."""
        if self.shown is None:
            return
        choice = next((c for c in self._choices if c.key == self._key), None)
        if choice is None:
            choice = self._choices[0]
        if choice.key == "cluster" and self.clusters.labels is None:
            self.clusters.begin()
        labels = self.clusters.labels
        made = colouring(
            choice, self._roster, self.placed, clusters=labels, meanings=self._meanings
        )
        hidden = self._hidden.get(choice.key, frozenset())
        made.hide(frozenset(code for code in hidden if code < made.n_codes))
        self.colouring = made
        self._view.show_palette(made.palette(), made.ground)
        self._view.show_codes(made.codes)
        self._show_legend()

    def _offer_colours(self) -> None:
        study = self._roster.study
        if study is None:
            return
        features = [
            (name, study.features(name).feature_names)
            for name in study.names_of("features")
        ]
        self._choices = choices(self._roster, features, self._meanings)
        if self._key not in {choice.key for choice in self._choices}:
            self._key = DEFAULT
        self._view.offer_colours(self._choices, self._key)

    def _show_legend(self) -> None:
        made = self.colouring
        if made is None:
            return
        self._view.show_legend(made.legend(), made.hidden)
        by_cluster = made.choice.key == "cluster"
        fewest = self.clusters.fewest if by_cluster else 0
        self._view.show_clustering(fewest, self.clusters.note if by_cluster else "")

    # -- news --------------------------------------------------------------------

    def _labels_changed(self, rows: np.ndarray) -> None:
        self._changed("labels", rows)

    def _predictions_changed(self, rows: np.ndarray) -> None:
        self._changed("predictions", rows)

    def _changed(self, what: str, rows: np.ndarray) -> None:
        made = self.colouring
        if made is None or what not in made.choice.needs:
            return
        differ = made.recode(rows)
        if len(differ):
            self._view.show_codes_at(differ, made.codes[differ])
            self._legend_soon()

    def _facts_changed(self) -> None:
        if self.shown is None:
            self.reload()
            return
        self._offer_colours()
        if self.colouring is not None and "facts" in self.colouring.choice.needs:
            self.recolour()

    # -- computed elsewhere ------------------------------------------------------

    def set_density(self, on: bool) -> None:
        """Show how densely the cells lie, or not."""
        self._dense = on
        self._redo_density()

    def _redo_density(self) -> None:
        points = self.xy[self.placed] if self.shown is not None else None
        if not self._dense or points is None or not len(points):
            self._view.show_density(None, (0.0, 0.0, 1.0, 1.0))
            return
        shown = self.shown

        def done(cloud: tuple[np.ndarray, tuple[float, float, float, float]]) -> None:
            if self._dense and self.shown is shown:
                self._view.show_density(*cloud)

        self._worker.submit(partial(density, points), done, self._failed)

    def _cluster_size(self, fewest: int) -> None:
        self.clusters.set_fewest(fewest)
        if self._key == "cluster":
            self.recolour()

    def _clusters_came(self, error: Exception | None) -> None:
        if error is not None:
            self._failed(error)
        elif self._key == "cluster":
            self._hidden.pop("cluster", None)
            self.recolour()

    def _failed(self, error: Exception) -> None:
        self._view.show_error(f"This could not be computed: {error}", "")
