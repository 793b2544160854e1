"""The field on the canvas: an Image layer and a class image over it."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from napari.layers import Image, Labels
from napari.utils import DirectLabelColormap

from napari_dinobloom.gui.layers.caption import CanvasCaption
from napari_dinobloom.gui.layers.class_image import grain_of, paint_classes, patch_of
from napari_dinobloom.study import CellTable

SMEAR, CELLS = "Smear", "Cells"
SEEN_PX, GOOD_PX = 60, 100
"""A cell smaller than that on the screen is hard to judge; as large it becomes."""

RGBA = tuple[float, float, float, float]


class Drawable(Protocol):
    """Pixels, and the cells that lie in them."""

    @property
    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8."""
        ...

    @property
    def mask(self) -> np.ndarray:
        """(H, W) int32, whose values are ``cells.mask_label``."""
        ...

    @property
    def cells(self) -> CellTable:
        """Positions in pixels of the picture."""
        ...

    @property
    def grain(self) -> np.ndarray | None:
        """What `prepare` gave for the mask, or None."""
        ...

    @property
    def pixel_size_um(self) -> float | None:
        """µm per pixel where it is known."""
        ...


class SmearLayers:
    """Draws scenes into a viewer; knows nothing of a study.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._image: Image | None = None
        self._overlay: Labels | None = None
        self._mask: np.ndarray = np.zeros((0, 0), np.int32)
        self._grain: np.ndarray = np.zeros((0, 0), np.uint8)
        self._codes: np.ndarray = np.zeros(0, np.uint8)
        self._bold: np.ndarray = np.zeros(1, bool)
        self._cells = CellTable.empty()
        self._colours: Mapping[int, RGBA] = {}
        self._caption = CanvasCaption(viewer)
        self.outlines = True
        self.opacity = 0.9

    @property
    def image(self) -> Image | None:
        """The layer with the picture, while it is in the viewer."""
        return self._image if self._is_there(self._image) else None

    @property
    def overlay(self) -> Labels | None:
        """The layer with the cells, while it is in the viewer."""
        return self._overlay if self._is_there(self._overlay) else None

    def prepare(self, mask: np.ndarray) -> np.ndarray:
        """The part of drawing that can be done on any thread."""
        return grain_of(mask)

    def show_scene(
        self,
        scene: Drawable,
        codes: np.ndarray,
        colours: Mapping[int, RGBA],
        bold: np.ndarray,
        caption: str,
    ) -> None:
        """Draw pixels, cells and caption; the view stays unless the size changed.

        ``bold`` says by code whose outlines are wide.
        """
        self._mask, self._cells = scene.mask, scene.cells
        grain = scene.grain
        self._grain = grain if grain is not None else grain_of(scene.mask)
        self._codes, self._bold = codes.copy(), bold
        before = self.image.data.shape if self.image is not None else None
        self._draw_image(scene.rgb, scene.pixel_size_um)
        self._draw_cells(colours, scene.pixel_size_um)
        self._caption.show(caption)
        if before != scene.rgb.shape:
            self._viewer.reset_view()

    def recolour(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Write the boxes of some cells and redraw once."""
        overlay = self.overlay
        if overlay is None:
            return
        for row, code in zip(rows.tolist(), codes, strict=True):
            patch = patch_of(
                self._mask,
                self._grain,
                self._cells,
                row,
                code,
                self._bold,
                self.outlines,
            )
            box = overlay.data[patch.rows, patch.columns]
            box[patch.where] = patch.values[patch.where]
        self._codes[rows] = codes
        overlay.refresh(extent=False)

    def centre_on(self, row: int) -> None:
        """Bring a cell into the middle; come closer only if it would be tiny."""
        image = self.image
        if image is None:
            return
        cells, scale = self._cells, image.scale[-2:]
        place = (float(cells.y[row]) * scale[0], float(cells.x[row]) * scale[1])
        size = max(int(cells.width[row]), int(cells.height[row])) * scale[0]
        camera = self._viewer.camera
        if size * camera.zoom < SEEN_PX:
            camera.zoom = GOOD_PX / size
        camera.center = (0.0, *place)

    def set_outlines(self, outlines: bool) -> None:
        """Outlines, or filled cells."""
        self.outlines = outlines
        if self.overlay is not None:
            self.overlay.data = self._painted()

    def set_opacity(self, opacity: float) -> None:
        """How strongly the cells cover the smear, 0 … 1."""
        self.opacity = opacity
        if self.overlay is not None:
            self.overlay.opacity = opacity

    def clear(self) -> None:
        """Take both layers and the caption away."""
        for layer in (self.overlay, self.image):
            if layer is not None:
                self._viewer.layers.remove(layer)
        self._image = self._overlay = None
        self._cells = CellTable.empty()
        self._caption.hide()

    def abandon(self) -> None:
        """Leave everything as it is: the viewer is being taken apart."""
        self._image = self._overlay = None
        self._caption.abandon()

    # -- layers ------------------------------------------------------------------

    def _is_there(self, layer: Any) -> bool:
        return layer is not None and layer in self._viewer.layers

    def _painted(self) -> np.ndarray:
        return paint_classes(
            self._mask,
            self._grain,
            self._cells,
            self._codes,
            self._bold,
            self.outlines,
        )

    def _draw_image(self, rgb: np.ndarray, um: float | None) -> None:
        image = self.image
        if image is None:
            self._image = self._viewer.add_image(
                rgb, rgb=True, name=SMEAR, **placement(um)
            )
            return
        if image.data is not rgb:
            image.data = rgb
        place(image, um)

    def _draw_cells(
        self,
        colours: Mapping[int, RGBA],
        um: float | None,
    ) -> None:
        pixels = self._painted()
        overlay = self.overlay
        if overlay is None:
            overlay = self._overlay = self._viewer.add_labels(
                pixels, name=CELLS, colormap=colormap_of(colours), **placement(um)
            )
            # napari's controls of the picture are slim, those of labels are not
            self._viewer.layers.selection.active = self.image
            overlay.editable = False  # a brush would paint classes that mean nothing
            self.set_opacity(self.opacity)
        else:
            if colours != self._colours:
                overlay.colormap = colormap_of(colours)
            overlay.data = pixels
            place(overlay, um)
        self._colours = colours


def colormap_of(colours: Mapping[int, RGBA]) -> DirectLabelColormap:
    """The same colours as napari wants them; whatever has none is transparent."""
    shown: dict[Any, RGBA] = {None: (0.0, 0.0, 0.0, 0.0), **colours}
    return DirectLabelColormap(color_dict=shown)


def placement(um: float | None) -> dict[str, Any]:
    """Scale and units of a layer: micrometres where they are known, else pixels."""
    if um is None:
        return {"scale": (1.0, 1.0), "units": ("pixel", "pixel")}
    return {"scale": (um, um), "units": ("um", "um")}


def place(layer: Any, um: float | None) -> None:
    """Give a layer that is there its scale and units."""
    for name, value in placement(um).items():
        setattr(layer, name, value)
