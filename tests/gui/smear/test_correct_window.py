"""Somebody corrects cells in the real window, with mouse and keys."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication

from napari_dinobloom.core.task import run
from napari_dinobloom.gui import plugin
from napari_dinobloom.gui.layers.camera import camera_of
from napari_dinobloom.gui.layers.class_image import line_codes
from napari_dinobloom.gui.views.smear.correct_panel import CorrectPanel
from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.storage import create_study, open_study
from napari_dinobloom.workflows import (
    AddPictures,
    EmbedCells,
    ProjectCells,
    SegmentPictures,
    label_cells,
)

pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

WAIT_MS = 60_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed study of two fields, described and mapped, some cells labelled."""
    home = tmp_path_factory.mktemp("ward")
    (home / "slide").mkdir()
    for seed in (4, 6):
        field = make_field("lilac", "healthy", seed=seed, size_px=(400, 300))
        Image.fromarray(field.rgb).save(home / "slide" / f"{seed}.png")
    with create_study(home / "a.study", author="Ada") as opened:
        study = opened.study
        run(AddPictures.from_study(study, [home / "slide"]), study)
        run(SegmentPictures.from_study(study, workers=1), study)
        run(EmbedCells.from_study(study), study)
        run(ProjectCells.from_study(study, "pca"), study)
        red = study.cells.cell_id[study.cells.kind == 1]
        label_cells(study, red[-4:], "target cell")
        label_cells(study, red[-8:-4], "spherocyte")
    return home / "a.study"


class Bench:
    """The window, and what a hand does in it."""

    def __init__(self, qtbot, viewer, dock, folder: Path) -> None:
        self.qtbot, self.viewer = qtbot, viewer
        self.dock, self.session = dock, plugin.session_of(viewer)
        self.native = viewer.window._qt_viewer.canvas.native
        self.said: list[str] = []
        self.session.labeller.said.connect(self.said.append)
        self.session.labeller.failed.connect(lambda *w: self.said.append(" ".join(w)))
        plugin.open_study_in(viewer, folder)
        self.study = self.session.desk.study
        self.page = dock.page(plugin.STUDY_PAGE)
        (self.panel,) = self.page.field.findChildren(CorrectPanel)
        self.settle()

    def settle(self) -> None:
        """Until nothing runs, nothing is read, nothing is learned."""
        session = self.session
        self.qtbot.wait(250)
        self.qtbot.waitUntil(
            lambda: not session.runner.is_busy and not session.loader.is_busy,
            timeout=WAIT_MS,
        )
        self.qtbot.waitUntil(lambda: session.live.has_caught_up, timeout=WAIT_MS)
        self.qtbot.wait(250)

    def mouse(self, kind: str, y: float, x: float) -> None:
        """At a pixel of the picture."""
        image, camera = self.session.layers.image, camera_of(self.viewer)
        world = np.array(image.data_to_world((y, x)))[-2:]
        offset = (world - np.array(camera.center)[-2:]) * camera.zoom
        at = QPointF(
            self.native.width() / 2 + offset[1], self.native.height() / 2 + offset[0]
        )
        kinds, buttons = QEvent.Type, Qt.MouseButton
        types = {
            "press": (kinds.MouseButtonPress, buttons.LeftButton, buttons.LeftButton),
            "drag": (kinds.MouseMove, buttons.NoButton, buttons.LeftButton),
            "release": (
                kinds.MouseButtonRelease,
                buttons.LeftButton,
                buttons.NoButton,
            ),
        }
        name, button, held = types[kind]
        event = QMouseEvent(
            name,
            at,
            QPointF(self.native.mapToGlobal(at.toPoint())),
            button,
            held,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.native, event)

    def draw(self, path: np.ndarray) -> None:
        """Press, move, let go."""
        self.mouse("press", *path[0])
        for place in path[1:]:
            self.mouse("drag", *place)
            self.qtbot.wait(8)  # napari takes no more moves than that
        self.mouse("release", *path[-1])

    def click(self, y: float, x: float) -> None:
        """Press and let go."""
        self.mouse("press", y, x)
        self.mouse("release", y, x)

    def key(self, key, *modifiers) -> None:
        """Over the smear."""
        self.qtbot.keyClick(self.native, key, *modifiers)

    def row(self, cell_id: int) -> int:
        return int(self.study.cells.rows_of(np.array([cell_id]))[0])

    def middle(self, cell_id: int) -> tuple[float, float]:
        cells, row = self.study.cells, self.row(cell_id)
        return float(cells.y[row]), float(cells.x[row])

    def shown(self) -> list[int]:
        """Ids of the cells that are drawn on the canvas."""
        return self.session.field.marks.scene.cells.cell_id.tolist()

    def drawn(self, y: float, x: float) -> bool:
        """Whether an outline is drawn within some pixels of a place."""
        y, x = round(y), round(x)
        box = self.session.layers.overlay.data[y - 3 : y + 4, x - 3 : x + 4]
        return bool(box.any())

    def described(self, cell_id: int) -> bool:
        ids = np.array([cell_id])
        return bool(self.study.features("morphology").rows.of(ids)[1][0])

    def wait_described(self, cell_id: int) -> None:
        self.qtbot.waitUntil(lambda: self.described(cell_id), timeout=WAIT_MS)

    def wait_roster(self) -> None:
        """Until every page knows which cells there are."""
        self.qtbot.waitUntil(
            lambda: self.session.roster.cells is self.study.cells, timeout=WAIT_MS
        )
        self.settle()

    def red_cell(self) -> int:
        """A whole red cell of the first field that has no label."""
        cells = self.study.findings[1].cells
        rows = (cells.kind == 1) & ~cells.cut_by_border & (cells.area_px > 2500)
        ids = cells.cell_id[rows].tolist()
        return next(i for i in ids if self.study.labels.label_of(i) is None)


def circle(centre: tuple[float, float], radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 32)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1) * radius + centre


@pytest.fixture
def bench(qtbot, make_napari_viewer, folder: Path, tmp_path: Path) -> Iterator[Bench]:
    """The window with a copy of the study in it."""
    copied = tmp_path / "a.study"
    shutil.copytree(folder, copied)
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    made = Bench(qtbot, viewer, plugin.show_dock(viewer), copied)
    yield made
    made.session.close()


def test_a_cell_is_redrawn_split_merged_deleted_and_added_by_hand(bench: Bench):
    study, panel, cell = bench.study, bench.panel, bench.red_cell()
    middle = y, x = bench.middle(cell)
    panel.open_button.click()
    assert panel.tools["redraw"].isVisible()

    panel.tools["redraw"].click()
    assert "Draw once round the cell, then let go." in panel.hint.text()
    bench.draw(circle(middle, 18))
    # the outline is there at once, before anything was read or computed
    assert bench.said[-1].startswith(f"Cell {cell} redrawn — Ctrl+Z")
    assert bench.drawn(y - 18, x)
    assert not bench.described(cell)
    assert bench.session.selection.ids.tolist() == [cell]
    bench.wait_described(cell)

    panel.tools["split"].click()
    bench.draw(np.array([(y - 30, x + 4), (y, x + 4), (y + 30, x + 4)]))
    new = max(bench.shown())
    assert bench.session.selection.ids.tolist() == [cell, new]
    bench.wait_described(new)

    panel.actions_["merge"].click()
    assert new not in bench.shown()
    assert bench.session.selection.ids.tolist() == [cell]

    panel.actions_["delete"].click()
    assert cell not in bench.shown()
    assert not bench.drawn(y - 18, x)
    assert len(bench.session.selection) == 0
    bench.settle()

    panel.tools["add"].click()
    bench.click(*middle)
    added = bench.session.selection.ids.tolist()
    assert bench.said[-1].startswith("Added a red cell")
    assert added == [max(bench.shown())]
    bench.wait_roster()
    bench.wait_described(added[0])
    assert bench.session.roster.row_of(added[0]) is not None

    # every step back, by the keys that take labels back
    for _ in range(5):
        bench.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.settle()
    assert bench.said[-1].startswith(f"Taken back: redraw cell {cell}")
    assert cell in bench.shown()
    assert added[0] not in bench.shown()
    assert study.cells.outline_id[bench.row(cell)] == cell


def test_the_outline_of_a_nucleus_follows_a_correction_at_once(bench: Bench):
    study, overlay = bench.study, bench.session.layers.overlay
    cells = study.findings[1].cells
    cell = int(cells.cell_id[(cells.kind == 0) & ~cells.cut_by_border][0])
    middle = y, x = bench.middle(cell)
    code = line_codes(len(bench.session.field.marks._palette.bold())).nucleus
    bench.panel.open_button.click()
    bench.panel.tools["nucleus"].click()
    bench.draw(circle(middle, 9))
    drawn = overlay.data == code
    row, column = round(y), round(x)
    near = drawn[row - 12 : row + 13, column - 12 : column + 13]
    assert near.sum() > 30
    assert not near[8:17, 8:17].any()
    bench.page.field.nuclei.click()
    assert not (overlay.data == code).any()
    bench.page.field.nuclei.click()
    assert np.array_equal(overlay.data == code, drawn)


def test_tools_and_what_they_ask_for_are_in_sight_once_opened(bench: Bench):
    bench.viewer.window.resize(1366, 768)
    bench.settle()
    panel, bar = bench.panel, bench.page.verticalScrollBar()
    bar.setValue(0)
    parts = [*panel.tools.values(), *panel.actions_.values(), panel.hint]

    def all_are_seen() -> bool:
        return all(part.visibleRegion().boundingRect() == part.rect() for part in parts)

    assert bar.maximum() > 0
    panel.open_wished.emit(True)
    bench.qtbot.waitUntil(all_are_seen, timeout=WAIT_MS)
    panel.tools["nucleus"].click()  # its hint is the longest
    bench.qtbot.wait(300)  # until the hint has its lines
    bench.qtbot.waitUntil(all_are_seen, timeout=WAIT_MS)


def test_escape_gives_up_a_line_then_the_pen_then_the_cells(bench: Bench):
    cell, before = bench.red_cell(), bench.study.undo_summary
    path = circle(bench.middle(cell), 18)
    bench.click(*bench.middle(cell))
    assert bench.session.selection.ids.tolist() == [cell]
    bench.panel.open_button.click()
    bench.panel.tools["redraw"].click()
    bench.mouse("press", *path[0])
    for place in path[1:20]:
        bench.mouse("drag", *place)
    assert bench.session.layers.marks.has_line
    bench.key(Qt.Key.Key_Escape)
    assert not bench.session.layers.marks.has_line
    bench.mouse("release", *path[20])
    assert bench.study.undo_summary == before
    assert bench.panel.tools["redraw"].isChecked()
    bench.key(Qt.Key.Key_Escape)
    assert not bench.panel.tools["redraw"].isChecked()
    assert bench.session.selection.ids.tolist() == [cell]
    bench.key(Qt.Key.Key_Escape)
    assert len(bench.session.selection) == 0


def test_delete_takes_cells_away_only_while_somebody_corrects(bench: Bench):
    cell = bench.red_cell()
    label_cells(bench.study, [cell], "target cell")
    bench.session.selection.take([cell], current=cell)
    bench.key(Qt.Key.Key_Delete)  # as everywhere: the label goes, the cell stays
    assert bench.study.labels.label_of(cell) is None
    bench.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.panel.open_button.click()
    bench.session.selection.take([cell], current=cell)
    bench.key(Qt.Key.Key_Delete)
    assert cell not in bench.shown()
    assert "went with it" in bench.said[-1]
    bench.wait_roster()
    assert bench.session.roster.row_of(cell) is None
    assert bench.session.selection.current is None


def test_live_predictions_and_map_follow_a_correction(bench: Bench):
    roster, cell = bench.session.roster, bench.red_cell()
    assert roster.predicted[roster.row_of(cell)] >= 0
    bench.panel.open_button.click()
    bench.panel.tools["split"].click()
    y, x = bench.middle(cell)
    bench.draw(np.array([(y - 60, x + 3), (y + 60, x + 3)]))
    new = int(bench.study.cells.cell_id[-1])
    bench.settle()
    bench.qtbot.waitUntil(
        lambda: (
            roster.row_of(new) is not None and roster.predicted[roster.row_of(new)] >= 0
        ),
        timeout=WAIT_MS,
    )
    assert roster.predicted[roster.row_of(cell)] >= 0
    bench.dock.pages.show_page("Map")
    bench.dock.pages.show_page("Cells")
    bench.settle()
    bench.session.selection.take([cell, new])
    bench.panel.actions_["delete"].click()
    assert bench.said[-1].startswith("2 cells deleted")
    bench.wait_roster()
    assert roster.row_of(cell) is roster.row_of(new) is None


def test_corrections_can_be_taken_back_in_another_session(
    bench: Bench, make_napari_viewer, tmp_path: Path
):
    cell = bench.red_cell()
    bench.panel.open_button.click()
    bench.session.selection.take([cell], current=cell)
    bench.panel.actions_["delete"].click()
    bench.settle()
    bench.session.close()
    with open_study(tmp_path / "a.study") as opened:
        assert cell not in opened.study.cells
        assert opened.study.undo() == f"delete cell {cell}"
        assert cell in opened.study.cells


def test_on_a_contact_sheet_the_tools_say_what_to_do(bench: Bench):
    bench.panel.open_button.click()
    bench.page.field.sheet.click()
    bench.settle()
    assert "Show one field by itself" in bench.panel.hint.text()
    assert not bench.panel.tools["add"].isEnabled()
    bench.page.field.sheet.click()
    bench.settle()
    assert bench.panel.tools["add"].isEnabled()


def test_what_cannot_be_done_is_said_and_changes_nothing(bench: Bench):
    before = bench.study.undo_summary
    bench.panel.open_button.click()
    bench.panel.tools["add"].click()
    bench.click(*bench.middle(bench.red_cell()))
    assert "There is a cell here already" in bench.said[-1]
    bench.panel.tools["split"].click()
    bench.draw(np.array([(-9.0, 2.0), (-9.0, 15.0), (-9.0, 29.0)]))
    assert "This line crosses no cell" in bench.said[-1]
    assert bench.study.undo_summary == before


def test_a_preview_and_the_tools_give_way_to_each_other(bench: Bench):
    how = bench.page.run.how
    how.preview.click()
    assert how.preview.isChecked()
    bench.panel.open_wished.emit(True)
    assert not how.preview.isChecked()
    assert bench.session.layers.overlay.visible
    assert bench.session.corrector.state.is_on
    how.preview.click()
    assert not bench.session.corrector.state.is_on
    how.preview.click()
