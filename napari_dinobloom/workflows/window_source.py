"""A picture from which windows round cells are cut, its scale known or measured."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.workflows.window_table import Window


@dataclass
class WindowSource:
    """A picture from which windows are cut; its ruler is found when first needed."""

    path: Path
    rgb: np.ndarray
    pixel_size_um: float
    _side: float = float("nan")

    @classmethod
    def read(cls, path: Path) -> "WindowSource":
        """Read the picture.

        Raises
        ------
        BadInputError
            If it cannot be read.
        """
        from napari_dinobloom.imaging import read_picture

        picture = read_picture(path)
        return cls(path, picture.rgb, picture.pixel_size_um or float("nan"))

    def cut(self, window: Window, info: Any) -> tuple[np.ndarray, float]:
        """(s, s, 3) uint8, and µm per pixel of it.

        Raises
        ------
        BadInputError
            If the window lies outside, or its size cannot be told.
        """
        from napari_dinobloom.imaging import cut_windows, resize_picture

        if window.is_whole:
            side = float(max(self.rgb.shape[:2]))
            crop = resize_picture(self.rgb, info.input_px)
        else:
            self._require_inside(window)
            side = window.size
            if np.isnan(side):
                side = self._window_side(info.window_um)
            centre = np.array([[window.x, window.y]])
            crop = cut_windows(self.rgb, centre, side, info.input_px)[0]
        return crop, self.pixel_size_um * side / info.input_px

    def _window_side(self, window_um: float) -> float:
        """Side in pixels: by the pixel size, else by the picture's own red cells."""
        from napari_dinobloom.segmentation import segmenters
        from napari_dinobloom.workflows.cell_windows import pixel_size_of

        if np.isnan(self._side):
            um = self.pixel_size_um
            if np.isnan(um):
                found = segmenters.create("smear").segment(self.rgb)
                um = pixel_size_of(None, found.red_cell_diameter_px)
            if np.isnan(um):
                raise BadInputError(
                    f"{self.path} tells neither its pixel size nor the size of a red "
                    "cell, so the window round a cell has no size.",
                    "Add a column `size` (pixels) to the table.",
                )
            self._side = max(8.0, window_um / um)
        return self._side

    def _require_inside(self, window: Window) -> None:
        height, width = self.rgb.shape[:2]
        if not (0 <= window.x <= width and 0 <= window.y <= height):
            raise BadInputError(
                f"The point ({window.x:g}, {window.y:g}) lies outside of {self.path} "
                f"({width} × {height} pixels).",
                "x counts pixels from the left, y from the top.",
            )
