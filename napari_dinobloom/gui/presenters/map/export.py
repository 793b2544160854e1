"""Saving the map as it is seen, with its legend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.presenters.map.presenter import MapPresenter
from napari_dinobloom.gui.presenters.map.svg import MOST_CIRCLES, MapSheet, svg_of

MAP_NAMES = {"umap": "UMAP", "pca": "Principal components"}


class SheetView(Protocol):
    """What the presenter asks of the page that is saved."""

    export_wished: Any
    """Signal(str, bool): "png" or "svg", and whether on white ground."""

    def frame_of_map(self) -> tuple[Callable[[np.ndarray], np.ndarray], int, int]:
        """What gives (n, 2) pixels of points of the map; width and height."""
        ...

    def look_of_dots(self) -> tuple[float, float]:
        """Diameter in pixels and opacity."""
        ...

    def ask_file(self, suffix: str, name: str) -> Path | None:
        """Where to save, None if a person thinks better of it."""
        ...

    def raster(self, white: bool) -> bytes:
        """The map as it is seen, as PNG with twice as many pixels."""
        ...

    def save_picture(self, sheet: MapSheet, path: Path, white: bool) -> None:
        """Write a PNG of map, title and legend; OSError where that fails."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


class MapExport:
    """Connects the wish for a picture with the map that is shown."""

    def __init__(self, places: MapPresenter, view: SheetView) -> None:
        self._places, self._view = places, view
        view.export_wished.connect(self.save)

    def release(self) -> None:
        """Nothing is listened to but the view."""

    def save(self, kind: str, white: bool) -> None:
        """Ask where to, and save."""
        sheet = self.sheet()
        if sheet is None:
            return
        path = self._view.ask_file(kind, "map")
        if path is None:
            return
        try:
            if kind == "png":
                self._view.save_picture(sheet, path, white)
            else:
                raster = None
                if len(sheet.places) > MOST_CIRCLES:
                    raster = self._view.raster(white)
                path.write_text(svg_of(sheet, white=white, raster=raster), "utf-8")
        except OSError as error:
            self._view.show_error(
                f"The map could not be saved as {path.name}: "
                f"{error.strerror or error}.",
                "Choose another folder, or make room on the disk.",
            )

    def sheet(self) -> MapSheet | None:
        """What is seen now, None where there is no map."""
        shown, colouring = self._places.shown, self._places.colouring
        if shown is None or colouring is None:
            return None
        to_canvas, width, height = self._view.frame_of_map()
        rows = np.flatnonzero(self._places.placed)
        rows = rows[colouring.is_shown(rows)]
        at = to_canvas(self._places.xy[rows])
        seen = ((at >= 0) & (at <= (width, height))).all(axis=1)
        dot_px, opacity = self._view.look_of_dots()
        name = MAP_NAMES.get(shown.name, shown.name)
        n = int(seen.sum())
        return MapSheet(
            f"{name} of {counted(n, 'cell')}",
            colouring.legend(),
            colouring.hidden,
            at[seen],
            colouring.codes[rows[seen]],
            colouring.palette(),
            width,
            height,
            dot_px,
            opacity,
        )
