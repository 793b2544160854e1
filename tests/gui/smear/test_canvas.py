"""Layers, keys and mouse in a real viewer."""

from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF
from qtpy.QtGui import QEnterEvent
from qtpy.QtWidgets import QApplication
from vispy.gloo.glir import GlirProgram

from napari_dinobloom.gui.find_cells import find_cells, why_not
from napari_dinobloom.gui.layers.camera import SEEN_PX, camera_of
from napari_dinobloom.gui.layers.picker import CanvasPicker
from napari_dinobloom.gui.layers.pointer import CanvasPointer
from napari_dinobloom.gui.layers.smear_layers import SmearLayers
from napari_dinobloom.gui.layers.strokes import dotted
from napari_dinobloom.gui.presenters.smear.palette import Palette
from napari_dinobloom.gui.presenters.smear.scene import Scene
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


def test_nothing_lies_under_a_mouse_that_left_the_canvas(
    make_napari_viewer, scene, qtbot
):
    viewer = make_napari_viewer(show=True)
    layers, seen = SmearLayers(viewer), []
    pointer = CanvasPointer(viewer, layers, lambda by: None, seen.append)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    native = viewer.window._qt_viewer.canvas.native
    at = QPointF(5, 5)
    QApplication.sendEvent(native, QEnterEvent(at, at, at))
    assert seen == []
    (move,) = viewer.mouse_move_callbacks
    move(viewer, SimpleNamespace(position=(2.5, 10.0)))
    QApplication.sendEvent(native, QEvent(QEvent.Type.Leave))
    assert seen == [(5.0, 20.0), None]
    pointer.release()
    viewer.mouse_over_canvas = True
    viewer.mouse_over_canvas = False
    assert len(seen) == 2


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


class Mouse:
    """Presses, moves and releases as napari's canvas tells of them."""

    def __init__(self, viewer) -> None:
        self.viewer = viewer

    def drag(self, *places, modifiers=(), button=1) -> None:
        """From the first place (y, x in world units) to the last; one is a click."""
        event = SimpleNamespace(button=button, modifiers=modifiers, handled=False)
        self._at(event, "mouse_press", places[0])
        ours = self.viewer.mouse_drag_callbacks[-1](self.viewer, event)
        steps = [("mouse_move", place) for place in places[1:]]
        for kind, place in [*steps, ("mouse_release", places[-1])]:
            if next(ours, "done") == "done" and kind == "mouse_move":
                return
            self._at(event, kind, place)
            if kind == "mouse_move":
                self.between(event)
        assert next(ours, "done") == "done"

    def between(self, event) -> None:
        """What is looked at while the button is down."""

    def _at(self, event, kind, place) -> None:
        event.type, event.position = kind, place
        event.pos = 10 * np.array(place[::-1])


@pytest.fixture
def picked(make_napari_viewer, scene):
    """A viewer with two cells; what is said about clicks and boxes."""
    viewer = make_napari_viewer()
    layers = SmearLayers(viewer)
    said: list = []
    state = SimpleNamespace(boxing=False)
    picker = CanvasPicker(
        viewer,
        layers,
        clicked=lambda *what: said.append(("click", *what)),
        boxed=lambda *what: said.append(("box", *what)),
        escaped=lambda: said.append("escape"),
        boxing=lambda: state.boxing,
    )
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    yield SimpleNamespace(
        viewer=viewer, layers=layers, said=said, state=state, mouse=Mouse(viewer)
    )
    picker.release()


@pytest.mark.parametrize(
    ("modifiers", "how"),
    [((), "replace"), (("Shift",), "add"), (("Control",), "toggle")],
)
def test_a_click_says_where_and_what_it_does_to_the_hand(picked, modifiers, how):
    picked.mouse.drag((2.5, 7.5), modifiers=modifiers)
    assert picked.said == [("click", (5.0, 15.0), how)]


def test_a_click_beside_the_picture_is_a_click_on_nothing(picked):
    picked.mouse.drag((2.5, 70.0))
    assert picked.said == [("click", None, "replace")]


def test_a_drag_moves_the_smear_and_takes_nothing(picked):
    picked.mouse.drag((2.5, 2.5), (5.0, 5.0), (9.0, 9.0))
    picked.mouse.drag((2.5, 2.5), button=2)
    picked.mouse.drag((2.5, 2.5), modifiers=("Alt",))
    assert picked.said == []


def test_shift_and_drag_draws_a_box_that_leaves_nothing_behind(picked):
    seen = []

    def look(event) -> None:
        pans = camera_of(picked.viewer).mouse_pan
        seen.append((picked.layers.marks.has_band, pans))

    picked.mouse.between = look
    before = list(picked.viewer.layers)
    picked.mouse.drag((0.0, 0.0), (2.0, 2.0), (5.0, 20.0), modifiers=("Shift",))
    assert picked.said == [("box", (0.0, 0.0), (10.0, 40.0), "add")]
    assert seen[-1][1] is False
    assert not picked.layers.marks.has_band
    assert not len(picked.layers.marks.layer.data)
    assert list(picked.viewer.layers) == before
    assert camera_of(picked.viewer).mouse_pan


def test_with_the_tool_a_plain_drag_draws_a_box(picked):
    picked.state.boxing = True
    picked.mouse.drag((0.0, 0.0), (5.0, 20.0))
    picked.mouse.drag((2.5, 2.5))
    assert [what[0] for what in picked.said] == ["box", "click"]
    assert picked.said[0][-1] == "replace"


def test_escape_gives_up_a_box_first_and_then_puts_cells_away(picked):
    (escape,) = [
        call for key, call in picked.viewer.keymap.items() if str(key) == "Escape"
    ]
    picked.mouse.between = lambda event: escape(picked.viewer)
    picked.mouse.drag((0.0, 0.0), (2.0, 2.0), (5.0, 20.0), modifiers=("Shift",))
    assert "box" not in [what[0] for what in picked.said]
    picked.said.clear()
    escape(picked.viewer)
    assert picked.said == ["escape"]


def test_somebody_painting_in_another_layer_is_left_alone(picked):
    own = picked.viewer.add_labels(np.zeros((60, 60), int))
    own.mode = "paint"
    picked.mouse.drag((2.5, 2.5))
    assert picked.said == []


def test_going_to_a_tiny_cell_comes_close_and_to_a_large_one_only_moves(
    make_napari_viewer, scene
):
    viewer = make_napari_viewer()
    layers, camera = SmearLayers(viewer), camera_of(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    camera.zoom = 1.0
    layers.centre_on(1)
    assert camera.zoom * 5.0 > SEEN_PX  # a cell of 10 px is 5 µm
    camera.zoom = 400.0
    layers.centre_on(0)
    assert camera.zoom == 400.0
    high = viewer.canvas.size[0] / camera.zoom
    # the edge of the first pixel lies at -0.5
    assert camera.center[-2:] == pytest.approx((max(2.25, high / 2 - 0.25), 2.25))


def test_a_view_wider_than_the_field_shows_all_of_it_in_its_middle(
    make_napari_viewer, scene
):
    viewer = make_napari_viewer()
    layers, camera = SmearLayers(viewer), camera_of(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    height, width = scene.rgb.shape[:2]
    scale = float(layers.image.scale[-1])
    camera.zoom = 0.9 * min(np.array(viewer.canvas.size) / (height, width)) / scale
    layers.centre_on(1)
    high, wide = np.array(viewer.canvas.size) / camera.zoom
    y, x = camera.center[-2:]
    for middle, span, size in ((y, high, height), (x, wide, width)):
        low, top = -0.5 * scale, (size - 0.5) * scale
        if span >= size * scale:
            assert middle == pytest.approx((low + top) / 2)
        else:
            assert low <= middle - span / 2 + 1e-6
            assert middle + span / 2 <= top + 1e-6


def is_seen(viewer, y, x):
    """Whether a place of the world lies on the canvas."""
    camera = camera_of(viewer)
    away = np.abs(np.array(camera.center[-2:]) - (y, x))
    return bool((away <= np.array(viewer.canvas.size) / camera.zoom / 2).all())


def test_the_view_stays_while_a_cell_is_seen_in_it_and_follows_one_that_is_not(
    make_napari_viewer, scene
):
    viewer = make_napari_viewer()
    layers, camera = SmearLayers(viewer), camera_of(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    camera.zoom, camera.center = 20.0, (0.0, 10.0, 10.0)
    layers.bring_into_view(1)
    assert camera.center[-2:] == (10.0, 10.0)
    # nothing is drawn between two keys: what was in view before does not count
    camera.center = (0.0, 500.0, 500.0)
    layers.bring_into_view(1)
    assert is_seen(viewer, 2.25, 7.25)
    half_out = viewer.canvas.size[1] / 2 / camera.zoom
    camera.center = (0.0, 2.25, 7.25 + half_out)
    assert camera.center[-1] > 14.75
    layers.bring_into_view(1)
    assert is_seen(viewer, 2.25, 7.25)
    assert camera.center[-1] <= 14.75  # the middle of the field
    camera.zoom = 1.0
    layers.bring_into_view(1)
    assert camera.zoom * 5.0 > SEEN_PX


def test_marks_are_as_wide_on_the_screen_from_far_and_near(make_napari_viewer, scene):
    viewer = make_napari_viewer()
    layers, camera = SmearLayers(viewer), camera_of(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    camera.zoom = 2.0
    layers.mark(0, 1)
    wide = layers.marks.layer.size[0]
    assert len(layers.marks.layer.data)
    camera.zoom = 8.0
    assert layers.marks.layer.size == pytest.approx(wide / 4)
    layers.mark(None, None)
    assert not len(layers.marks.layer.data)


def test_a_mark_that_moves_has_no_shader_linked_anew(
    make_napari_viewer, scene, monkeypatch
):
    viewer = make_napari_viewer(show=True)
    layers = SmearLayers(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "field 1")
    layers.mark(0, 1)
    viewer.screenshot(canvas_only=True, flash=False)
    linked = []
    link = GlirProgram.link_program
    monkeypatch.setattr(
        GlirProgram, "link_program", lambda self: (linked.append(self), link(self))
    )
    for current, pointed in ((1, 0), (None, 0), (None, None), (0, None)):
        layers.mark(current, pointed)
        viewer.screenshot(canvas_only=True, flash=False)
    assert not linked


def test_strokes_are_rows_of_dots_without_gaps():
    strokes = np.array([[(0.0, 0.0), (0.0, 3.0)], [(5.0, 5.0), (4.0, 0.0)]])
    dots = dotted(strokes, 1.0)
    assert dots[:4].tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]
    assert dots[4:, 0].tolist() == [5, 6, 7, 8, 9]
    assert set(dots[4:, 1]) == {5.0}


def test_a_cell_in_hand_is_drawn_in_its_own_pixels_only(make_napari_viewer, scene):
    layers = SmearLayers(make_napari_viewer())
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    before = layers.overlay.data.copy()
    layers.hold(np.array([1]), np.array([True]))
    changed = layers.overlay.data != before
    assert changed.any()
    assert set(scene.mask[changed].tolist()) == {2}
    layers.hold(np.array([1]), np.array([False]))
    np.testing.assert_array_equal(layers.overlay.data, before)


def test_one_cell_is_drawn_in_a_small_box_and_many_at_once(make_napari_viewer, scene):
    viewer = make_napari_viewer()
    layers = SmearLayers(viewer)
    layers.show_scene(scene, CODES, LOOKS, FREE, "")
    viewer.screenshot()  # the graphics card has the picture now
    drawn = []
    layers.overlay.events.labels_update.connect(lambda e: drawn.append(e.data.shape))
    whole = []
    layers.overlay.events.set_data.connect(whole.append)
    layers.recolour(np.array([1]), np.array([6], np.uint8))
    cells = scene.cells
    assert len(drawn) == 1, "one change is one upload"
    assert drawn[0] <= (int(cells.height[1]), int(cells.width[1]))
    assert not whole, "the whole picture was uploaded for one cell"
    layers.hold(np.array([0]), np.array([True]))
    assert len(drawn) == 2
    layers.set_outlines(False)
    assert len(whole) == 1
    assert np.array_equal(layers.overlay.data, layers._classes.pixels)
