"""Thumbnails of cells: at once where they are known, read elsewhere where not."""

import time
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
Wished = tuple[int, Look]
SIDES = (64, 128, 256, 512)
"""Sides in which thumbnails are best asked for: few, so that they are kept once."""
KEPT_BYTES = 200_000_000
AT_ONCE = 256
TURN_S = 0.05
"""How long one reading may go on with further pictures before it answers."""


def side_for(shown_px: float) -> int:
    """The smallest of `SIDES` that fills so many device pixels, else the largest."""
    return next((side for side in SIDES if side >= shown_px), SIDES[-1])


class Portraits(QObject):  # type: ignore[misc] # qtpy has no types
    """One per viewer; gallery, map and card ask it for pictures of cells.

    What is wished for last is read first, and with it whatever else is wished from the
    same picture, so that a picture is decoded once; `prefer` drops wishes for cells
    that are out of sight.
    """

    arrived = Signal(object)
    """Frozenset of ids of cells whose picture can be had now."""

    def __init__(self, roster: Roster, worker: Worker) -> None:
        super().__init__()
        self._roster, self._worker = roster, worker
        self._source: CellPictures | None = None
        self._kept: OrderedDict[Wished, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._wishes: dict[Wished, set[str]] = {}
        self._busy = False
        self.thumbnails_read = 0
        roster.reset.connect(self._forget)

    @property
    def is_busy(self) -> bool:
        """Whether a wish is still open."""
        return self._busy or bool(self._wishes)

    @property
    def pictures_read(self) -> int:
        """How many picture files were decoded so far."""
        return self._source.pictures_read if self._source else 0

    @property
    def bytes_kept(self) -> int:
        """How much memory thumbnails take."""
        return self._bytes

    def image(
        self, cell_id: int, side_px: int, masked: bool = False, wisher: str = ""
    ) -> np.ndarray | None:
        """(side_px, side_px, 3) uint8, or None: it is being read, see `arrived`.

        Parameters
        ----------
        wisher
            Who asks, so that `prefer` drops nobody else's wishes.
        """
        wish = (cell_id, (side_px, masked))
        picture = self._kept.get(wish)
        if picture is not None:
            self._kept.move_to_end(wish)
            return picture
        wishers = self._wishes.pop(wish, set())
        wishers.add(wisher)
        self._wishes[wish] = wishers
        self._next()
        return None

    def image_for(
        self, cell_id: int, shown_px: float, masked: bool, wisher: str
    ) -> np.ndarray | None:
        """The picture that fills so many device pixels best, or None: being read."""
        return self.image(cell_id, side_for(shown_px), masked, wisher)

    def any_image(self, cell_id: int, masked: bool) -> np.ndarray | None:
        """The largest picture of a cell that is at hand, or None. Never reads."""
        kept = (self._kept.get((cell_id, (side, masked))) for side in reversed(SIDES))
        return next((picture for picture in kept if picture is not None), None)

    def prefer(self, cell_ids: Iterable[int], wisher: str = "") -> None:
        """Drop this wisher's open wishes for all other cells."""
        seen = set(cell_ids)
        for wish, wishers in list(self._wishes.items()):
            if wish[0] not in seen:
                wishers.discard(wisher)
                if not wishers:
                    del self._wishes[wish]

    def problem(self, cell_id: int) -> str:
        """Why a cell's picture could not be read, or ""."""
        return self._source.problem_of(cell_id) if self._source else ""

    def um_across(self, cell_id: int) -> float:
        """Micrometres from side to side of a thumbnail; nan where not known."""
        source = self._sources()
        return source.um_across(cell_id) if source else float("nan")

    def try_again(self) -> None:
        """Read those pictures anew that could not be read."""
        if self._source is None or not self._source.try_again():
            return
        self._kept.clear()
        self._bytes = 0
        self.arrived.emit(frozenset())

    # -- parts -------------------------------------------------------------------

    def _forget(self) -> None:
        """Other cells lie there now."""
        self._source = None
        self._kept.clear()
        self._wishes.clear()
        self._bytes, self._busy = 0, False
        self._worker.forget()

    def _sources(self) -> CellPictures | None:
        study = self._roster.study
        if self._source is None and study is not None:
            self._source = CellPictures.from_study(study)
        return self._source

    def _next(self) -> None:
        if self._busy or not self._wishes:
            return
        source = self._sources()
        if source is None:
            return
        look = next(reversed(self._wishes))[1]
        ids = [c for c, other in reversed(self._wishes) if other == look][:AT_ONCE]
        parts = self._by_picture(np.array(ids, np.int64))
        self._busy = True
        job = partial(_read, source, parts, look)
        done = partial(self._take, look, parts[0].tolist() if parts else ids)
        self._worker.submit(job, done, self._failed)

    def _by_picture(self, wanted: np.ndarray) -> list[np.ndarray]:
        """Those ids that are here by picture, that of the newest wish first."""
        cells = self._roster.cells
        if not len(cells):
            return []
        at = np.searchsorted(cells.cell_id, wanted)
        at = np.minimum(at, len(cells) - 1)
        here = cells.cell_id[at] == wanted
        wanted, pictures = wanted[here], cells.picture_id[at[here]]
        return [wanted[pictures == n] for n in dict.fromkeys(pictures.tolist())]

    def _take(
        self, look: Look, asked: list[int], pictures: dict[int, np.ndarray]
    ) -> None:
        self._busy = False
        self.thumbnails_read += len(pictures)
        for cell_id in asked:  # one that is gone would be asked for ever
            self._wishes.pop((cell_id, look), None)
        for cell_id, picture in pictures.items():
            self._wishes.pop((cell_id, look), None)
            before = self._kept.pop((cell_id, look), None)
            self._bytes += picture.nbytes - (0 if before is None else before.nbytes)
            self._kept[(cell_id, look)] = picture
        while self._bytes > KEPT_BYTES and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        if pictures:
            self.arrived.emit(frozenset(pictures))
        self._next()

    def _failed(self, _: Exception) -> None:
        # what cannot be read comes as grey; this is a fault: do not ask for ever
        self._busy = False
        self._wishes.clear()


def _read(source: CellPictures, parts: list[np.ndarray], look: Look) -> dict[int, Any]:
    """Thumbnails of as many pictures as can be read in one turn, at least one."""
    side_px, masked = look
    done: dict[int, Any] = {}
    end = time.monotonic() + TURN_S
    for ids in parts:
        for some, windows in source.thumbnails(ids, side_px, masked=masked):
            done.update(zip(some.tolist(), map(np.copy, windows), strict=True))
        if time.monotonic() > end:
            break
    return done
