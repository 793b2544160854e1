"""Thumbnails as the gallery draws them: of exact size, kept while there is room."""

from collections import OrderedDict
from typing import Protocol

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPixmap

KEPT_BYTES = 100_000_000
WISHER = "gallery"


class Portraits(Protocol):
    """What is asked of those who read thumbnails; see `gui.portraits`."""

    def image_for(
        self, cell_id: int, shown_px: float, masked: bool, wisher: str
    ) -> np.ndarray | None:
        """A picture of the cell, or None: it is being read."""
        ...

    def any_image(self, cell_id: int, masked: bool) -> np.ndarray | None:
        """One in whatever size is at hand, or None."""
        ...

    def prefer(self, cell_ids: list[int], wisher: str) -> None:
        """Read no other cells' pictures for this wisher."""
        ...

    def problem(self, cell_id: int) -> str:
        """Why a picture cannot be read, or ""."""
        ...

    def um_across(self, cell_id: int) -> float:
        """Micrometres from side to side, nan where not known."""
        ...


class CellPixmaps:
    """Turns thumbnails into pixmaps of the size in which they are drawn.

    Scaling once and not with every repaint is what makes scrolling smooth.
    """

    def __init__(self, portraits: Portraits) -> None:
        self.portraits = portraits
        self._kept: OrderedDict[tuple[int, int, bool], QPixmap] = OrderedDict()
        self._bytes = 0

    def at_hand(
        self, cell_id: int, px: int, ratio: float, masked: bool
    ) -> tuple[QPixmap | None, bool]:
        """The pixmap, and whether it is the one wished for, not a makeshift.

        Parameters
        ----------
        px
            Its side in device pixels.
        ratio
            Device pixels per pixel.
        """
        key = (cell_id, px, masked)
        pixmap = self._kept.get(key)
        if pixmap is not None:
            self._kept.move_to_end(key)
            return pixmap, True
        picture = self.portraits.any_image(cell_id, masked)
        if picture is None:
            return None, False
        pixmap = _pixmap(picture, px, ratio)
        is_sharp = len(picture) >= min(px, 512)
        if is_sharp:
            self._keep(key, pixmap)
        return pixmap, is_sharp

    def wish(self, cell_ids: list[int], px: int, masked: bool) -> None:
        """Have these read, the first first."""
        for cell_id in reversed(cell_ids):
            self.portraits.image_for(cell_id, px, masked, WISHER)

    def prefer(self, cell_ids: list[int]) -> None:
        """Only these can be seen."""
        self.portraits.prefer(cell_ids, WISHER)

    def forget(self) -> None:
        """Other cells lie there now."""
        self._kept.clear()
        self._bytes = 0

    def _keep(self, key: tuple[int, int, bool], pixmap: QPixmap) -> None:
        self._kept[key] = pixmap
        self._bytes += 4 * key[1] ** 2
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            (_, px, _), _ = self._kept.popitem(last=False)
            self._bytes -= 4 * px**2


def _pixmap(picture: np.ndarray, px: int, ratio: float) -> QPixmap:
    rgb = np.ascontiguousarray(picture)
    side = len(rgb)
    image = QImage(rgb.data, side, side, 3 * side, QImage.Format.Format_RGB888)
    if side != px:
        image = image.scaled(
            px,
            px,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
