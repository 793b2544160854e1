"""A whole slide in a real viewer: a pyramid, cells of a part, where cells lie well."""

from dataclasses import replace

import numpy as np
import pytest

from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.parts_layer import NAME, PartsLayer
from napari_dinobloom.gui.layers.smear_layers import CELLS, SMEAR, SmearLayers
from napari_dinobloom.gui.presenters.smear.palette import Palette
from napari_dinobloom.gui.presenters.smear.scene import Scene, moved

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

LOOKS, FREE, CODES = Palette({}), np.zeros(2, bool), np.array([1, 2], np.uint8)


def test_a_slide_is_a_pyramid_with_the_cells_of_a_part_in_their_place(
    make_napari_viewer, make_study
):
    study = make_study(kinds=("wbc", "rbc"))
    mask, cells = study.masks_of(1)[0], study.findings[1].cells
    field = Scene(np.full((60, 60, 3), 200, np.uint8), mask, cells, (1,), 0.5)
    pixels = np.full((4000, 6000, 3), 200, np.uint8)
    levels = [pixels, pixels[::4, ::4]]
    slide = replace(
        field, rgb=pixels, levels=levels, corner=(1000, 2000),
        cells=moved(cells, 1000, 2000, 0),
    )  # fmt: skip
    viewer = make_napari_viewer()
    layers = SmearLayers(viewer)
    for scene in (field, slide, field, slide):
        layers.show_scene(scene, CODES, LOOKS, FREE, "")
        names = [layer.name for layer in viewer.layers]
        assert names.index(SMEAR) < names.index(CELLS)
        assert len(names) == 3
        assert layers.image.multiscale == (scene is slide)
    assert layers.overlay.translate.tolist() == [500.0, 1000.0]
    # the cell's pixels lie where its table says, in pixels of the slide
    drawn = np.argwhere(layers.overlay.data == 1) + np.array([1000, 2000])
    corner = np.array([slide.cells.top[0], slide.cells.left[0]])
    side = np.array([slide.cells.height[0], slide.cells.width[0]])
    assert len(drawn)
    assert (drawn >= corner).all()
    assert (drawn < corner + side).all()
    change = np.array([0]), np.array([2], np.uint8)
    layers.recolour(*change)
    assert not (layers.overlay.data == 1).any()
    parts = PartsLayer(viewer)
    good = np.zeros((10, 15), bool)
    good[2, 3] = True
    parts.show(good, ~good, 400.0, 0.5)
    names = [layer.name for layer in viewer.layers]
    assert names[:2] == [SMEAR, NAME]
    layer = viewer.layers[NAME]
    assert viewer.layers.selection.active is not layer
    middle_of_block = (400 * 2.5 - 0.5, 400 * 3.5 - 0.5)  # in pixels of the slide
    where = layer.world_to_data([v * 0.5 for v in middle_of_block])
    assert np.allclose(where, (2, 3))
    parts.clear()
    assert NAME not in viewer.layers


def test_what_is_in_view_is_known_before_it_was_drawn(make_napari_viewer, make_study):
    study = make_study(kinds=("wbc", "rbc"))
    mask, cells = study.masks_of(1)[0], study.findings[1].cells
    pixels = np.full((4000, 6000, 3), 200, np.uint8)
    levels = [pixels, pixels[::4, ::4]]
    slide = Scene(pixels, mask, cells, (1,), 0.5, levels=levels, corner=(0, 0))
    viewer = make_napari_viewer()
    if not hasattr(viewer, "canvas"):
        pytest.skip("napari before 0.9 does not say how large the canvas is")
    layers = SmearLayers(viewer)
    layers.show_scene(slide, CODES, LOOKS, FREE, "")
    for y, x, zoom in [(700.0, 900.0, 1.0), (1200.0, 2000.0, 8.0)]:
        camera_of(viewer).center, camera_of(viewer).zoom = (0.0, y, x), zoom
        top, left, bottom, right = layers.seen()
        # in pixels of the slide, half a micrometre wide, and from their edges
        assert (top + bottom) / 2 == pytest.approx(2 * y + 0.5)
        assert (left + right) / 2 == pytest.approx(2 * x + 0.5)
        assert right - left == pytest.approx(2 * viewer.canvas.size[1] / zoom)
