"""Above the map: tools, which map, by what it is coloured, how dots are drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QWidget,
)

from napari_dinobloom.gui.views.map.icons import map_icon
from napari_dinobloom.gui.views.style import SPACE, narrow

MAP_NAMES = {"umap": "UMAP", "pca": "PCA"}
MAP_TIPS = {
    "umap": "UMAP: cells that look alike lie close together.\n"
    "Sizes of groups and distances between far groups mean nothing.",
    "pca": "PCA: the plane in which the cells differ most.\n"
    "Distances can be read, but groups may lie on top of each other.",
}
TOOLS = (
    (
        "lasso",
        (
            "Lasso: draw around cells to take them in hand.\n"
            "Shift adds, Ctrl puts away. Escape puts all away.\n"
            "A click takes one cell and goes to it in its slide."
        ),
    ),
    (
        "box",
        (
            "Box: drag a rectangle to take the cells in it in hand.\n"
            "Shift adds, Ctrl puts away. Escape puts all away."
        ),
    ),
    (
        "pan",
        (
            "Move the map. With every tool the middle and the right button\n"
            "move it too.\n"
            "The wheel zooms."
        ),
    ),
)
DRAW_FRAME_PX = 48
WIDE_PX, WORD_PX = 980, 400
"""From here on: one row; a word beside the icon that draws the map anew."""


class MapToolbar(QWidget):
    """Rows of controls; one row where there is room."""

    tool_chosen = Signal(str)
    fit_wished = Signal()
    map_wished = Signal(str)
    colour_wished = Signal(str)
    size_changed = Signal(float)
    opacity_changed = Signal(float)
    density_wished = Signal(bool)
    draw_panel_wished = Signal()
    export_wished = Signal(str, bool)
    """"png" or "svg", and whether on white."""

    def __init__(self) -> None:
        super().__init__()
        self.tools: dict[str, QToolButton] = {}
        self.maps, self.colours = QComboBox(), QComboBox()
        self.size, self.opacity = QSlider(), QSlider()
        self.density = QCheckBox("Density")
        self.fit, self.draw, self.more = QToolButton(), QToolButton(), QToolButton()
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE)
        self._rows.addWidget(self._tool_row())
        self._rows.addWidget(self._colour_row(), 1)
        self._rows.addWidget(self._dot_row())
        self.set_colour("#f0f1f2")

    def set_colour(self, text: str) -> None:
        """Draw the icons in the colour of the text."""
        for name, button in self.tools.items():
            button.setIcon(map_icon(name, text))
        self.fit.setIcon(map_icon("fit", text))
        self.draw.setIcon(map_icon("draw", text))
        self.more.setIcon(map_icon("more", text))

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Dress icons, and the tool in use."""
        self.set_colour(theme["text"])
        self.setStyleSheet(
            f"QToolButton:checked {{ background: {theme['primary']};"
            f" border: 1px solid {theme['text']}; border-radius: 3px; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def resizeEvent(self, event) -> None:
        """One row where there is room."""
        super().resizeEvent(event)
        wide = event.size().width() >= WIDE_PX
        ways = QBoxLayout.Direction
        self._rows.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._draw_word(event.size().width() >= WORD_PX)

    def _draw_word(self, on: bool) -> None:
        """In a narrow dock the icon and its tooltip must do."""
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextBesideIcon if on else styles.ToolButtonIconOnly
        self.draw.setToolButtonStyle(style)
        word = self.draw.fontMetrics().horizontalAdvance(self.draw.text())
        self.draw.setMinimumWidth(word + DRAW_FRAME_PX if on else 0)  # never "Dr…"
        self.draw.setAccessibleName("Draw the map anew")
        self.maps.setVisible(on or self.maps.count() > 1)

    # -- shown -------------------------------------------------------------------

    def offer_maps(self, names: Sequence[str], shown: str) -> None:
        """Which maps there are."""
        self.maps.blockSignals(True)
        self.maps.clear()
        for name in names:
            self.maps.addItem(MAP_NAMES.get(name, name), name)
            tip = MAP_TIPS.get(name, "")
            self.maps.setItemData(
                self.maps.count() - 1, tip, Qt.ItemDataRole.ToolTipRole
            )
        self.maps.setCurrentIndex(self.maps.findData(shown))
        self.maps.setToolTip(MAP_TIPS.get(shown, "Which map is shown"))
        self.maps.setEnabled(len(names) > 1)
        self._draw_word(self.width() >= WORD_PX)
        self.maps.blockSignals(False)

    def offer_colours(self, choices: Sequence[Any], key: str) -> None:
        """By what cells can be coloured, under headings."""
        box, group = self.colours, None
        box.blockSignals(True)
        box.clear()
        for choice in choices:
            if choice.group != group:
                group = choice.group
                box.addItem(group, None)
                heading = box.model().item(box.count() - 1)
                heading.setEnabled(False)
                font = heading.font()
                font.setBold(True)
                heading.setFont(font)
            box.addItem(choice.title, choice.key)
            box.setItemData(box.count() - 1, choice.tip, Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(box.findData(key))
        box.lineEdit().setCursorPosition(0)
        box.blockSignals(False)
        self._colour = key

    # -- parts -------------------------------------------------------------------

    def _tool_row(self) -> QWidget:
        row, layout = _row()
        group = QButtonGroup(self)
        for name, tip in TOOLS:
            button = QToolButton()
            button.setCheckable(True)
            button.setIconSize(QSize(20, 20))
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(":")[0].partition(".")[0])
            button.clicked.connect(
                lambda _=False, name=name: self.tool_chosen.emit(name)
            )
            group.addButton(button)
            self.tools[name] = button
            layout.addWidget(button)
        self.tools["lasso"].setChecked(True)
        self.fit.setToolTip("Show all cells (F)")
        self.fit.setAccessibleName("Show all cells")
        self.fit.clicked.connect(self.fit_wished)
        self.draw.setText("Draw…")
        self.draw.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.draw.setToolTip("Draw the map anew: which cells, and how")
        self.draw.clicked.connect(self.draw_panel_wished)
        narrow(self.maps)
        self.maps.setAccessibleName("Which map")
        self.maps.activated.connect(
            lambda index: self.map_wished.emit(self.maps.itemData(index))
        )
        self._fill_menu()
        layout.addWidget(self.fit)
        layout.addWidget(self.maps, 1)
        self.maps.setMinimumWidth(86)
        layout.addWidget(self.draw)
        layout.addWidget(self.more)
        for button in (self.fit, self.draw, self.more):
            button.setIconSize(QSize(20, 20))
        row.setMinimumWidth(300)
        return row

    def _fill_menu(self) -> None:
        menu = QMenu(self)
        for title, kind in (
            ("Save as a picture (PNG)…", "png"),
            ("Save as a drawing (SVG)…", "svg"),
        ):
            menu.addAction(title).triggered.connect(
                lambda _=False, kind=kind: self.export_wished.emit(
                    kind, self.white.isChecked()
                )
            )
        menu.addSeparator()
        self.white = menu.addAction("On white ground")
        self.white.setCheckable(True)
        self.white.setChecked(True)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip("Save the map as it is seen, with its legend")
        self.more.setAccessibleName("Save the map")

    def _colour_row(self) -> QWidget:
        row, layout = _row()
        label = QLabel("Colour by")
        label.setBuddy(self.colours)
        box = narrow(self.colours)
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setMaxVisibleItems(24)
        box.setAccessibleName("Colour by")
        box.setToolTip("By what the dots are coloured; type to search among features")
        finder = QCompleter(box.model(), box)
        finder.setFilterMode(Qt.MatchFlag.MatchContains)
        finder.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        box.setCompleter(finder)
        box.activated.connect(self._colour_chosen)
        box.lineEdit().editingFinished.connect(self._restore_colour)
        self._colour = ""
        layout.addWidget(label)
        layout.addWidget(box, 1)
        row.setMinimumWidth(190)
        return row

    def _colour_chosen(self, index: int) -> None:
        key = self.colours.itemData(index)
        self.colours.lineEdit().setCursorPosition(0)
        if key is not None:
            self._colour = key
            self.colour_wished.emit(key)

    def _restore_colour(self) -> None:
        """What was typed and is no choice goes away again."""
        index = self.colours.findText(
            self.colours.currentText(), Qt.MatchFlag.MatchFixedString
        )
        if index >= 0 and self.colours.itemData(index) is not None:
            if self.colours.itemData(index) != self._colour:
                self._colour_chosen(index)
            return
        self.colours.setCurrentIndex(self.colours.findData(self._colour))

    def _dot_row(self) -> QWidget:
        row, layout = _row()
        for slider, name, low, high, value in (
            (self.size, "Size", 3, 30, 10),
            (self.opacity, "Opacity", 5, 100, 85),
        ):
            slider.setOrientation(Qt.Orientation.Horizontal)
            slider.setRange(low, high)
            slider.setValue(value)
            slider.setAccessibleName(name)
            slider.setMinimumWidth(50)
            label = QLabel(name)
            label.setObjectName("quiet")
            layout.addWidget(label)
            layout.addWidget(slider, 1)
        self.size.setToolTip("How large the dots are")
        self.opacity.setToolTip("How much a dot hides of those below it")
        self.size.valueChanged.connect(lambda v: self.size_changed.emit(v / 10))
        self.opacity.valueChanged.connect(lambda v: self.opacity_changed.emit(v / 100))
        self.density.setToolTip("A cloud below the dots: where most cells lie")
        self.density.toggled.connect(self.density_wished)
        layout.addWidget(self.density)
        row.setMinimumWidth(250)
        return row


def _row() -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    return row, layout
