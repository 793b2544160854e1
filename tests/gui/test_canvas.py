"""Layers, keys and mouse in a real viewer."""

from types import SimpleNamespace

import numpy as np
import pytest

from napari_dinobloom.gui.find_cells import find_cells, why_not
from napari_dinobloom.gui.layers.pointer import CanvasPointer
from napari_dinobloom.gui.layers.smear_layers import SmearLayers
from napari_dinobloom.gui.presenters.palette import Palette
from napari_dinobloom.gui.presenters.scene import Scene
from napari_dinobloom.imaging.synthetic import make_field

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

LOOKS = Palette({"blast": "#228833"})
FREE = np.zeros(2, bool)


@pytest.fixture
def scene(make_study) -> Scene:
    study = make_study(kinds=("wbc", "rbc"))
    cells = study.findings[1].cells
    rgb = np.full((60, 60, 3), 200, np.uint8)
    return Scene(rgb, study.masks_of(1)[0], cells, (1,), 0.5)


CODES = np.array([1, 2], np.uint8)


def test_layers_carry_micrometres_where_they_are_known(make_napari_viewer, scene):
    viewer = make_napari_viewer()
    layers = SmearLayers(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "field 1 of 1")
    for layer in (layers.image, layers.overlay):
        assert layer.scale.tolist() == [0.5, 0.5]
        assert str(layer.units[0]) == "micrometer"
    layers.clear()
    assert len(viewer.layers) == 0


def test_recolouring_one_cell_writes_its_pixels_only(make_napari_viewer, scene):
    layers = SmearLayers(make_napari_viewer())
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    before = layers.overlay.data.copy()
    layers.recolour(np.array([1]), np.array([6], np.uint8))
    changed = layers.overlay.data != before
    assert changed.any()
    assert set(scene.mask[changed].tolist()) == {2}
    layers.set_outlines(False)  # and the new class is remembered
    assert (layers.overlay.data[scene.mask == 2] == 6).all()


def test_layers_that_somebody_deleted_come_back(make_napari_viewer, scene):
    viewer = make_napari_viewer()
    layers = SmearLayers(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    viewer.layers.clear()
    assert layers.overlay is None
    layers.recolour(np.array([0]), np.array([6], np.uint8))
    layers.set_opacity(0.5)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    assert len(viewer.layers) == 3
    assert layers.overlay.opacity == 0.5


def test_the_mouse_reports_pixels_of_the_picture(make_napari_viewer, scene):
    viewer = make_napari_viewer()
    layers, seen = SmearLayers(viewer), []
    pointer = CanvasPointer(viewer, layers, lambda by: None, seen.append)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    (move,) = viewer.mouse_move_callbacks
    move(viewer, SimpleNamespace(position=(2.5, 10.0)))
    move(viewer, SimpleNamespace(position=(-5.0, 10.0)))
    assert seen == [(5.0, 20.0), None]
    pointer.release()
    assert viewer.mouse_move_callbacks == []


def test_keys_page_and_are_given_back(make_napari_viewer):
    viewer, steps = make_napari_viewer(), []
    before = dict(viewer.keymap)
    pointer = CanvasPointer(
        viewer, SmearLayers(viewer), steps.append, lambda place: None
    )
    for key, call in viewer.keymap.items():
        if key not in before:
            call(viewer)
    assert sorted(steps) == [-1, -1, 1, 1]
    pointer.release()
    assert dict(viewer.keymap) == before


def test_the_segment_menu_finds_cells_in_the_chosen_picture(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    field = make_field("lilac", "healthy", seed=1, size_px=(320, 240))
    viewer.add_image(field.rgb, rgb=True, scale=(0.2, 0.2), units=("um", "um"))
    find_cells(viewer)
    qtbot.waitUntil(lambda: len(viewer.layers) == 2, timeout=60_000)
    cells = viewer.layers[1]
    n = int(cells.data.max())
    assert n > 3
    assert len(cells.features) == n + 1
    assert set(cells.features["kind"][1:]) <= {"white cell", "red cell", "platelet"}
    assert cells.scale.tolist() == [0.2, 0.2]


def test_the_segment_menu_explains_what_it_cannot_search(make_napari_viewer):
    viewer = make_napari_viewer()
    assert "Choose a colour picture" in why_not(None)
    grey = viewer.add_image(np.zeros((10, 10), np.uint8))
    assert "Choose a colour picture" in why_not(grey)
    deep = viewer.add_image(np.zeros((10, 10, 3), np.float32), rgb=True)
    assert "8-bit" in why_not(deep)
