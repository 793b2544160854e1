"""What was chosen in the bar or a menu: other filters, another order, other groups."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_dinobloom.gui.presenters.gallery.filters import Filters
from napari_dinobloom.gui.presenters.gallery.hand import GalleryHand
from napari_dinobloom.gui.presenters.gallery.order import Sort
from napari_dinobloom.gui.presenters.gallery.view import GalleryView
from napari_dinobloom.gui.presenters.roster import NONE, Roster

if TYPE_CHECKING:  # the gallery makes its choices
    from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter


class GalleryChoices:
    """Turns each choice into what the gallery is to show.

    Parameters
    ----------
    gallery
        Shows cells as it is told, and knows how it was told.
    hand
        Takes the cell in hand by which others are to be sorted.
    """

    def __init__(
        self,
        gallery: "GalleryPresenter",
        roster: Roster,
        view: GalleryView,
        hand: GalleryHand,
    ) -> None:
        self._gallery, self._roster, self._hand = gallery, roster, hand
        self._links = (
            (view.facet_chosen, self._choose_facet),
            (view.chance_chosen, self._choose_chance),
            (view.flag_chosen, self._choose_flag),
            (view.text_chosen, self._choose_text),
            (view.filters_cleared, self._clear_filters),
            (view.sort_chosen, self._choose_sort),
            (view.direction_chosen, self._choose_direction),
            (view.group_chosen, gallery.group_by),
            (view.again_wished, gallery.sort_again),
            (view.alike_wished, self._show_alike),
        )
        for signal, call in self._links:
            signal.connect(call)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        for signal, call in self._links:
            signal.disconnect(call)

    def _choose_facet(self, facet: str, names: frozenset[str]) -> None:
        filters = self._gallery.wish.filters
        if facet == "text":
            filters = replace(filters, text="")
        elif facet == "chance":
            filters = replace(filters, least=0.0, most=1.0)
        elif facet in ("cut", "hand"):
            return self._choose_flag(facet, False)
        else:
            filters = filters.with_names(facet, names)
        return self._gallery.filter_by(filters)

    def _choose_flag(self, flag: str, on: bool) -> None:
        filters = self._gallery.wish.filters
        if flag == "cut":
            self._gallery.filter_by(replace(filters, without_cut=on))
        else:
            self._gallery.filter_by(replace(filters, in_hand=on))

    def _choose_chance(self, least: float, most: float) -> None:
        self._gallery.filter_by(
            replace(self._gallery.wish.filters, least=least, most=most)
        )

    def _choose_text(self, text: str) -> None:
        self._gallery.filter_by(replace(self._gallery.wish.filters, text=text))

    def _clear_filters(self) -> None:
        self._gallery.filter_by(Filters())

    def _choose_sort(self, key: str, matrix: str, feature: str) -> None:
        # the same key once more shuffles anew
        seed = self._gallery.wish.sort.seed + 1
        self._gallery.sort_by(Sort(key, False, matrix, feature, seed))

    def _choose_direction(self, descending: bool) -> None:
        self._gallery.sort_by(replace(self._gallery.wish.sort, descending=descending))

    def _show_alike(self, index: int, by: str) -> None:
        """Show only the same "class" (label, else prediction) or "slide"; or "near"."""
        if by == "near":
            self._sort_near(index)
            return
        row = self._roster.row_of(self._gallery.shown.id_at(index))
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
            self._gallery.filter_by(self._gallery.wish.filters.with_names(facet, name))

    def _sort_near(self, index: int) -> None:
        names = list(self._gallery.features())
        if names:
            self._hand.pick(index, "one")
            self._gallery.sort_by(Sort("near", matrix=names[-1]))
