"""What clicks and keys on the gallery mean for the one selection."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from napari_dinobloom.gui.presenters.gallery.view import GalleryView
from napari_dinobloom.study import Combine, Selection

if TYPE_CHECKING:  # the gallery makes its hand
    from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter


class GalleryHand:
    """Turns places in the display order into cells in hand.

    Parameters
    ----------
    gallery
        Knows which cell is shown where.
    go_to
        Shows a cell in its slide.
    similar
        Takes cells like this one in hand, or None.
    """

    def __init__(
        self,
        gallery: "GalleryPresenter",
        selection: Selection,
        view: GalleryView,
        go_to: Callable[[int], None],
        similar: Callable[[int], None] | None,
    ) -> None:
        self._gallery, self._selection = gallery, selection
        self._go_to, self._similar = go_to, similar
        self._anchor: int | None = None
        self._links = (
            (view.cell_picked, self.pick),
            (view.cell_moved_to, self._move_to),
            (view.stretch_taken, self._take_stretch),
            (view.all_wished, self._take_all),
            (view.none_wished, selection.clear),
            (view.cell_opened, self._open),
            (view.cell_pointed, self._point),
            (view.similar_wished, self._find_similar),
        )
        for signal, call in self._links:
            signal.connect(call)

    def release(self) -> None:
        """Listen no more; the view is going away."""
        for signal, call in self._links:
            signal.disconnect(call)

    def forget(self) -> None:
        """Ranges begin anew: the ids are those of another study."""
        self._anchor = None

    def pick(self, index: int, how: str) -> None:
        """Take the cell there: "one", "toggle", "range" or "add range"."""
        cell_id = self._gallery.shown.id_at(index)
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
        start = self._gallery.shown.order.index_of(self._anchor)
        if start < 0:
            start = self._gallery.shown.order.index_of(self._selection.current)
        if start < 0:
            start = 0
        self._anchor = self._gallery.shown.id_at(start)
        first, last = min(start, index), max(start, index)
        ids = self._gallery.shown.order.ids[first : last + 1]
        self._selection.take(ids, combine, current=self._gallery.shown.id_at(index))

    def _take_stretch(self, indices: np.ndarray, combine: Combine) -> None:
        ids = self._gallery.shown.order.ids[indices]
        self._selection.take(ids, combine)

    def _take_all(self) -> None:
        current = self._selection.current
        self._selection.take(self._gallery.shown.order.ascending, "replace", current)

    def _move_to(self, index: int) -> None:
        cell_id = self._gallery.shown.id_at(index)
        if cell_id is not None:
            self._anchor = cell_id
            self._selection.look_at(cell_id)

    def _open(self, index: int) -> None:
        cell_id = self._gallery.shown.id_at(index)
        if cell_id is not None:
            self._selection.look_at(cell_id)
            self._go_to(cell_id)

    def _point(self, index: int) -> None:
        self._selection.point_at(self._gallery.shown.id_at(index))

    def _find_similar(self, index: int) -> None:
        cell_id = self._gallery.shown.id_at(index)
        if cell_id is not None and self._similar is not None:
            self._similar(cell_id)
