"""What the presenters of the gallery ask of its page."""

from collections.abc import Sequence
from typing import Any, Protocol

from napari_dinobloom.gui.presenters.gallery.filters import Filters
from napari_dinobloom.gui.presenters.gallery.offers import Chip
from napari_dinobloom.gui.presenters.gallery.order import Sort
from napari_dinobloom.gui.presenters.gallery.shown import Shown


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
