"""The field on the canvas: an Image layer, a class image over it, marks on top."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from napari.layers import Image, Labels
from napari.utils import DirectLabelColormap

from napari_dinobloom.gui.layers.camera import can_judge, in_view, look_at
from napari_dinobloom.gui.layers.caption import CanvasCaption
from napari_dinobloom.gui.layers.class_image import Change, ClassImage, line_codes
from napari_dinobloom.gui.layers.first_layer import prepare_first_layer
from napari_dinobloom.gui.layers.grain import Lines, grain_of
from napari_dinobloom.gui.layers.marks import Marks
from napari_dinobloom.gui.layers.strokes import DARK, LIGHT, Box
from napari_dinobloom.study import CellTable

SMEAR, CELLS = "Smear", "Cells"

RGBA = tuple[float, float, float, float]

CASING: RGBA = (0.0, 0.0, 0.0, 0.75)
OF_NUCLEUS: RGBA = (1.0, 1.0, 1.0, 0.8)
"""Light, as a nucleus is dark in every stain."""


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
    def nuclei(self) -> np.ndarray | None:
        """(H, W) bool, what of the mask is nucleus, or None where nobody knows."""
        ...

    @property
    def cells(self) -> CellTable:
        """Positions in pixels of the picture."""
        ...

    @property
    def levels(self) -> Sequence[np.ndarray] | None:
        """Of a huge picture: the same pixels from full size to small."""
        ...

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the mask's first pixel in the picture."""
        ...

    @property
    def grain(self) -> np.ndarray | None:
        """What `prepare` gave for it, or None."""
        ...

    @property
    def pixel_size_um(self) -> float | None:
        """µm per pixel where it is known."""
        ...


class ClassLooks(Protocol):
    """How cells of each code look; 0 is not drawn."""

    def colours(self) -> Mapping[int, RGBA]:
        """RGBA in 0 … 1 by code."""
        ...

    def bold(self) -> np.ndarray:
        """Bool by code: a wide outline."""
        ...

    def dashed(self) -> np.ndarray:
        """Bool by code: a broken outline."""
        ...

    def pale(self) -> np.ndarray:
        """Bool by code: a colour that is lost on glass."""
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
        self._levels: Sequence[np.ndarray] | None = None
        self._overlay: Labels | None = None
        self._classes: ClassImage | None = None
        self._cells = CellTable.empty()
        self._colours: Mapping[int, RGBA] = {}
        self._caption = CanvasCaption(viewer)
        self.marks = Marks(viewer)
        self.outlines = self.nuclei = True
        self.opacity = 0.9

    @property
    def image(self) -> Image | None:
        """The layer with the picture, while it is in the viewer."""
        return self._image if self._is_there(self._image) else None

    @property
    def overlay(self) -> Labels | None:
        """The layer with the cells, while it is in the viewer."""
        return self._overlay if self._is_there(self._overlay) else None

    def prepare(self, scene: Drawable) -> np.ndarray:
        """The part of drawing that can be done on any thread."""
        prepare_first_layer()
        lines = lines_of(scene)
        return grain_of(scene.mask, lines.depth, scene.nuclei, lines.nucleus)

    def show_scene(
        self,
        scene: Drawable,
        codes: np.ndarray,
        looks: ClassLooks,
        held: np.ndarray,
        caption: str,
    ) -> None:
        """Draw pixels, cells and caption; the view stays unless the size changed.

        Parameters
        ----------
        codes
            (n,) int, one per cell of the scene.
        held
            (n,) bool: cells in hand.
        """
        self._cells = scene.cells
        self._classes = ClassImage(
            scene.mask,
            scene.grain if scene.grain is not None else self.prepare(scene),
            _within(scene.cells, scene.corner),
            codes,
            bold=looks.bold(),
            dashed=looks.dashed(),
            pale=looks.pale(),
            held=held,
            lines=lines_of(scene),
            outlines=self.outlines,
            nuclei=self.nuclei,
        )
        before = tuple(self.image.data.shape) if self.image is not None else None
        complete = self.image and self.overlay and self.marks.layer
        self._draw_image(scene.rgb, scene.levels, scene.pixel_size_um)
        um = scene.pixel_size_um
        self._draw_cells(self._classes.pixels.copy(), looks, um, scene.corner)
        self.marks.lay(**placement(scene.pixel_size_um))
        if not complete:
            # napari's controls of the picture are slim, those of labels are not
            self._viewer.layers.selection.active = self.image
        self._caption.show(caption)
        if before != tuple(scene.rgb.shape):
            self._viewer.reset_view()

    def seen(self) -> Box | None:
        """Top, left, bottom, right of what is in view, in pixels of the picture."""
        image = self.image
        if image is None:
            return None
        view = in_view(self._viewer)
        if view is not None:
            # a pixel's middle lies at its whole number
            scale = np.tile(np.asarray(image.scale, float)[-2:], 2)
            top, left, bottom, right = (np.array(view) / scale + 0.5).tolist()
            return top, left, bottom, right
        corners = np.asarray(image.corner_pixels, float)[:, :2]
        if image.multiscale:
            corners = corners * np.asarray(image.downsample_factors)[image.data_level]
        (top, left), (bottom, right) = corners.tolist()
        return top, left, bottom, right

    def recolour(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Write the boxes of some cells and redraw once."""
        if self._classes is not None:
            self._redraw(self._classes.recolour(rows, codes))

    def hold(self, rows: np.ndarray, held: np.ndarray) -> None:
        """Draw some cells as being in hand, or no longer."""
        if self._classes is not None:
            self._redraw(self._classes.hold(rows, held))

    def mark(self, current: int | None, pointed: int | None) -> None:
        """Mark the cell looked at and the one pointed at, by row."""
        self.marks.show_current(self._box_of(current))
        self.marks.show_pointed(self._box_of(pointed))

    def centre_on(self, row: int) -> None:
        """Bring a cell into the middle, large enough to be judged."""
        box = self._world_box_of(row)
        if box is not None:
            look_at(self._viewer, box, self._field_box())

    def bring_into_view(self, row: int) -> None:
        """The same unless the cell is seen, large enough, already.

        Moving the view at every step from cell to cell would make a person lose their
        place.
        """
        box = self._world_box_of(row)
        if box is not None and not can_judge(self._viewer, box):
            look_at(self._viewer, box, self._field_box())

    def set_outlines(self, outlines: bool) -> None:
        """Outlines, or filled cells."""
        self.outlines = outlines
        if self._classes is not None:
            self._classes.set_outlines(outlines)
            self._redraw(None)

    def set_nuclei(self, nuclei: bool) -> None:
        """Draw the outlines of nuclei, or not."""
        self.nuclei = nuclei
        if self._classes is not None:
            self._classes.set_nuclei(nuclei)
            self._redraw(None)

    def set_opacity(self, opacity: float) -> None:
        """How strongly the cells cover the smear, 0 … 1."""
        self.opacity = opacity
        if self.overlay is not None:
            self.overlay.opacity = opacity

    def clear(self) -> None:
        """Take all layers and the caption away."""
        # napari collects garbage after each layer that goes, or once after all of them
        together = getattr(self._viewer.layers, "batched_update", nullcontext)
        with together():
            self.marks.clear()
            for layer in (self.overlay, self.image):
                if layer is not None:
                    self._viewer.layers.remove(layer)
        self._image = self._overlay = self._classes = None
        self._cells = CellTable.empty()
        self._caption.hide()

    def abandon(self) -> None:
        """Leave everything as it is: the viewer is being taken apart."""
        self._image = self._overlay = self._classes = None
        self.marks.abandon()
        self._caption.abandon()

    # -- layers ------------------------------------------------------------------

    def _is_there(self, layer: Any) -> bool:
        return layer is not None and layer in self._viewer.layers

    def _redraw(self, change: Change | None) -> None:
        """Have some pixels uploaded, or (None) all; the layer has a copy of its own."""
        overlay, classes = self.overlay, self._classes
        if overlay is None or classes is None:
            return
        if change is not None:
            overlay.data_setitem((change.y, change.x), change.codes)
            return
        np.copyto(overlay.data, classes.pixels)
        # its thumbnail is some dots, whatever their colour, and takes its time
        overlay.refresh(extent=False, highlight=False, thumbnail=False)

    def _box_of(self, row: int | None) -> Box | None:
        if row is None or row >= len(self._cells):
            return None
        cells = self._cells
        # the centre of a pixel is a whole number, its edge lies half a pixel before
        top, left = float(cells.top[row]) - 0.5, float(cells.left[row]) - 0.5
        return top, left, top + float(cells.height[row]), left + float(cells.width[row])

    def _world_box_of(self, row: int) -> Box | None:
        """As `_box_of`, in world units; None where there is nothing to look at."""
        image, box = self.image, self._box_of(row)
        if image is None or box is None:
            return None
        scale = float(image.scale[-1])
        top, left, bottom, right = box
        return top * scale, left * scale, bottom * scale, right * scale

    def _field_box(self) -> Box:
        """The whole field, in world units; asked while there is an image."""
        assert self.image is not None  # noqa: S101 - a cell was found in it
        (height, width), scale = self.image.data.shape[:2], float(self.image.scale[-1])
        edge = -0.5 * scale
        return edge, edge, edge + height * scale, edge + width * scale

    def _draw_image(
        self, rgb: np.ndarray, levels: Sequence[np.ndarray] | None, um: float | None
    ) -> None:
        image = self.image
        if image is not None and image.multiscale != (levels is not None):
            # napari cannot make a layer of one kind one of the other
            self._viewer.layers.remove(image)
            image = None
        if image is None:
            self._levels = levels
            self._image = self._viewer.add_image(
                rgb if levels is None else list(levels),
                rgb=True,
                multiscale=levels is not None,
                name=SMEAR,
                **placement(um),
            )
            self._viewer.layers.move(len(self._viewer.layers) - 1, 0)
            return
        if levels is not None:
            if self._levels is not levels:
                image.data = list(levels)
                self._levels = levels
        elif image.data is not rgb:
            image.data = rgb
        place(image, um)

    def _draw_cells(
        self,
        pixels: np.ndarray,
        looks: ClassLooks,
        um: float | None,
        corner: tuple[int, int],
    ) -> None:
        of_lines = zip(
            line_codes(len(looks.bold())),
            (LIGHT, DARK, CASING, OF_NUCLEUS),
            strict=True,
        )
        colours = {**looks.colours(), **dict(of_lines)}
        overlay = self.overlay
        if overlay is None:
            overlay = self._overlay = self._viewer.add_labels(
                pixels, name=CELLS, colormap=colormap_of(colours), **placement(um)
            )
            overlay.editable = False  # a brush would paint classes that mean nothing
            self.set_opacity(self.opacity)
        else:
            if colours != self._colours:
                overlay.colormap = colormap_of(colours)
            overlay.data = pixels
            place(overlay, um)
        overlay.translate = tuple(um * at if um else float(at) for at in corner)
        self._colours = colours


def _within(cells: CellTable, corner: tuple[int, int]) -> CellTable:
    """The cells in pixels of the mask."""
    if corner == (0, 0):
        return cells
    top, left = corner
    return replace(cells, top=cells.top - top, left=cells.left - left)


def lines_of(scene: Drawable) -> Lines:
    """How wide lines are in this scene."""
    return Lines.fitting(scene.mask.shape, scene.cells)


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
