"""Thumbnails of cells: at once where they are known, read elsewhere where not."""

from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_dinobloom.gui.presenters.roster import Roster
from napari_dinobloom.gui.worker import Worker
from napari_dinobloom.workflows import CellPictures

Look = tuple[int, bool]
"""Side in pixels, and whether all but the cell is blanked out."""
KEPT_BYTES = 200_000_000
AT_ONCE = 64


class Portraits(QObject):  # type: ignore[misc] # qtpy has no types
    """One per viewer; gallery, map and card ask it for pictures of cells.

    What is wished for last is read first; `prefer` drops wishes for cells that are out
    of sight.
    """

    arrived = Signal(object)
    """Frozenset of ids of cells whose picture can be had now."""

    def __init__(self, roster: Roster, worker: Worker) -> None:
        super().__init__()
        self._roster, self._worker = roster, worker
        self._source: CellPictures | None = None
        self._kept: OrderedDict[tuple[int, Look], np.ndarray] = OrderedDict()
        self._bytes = 0
        self._wished: dict[tuple[int, Look], None] = {}
        self._busy = False
        roster.reset.connect(self._forget)

    @property
    def is_busy(self) -> bool:
        """Whether a wish is still open."""
        return self._busy or bool(self._wished)

    @property
    def pictures_read(self) -> int:
        """How many picture files were decoded so far."""
        return self._source.pictures_read if self._source else 0

    def image(
        self, cell_id: int, side_px: int, masked: bool = False
    ) -> np.ndarray | None:
        """(side_px, side_px, 3) uint8, or None: it is being read, see `arrived`."""
        wish = (cell_id, (side_px, masked))
        picture = self._kept.get(wish)
        if picture is not None:
            self._kept.move_to_end(wish)
            return picture
        self._wished.pop(wish, None)
        self._wished[wish] = None
        self._next()
        return None

    def prefer(self, cell_ids: Iterable[int]) -> None:
        """Drop open wishes for all other cells."""
        seen = set(cell_ids)
        self._wished = {wish: None for wish in self._wished if wish[0] in seen}

    # -- parts -------------------------------------------------------------------

    def _forget(self) -> None:
        """Other cells lie there now."""
        self._source = None
        self._kept.clear()
        self._wished.clear()
        self._bytes, self._busy = 0, False
        self._worker.forget()

    def _next(self) -> None:
        study = self._roster.study
        if self._busy or not self._wished or study is None:
            return
        if self._source is None:
            self._source = CellPictures.from_study(study)
        look = next(reversed(self._wished))[1]
        ids = [c for c, other in reversed(self._wished) if other == look][:AT_ONCE]
        for cell_id in ids:
            del self._wished[(cell_id, look)]
        self._busy = True
        job = partial(_read, self._source, np.array(ids), look)
        self._worker.submit(job, partial(self._take, look), self._failed)

    def _take(self, look: Look, pictures: dict[int, np.ndarray]) -> None:
        self._busy = False
        for cell_id, picture in pictures.items():
            self._kept[(cell_id, look)] = picture
            self._bytes += picture.nbytes
        while self._bytes > KEPT_BYTES and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        self._next()
        if pictures:
            self.arrived.emit(frozenset(pictures))

    def _failed(self, _: Exception) -> None:
        self._busy = False
        self._next()


def _read(source: CellPictures, ids: np.ndarray, look: Look) -> dict[int, Any]:
    side_px, masked = look
    return {
        int(cell_id): window
        for some, windows in source.thumbnails(ids, side_px, masked=masked)
        for cell_id, window in zip(some, windows, strict=True)
    }
