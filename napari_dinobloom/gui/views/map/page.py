"""The Map page: controls, the map, its legend; what to do where there is none."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.map.canvas import DARK, MapCanvas
from napari_dinobloom.gui.views.map.draw_panel import MapDrawPanel
from napari_dinobloom.gui.views.map.kinds import KindSwitch
from napari_dinobloom.gui.views.map.legend import MapLegend
from napari_dinobloom.gui.views.map.popup import CellPopup
from napari_dinobloom.gui.views.map.sheet import DARK as GROUND
from napari_dinobloom.gui.views.map.sheet import FACTOR, WHITE, png_bytes, save_sheet
from napari_dinobloom.gui.views.map.toolbar import MapToolbar
from napari_dinobloom.gui.views.style import SPACE, QuietLabel

MARGIN = 8
LEAST_PX, UNBOUNDED_PX = 30, 16_777_215
BESIDE_PX = 620
"""From this width on the legend lies beside the map."""


class MapPage(QWidget):
    """Implements `MapView`; `drawing` implements `DrawView`.

    Parameters
    ----------
    make_options
        Builds the options with which a map is drawn.
    """

    region_drawn = Signal(object, str)
    clicked = Signal(float, float, float, str)
    hovered = Signal(object)
    escaped = Signal()
    map_wished = Signal(str)
    colour_wished = Signal(str)
    hidden_wished = Signal(object)
    category_wished = Signal(int, str)
    density_wished = Signal(bool)
    kind_wished = Signal(str)
    map_of_kind_wished = Signal(str)
    """Draw the map of this kind of cells, or "" for all."""
    cluster_size_wished = Signal(int)
    export_wished = Signal(str, bool)
    """"png" or "svg", and whether on white ground."""

    def __init__(self, make_options: Callable[..., Any]) -> None:
        super().__init__()
        self.toolbar = MapToolbar()
        self.canvas = MapCanvas()
        self.legend = MapLegend()
        self.kinds = KindSwitch()
        self.popup = CellPopup(self.canvas)
        self.drawing = MapDrawPanel(make_options)
        self._title, self._text = QLabel(), QuietLabel()
        self.draw_button = QPushButton("Draw the map…")
        self.draw_button.setObjectName("primary")
        self._stack = QStackedWidget()
        self._theme: Mapping[str, str] = DARK
        self._has_map = False
        # by itself: a map that is resized is drawn at once, and that may take long
        self._fit_soon = QTimer(self)
        self._fit_soon.setSingleShot(True)
        self._fit_soon.timeout.connect(self._fit_legend)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(self.canvas)
        self._split.addWidget(self.legend)
        self._split.setStretchFactor(0, 1)
        self._split.setCollapsible(0, False)
        self._map = QWidget()
        column = QVBoxLayout(self._map)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.toolbar)
        column.addWidget(self.kinds)
        self._missing = self._missing_page()
        self._dots = QStackedWidget()
        self._dots.addWidget(self._split)
        self._dots.addWidget(self._missing)
        column.addWidget(self._dots, 1)
        self._empty = self._empty_page()
        form = QWidget()
        beside = QHBoxLayout(form)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.drawing, 1)
        beside.addStretch(0)
        self._form = form
        for part in (self._empty, self._map, form):
            self._stack.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(SPACE)
        layout.addWidget(self.drawing.strip)
        layout.addWidget(self._stack, 1)

    def _empty_page(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        self._title.setObjectName("title")
        middle = Qt.AlignmentFlag.AlignHCenter
        self._title.setAlignment(middle)
        self._text.setAlignment(middle)
        column.addStretch(2)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(SPACE)
        column.addWidget(self.draw_button, 0, middle)
        column.addStretch(3)
        return empty

    def _missing_page(self) -> QWidget:
        """What lies in the map's place where no cell of the kind is on it."""
        self._missing_title, self._missing_text = QLabel(), QuietLabel()
        self._missing_title.setObjectName("title")
        self.missing_button = QPushButton()
        self.missing_button.setObjectName("primary")
        missing, middle = QWidget(), Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(missing)
        column.addStretch(2)
        for label in (self._missing_title, self._missing_text):
            label.setAlignment(middle)
            column.addWidget(label)
        column.addSpacing(SPACE)
        column.addWidget(self.missing_button, 0, middle)
        column.addStretch(3)
        return missing

    def _connect(self) -> None:
        canvas, bar, legend = self.canvas, self.toolbar, self.legend
        canvas.region_drawn.connect(self.region_drawn)
        canvas.clicked.connect(self.clicked)
        canvas.hovered.connect(self.hovered)
        canvas.escaped.connect(self.escaped)
        legend.hidden_wished.connect(self.hidden_wished)
        legend.category_wished.connect(self.category_wished)
        legend.cluster_size_wished.connect(self.cluster_size_wished)
        self.kinds.kind_wished.connect(self.kind_wished)
        self.kinds.draw_wished.connect(self.map_of_kind_wished)
        self.missing_button.clicked.connect(self.kinds.wish_drawing)
        self.drawing.readiness_changed.connect(self.kinds.set_drawing)
        self.drawing.readiness_changed.connect(
            lambda can, _: self.missing_button.setEnabled(can)
        )
        bar.tool_chosen.connect(canvas.set_tool)
        bar.fit_wished.connect(canvas.fit)
        bar.map_wished.connect(self.map_wished)
        bar.colour_wished.connect(self.colour_wished)
        bar.size_changed.connect(canvas.set_size_factor)
        bar.opacity_changed.connect(canvas.set_opacity)
        bar.density_wished.connect(self.density_wished)
        bar.export_wished.connect(self.export_wished)
        bar.draw_panel_wished.connect(self.open_form)
        self.draw_button.clicked.connect(self.open_form)
        self.drawing.strip.again_wished.connect(self.open_form)
        self.drawing.closed.connect(self._show_main)

    def resizeEvent(self, event) -> None:
        """Legend beside the map where there is room, below it where not."""
        super().resizeEvent(event)
        beside = event.size().width() >= BESIDE_PX
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self._split.orientation() != wanted:
            self._split.setOrientation(wanted)
            room = event.size().width() if beside else event.size().height()
            legend = 265 if beside else 150
            self._split.setSizes([max(room - legend, 200), legend])
            self._fit_legend()

    def _fit_legend(self) -> None:
        """Below the map it takes no more room than it needs."""
        beside = self._split.orientation() == Qt.Orientation.Horizontal
        needed = max(self.legend.height_wished, LEAST_PX)
        self.legend.setMaximumHeight(UNBOUNDED_PX if beside else needed)
        if not beside:
            most = min(needed, self.height() // 3)
            self._split.setSizes([max(self._split.height() - most, 1), most])

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Dress what style sheets do not reach."""
        self._theme = theme
        self.canvas.set_theme(theme)
        self.toolbar.set_theme(theme)
        self.legend.set_theme(theme)
        self.kinds.set_theme(theme["primary"], theme["secondary"])
        self.popup.setStyleSheet(
            f"QFrame#cellPopup {{ background: {theme['background']};"
            f" border: 1px solid {theme['secondary']}; border-radius: 5px; }}"
        )

    def open_form(self) -> None:
        """Ask from what and how a map is to be drawn."""
        self._stack.setCurrentWidget(self._form)

    def _show_main(self) -> None:
        self._stack.setCurrentWidget(self._map if self._has_map else self._empty)

    # -- MapView -----------------------------------------------------------------

    def show_empty(self, title: str, text: str, may_draw: bool) -> None:
        """There is no map; say why and what comes next."""
        self._title.setText(title)
        self._text.setText(text)
        self.draw_button.setVisible(may_draw)
        self.popup.hide()
        self._has_map = False
        self._show_main()

    def offer_maps(self, names: Sequence[str], shown: str) -> None:
        """Which maps there are."""
        self.toolbar.offer_maps(names, shown)

    def offer_colours(self, choices: Sequence[Any], key: str) -> None:
        """By what cells can be coloured."""
        self.toolbar.offer_colours(choices, key)

    def show_points(self, xy: np.ndarray, keep_frame: bool) -> None:
        """Lay the cells out."""
        if not self._has_map:
            self._has_map = True
            if self._stack.currentWidget() is not self._form:
                self._show_main()
        self.canvas.set_positions(xy, keep_frame)

    def show_codes(self, codes: np.ndarray) -> None:
        """Colour every cell."""
        self.canvas.cells.set_codes(codes)

    def show_codes_at(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Colour some cells."""
        self.canvas.cells.set_codes_at(rows, codes)

    def show_palette(self, rgba: np.ndarray, ground: int) -> None:
        """Which colour a code has."""
        self.canvas.cells.set_palette(rgba, ground)

    def show_legend(self, legend: Any, hidden: frozenset[int]) -> None:
        """What the colours mean."""
        self.legend.show_legend(legend, hidden)
        self._fit_soon.start()

    def show_kinds(self, kinds: Any) -> None:
        """Which kinds of cells can be shown, and what is shown."""
        self.kinds.show_kinds(kinds)
        chosen = next((o.title for o in kinds.offers if o.kind == kinds.chosen), "")
        self._missing_title.setText(f"{chosen} are not on this map")
        self._missing_text.setText(kinds.note)
        self.missing_button.setText(kinds.draw_title)
        self._dots.setCurrentWidget(self._missing if kinds.is_missing else self._split)

    def show_clustering(self, fewest: int, note: str) -> None:
        """How clusters are made."""
        self.legend.show_clustering(fewest, note)
        self._fit_soon.start()

    def show_density(
        self,
        values: np.ndarray | None,
        bounds: tuple[float, float, float, float],
    ) -> None:
        """The cloud below the dots."""
        self.canvas.cells.set_density(values, bounds)

    def show_selected(self, rows: np.ndarray) -> None:
        """Cells in hand."""
        self.canvas.set_selected(rows)

    def show_current(self, row: int | None) -> None:
        """The cell looked at."""
        self.canvas.set_current(row)

    def show_pointed(self, row: int | None) -> None:
        """The cell under the mouse."""
        self.canvas.set_pointed(row)

    def show_cell(
        self, row: int | None, picture: np.ndarray | None, lines: Sequence[str]
    ) -> None:
        """Picture and words beside a dot."""
        place = self.canvas.place_of(row) if row is not None else None
        if place is None:
            self.popup.hide()
        else:
            self.popup.show_cell(place, picture, lines)

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.drawing.show_error(what, remedy)

    # -- SheetView ---------------------------------------------------------------

    def frame_of_map(self) -> tuple[Callable[[np.ndarray], np.ndarray], int, int]:
        """What gives pixels of points of the map; width and height."""
        return self.canvas.frame.to_canvas, *self.canvas.extent

    def look_of_dots(self) -> tuple[float, float]:
        """Diameter in pixels and opacity."""
        return self.canvas.cells.size, self.canvas.cells.opacity

    def ask_file(self, suffix: str, name: str) -> Path | None:
        """Where to save."""
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the map", f"{name}.{suffix}", f"{suffix.upper()} (*.{suffix})"
        )
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(f".{suffix}")

    def raster(self, white: bool) -> bytes:
        """The map as it is seen, as PNG."""
        return png_bytes(self.canvas.picture(FACTOR, *(WHITE if white else GROUND)))

    def save_picture(self, sheet: Any, path: Path, white: bool) -> None:
        """Write a PNG of map, title and legend."""
        rgba = self.canvas.picture(FACTOR, *(WHITE if white else GROUND))
        save_sheet(rgba, sheet, path, white)
