"""The Cells page: bar, gallery, what is counted, and a place for the cell's card."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSlider,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.elided import ElidedLabel
from napari_dinobloom.gui.views.gallery.bar import GalleryBar
from napari_dinobloom.gui.views.gallery.grid import SMALLEST
from napari_dinobloom.gui.views.gallery.pictures import CellPixmaps
from napari_dinobloom.gui.views.gallery.view import GalleryView
from napari_dinobloom.gui.views.style import SPACE, QuietLabel

WIDE_PX = 900
"""From here on the card lies at the side."""
CARD_PX = {0: 164, 400: 150}
"""In a narrower or wider dock: what label and prediction on the card need."""
CARD_SHARE = 0.3
"""Of the height, for the card below the gallery, unless it needs more."""
USUAL_PX, SMALL_PX = 112, 76
"""Side of a picture until a person says otherwise; small ones in a small dock."""
SMALL_DOCK = 400, 500
"""A page that is narrower or lower is a small one."""
EMPTY = {
    "no study": (
        "No study is open",
        "Open one, or add pictures, on the Study page. Its cells appear here.",
    ),
    "no cells": (
        "No cells yet",
        (
            "Add pictures on the Study page and press “Find and describe cells”; "
            "what is found appears here."
        ),
    ),
    "no match": ("No cell matches these filters", "Take one away, or all of them."),
    "sorting": ("Putting the cells in order …", ""),
}


class GalleryPage(QWidget):
    """Bar, cells and counts; knows nothing of studies.

    Parameters
    ----------
    pixmaps
        Where pictures of cells come from.
    """

    facet_chosen = Signal(str, object)
    chance_chosen = Signal(float, float)
    flag_chosen = Signal(str, bool)
    text_chosen = Signal(str)
    filters_cleared = Signal()
    sort_chosen = Signal(str, str, str)
    direction_chosen = Signal(bool)
    group_chosen = Signal(str)
    again_wished = Signal()
    cell_picked = Signal(int, str)
    cell_moved_to = Signal(int)
    stretch_taken = Signal(object, str)
    all_wished = Signal()
    none_wished = Signal()
    cell_opened = Signal(int)
    cell_pointed = Signal(int)
    similar_wished = Signal(int)
    alike_wished = Signal(int, str)
    arranged = Signal()
    """Sizes were changed by hand, and may be remembered."""

    def __init__(self, pixmaps: CellPixmaps) -> None:
        super().__init__()
        self.bar, self.cells = GalleryBar(), GalleryView(pixmaps)
        self.filters: Any = None
        self.can_find_similar = False
        self._sizes: dict[str, list[int]] = {}
        self._sized_by_hand = False
        self.counts = ElidedLabel()  # two lines would push the cells about
        self.counts.setObjectName("quiet")
        self.size = self._make_slider()
        self.enlarge = QToolButton()
        self.enlarge.setText("⤢")
        self.enlarge.setToolTip(
            "Let the cell that is looked at fill the page, and back (Shift+Space)"
        )
        self.enlarge.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # keys stay with the cells
        self.enlarge.setAccessibleName("Enlarge the cell, and back")
        self.enlarge.clicked.connect(lambda: self.cells.toggle_enlarged())
        self.masked = QCheckBox("Cell only")
        self.masked.setToolTip("Blank out everything that is not the cell")
        self.masked.toggled.connect(self.cells.set_masked)
        self.masked.toggled.connect(lambda _: self.arranged.emit())
        self._stack = QStackedWidget()
        self._stack.addWidget(self.cells)
        self._stack.addWidget(self._make_empty())
        self._lay_out()
        self._connect()

    # -- what stands -------------------------------------------------------------

    def show_cells(self, shown, keep_place: bool) -> None:
        """Other cells, or another order."""
        self.cells.show_cells(shown, keep_place)

    def show_empty(self, why: str) -> None:
        """Say why there is nothing, and what to do."""
        title, text = EMPTY.get(why, ("", ""))
        self.empty_title.setText(title)
        self.empty_text.setText(text)
        self.empty_text.setVisible(bool(text))
        self.clear.setVisible(why == "no match")
        self._stack.setCurrentIndex(int(bool(why)))
        for part in (self.bar, self._foot):
            part.setVisible(why not in ("no study", "no cells"))

    def show_choices(self, chips: Sequence, sort, text: str, filters) -> None:
        """Which filters stand, and what the order follows."""
        self.bar.show_choices(chips, sort, text, filters)

    def show_group(self, group: str) -> None:
        """What cells are grouped by."""
        self.bar.show_group(group)

    def show_counts(self, shown: int, total: int, in_hand: int) -> None:
        """How many cells there are."""
        some = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
        held = f" · {in_hand:,} in hand" if in_hand else f" cell{'s' * (total != 1)}"
        self.counts.set_text(some + held)
        self.counts.setToolTip(
            f"Showing {some} cell{'s' * (total != 1)}; {in_hand:,} in hand"
        )

    def show_synthetic(self, all_synthetic: bool) -> None:
        """Say once that no cell shown is a patient's, or mark those that are not."""
        self.bar.show_synthetic(all_synthetic)
        self.cells.set_marks_synthetic(not all_synthetic)

    def show_outdated(self, is_outdated: bool) -> None:
        """Whether sorting again would move cells."""
        self.bar.show_outdated(is_outdated)

    def show_current(self, index: int, reveal: bool) -> None:
        """Mark the cell that is looked at."""
        self.cells.show_current(index, reveal)

    def show_pointed(self, index: int) -> None:
        """Mark the cell under the mouse."""
        self.cells.show_pointed(index)

    def repaint_cells(self) -> None:
        """What stands about some cells differs."""
        self.cells.repaint_cells()

    # -- the card ----------------------------------------------------------------

    def set_card(self, card: QWidget) -> None:
        """Put the cell's card beside or below the gallery."""
        self.splitter.addWidget(card)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setCollapsible(0, False)
        self._turn()

    def arrangement(self) -> dict[str, Any]:
        """Sizes as they were left."""
        return {
            "cell": self._kept_px(),
            "masked": self.masked.isChecked(),
            "search": self.bar.shows_search,
            "split": dict(self._sizes),
        }

    def _kept_px(self) -> int:
        """What a person chose; 0: nothing, or one cell fills the page."""
        chosen = self._sized_by_hand and not self.cells.is_enlarged
        return self.cells.wished_px if chosen else 0

    def arrange(self, wanted: Mapping[str, Any]) -> None:
        """Do as `arrangement` once said; what cannot be is left out."""
        cell, split = wanted.get("cell"), wanted.get("split")
        if isinstance(cell, int) and SMALLEST <= cell <= 4000:
            self.cells.set_wished_px(cell)
        self.masked.setChecked(wanted.get("masked") is True)
        self.bar.find.setChecked(wanted.get("search") is True)
        for way, sizes in split.items() if isinstance(split, dict) else ():
            whole = isinstance(sizes, list) and all(isinstance(v, int) for v in sizes)
            if whole and len(sizes) == 2:
                self._sizes[way] = sizes
        self._turn()

    def resizeEvent(self, event) -> None:
        """Card at the side where there is room, below where there is not."""
        super().resizeEvent(event)
        self._suit_size()
        self._turn()

    def _suit_size(self) -> None:
        """Pictures that suit the page, until a person chose their size."""
        if self._sized_by_hand or self.cells.is_enlarged:
            return
        narrow, low = SMALL_DOCK
        is_small = self.width() < narrow or self.height() < low
        px = SMALL_PX if is_small else USUAL_PX
        if px != self.cells.wished_px:
            self.cells.blockSignals(True)  # nobody chose it
            self.cells.set_wished_px(px)
            self.cells.blockSignals(False)
            self._place_slider(px)

    def _turn(self) -> None:
        is_wide = self.width() > WIDE_PX
        way = Qt.Orientation.Horizontal if is_wide else Qt.Orientation.Vertical
        if self.splitter.count() < 2 or not self.width():
            return
        known = self._way in self._sizes  # else it follows the page's size
        if self.splitter.orientation() == way and self._is_turned and known:
            return
        self._is_turned = True
        self.splitter.setOrientation(way)
        self.splitter.setSizes(self._sizes.get(self._way, self._usual_sizes(is_wide)))

    def _usual_sizes(self, is_wide: bool) -> list[int]:
        """Gallery and card: what the card needs, the rest for rows of cells."""
        if is_wide:
            return [self.width() - 380, 380]
        needed = next(px for w, px in reversed(CARD_PX.items()) if self.width() >= w)
        room = self.height()
        card = min(max(needed, round(CARD_SHARE * room)), room // 2)
        return [room - card, card]

    @property
    def _way(self) -> str:
        flat = self.splitter.orientation() == Qt.Orientation.Horizontal
        return "beside" if flat else "below"

    def _split(self) -> None:
        self._sizes[self._way] = self.splitter.sizes()
        self.arranged.emit()

    # -- parts -------------------------------------------------------------------

    def _make_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 100)
        slider.setFixedWidth(90)
        slider.setToolTip("Size of the cells (Ctrl and wheel, or + and −)")
        slider.setAccessibleName("Size of the cells")
        slider.valueChanged.connect(self._slide)
        return slider

    def _make_empty(self) -> QWidget:
        self.empty_title, self.empty_text = QuietLabel("", "title"), QuietLabel()
        self.clear = QPushButton("Clear filters")
        self.clear.clicked.connect(self.filters_cleared)
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(2)
        for label in (self.empty_title, self.empty_text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        return page

    def _lay_out(self) -> None:
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.counts, 1)
        foot.addWidget(self.masked)
        foot.addWidget(self.size)
        foot.addWidget(self.enlarge)
        gallery = QWidget()
        column = QVBoxLayout(gallery)
        column.setContentsMargins(8, SPACE, 8, 2)
        column.setSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self._foot)
        self._is_turned = False
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(gallery)
        self.splitter.splitterMoved.connect(lambda *_: self._split())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def _connect(self) -> None:
        bar, cells = self.bar, self.cells
        for name in (
            "facet_chosen", "chance_chosen", "flag_chosen", "text_chosen",
            "filters_cleared", "sort_chosen", "direction_chosen", "group_chosen",
            "again_wished",
        ):  # fmt: skip
            getattr(bar, name).connect(getattr(self, name))
        for name in (
            "cell_picked", "cell_moved_to", "stretch_taken", "all_wished",
            "none_wished", "cell_opened", "cell_pointed", "again_wished",
        ):  # fmt: skip
            getattr(cells, name).connect(getattr(self, name))
        cells.size_changed.connect(self._show_size)
        cells.menu_wished.connect(self._ask_menu)
        bar.arranged.connect(self.arranged)
        self._place_slider(cells.wished_px)

    def _slide(self, value: int) -> None:
        largest = max(self.cells.largest_px, SMALLEST + 1)
        px = SMALLEST * (largest / SMALLEST) ** (value / 100)
        self.cells.set_wished_px(round(px))

    def _show_size(self, px: int) -> None:
        self._place_slider(px)
        if not self.cells.is_enlarged:
            self._sized_by_hand = px not in (USUAL_PX, SMALL_PX)
            self.arranged.emit()

    def _place_slider(self, px: int) -> None:
        largest = max(self.cells.largest_px, SMALLEST + 1)
        value = 100 * log(max(px, SMALLEST) / SMALLEST) / log(largest / SMALLEST)
        self.size.blockSignals(True)
        self.size.setValue(round(value))
        self.size.blockSignals(False)

    def _ask_menu(self, index: int, at: QPoint) -> None:
        menu = self.make_menu(index)
        menu.exec(at)
        menu.deleteLater()

    def make_menu(self, index: int) -> QMenu:
        """What can be done with a cell."""
        menu = QMenu(self)
        menu.addAction(
            "Go to it in its slide (double click)", lambda: self.cell_opened.emit(index)
        )
        similar = menu.addAction(
            "Take similar cells in hand", lambda: self.similar_wished.emit(index)
        )
        similar.setVisible(self.can_find_similar)
        menu.addSeparator()
        alike = self.alike_wished
        menu.addAction("Show only this class", lambda: alike.emit(index, "class"))
        menu.addAction("Show only this slide", lambda: alike.emit(index, "slide"))
        menu.addSeparator()
        menu.addAction("Sort by likeness to it", lambda: alike.emit(index, "near"))
        menu.addAction("Enlarge, and back (Shift+Space)", self.cells.toggle_enlarged)
        return menu
