"""A person at the viewer: samples, add, run, cancel, resume, overlay, close, reopen."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_dinobloom.imaging.synthetic import make_field
from napari_dinobloom.storage import open_study

# what napari 0.9 says about PyQt5 and about itself, not about us
pytestmark = [
    pytest.mark.gui,
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]

RUN_MS = 200_000


@pytest.fixture(autouse=True)
def foreign_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent studies and samples go where the test may write."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(scope="module")
def smears(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small fields of two slides, and one file that is no picture."""
    folder = tmp_path_factory.mktemp("ward") / "smears"
    for slide, laboratory, n in (("anna", "lilac", 2), ("bela", "peach", 1)):
        (folder / slide).mkdir(parents=True)
        for i in range(n):
            field = make_field(laboratory, "healthy", seed=i, size_px=(320, 240))
            Image.fromarray(field.rgb).save(folder / slide / f"field-{i}.png")
    (folder / "bela" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    return folder


@pytest.fixture
def open_dock(make_napari_viewer) -> Iterator[Callable[[], tuple]]:
    """Opens a viewer with the dock; gives viewer, session and the Study page."""
    from napari_dinobloom.gui import plugin

    sessions = []

    def make() -> tuple:
        viewer = make_napari_viewer()
        dock = plugin.show_dock(viewer)
        session = plugin.session_of(viewer)
        sessions.append(session)
        return viewer, session, dock.page(plugin.STUDY_PAGE)

    yield make
    for session in sessions:
        session.close()


def add(page, *paths: Path) -> None:
    """Drop paths on the page and say that they are fields."""
    page.take(list(paths))
    page.slides.add_panel.add_button.click()


def test_from_pictures_to_cells_and_back_after_a_restart(
    qtbot, open_dock, smears, tmp_path
):
    folder = tmp_path / "ward.study"
    viewer, session, page = open_dock()
    assert page.empty.isVisibleTo(page)

    # a new study, and pictures dropped on it
    page.header.create_wished.emit(folder)
    assert not page.run.run_button.isEnabled()
    add(page, smears)
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    study = session.desk.study
    assert len(study.pictures) == 3
    assert "broken.png" in page.run.failures._model.stringList()[0]
    qtbot.waitUntil(lambda: session.layers.image is not None)
    assert not session.layers.overlay.data.any()

    # cancelled after the first picture: that one stays
    page.run.run_button.click()
    assert not page.run.run_button.isEnabled()
    qtbot.waitUntil(lambda: len(study.findings) == 1, timeout=RUN_MS)
    page.run.cancel_button.click()
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    kept = dict(study.findings)
    assert 1 <= len(kept) < 3
    qtbot.waitUntil(lambda: bool(session.layers.overlay.data.any()))

    # run again: only what is missing
    page.run.run_button.click()
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    assert page.run.message.text == ""
    assert page.run.status.text() == "Done."
    assert len(study.findings) == 3
    assert all(study.findings[number] is finding for number, finding in kept.items())
    assert study.names_of("features") == ["morphology"]
    assert study.names_of("projection") == ["umap"]

    # what is drawn is what was found
    number = next(iter(study.pictures))
    masks = study.masks_of(number)
    qtbot.waitUntil(lambda: session.layers.overlay.data.any())
    drawn = session.layers.overlay.data > 0
    assert not drawn[masks[0] == 0].any()
    assert session.field.state.n_cells == len(study.findings[number].cells)

    # one label changes one cell
    cells = study.findings[number].cells
    before = session.layers.overlay.data.copy()
    label_as(study, int(cells.cell_id[0]), "blast")
    changed = session.layers.overlay.data != before
    assert changed.any()
    assert set(np.unique(masks[0][changed])) == {int(cells.mask_label[0])}

    # paging and the contact sheet
    session.field.step(1)
    qtbot.waitUntil(lambda: session.field.state.caption.startswith("field 2"))
    page.field.sheet.setChecked(True)
    qtbot.waitUntil(lambda: session.field.state.caption.startswith("fields 1–2"))
    qtbot.waitUntil(lambda: session.layers.image.data.shape[1] > 320)

    # closed: the canvas is empty, somebody else may write
    n_cells = len(study.cells)
    page.header.close_wished.emit()
    assert len(viewer.layers) == 0
    assert page.empty.isVisibleTo(page)
    with open_study(folder) as other:
        assert not other.read_only
        assert len(other.study.cells) == n_cells

    # and open again, from the list of recent studies
    assert page.header.recent == [folder]
    page.empty.recent_wished.emit(folder)
    reopened = session.desk.study
    assert reopened.labels.label_of(int(cells.cell_id[0])) == "blast"
    qtbot.waitUntil(lambda: session.layers.overlay is not None)
    page.header.undo_wished.emit()
    assert reopened.labels.label_of(int(cells.cell_id[0])) is None


def label_as(study, cell_id: int, name: str) -> None:
    """What a key of the Label page will do."""
    from napari_dinobloom.workflows import label_cells

    label_cells(study, [cell_id], name)


def test_a_second_dock_shows_the_same_study(open_dock, tmp_path, qtbot):
    from napari_dinobloom.gui import plugin

    viewer, session, page = open_dock()
    page.header.create_wished.emit(tmp_path / "a.study")
    second = plugin.show_dock(viewer)
    assert plugin.session_of(viewer) is session
    assert second.page(plugin.STUDY_PAGE).header._name.text() == "a"
    viewer.window.remove_dock_widget(second)
    qtbot.waitUntil(lambda: len(session._docks) == 1)
    assert session.desk.study is not None


def test_closing_the_last_dock_releases_the_study(make_napari_viewer, tmp_path, qtbot):
    from napari_dinobloom.gui import plugin

    viewer = make_napari_viewer()
    dock = plugin.show_dock(viewer)
    session = plugin.session_of(viewer)
    session.desk.create(tmp_path / "a.study")
    viewer.window.remove_dock_widget(dock)
    qtbot.waitUntil(lambda: session.is_closed)
    with open_study(tmp_path / "a.study") as other:
        assert not other.read_only
    assert plugin.session_of(viewer) is not session
    plugin.session_of(viewer).close()


def test_closing_the_window_while_something_runs_releases_the_study(
    make_napari_viewer, smears, tmp_path, qtbot
):
    from napari_dinobloom.gui import plugin

    viewer = make_napari_viewer(show=True)
    page = plugin.show_dock(viewer).page(plugin.STUDY_PAGE)
    session = plugin.session_of(viewer)
    page.header.create_wished.emit(tmp_path / "a.study")
    add(page, smears)
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    page.run.run_button.click()
    viewer.close()
    qtbot.waitUntil(lambda: session.is_closed, timeout=RUN_MS)
    assert not session.runner.is_busy
    with open_study(tmp_path / "a.study") as other:
        assert not other.read_only
        assert len(other.study.pictures) == 3


def test_a_study_opened_twice_can_be_read_and_says_why_not_written(
    open_dock, smears, tmp_path, qtbot
):
    _, first, page = open_dock()
    page.header.create_wished.emit(tmp_path / "a.study")
    add(page, smears)
    qtbot.waitUntil(lambda: not first.runner.is_busy, timeout=RUN_MS)
    _, second, other = open_dock()
    other.header.open_wished.emit(tmp_path / "a.study")
    assert len(second.desk.study.pictures) == 3
    assert not other.run.run_button.isEnabled()
    assert "Read only" in other.run.run_button.toolTip()
    assert other.header._note.isVisibleTo(other.header)


def test_the_dock_opens_from_napari_s_own_plugin_menu(
    make_napari_viewer, tmp_path, npe2pm_with_plugin
):
    from napari_dinobloom.gui import plugin
    from napari_dinobloom.storage import create_study

    viewer = make_napari_viewer()
    _, dock = viewer.window.add_plugin_dock_widget("napari-dinobloom")
    session = plugin.session_of(viewer)
    assert dock.page(plugin.STUDY_PAGE) is not None
    create_study(tmp_path / "a.study").close()
    viewer.open(str(tmp_path / "a.study"), plugin="napari-dinobloom")
    assert session.desk.folder == tmp_path / "a.study"
    session.close()


@pytest.fixture
def npe2pm_with_plugin(npe2pm):
    """Napari's plugin manager, which tests start empty, with this plugin in it."""
    from npe2 import PluginManifest

    import napari_dinobloom

    file = Path(napari_dinobloom.__file__).with_name("napari.yaml")
    npe2pm.register(PluginManifest.from_file(file))
    return npe2pm


def test_masks_that_are_dropped_take_the_place_of_cells(
    qtbot, open_dock, smears, tmp_path
):
    _, session, page = open_dock()
    page.header.create_wished.emit(tmp_path / "masks.study")
    add(page, smears / "bela" / "field-0.png")
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    qtbot.waitUntil(lambda: session.layers.image is not None)
    study = session.desk.study
    square = [[10, 10], [40, 10], [40, 40], [10, 40], [10, 10]]
    nucleus = [[20, 20], [30, 20], [30, 30], [20, 30], [20, 20]]
    cell = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [square]},
        "nucleusGeometry": {"type": "Polygon", "coordinates": [nucleus]},
        "properties": {"objectType": "cell"},
    }
    file = tmp_path / "field-0.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [cell]}))
    page.take([file])
    panel = page.slides.masks_panel
    assert panel.question.isVisibleTo(page)
    panel.take_button.click()
    qtbot.waitUntil(lambda: len(study.cells) == 1, timeout=RUN_MS)
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=RUN_MS)
    assert "1 cell without a name: white cell (it has a nucleus)." in panel.message.text
    qtbot.waitUntil(lambda: bool(session.layers.overlay.data[10:40, 10:40].any()))
    page.header.undo_wished.emit()
    assert len(study.cells) == 0


def test_sliders_are_tried_in_view_used_by_the_run_and_remembered(
    qtbot, open_dock, smears, tmp_path
):
    viewer, session, page = open_dock()
    page.header.create_wished.emit(tmp_path / "how.study")
    add(page, smears / "bela" / "field-0.png")
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=30_000)
    qtbot.waitUntil(lambda: session.layers.image is not None)
    study, how = session.desk.study, page.run.how
    assert not page.run.how_fold.is_open
    page.run.how_fold.set_open(True)
    layers = list(viewer.layers)

    how.preview.click()
    qtbot.waitUntil(lambda: "in view" in how.said.text(), timeout=30_000)
    outlines = viewer.layers["Preview"]
    usual = int((outlines.data > 0).sum())
    assert usual > 0
    assert not session.layers.overlay.visible
    assert len(study.cells) == 0
    how.sliders["sensitivity"].setValue(0.5)
    assert how.use.isChecked()
    qtbot.waitUntil(lambda: (outlines.data > 0).sum() < usual, timeout=30_000)
    how.preview.click()
    assert list(viewer.layers) == layers
    assert session.layers.overlay.visible

    page.run.run_button.click()
    qtbot.waitUntil(lambda: len(study.findings) == 1, timeout=30_000)
    page.run.cancel_button.click()
    qtbot.waitUntil(lambda: not session.runner.is_busy, timeout=30_000)
    (finding,) = study.findings.values()
    assert dict(finding.recipe.parameters) == {"sensitivity": 0.5}

    folder = session.desk.folder
    page.header.close_wished.emit()
    how.reset.click()
    assert how.values() == {}
    qtbot.waitUntil(lambda: not session._saver.is_busy, timeout=30_000)
    page.header.open_wished.emit(folder)
    assert how.values() == {"sensitivity": 0.5}
    assert how.use.isChecked()
    how.preview.click()  # a window may be closed while a preview is shown
    qtbot.waitUntil(lambda: "Preview" in viewer.layers, timeout=30_000)
    session.close(viewer_goes=True)
