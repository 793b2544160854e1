"""The gallery: which cells it shows, and what a click on one means."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.gallery.filters import Filters, first_filters
from napari_dinobloom.gui.presenters.gallery.nearness import nearness
from napari_dinobloom.gui.presenters.gallery.offers import (
    Chip,
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
from napari_dinobloom.gui.presenters.roster import NONE, Roster
from napari_dinobloom.study import Combine, Selection, Study

Submit = Callable[[Callable[[], Any], Callable[[Any], None], Callable[..., None]], Any]
AT_ONCE = 20_000
"""So many cells are put in order before the window draws again."""
BY_LABEL, BY_PREDICTION = {"label", "state"}, {"prediction", "state", "chance"}
BY_SELECTION, BY_FACTS = {"near", "hand"}, {*FACTS, "text", "feature", "near"}


class GalleryView(Protocol):
    """What the presenter asks of the gallery and the bar above it."""

    facet_chosen: Any
    """Signal(str, frozenset): names a cell must have one of; none is no condition."""
    chance_chosen: Any
    """Signal(float, float): least and most share of the vote."""
    flag_chosen: Any
    """Signal(str, bool): "cut" or "hand"."""
    text_chosen: Any
    """Signal(str)."""
    filters_cleared: Any
    """Signal()."""
    sort_chosen: Any
    """Signal(str, str, str): key, matrix, feature."""
    direction_chosen: Any
    """Signal(bool): descending."""
    group_chosen: Any
    """Signal(str)."""
    again_wished: Any
    """Signal()."""
    cell_picked: Any
    """Signal(int, str): index and "one", "toggle", "range" or "add range"."""
    cell_moved_to: Any
    """Signal(int): looked at without taking it in hand."""
    stretch_taken: Any
    """Signal(ndarray, str): indices and how they combine."""
    all_wished: Any
    """Signal()."""
    none_wished: Any
    """Signal()."""
    cell_opened: Any
    """Signal(int): look at it in its slide."""
    cell_pointed: Any
    """Signal(int): under the mouse; -1 for none."""
    similar_wished: Any
    """Signal(int)."""
    alike_wished: Any
    """Signal(int, str): show only its "class" or "slide", or sort by it: "near"."""

    def show_cells(self, shown: Shown, keep_place: bool) -> None:
        """Other cells, or another order; ``keep_place``: it is not another wish."""
        ...

    def show_empty(self, why: str) -> None:
        """Why: "no study", "no cells", "no match", "sorting"; "" where cells are."""
        ...

    def show_choices(
        self, chips: Sequence[Chip], sort: Sort, text: str, filters: Filters
    ) -> None:
        """Which filters stand, and what the order follows."""
        ...

    def show_group(self, group: str) -> None:
        """What cells are grouped by."""
        ...

    def show_counts(self, shown: int, total: int, in_hand: int) -> None:
        """How many cells are shown, there, and in hand."""
        ...

    def show_outdated(self, is_outdated: bool) -> None:
        """Whether the order no longer is what was asked for."""
        ...

    def show_synthetic(self, all_synthetic: bool) -> None:
        """Whether no cell of the study is a patient's."""
        ...

    def show_current(self, index: int, reveal: bool) -> None:
        """Mark the cell that is looked at, -1 for none; perhaps bring it into view."""
        ...

    def show_pointed(self, index: int) -> None:
        """Mark the cell under the mouse, wherever that is; -1 for none."""
        ...

    def repaint_cells(self) -> None:
        """What stands about some cells differs."""
        ...


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
        self._submit, self._go_to, self._similar = submit, go_to, similar
        self._wish = Wish()
        self._chose_sort = self._chose_filters = False
        self._study: Study | None = None
        self._shown = Shown(roster, selection)
        self._anchor: int | None = None
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

    def _choose_facet(self, facet: str, names: frozenset[str]) -> None:
        filters = self._wish.filters
        if facet == "text":
            filters = replace(filters, text="")
        elif facet == "chance":
            filters = replace(filters, least=0.0, most=1.0)
        elif facet in ("cut", "hand"):
            return self._choose_flag(facet, False)
        else:
            filters = filters.with_names(facet, names)
        return self.filter_by(filters)

    def _choose_flag(self, flag: str, on: bool) -> None:
        filters = self._wish.filters
        if flag == "cut":
            self.filter_by(replace(filters, without_cut=on))
        else:
            self.filter_by(replace(filters, in_hand=on))

    def _choose_chance(self, least: float, most: float) -> None:
        self.filter_by(replace(self._wish.filters, least=least, most=most))

    def _choose_text(self, text: str) -> None:
        self.filter_by(replace(self._wish.filters, text=text))

    def _clear_filters(self) -> None:
        self.filter_by(Filters())

    def _choose_sort(self, key: str, matrix: str, feature: str) -> None:
        # the same key once more shuffles anew
        seed = self._wish.sort.seed + 1
        self.sort_by(Sort(key, False, matrix, feature, seed))

    def _choose_direction(self, descending: bool) -> None:
        self.sort_by(replace(self._wish.sort, descending=descending))

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
            self._wish, self._anchor = Wish(), None
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

    # -- clicks and keys ---------------------------------------------------------

    def _pick(self, index: int, how: str) -> None:
        cell_id = self._shown.id_at(index)
        if cell_id is None:
            return
        if how in ("range", "add range"):
            self._pick_range(index, "add" if how == "add range" else "replace")
            return
        self._anchor = cell_id
        combine: Combine = "toggle" if how == "toggle" else "replace"
        self._selection.take([cell_id], combine, current=cell_id)

    def _pick_range(self, index: int, combine: Combine) -> None:
        """From where the last click was, which stays the start of the next range."""
        start = self._shown.order.index_of(self._anchor)
        if start < 0:
            start = self._shown.order.index_of(self._selection.current)
        if start < 0:
            start = 0
        self._anchor = self._shown.id_at(start)
        first, last = min(start, index), max(start, index)
        ids = self._shown.order.ids[first : last + 1]
        self._selection.take(ids, combine, current=self._shown.id_at(index))

    def _take_stretch(self, indices: np.ndarray, combine: Combine) -> None:
        ids = self._shown.order.ids[indices]
        self._selection.take(ids, combine)

    def _take_all(self) -> None:
        current = self._selection.current
        self._selection.take(self._shown.order.ascending, "replace", current)

    def _move_to(self, index: int) -> None:
        cell_id = self._shown.id_at(index)
        if cell_id is not None:
            self._anchor = cell_id
            self._selection.look_at(cell_id)

    def _open(self, index: int) -> None:
        cell_id = self._shown.id_at(index)
        if cell_id is not None:
            self._selection.look_at(cell_id)
            self._go_to(cell_id)

    def _point(self, index: int) -> None:
        self._selection.point_at(self._shown.id_at(index))

    def _find_similar(self, index: int) -> None:
        cell_id = self._shown.id_at(index)
        if cell_id is not None and self._similar is not None:
            self._similar(cell_id)

    def _show_alike(self, index: int, by: str) -> None:
        """Show only the same "class" (label, else prediction) or "slide"; or "near"."""
        if by == "near":
            self._sort_near(index)
            return
        row = self._roster.row_of(self._shown.id_at(index))
        if row is None:
            return
        names: Sequence[str]
        if by == "slide":
            codes, names = self._roster.codes_of("slide")
            facet = "slide"
        else:
            is_labelled = self._roster.label[row] != NONE
            facet = "label" if is_labelled else "prediction"
            codes = self._roster.label if is_labelled else self._roster.predicted
            names = self._roster.class_names
        if codes[row] != NONE:
            name = frozenset({names[codes[row]]})
            self.filter_by(self._wish.filters.with_names(facet, name))

    def _sort_near(self, index: int) -> None:
        names = list(self.features())
        if names:
            self._pick(index, "one")
            self.sort_by(Sort("near", matrix=names[-1]))

    def _connections(self) -> list[tuple[Any, Callable[..., None]]]:
        roster, selection, view = self._roster, self._selection, self._view
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
            (view.facet_chosen, self._choose_facet),
            (view.chance_chosen, self._choose_chance),
            (view.flag_chosen, self._choose_flag),
            (view.text_chosen, self._choose_text),
            (view.filters_cleared, self._clear_filters),
            (view.sort_chosen, self._choose_sort),
            (view.direction_chosen, self._choose_direction),
            (view.group_chosen, self.group_by),
            (view.again_wished, self.sort_again),
            (view.cell_picked, self._pick),
            (view.cell_moved_to, self._move_to),
            (view.stretch_taken, self._take_stretch),
            (view.all_wished, self._take_all),
            (view.none_wished, selection.clear),
            (view.cell_opened, self._open),
            (view.cell_pointed, self._point),
            (view.similar_wished, self._find_similar),
            (view.alike_wished, self._show_alike),
        ]
