"""The gallery: which cells it shows, in which order."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.gallery.choices import GalleryChoices
from napari_dinobloom.gui.presenters.gallery.filters import Filters, first_filters
from napari_dinobloom.gui.presenters.gallery.hand import GalleryHand
from napari_dinobloom.gui.presenters.gallery.nearness import nearness
from napari_dinobloom.gui.presenters.gallery.offers import (
    Offer,
    chips_of,
    facets_known,
    offers_of,
    sort_text,
)
from napari_dinobloom.gui.presenters.gallery.order import (
    NOTHING,
    Arrangement,
    Sort,
    Wish,
    arrange,
)
from napari_dinobloom.gui.presenters.gallery.shown import Shown
from napari_dinobloom.gui.presenters.gallery.snapshot import FACTS, Snapshot
from napari_dinobloom.gui.presenters.gallery.view import GalleryView
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.study import Selection, Study

Submit = Callable[[Callable[[], Any], Callable[[Any], None], Callable[..., None]], Any]
AT_ONCE = 20_000
"""So many cells are put in order before the window draws again."""
BY_LABEL, BY_PREDICTION = {"label", "state"}, {"prediction", "state", "chance"}
BY_SELECTION, BY_FACTS = {"near", "hand"}, {*FACTS, "text", "feature", "near"}


class GalleryPresenter:
    """Connects the gallery with roster and selection.

    The order is computed when it is asked for, and stays while labels and predictions
    change: cells must not jump away under the mouse.

    Parameters
    ----------
    submit
        Has a job done on another thread; see `gui.worker.Worker.submit`.
    go_to
        Shows a cell in its slide.
    similar
        Takes cells like this one in hand, or None.
    """

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        selection: Selection,
        view: GalleryView,
        *,
        submit: Submit,
        go_to: Callable[[int], None],
        similar: Callable[[int], None] | None = None,
    ) -> None:
        self._desk, self._roster = desk, roster
        self._selection, self._view = selection, view
        self._submit = submit
        self._wish = Wish()
        self._chose_sort = self._chose_filters = False
        self._study: Study | None = None
        self._shown = Shown(roster, selection)
        self._hand = GalleryHand(self, selection, view, go_to, similar)
        self._choices = GalleryChoices(self, roster, view, self._hand)
        self._ticket: Any = None
        self._is_outdated = False
        self._links = self._connections()
        for signal, call in self._links:
            signal.connect(call)
        self._reset()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._drop_job()
        for signal, call in self._links:
            signal.disconnect(call)
        self._links = []
        self._hand.release()
        self._choices.release()

    @property
    def wish(self) -> Wish:
        """All that a person chose."""
        return self._wish

    @property
    def shown(self) -> Shown:
        """The cells that are shown, in display order."""
        return self._shown

    @property
    def is_sorting(self) -> bool:
        """Whether an order is being computed."""
        return self._ticket is not None

    @property
    def is_outdated(self) -> bool:
        """Whether the order no longer is what was asked for."""
        return self._is_outdated

    def order(self) -> np.ndarray:
        """(m,) int64 ids in display order."""
        return self._shown.order.ids

    # -- what may be chosen ------------------------------------------------------

    def facets(self) -> list[tuple[str, str]]:
        """Facets to filter by, and what people call them."""
        return facets_known(self._roster)

    def offers(self, facet: str) -> list[Offer]:
        """The names of a facet with how many cells have each."""
        return offers_of(self._roster, facet, self._wish.filters)

    def features(self) -> dict[str, tuple[str, ...]]:
        """Matrix to the names of its features."""
        study = self._roster.study
        names = study.names_of("features") if study else []
        return {n: study.features(n).feature_names for n in names} if study else {}

    # -- what was chosen ---------------------------------------------------------

    def filter_by(self, filters: Filters) -> None:
        """Show other cells."""
        self._chose_filters = True
        self._want(replace(self._wish, filters=filters))

    def sort_by(self, sort: Sort) -> None:
        """Show the cells in another order."""
        self._chose_sort = True
        self._want(replace(self._wish, sort=sort))

    def group_by(self, group: str) -> None:
        """Put other headings between them."""
        self._want(replace(self._wish, group=group))

    def sort_again(self) -> None:
        """Bring filters, order and headings up to date."""
        self._rearrange(keep_place=False)

    def _want(self, wish: Wish) -> None:
        if wish != self._wish:
            self._wish = wish
            self._rearrange(keep_place=False)

    # -- the order ---------------------------------------------------------------

    def _rearrange(self, *, keep_place: bool) -> None:
        self._drop_job()
        self._note_outdated(False)
        self._show_choices()
        total = len(self._roster)
        if not total:
            self._take(keep_place, NOTHING)
            return
        job = self._job()
        if total <= AT_ONCE:
            self._take(keep_place, job())
            return
        if not len(self._shown):
            self._view.show_empty("sorting")
        take = partial(self._take, keep_place)
        self._ticket = self._submit(job, take, self._failed)

    def _job(self) -> Callable[[], Arrangement]:
        roster, wish = self._roster, self._wish
        facts = wish.filters.facts | ({wish.sort.key, wish.group} & set(FACTS))
        in_hand = self._selection.ids
        snapshot = Snapshot.of(roster, facts, in_hand)
        study = roster.study

        def near(matrix: str) -> np.ndarray:
            assert study is not None  # noqa: S101 - there are cells
            return nearness(study.features(matrix), snapshot.cells.cell_id, in_hand)

        return partial(arrange, snapshot, wish, roster.feature, near)

    def _take(self, keep_place: bool, order: Arrangement) -> None:
        self._ticket = None
        self._shown = Shown(self._roster, self._selection, order)
        self._view.show_synthetic(self._roster.all_synthetic)
        self._view.show_cells(self._shown, keep_place)
        self._view.show_empty(self._why_empty())
        self._view.show_current(order.index_of(self._selection.current), False)
        self._show_counts()

    def _failed(self, error: Exception) -> None:
        self._ticket = None
        # a feature that went away meanwhile: show the cells all the same
        if self._wish.sort.key in ("feature", "near"):
            self.sort_by(Sort())
        else:
            raise error

    def _drop_job(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _why_empty(self) -> str:
        if self._roster.study is None:
            return "no study"
        if not len(self._roster):
            return "no cells"
        return "" if len(self._shown) else "no match"

    # -- what happens elsewhere --------------------------------------------------

    def _reset(self) -> None:
        """Other cells: show them, as what was asked for still holds."""
        roster = self._roster
        same, self._study = roster.study is self._study, roster.study
        if not same:
            self._wish = Wish()
            self._hand.forget()
            self._chose_sort = self._chose_filters = False
            self._shown = Shown(roster, self._selection)
        if not self._chose_filters:
            self._wish = replace(self._wish, filters=first_filters(roster))
        if not self._chose_sort:
            said = bool((roster.predicted != NONE).any())
            self._wish = replace(self._wish, sort=Sort("chance" if said else "found"))
        self._rearrange(keep_place=same)

    def _labels_changed(self, _: np.ndarray) -> None:
        self._view.repaint_cells()
        self._outdate(BY_LABEL)

    def _predictions_changed(self, _: np.ndarray) -> None:
        self._view.repaint_cells()
        self._outdate(BY_PREDICTION)

    def _classes_changed(self) -> None:
        self._view.repaint_cells()
        self._outdate(BY_LABEL | BY_PREDICTION)

    def _facts_changed(self) -> None:
        self._outdate(BY_FACTS)

    def _selection_changed(self) -> None:
        self._view.repaint_cells()
        self._show_counts()
        if self._wish.filters.in_hand and self._others_in_hand():
            self._rearrange(keep_place=False)
            return
        self._outdate(BY_SELECTION)

    def _others_in_hand(self) -> bool:
        """Whether several cells were taken elsewhere, of which some are not shown.

        One cell alone is a step from cell to cell and leaves the gallery as it is.
        """
        ids = self._selection.ids
        return len(ids) > 1 and not np.isin(ids, self._shown.order.ascending).all()

    def _current_changed(self) -> None:
        index = self._shown.order.index_of(self._selection.current)
        self._view.show_current(index, True)

    def _pointed_changed(self) -> None:
        index = self._shown.order.index_of(self._selection.pointed)
        self._view.show_pointed(index)

    def _outdate(self, causes: set[str]) -> None:
        filters, sort = self._wish.filters, self._wish.sort
        rests_on = {facet for facet, names in filters.names.items() if names}
        rests_on |= {sort.key, self._wish.group}
        rests_on |= {"chance"} if filters.bounds_chance else set()
        rests_on |= {"hand"} if filters.in_hand else set()
        rests_on |= {"text"} if filters.text.strip() else set()
        if rests_on & causes:
            self._note_outdated(True)

    def _note_outdated(self, is_outdated: bool) -> None:
        self._is_outdated = is_outdated
        self._view.show_outdated(is_outdated)

    def _show_choices(self) -> None:
        wish = self._wish
        chips = chips_of(wish.filters)
        text = sort_text(wish.sort)
        self._view.show_choices(chips, wish.sort, text, wish.filters)
        self._view.show_group(wish.group)

    def _show_counts(self) -> None:
        total, in_hand = len(self._roster), len(self._selection)
        self._view.show_counts(len(self._shown), total, in_hand)

    def _connections(self) -> list[tuple[Any, Callable[..., None]]]:
        roster, selection = self._roster, self._selection
        return [
            (roster.reset, self._reset),
            (self._desk.study_closed, self._reset),  # the roster says it before
            (roster.labels_changed, self._labels_changed),
            (roster.predictions_changed, self._predictions_changed),
            (roster.classes_changed, self._classes_changed),
            (roster.facts_changed, self._facts_changed),
            (selection.changed, self._selection_changed),
            (selection.current_changed, self._current_changed),
            (selection.pointed_changed, self._pointed_changed),
        ]
