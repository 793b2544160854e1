"""The real map page on a virtual screen: what is drawn, and what a mouse on it does."""

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

from napari_dinobloom.gui.presenters.map.colouring import Legend, LegendLine
from napari_dinobloom.gui.presenters.map.drawing import MapOptions
from napari_dinobloom.gui.presenters.map.kinds import KindOffer, KindsOnMap
from napari_dinobloom.gui.views.map.canvas import MapCanvas
from napari_dinobloom.gui.views.map.frame import MapFrame
from napari_dinobloom.gui.views.map.page import MapPage

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

# four corners, and a cell that has no place
CORNERS = np.array([(0, 0), (10, 0), (0, 10), (10, 10), (np.nan, np.nan)], "f4")
PALETTE = np.array(
    [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)], np.uint8
)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def canvas(qtbot) -> MapCanvas:
    made = MapCanvas()
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.show()
    qtbot.waitExposed(made)
    made.set_positions(CORNERS)
    made.cells.set_palette(PALETTE)
    made.cells.set_codes(np.array([0, 1, 2, 0, 0]))
    made.cells.set_opacity(1.0)
    made.set_size_factor(1.5)
    return made


def colour_at(canvas: MapCanvas, row: int) -> str:
    """What is drawn in the middle of a cell's dot, as "red", "green", "blue" or ""."""
    rgba = canvas.picture(1, "#000000", "#ffffff")
    x, y = canvas.place_of(row)
    seen = rgba[round(y), round(x), :3]
    names = {(255, 0, 0): "red", (0, 255, 0): "green", (0, 0, 255): "blue"}
    return names.get(tuple(int(v) for v in seen), "")


def colours(canvas: MapCanvas) -> list[str]:
    return [colour_at(canvas, row) for row in range(4)]


def drag(qtbot, canvas, places, button=LEFT, modifier=None) -> None:
    modifier = modifier or Qt.KeyboardModifier.NoModifier
    surface = canvas.surface
    points = [QPoint(round(x), round(y)) for x, y in places]
    qtbot.mousePress(surface, button, modifier, points[0])
    for point in points[1:]:
        # not qtbot.mouseMove: that moves the pointer, and Qt makes one event of several
        there = QPointF(surface.mapToGlobal(point))
        moved = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), there, button, button, modifier
        )
        QApplication.sendEvent(surface, moved)
    qtbot.mouseRelease(surface, button, modifier, points[-1])


def around(canvas: MapCanvas, row: int, far: float = 30) -> list[tuple[float, float]]:
    x, y = canvas.place_of(row)
    angles = np.linspace(0, 2 * np.pi, 24)
    return [(x + far * np.cos(a), y + far * np.sin(a)) for a in angles]


def test_every_cell_is_drawn_at_its_place_in_the_colour_of_its_code(canvas):
    assert colours(canvas) == ["red", "green", "blue", "red"]
    left, below = canvas.place_of(0), canvas.place_of(2)
    assert left[1] > below[1]  # y grows upwards
    assert canvas.place_of(4) is None


def test_one_code_or_the_palette_can_change_alone(canvas):
    canvas.cells.set_codes_at(np.array([3, 4]), np.array([1, 1]))
    assert colours(canvas) == ["red", "green", "blue", "green"]
    canvas.cells.set_codes_at(np.array([0, 1, 2, 3] * 1), np.array([2, 2, 2, 2]))
    assert colours(canvas) == ["blue"] * 4
    hidden = PALETTE.copy()
    hidden[2, 3] = 0
    canvas.cells.set_palette(hidden)
    assert colours(canvas) == [""] * 4


def test_many_codes_find_their_colour_beyond_one_row_of_the_palette(canvas):
    palette = np.full((1300, 4), 255, np.uint8)
    palette[[600, 1299]] = [(0, 255, 0, 255), (0, 0, 255, 255)]
    canvas.cells.set_palette(palette)
    canvas.cells.set_codes(np.array([600, 1299, 600, 1299, 0]))
    assert colours(canvas) == ["green", "blue", "green", "blue"]


def test_cells_in_hand_keep_their_colour_and_get_a_rim(canvas):
    plain = canvas.picture(1, "#000000", "#ffffff")
    canvas.set_selected(np.array([1, 4]))
    chosen = canvas.picture(1, "#000000", "#ffffff")
    assert colour_at(canvas, 1) == "green"
    x, y = (round(v) for v in canvas.place_of(1))
    window = np.s_[y - 15 : y + 15, x - 15 : x + 15, :3]
    white = (chosen[window] > 180).all(axis=-1).sum()
    assert white > 10
    assert (plain[window] > 180).all(axis=-1).sum() == 0
    canvas.set_selected(np.empty(0, np.int64))
    assert (canvas.picture(1, "#000000", "#ffffff") == plain).all()


def test_labelled_cells_lie_above_cells_without_label(canvas):
    canvas.set_positions(np.zeros((300, 2), "f4"))
    canvas.cells.set_palette(PALETTE, ground=2)
    codes = np.full(300, 2)
    codes[7] = 1
    canvas.cells.set_codes(codes)
    assert colour_at(canvas, 0) == "green"


def test_a_larger_picture_shows_the_same(canvas):
    small = canvas.picture(1, "#000000", "#ffffff")
    large = canvas.picture(2, "#000000", "#ffffff")
    assert large.shape == (2 * small.shape[0], 2 * small.shape[1], 4)
    for row, expected in enumerate(((255, 0, 0), (0, 255, 0), (0, 0, 255))):
        x, y = canvas.place_of(row)
        assert tuple(large[round(2 * y), round(2 * x), :3].tolist()) == expected
    assert colours(canvas) == ["red", "green", "blue", "red"]


@pytest.mark.parametrize(
    ("modifier", "combine"), [(None, "replace"), (SHIFT, "add"), (CONTROL, "remove")]
)
def test_a_lasso_tells_its_outline_in_places_of_the_map(
    canvas, qtbot, modifier, combine
):
    with qtbot.waitSignal(canvas.region_drawn) as told:
        drag(qtbot, canvas, around(canvas, 3), modifier=modifier)
    corners, how = told.args
    assert how == combine
    assert len(corners) >= 15
    np.testing.assert_allclose(corners.mean(axis=0), (10, 10), atol=0.3)
    assert np.ptp(corners, axis=0).max() < 3


def test_a_box_has_four_corners(canvas, qtbot):
    canvas.set_tool("box")
    (x, y), (u, v) = canvas.place_of(0), canvas.place_of(3)
    with qtbot.waitSignal(canvas.region_drawn) as told:
        drag(qtbot, canvas, [(x - 9, y + 9), (x + 40, y - 60), (u - 40, v + 40)])
    corners, _ = told.args
    assert corners.shape == (4, 2)
    assert (corners.min(axis=0) < 0).all()
    assert (corners.max(axis=0) < 10).all()


def test_a_click_is_no_lasso(canvas, qtbot):
    drawn = []
    canvas.region_drawn.connect(lambda *region: drawn.append(region))
    x, y = canvas.place_of(2)
    with qtbot.waitSignal(canvas.clicked) as told:
        drag(qtbot, canvas, [(x, y), (x + 1, y + 1)], modifier=CONTROL)
    at_x, at_y, radius, combine = told.args
    assert abs(at_x) < 2 * radius
    assert abs(at_y - 10) < 2 * radius
    assert combine == "toggle"
    assert drawn == []


def test_the_right_button_moves_the_map_with_every_tool(canvas, qtbot):
    drawn = []
    canvas.region_drawn.connect(lambda *region: drawn.append(region))
    before = np.array(canvas.place_of(0))
    drag(qtbot, canvas, [(100, 100), (130, 110), (160, 120)], button=RIGHT)
    np.testing.assert_allclose(np.array(canvas.place_of(0)) - before, (60, 20))
    assert drawn == []
    qtbot.keyClick(canvas.surface, Qt.Key.Key_F)
    np.testing.assert_allclose(canvas.place_of(0), before)


def test_the_left_button_moves_the_map_while_space_is_held(canvas, qtbot):
    before = np.array(canvas.place_of(0))
    qtbot.keyPress(canvas.surface, Qt.Key.Key_Space)
    drag(qtbot, canvas, [(100, 100), (150, 100)])
    qtbot.keyRelease(canvas.surface, Qt.Key.Key_Space)
    np.testing.assert_allclose(np.array(canvas.place_of(0)) - before, (50, 0))


def test_the_wheel_zooms_about_the_mouse(canvas):
    held, other = np.array(canvas.place_of(1)), np.array(canvas.place_of(2))
    at = QPointF(*held)
    wheel = QWheelEvent(
        at, at, QPoint(0, 0), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas.surface, wheel)
    np.testing.assert_allclose(canvas.place_of(1), held, atol=1e-6)
    spread = np.linalg.norm(np.array(canvas.place_of(2)) - held)
    assert spread > 1.3 * np.linalg.norm(other - held)


def test_hover_is_told_once_the_mouse_rests_and_ended_when_it_leaves(canvas, qtbot):
    told = []
    canvas.hovered.connect(told.append)
    x, y = canvas.place_of(1)
    qtbot.mouseMove(canvas.surface, QPoint(round(x) - 5, round(y)))
    qtbot.mouseMove(canvas.surface, QPoint(round(x), round(y)))
    qtbot.waitUntil(lambda: bool(told) and told[-1] is not None)
    at_x, at_y, radius = told[-1]
    assert abs(at_x - 10) < radius
    assert abs(at_y) < radius
    canvas._point_at(None)
    assert told[-1] is None


def test_escape_ends_a_lasso_and_puts_cells_away(canvas, qtbot):
    drawn = []
    canvas.region_drawn.connect(lambda *region: drawn.append(region))
    qtbot.mousePress(canvas.surface, LEFT, pos=QPoint(50, 50))
    for place in ((90, 60), (90, 90), (50, 90)):
        qtbot.mouseMove(canvas.surface, QPoint(*place))
    with qtbot.waitSignal(canvas.escaped):
        qtbot.keyClick(canvas.surface, Qt.Key.Key_Escape)
    qtbot.mouseRelease(canvas.surface, LEFT, pos=QPoint(50, 50))
    assert drawn == []


def test_keys_that_mean_nothing_to_the_map_go_on_to_the_page(canvas, qtbot):
    pressed = []
    holder = QWidget()
    qtbot.addWidget(holder)
    QVBoxLayout(holder).addWidget(canvas)
    holder.keyPressEvent = lambda event: pressed.append(event.text())
    holder.show()
    qtbot.keyClick(canvas.surface, "b")
    qtbot.keyClick(canvas.surface, "f")
    assert pressed == ["b"]
    canvas.setParent(None)


def test_a_large_map_is_sketched_while_it_moves_and_whole_when_it_rests(canvas, qtbot):
    from napari_dinobloom.gui.layers import cell_map

    n = cell_map.SKETCH + 1000
    xy = np.random.default_rng(0).normal(size=(n, 2)).astype("f4")
    canvas.set_positions(xy)
    canvas._move_by(10, 0)
    assert canvas.cells._all._index_buffer is not None
    qtbot.waitUntil(lambda: canvas.cells._all._index_buffer is None)


def test_the_map_is_whole_in_another_window_and_back(canvas, qtbot):
    """A window has its own drawing context; what the old one held is lost."""
    canvas.set_selected(np.array([1]))
    first, windows = canvas.surface, []
    for _ in range(2):
        window = QWidget()
        windows.append(window)  # the canvas keeps no window alive, and would go with it
        qtbot.addWidget(window)
        QVBoxLayout(window).addWidget(canvas)
        window.resize(420, 420)
        window.show()
        qtbot.waitExposed(window)
        assert colours(canvas)[1] == "green"
        assert canvas.surface is not first
        first = canvas.surface
        with qtbot.waitSignal(canvas.region_drawn):
            drag(qtbot, canvas, around(canvas, 3))
    canvas.setParent(None)
    qtbot.addWidget(canvas)


def test_nothing_placed_is_an_empty_map(canvas):
    canvas.set_positions(np.full((5, 2), np.nan, "f4"))
    canvas.cells.set_codes(np.zeros(5, int))
    canvas.cells.set_codes_at(np.array([2]), np.array([1]))
    canvas.set_selected(np.array([2]))
    canvas.set_current(2)
    assert not canvas.picture(1, "#000000", "#ffffff")[..., :3].any()


# -- the page around it ----------------------------------------------------------


@pytest.fixture
def page(qtbot) -> MapPage:
    made = MapPage(MapOptions)
    qtbot.addWidget(made)
    made.resize(430, 700)
    made.show()
    qtbot.waitExposed(made)
    made.show_points(CORNERS, keep_frame=False)
    made.show_palette(PALETTE, 3)
    made.show_codes(np.array([0, 1, 2, 0, 0]))
    lines = (LegendLine(0, "blast", "#ff0000", 2), LegendLine(1, "band", "#00ff00", 1))
    made.show_legend(Legend("Class", lines), frozenset())
    return made


def test_the_legend_lies_below_in_a_dock_and_beside_in_a_window(page, qtbot):
    assert page.legend.y() >= page.canvas.geometry().bottom()
    page.resize(1200, 700)
    qtbot.waitUntil(lambda: page.legend.x() >= page.canvas.geometry().right())


def test_a_click_on_a_name_hides_it_and_alt_leaves_it_alone(page, qtbot):
    view = page.legend.list
    middle = view.visualRect(page.legend.model.index(0)).center()
    with qtbot.waitSignal(page.hidden_wished) as told:
        qtbot.mouseClick(view.viewport(), LEFT, pos=middle)
    assert told.args == [frozenset({0})]
    with qtbot.waitSignal(page.hidden_wished) as told:
        page.legend.only(0)
    assert told.args == [frozenset({1})]
    with qtbot.waitSignal(page.category_wished) as told:
        page.legend.menu_for(1).actions()[0].trigger()
    assert told.args == [1, "replace"]


def test_the_face_of_a_cell_never_leaves_the_map(page):
    face = np.zeros((112, 112, 3), np.uint8)
    for row in range(4):
        page.show_cell(row, face, ("a blast", "cell 1"))
        assert page.popup.isVisible()
        assert page.canvas.rect().contains(page.popup.geometry())
        x, y = page.canvas.place_of(row)
        assert not page.popup.geometry().contains(QPoint(round(x), round(y)))
    page.show_cell(None, None, ())
    assert not page.popup.isVisible()


def test_the_form_tells_what_is_to_be_drawn(page, qtbot):
    form = page.drawing
    page.open_form()
    form.offer([("morphology", 5)], [("wbc", 2), ("rbc", 3)], MapOptions())
    form.set_ready(True, "")
    form.kinds["rbc"].setChecked(False)
    form.neighbours.setValue(30)
    with qtbot.waitSignal(form.draw_wished) as told:
        form.draw_button.click()
    assert told.args == [MapOptions(kinds=("wbc",), n_neighbours=30)]
    assert page.canvas.isVisible()
    form.kinds["wbc"].setChecked(False)
    assert not form.draw_button.isEnabled()


def test_a_saved_picture_has_map_and_legend(page, tmp_path, qtbot):
    from PIL import Image

    from napari_dinobloom.gui.presenters.map.svg import MapSheet

    width, height = page.canvas.extent
    legend = Legend("Class", page.legend.model.lines)
    nothing = np.empty((0, 2))
    sheet = MapSheet(
        "UMAP of 4 cells", legend, frozenset(), nothing, np.empty(0, int), PALETTE,
        width, height, 4.0, 1.0,
    )  # fmt: skip
    path = tmp_path / "map.png"
    page.save_picture(sheet, path, white=True)
    rgb = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert rgb.shape[:2] == (2 * (height + 34), 2 * (width + 230))
    assert rgb[5, -5].tolist() == [255, 255, 255]
    red = (rgb[..., 0] > 240) & (rgb[..., 1:] < 60).all(axis=-1)
    assert red[:, : 2 * width].any()
    assert red[:, 2 * width :].any()
    with pytest.raises(OSError, match="could not be written"):
        page.save_picture(sheet, tmp_path / "missing" / "map.png", white=False)


def test_typing_finds_a_feature(page, qtbot):
    from napari_dinobloom.gui.presenters.map.colouring import ColourChoice

    offered = [
        ColourChoice("class", "Label", "Classes"),
        ColourChoice("feature:m:area", "area", "Features: m"),
    ]
    page.offer_colours(offered, "class")
    box = page.toolbar.colours
    box.lineEdit().setText("AREA")
    with qtbot.waitSignal(page.colour_wished) as told:
        box.lineEdit().editingFinished.emit()
    assert told.args == ["feature:m:area"]
    box.lineEdit().setText("no such thing")
    box.lineEdit().editingFinished.emit()
    assert box.currentText() == "area"


def test_a_frame_is_its_own_inverse():
    frame = MapFrame()
    frame.resize(300, 200)
    frame.fit(np.array([-5.0, 2.0]), np.array([7.0, 3.0]))
    places = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(frame.to_map(frame.to_canvas(places)), places)
    frame.zoom(3.0, (20, 30))
    frame.pan(-4, 11)
    np.testing.assert_allclose(frame.to_map(frame.to_canvas(places)), places)


def test_theme_colours_reach_the_ground(page):
    page.set_theme(
        {
            "background": "#ffffff",
            "primary": "#cccccc",
            "secondary": "#aaaaaa",
            "current": "#0000ff",
            "text": "#000000",
        }
    )
    assert page.canvas._canvas.bgcolor.hex == QColor("#ffffff").name()


# -- kinds of cells ----------------------------------------------------------------


def kinds(**said) -> KindsOnMap:
    offers = (
        KindOffer("wbc", "White cells", 3),
        KindOffer("rbc", "Red cells", 90),
        KindOffer("", "All", 93),
    )
    return KindsOnMap(offers, **said)


def test_kinds_stand_on_the_page_and_one_click_shows_them(page, qtbot):
    page.show_kinds(kinds(chosen="wbc", note="Part of all.", draw="wbc"))
    assert page.kinds.buttons["wbc"].isChecked()
    with qtbot.waitSignal(page.kind_wished) as told:
        qtbot.mouseClick(page.kinds.buttons["rbc"], LEFT)
    assert told.args == ["rbc"]
    page.drawing.set_ready(True, "")
    with qtbot.waitSignal(page.map_of_kind_wished) as told:
        qtbot.mouseClick(page.kinds.draw_button, LEFT)
    assert told.args == ["wbc"]
    page.show_kinds(KindsOnMap())
    assert not page.kinds.isVisible()


def test_a_kind_that_is_not_on_the_map_is_offered_in_its_place(page, qtbot):
    missing = kinds(
        chosen="rbc", note="Of white cells only.", draw="rbc", is_missing=True
    )
    page.show_kinds(missing)
    assert not page.canvas.isVisible()
    assert page._missing_title.text() == "Red cells are not on this map"
    page.drawing.set_ready(False, "A run goes on.")
    assert not page.missing_button.isEnabled()
    page.drawing.set_ready(True, "")
    with qtbot.waitSignal(page.map_of_kind_wished) as told:
        qtbot.mouseClick(page.missing_button, LEFT)
    assert told.args == ["rbc"]
    page.show_kinds(kinds(chosen="wbc"))
    assert page.canvas.isVisible()
    assert not page.kinds.note.isVisible()


def test_in_a_narrow_dock_no_name_of_a_kind_is_cut(page, qtbot):
    page.show_kinds(kinds(chosen="wbc"))
    assert page.kinds.buttons["wbc"].text() == "White cells"
    page.resize(330, 700)
    qtbot.waitUntil(lambda: page.kinds.buttons["wbc"].text() == "White")
    assert page.kinds.buttons["wbc"].accessibleName() == "White cells"
