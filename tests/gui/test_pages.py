"""The pages of the dock: tabs, windows of their own, and where they were left."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget

from napari_dinobloom.gui.views.side_docks import PUT_AWAY
from napari_dinobloom.study import ChangeSlides

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]
TITLES = ["Study", "Map", "Cells", "Label"]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_dock(make_napari_viewer, qtbot) -> Iterator[Callable[[], tuple[Any, Any]]]:
    """Opens a window with the dock in it; gives dock and session."""
    from napari_dinobloom.gui import plugin

    sessions = []

    def make() -> tuple[Any, Any]:
        viewer = make_napari_viewer(show=True)
        dock = plugin.show_dock(viewer)
        sessions.append(plugin.session_of(viewer))
        qtbot.waitUntil(dock.isVisible)
        return dock, sessions[-1]

    yield make
    for session in sessions:
        session.close()


def titles(dock: Any) -> list[str]:
    tabs = dock.pages.tabs
    return [tabs.tabText(i) for i in range(tabs.count())]


def bars_in(window: Any) -> list[Any]:
    """Lines about the cells in hand that belong to this window."""
    from qtpy.QtWidgets import QWidget

    return [
        w
        for w in window.findChildren(QWidget)
        if type(w).__name__ == "SelectionBar" and w.window() is window.window()
    ]


def test_the_pages_stand_in_the_order_of_the_work_and_say_what_they_are(open_dock):
    dock, _ = open_dock()
    assert titles(dock) == TITLES
    assert dock.pages.current == "Study"
    tips = [dock.pages.tabs.tabToolTip(i) for i in range(4)]
    assert all(tips)
    assert len(set(tips)) == 4


def test_a_page_taken_out_is_a_window_until_that_is_closed(open_dock, qtbot):
    dock, _ = open_dock()
    dock.pages.tabs.setCurrentIndex(1)
    qtbot.mouseClick(dock.pages._out, LEFT)
    window = dock.pages.windows["Map"]
    assert window.isVisible()
    assert dock.page("Map").window() is window
    assert dock.page("Map").isVisible()
    assert window.windowTitle().startswith("Map")
    assert titles(dock) == ["Study", "Cells", "Label"]
    window.close()
    assert titles(dock) == TITLES
    assert dock.pages.current == "Map"
    assert dock.page("Map").window() is dock.window()
    assert dock.page("Map").isVisible()
    assert not dock.pages.windows


def test_a_double_click_on_a_tab_takes_its_page_out(open_dock, qtbot):
    dock, _ = open_dock()
    bar = dock.pages.tabs.tabBar()
    qtbot.mouseDClick(bar, LEFT, pos=bar.tabRect(2).center())
    assert list(dock.pages.windows) == ["Cells"]


def test_the_last_page_stays_in_the_dock(open_dock):
    dock, _ = open_dock()
    for title in TITLES:
        dock.pages.take_out(title)
    assert titles(dock) == ["Label"]
    assert not dock.pages._out.isVisible()
    for title in ("Cells", "Study", "Map"):
        dock.pages.put_back(title)
    assert titles(dock) == TITLES


def test_every_window_says_what_is_in_hand(
    open_dock, make_study, search_picture, tmp_path, qtbot
):
    dock, session = open_dock()
    study = session.desk.create(tmp_path / "ward.study")
    drawn = make_study(kinds=())
    study.apply(ChangeSlides(drawn.slides, drawn.pictures))
    search_picture(study, 1, ("wbc", "wbc", "rbc"))
    qtbot.waitUntil(lambda: len(session.roster) == 3)
    dock.pages.take_out("Cells")
    dock.pages.take_out("Map")
    windows = (dock, *dock.pages.windows.values())
    session.selection.take(study.cells.cell_id[:2])
    for window in windows:
        (bar,) = bars_in(window)
        assert bar.isVisible()
        assert bar.summary.text() == "2 cells in hand · 1 slide"
    qtbot.mouseClick(bars_in(dock.pages.windows["Map"])[0].none, LEFT)
    assert len(session.selection) == 0
    for window in windows:
        assert bars_in(window)[0].summary.text() == "No cells in hand"
    dock.pages.windows["Map"].close()
    session.selection.take(study.cells.cell_id[:1])
    assert bars_in(dock)[0].summary.text().startswith("1 cell in hand")


def test_the_map_is_drawn_in_its_window_and_back_in_the_dock(open_dock, qtbot):
    dock, _ = open_dock()
    page = dock.page("Map")
    page.show_palette(np.array([(0, 255, 0, 255)], np.uint8), 0)
    page.show_points(np.array([(0, 0), (1, 1), (1, 0)], "f4"), False)
    page.show_codes(np.zeros(3, np.int32))
    for move in (dock.pages.take_out, dock.pages.put_back):
        move("Map")
        qtbot.waitUntil(page.canvas.surface.isVisible)
        rgba = page.canvas.picture(1, "#000000", "#ffffff")
        assert (rgba[..., 1] > 200).any(), move.__name__


def test_pages_lie_the_next_day_where_they_were_left(open_dock, qtbot):
    dock, session = open_dock()
    dock.pages.take_out("Cells")
    dock.pages.windows["Cells"].setGeometry(40, 30, 500, 400)
    dock.pages.show_page("Label")
    left = {"out": ["Cells"], "front": "Label"}
    qtbot.waitUntil(lambda: left.items() <= session.layout.read()["pages"].items())
    place = session.layout.read()["pages"]["places"]["Cells"]
    assert place[2:] == [500, 400]
    session.viewer.close()
    qtbot.waitUntil(lambda: session.is_closed)
    assert left.items() <= session.layout.read()["pages"].items()

    again, _ = open_dock()
    assert list(again.pages.windows) == ["Cells"]
    assert again.pages.current == "Label"
    window = again.pages.windows["Cells"]
    assert window.isVisible()
    assert (window.width(), window.height()) == (500, 400)
    again.pages.put_back("Cells")


@pytest.mark.parametrize(
    "kept",
    [
        "not json",
        json.dumps({"pages": {"out": "Cells", "places": 3, "front": ["Map"]}}),
        json.dumps(
            {"pages": {"out": ["Gone"], "places": {"Map": [1]}, "front": "Gone"}}
        ),
        json.dumps({"pages": [1, 2]}),
    ],
    ids=["text", "other types", "other pages", "list"],
)
def test_a_damaged_memory_of_the_layout_is_no_memory(open_dock, tmp_path, kept):
    folder = tmp_path / "xdg_state_home" / "napari-dinobloom"
    folder.mkdir(parents=True)
    (folder / "layout.json").write_text(kept, "utf-8")
    dock, _ = open_dock()
    assert titles(dock) == TITLES
    assert dock.pages.current == "Study"


def test_every_page_fits_into_a_small_window_and_the_list_of_layers_comes_back(
    open_dock, qtbot
):
    dock, _ = open_dock()
    window = dock.window()
    others = [
        other
        for other in window.findChildren(QDockWidget)
        if window.dockWidgetArea(other) == Qt.DockWidgetArea.LeftDockWidgetArea
    ]
    assert others
    window.resize(1300, 900)
    qtbot.waitUntil(lambda: not any(other.isHidden() for other in others))
    window.resize(800, 700)
    qtbot.waitUntil(lambda: all(other.isHidden() for other in others))
    for title in ("Study", "Map", "Cells", "Label"):
        dock.pages.show_page(title)
        window.resize(800, 600)
        qtbot.wait(50)
        assert (window.width(), window.height()) == (800, 600), title
        page = dock.page(title)
        inner = page.widget() if title == "Study" else page
        seen = inner.visibleRegion().boundingRect()
        assert seen.width() == inner.width(), title
        assert dock.width() < 400
    others[0].show()  # by the menu, and it stays there
    window.resize(810, 600)
    qtbot.wait(50)
    assert not others[0].isHidden()
    window.resize(1300, 900)
    qtbot.waitUntil(lambda: not any(other.isHidden() for other in others))


def test_pages_fill_the_dock_also_when_it_is_opened_again(make_napari_viewer, qtbot):
    from napari_dinobloom.gui import plugin

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    for _ in range(
        3
    ):  # napari's stretch below a dock's content grows from dock to dock
        dock = plugin.show_dock(viewer)
        session = plugin.session_of(viewer)
        qtbot.waitUntil(dock.isVisible)
        qtbot.waitUntil(lambda dock=dock: dock.pages.height() > 0.7 * dock.height())
        viewer.window.remove_dock_widget(dock)
        qtbot.waitUntil(lambda session=session: session.is_closed)


def test_what_is_said_below_the_pages_ends_with_its_study(open_dock, tmp_path):
    dock, session = open_dock()
    session.desk.create(tmp_path / "a.study")
    session.labeller.said.emit("Done again: label 1 cell blast")
    assert dock.said == "Done again: label 1 cell blast"
    session.desk.close()
    assert dock.said == ""


def test_the_label_page_without_classes_says_what_a_key_lacks(open_dock, tmp_path):
    dock, session = open_dock()
    session.desk.create(tmp_path / "a.study")
    dock.pages.show_page("Label")
    session.labeller.said.emit("Choose the classes first")
    assert dock.said == "Choose the classes first"


def test_what_was_said_of_a_small_window_goes_when_it_is_large(open_dock, qtbot):
    dock, session = open_dock()
    window = session.viewer.window
    window.resize(800, 600)
    qtbot.waitUntil(lambda: dock.said == PUT_AWAY)
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: dock.said == "")
