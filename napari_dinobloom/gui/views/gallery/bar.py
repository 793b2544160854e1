"""The bar above the gallery: search, filters, order and groups."""

from collections.abc import Callable, Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.elided import ElidedButton
from napari_dinobloom.gui.views.gallery.chips import FilterChips
from napari_dinobloom.gui.views.gallery.menus import (
    ChanceBounds,
    NameList,
    filled_late,
    put_inside,
)

SORT_KEYS = {
    "chance": "Least sure first",
    "label": "Label",
    "prediction": "Prediction",
    "slide": "Slide",
    "found": "Order in which they were found",
    "random": "Shuffled",
}
WIDE_PX = 560
"""From here on the field for searching stands beside the buttons."""
GROUPS = {
    "": "Not grouped",
    "label": "By label",
    "prediction": "By prediction",
    "kind": "By kind of cell",
    "slide": "By slide",
    "patient": "By patient",
}
NEAR_TIP = (
    "Cells that look most like those in hand come first.\n"
    "Of more than 16 cells in hand their average is taken."
)


class GalleryBar(QWidget):
    """Says what is chosen, and announces other choices."""

    facet_chosen = Signal(str, object)
    chance_chosen = Signal(float, float)
    flag_chosen = Signal(str, bool)
    text_chosen = Signal(str)
    filters_cleared = Signal()
    sort_chosen = Signal(str, str, str)
    direction_chosen = Signal(bool)
    group_chosen = Signal(str)
    again_wished = Signal()
    arranged = Signal()
    """The field for searching was shown or put away, which may be remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.facets: Callable[[], Sequence] = list
        """What can be filtered by: (facet, title) pairs."""
        self.offers: Callable[[str], Sequence] = lambda _: ()
        """The names of a facet."""
        self.features: Callable[[], dict] = dict
        """Matrix to names of features."""
        self._filters, self._sort = {}, ("found", "", "")
        self._flags = {"cut": False, "hand": False}
        self._chance = (0.0, 1.0)
        self.search, self.find = self._make_search(), self._make_find()
        self.filter_button = self._menu_button("Filter", "Show only some cells")
        self.sort_button = self._menu_button("Sort", "In which order cells are shown")
        self.group_button = self._menu_button("Group", "Headings between the cells")
        self.direction = QToolButton()
        self.direction.setCheckable(True)
        self.direction.clicked.connect(self.direction_chosen)
        self.again = QPushButton("Sort again")
        self.again.setObjectName("primary")
        self.again.setToolTip(
            "Labels, predictions or the cells in hand changed since these cells were\n"
            "put in order. Nothing moves until you ask for it here (R or F5)."
        )
        self.again.clicked.connect(self.again_wished)
        self.again.hide()
        self.chips = FilterChips()
        self.chips.removed.connect(lambda f: self.facet_chosen.emit(f, frozenset()))
        self.chips.cleared.connect(self.filters_cleared)
        self.chips.hide()
        self.synthetic = QLabel("All synthetic")
        self.synthetic.setObjectName("quiet")
        self.synthetic.setToolTip(
            "Every cell shown here is synthetic: drawn by a program, no patient's cell"
        )
        self.synthetic.setAccessibleName("All cells shown are synthetic")
        self.synthetic.hide()
        filled_late(self.filter_button.menu(), self._fill_filters)
        filled_late(self.sort_button.menu(), self._fill_sorts)
        self._fill_groups(self.group_button.menu())
        self._lay_out()
        self.show_direction(False, True)

    # -- what stands -------------------------------------------------------------

    def show_choices(self, chips: Sequence, sort, text: str, filters) -> None:
        """Which filters stand, and what the order follows."""
        self.chips.show_chips(chips)
        self.sort_button.set_text(text)
        self.sort_button.setToolTip(f"Order: {text}")
        self._sort = (sort.key, sort.matrix, sort.feature)
        self.show_direction(sort.descending, sort.key != "random")
        self._flags = {"cut": filters.without_cut, "hand": filters.in_hand}
        self._chance = (filters.least, filters.most)
        if self.search.text().strip() != filters.text.strip():
            self.search.blockSignals(True)
            self.search.setText(filters.text)
            self.search.blockSignals(False)
        self._show_search()

    def show_direction(self, descending: bool, matters: bool) -> None:
        """Which way the order runs."""
        self.direction.setChecked(descending)
        self.direction.setText("↓" if descending else "↑")
        self.direction.setEnabled(matters)
        way = "Descending" if descending else "Ascending"
        self.direction.setToolTip(f"{way}; click to turn the order round")
        self.direction.setAccessibleName(f"{way} order")

    def show_group(self, group: str) -> None:
        """What cells are grouped by."""
        self.group_button.set_text(GROUPS[group] if group else "Group")
        for action in self.group_button.menu().actions():
            action.setChecked(action.data() == group)

    def show_outdated(self, is_outdated: bool) -> None:
        """Offer to sort again, or not."""
        self.again.setVisible(is_outdated)

    def show_synthetic(self, all_synthetic: bool) -> None:
        """Say that no cell shown is a patient's, or nothing where some are."""
        self.synthetic.setVisible(all_synthetic)

    @property
    def shows_search(self) -> bool:
        """Whether the field for searching is asked for in a narrow dock too."""
        return self.find.isChecked()

    def resizeEvent(self, event) -> None:
        """The field for searching beside the buttons where there is room."""
        super().resizeEvent(event)
        self._show_search()

    # -- parts -------------------------------------------------------------------

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setPlaceholderText("Cell number, slide or file")
        search.setToolTip("Such as 17, or 17, 20-30, or a part of a slide's name")
        search.setAccessibleName("Find cells by number, slide or file")
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self.text_chosen)
        return search

    def _make_find(self) -> QToolButton:
        """What shows the field in a narrow dock, where it has a line of its own."""
        find = QToolButton()
        find.setText("⌕")
        find.setCheckable(True)
        find.setToolTip("Find cells by number, slide or file")
        find.setAccessibleName("Find cells")
        find.toggled.connect(self._find_toggled)
        return find

    def _find_toggled(self, on: bool) -> None:
        if not on:
            self.search.clear()
        self._show_search()
        if on:
            self.search.setFocus()
        self.arranged.emit()

    def _show_search(self) -> None:
        wide = self.width() >= WIDE_PX
        ways = QBoxLayout.Direction
        self._lines.setDirection(ways.RightToLeft if wide else ways.TopToBottom)
        self._lines.setStretch(1, int(wide))
        self.find.setVisible(not wide)
        self.search.setVisible(
            wide or self.find.isChecked() or bool(self.search.text())
        )

    def _menu_button(self, text: str, tip: str) -> ElidedButton:
        button = ElidedButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setMenu(QMenu(button))
        # room for the arrow, which the theme draws over the text
        button.setStyleSheet(
            "QPushButton { text-align: left; padding: 4px 8px 4px 6px; }"
        )
        return button

    def _lay_out(self) -> None:
        buttons, below = QHBoxLayout(), QHBoxLayout()
        for button in (self.find, self.direction):
            button.setStyleSheet("QToolButton { padding: 4px 3px; }")
        for row in (buttons, below):
            row.setSpacing(4)
        for part in (
            self.find,
            self.filter_button,
            self.sort_button,
            self.direction,
            self.group_button,
        ):
            buttons.addWidget(part)
        buttons.addStretch(1)
        self._lines = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._lines.setSpacing(4)
        self._lines.addLayout(buttons)
        self._lines.addWidget(self.search)
        below.addWidget(self.chips, 1)
        below.addWidget(self.synthetic, 0, Qt.AlignmentFlag.AlignVCenter)
        below.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._lines)
        column.addLayout(below)
        self._show_search()

    def _fill_filters(self, menu: QMenu) -> None:
        menu.clear()
        for facet, title in self.facets():
            inner = menu.addMenu(title)
            filled_late(inner, lambda m, f=facet: self._fill_names(m, f))
        inner = menu.addMenu("Share of the vote")
        filled_late(inner, self._fill_chance)
        menu.addSeparator()
        flags = {
            "cut": "Hide cells cut by the picture's border",
            "hand": "Only the cells in hand",
        }
        for flag, text in flags.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(self._flags[flag])
            action.triggered.connect(lambda on, f=flag: self.flag_chosen.emit(f, on))
        menu.addSeparator()
        menu.addAction("Clear filters", self.filters_cleared.emit)

    def _fill_names(self, menu: QMenu, facet: str) -> None:
        names = NameList(self.offers(facet))
        names.chosen.connect(lambda chosen: self.facet_chosen.emit(facet, chosen))
        put_inside(menu, names)

    def _fill_chance(self, menu: QMenu) -> None:
        bounds = ChanceBounds(*self._chance)
        bounds.chosen.connect(self.chance_chosen)
        bounds.chosen.connect(lambda *_: self.filter_button.menu().close())
        put_inside(menu, bounds)

    def _fill_sorts(self, menu: QMenu) -> None:
        menu.clear()
        menu.setToolTipsVisible(True)
        for key, text in SORT_KEYS.items():
            self._sort_action(menu, text, key)
        features = self.features()
        menu.addSeparator()
        for matrix in features:
            several = f" ({matrix})" if len(features) > 1 else ""
            text = f"Likeness to the cells in hand{several}"
            self._sort_action(menu, text, "near", matrix).setToolTip(NEAR_TIP)
        for matrix, names in features.items():
            inner = menu.addMenu(f"Feature of {matrix}")
            for name in names:
                self._sort_action(inner, name, "feature", matrix, name)

    def _sort_action(
        self, menu: QMenu, text: str, key: str, matrix: str = "", feature: str = ""
    ) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(self._sort == (key, matrix, feature))
        action.triggered.connect(lambda: self.sort_chosen.emit(key, matrix, feature))
        return action

    def _fill_groups(self, menu: QMenu) -> None:
        one = QActionGroup(menu)
        for group, text in GROUPS.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(group)
            action.triggered.connect(lambda _=False, g=group: self.group_chosen.emit(g))
            one.addAction(action)
