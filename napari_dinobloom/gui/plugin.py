"""Puts it all together: session and pages of a viewer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import napari
import numpy as np
from qtpy.QtWidgets import QApplication, QWidget

from napari_dinobloom.gui.find_cells import find_cells
from napari_dinobloom.gui.layers.first_layer import prepare_first_layer
from napari_dinobloom.gui.layout_memory import LayoutMemory
from napari_dinobloom.gui.pages.cells_page import cells_page
from napari_dinobloom.gui.pages.label_page import keys_of, label_page
from napari_dinobloom.gui.pages.live import similar_in
from napari_dinobloom.gui.pages.map_page import map_page
from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.pages.selection import selection_bar
from napari_dinobloom.gui.pages.study_page import study_page
from napari_dinobloom.gui.presenters.recents import RecentStudies
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.settings import read_settings
from napari_dinobloom.gui.theme import follow_theme
from napari_dinobloom.gui.views.dock import DinoBloomDock
from napari_dinobloom.gui.views.style import style_sheet
from napari_dinobloom.imaging import contact_sheet, levels_to_show, read_picture
from napari_dinobloom.storage import StudyFolder, create_study, open_study

DOCK_NAME = "Smears and cells (DinoBloom)"
STUDY_PAGE, LABEL_PAGE = "Study", "Label"


PAGES: tuple[Callable[[Session], Page], ...] = (
    study_page,
    map_page,
    cells_page,
    label_page,
)
"""In the order of their tabs."""
PAGES_KEPT = "pages"

_sessions: dict[int, Session] = {}
"""Sessions by the identity of their viewer, so that two docks share one."""


class SmearDock(DinoBloomDock):
    """The dock widget; a second one for the same viewer shows the same study.

    Parameters
    ----------
    napari_viewer
        The viewer; napari fills it in by this name.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        _furnish(self, session_of(napari_viewer))


def _furnish(dock: DinoBloomDock, session: Session) -> None:
    """Put the pages into a dock and connect them with the session."""
    pages = [build(session) for build in PAGES]
    bar = selection_bar(session, similar_in(session))
    study = pages[0].widget
    presenters = [p for page in (*pages, bar) for p in page.presenters]
    detach = session.attach(presenters, study.field.show_hover)
    dock.set_header(study.header)
    dock.set_bar(bar.widget)
    dock.pages.make_bar = lambda: _bar_of_a_window(session)
    dock.put_away_wished.connect(session.escape)
    for page in pages:
        dock.add_page(page.title, page.widget, page.tip)
    dock.pages.arrange(session.layout.read().get(PAGES_KEPT, {}))
    _tell(session, dock)
    dock.pages.arranged.connect(
        lambda: session.layout.keep(PAGES_KEPT, dock.pages.arrangement())
    )
    keys_of(session).install(dock)
    forget_theme = follow_theme(
        session.viewer, lambda colours: dock.setStyleSheet(style_sheet(colours))
    )
    dock.closed.connect(forget_theme)
    dock.closed.connect(detach)
    dock.window_closed.connect(partial(session.close, viewer_goes=True))


def _tell(session: Session, dock: DinoBloomDock) -> None:
    """Say below the pages what a key did, or why not.

    The Label page does it itself, once there are classes.
    """

    def is_wanted() -> bool:
        return dock.pages.current != LABEL_PAGE or not session.roster.classes

    def say(text: str) -> None:
        if is_wanted():
            dock.show_said(text)

    def fail(text: str, remedy: str) -> None:
        if is_wanted():
            dock.show_said(f"{text} {remedy}".strip(), whole=True)

    def forget() -> None:  # it was about a study that is put away
        dock.show_said("")

    labeller, desk = session.labeller, session.desk
    for told, call in (
        (labeller.said, say),
        (labeller.failed, fail),
        (desk.study_closed, forget),
    ):
        told.connect(call)
        dock.closed.connect(partial(told.disconnect, call))


def _bar_of_a_window(session: Session) -> QWidget:
    """The line about the cells in hand, for as long as its window lasts."""
    bar = selection_bar(session, similar_in(session))

    def release() -> None:
        for presenter in bar.presenters:
            presenter.release()

    bar.widget.destroyed.connect(release)
    return bar.widget


def open_viewer(study_folder: Path | None) -> None:
    """Open napari with the dock, and a study in it if one is named.

    Returns when the window has been closed.
    """
    viewer = napari.Viewer(title="DinoBloom")
    is_first = not session_of(viewer).layout.read()
    show_dock(viewer)
    if is_first:
        _make_room(viewer)
    if study_folder is not None:
        open_study_in(viewer, study_folder)
    napari.run()


def show_dock(viewer: Any) -> DinoBloomDock:
    """Add the dock to a viewer."""
    dock = SmearDock(viewer)
    viewer.window.add_dock_widget(dock, name=DOCK_NAME, area="right")
    return dock


def open_study_in(viewer: Any, folder: Path) -> None:
    """Show a study in a viewer, with the dock if it is not there yet."""
    key = id(_unwrapped(viewer))
    if key not in _sessions:
        show_dock(viewer)
    _sessions[key].desk.open(folder)


def find_cells_here(viewer: napari.Viewer) -> None:
    """Search the chosen picture for cells and add them as a Labels layer."""
    find_cells(viewer)


def session_of(viewer: Any) -> Session:
    """The session of a viewer, made when first asked for."""
    viewer = _unwrapped(viewer)
    key = id(viewer)
    if key not in _sessions:
        session = Session(
            viewer,
            open_folder=_open,
            create_folder=_create,
            read=_read,
            arrange=partial(contact_sheet, gap=12, fill=(128, 128, 128)),
            recents=RecentStudies(_state_folder() / "recent-studies.json"),
            layout=LayoutMemory(_state_folder() / "layout.json"),
            samples=_data_folder() / "samples",
            read_levels=levels_to_show,
        )
        end = partial(session.close, viewer_goes=True)
        quitting = QApplication.instance().aboutToQuit
        quitting.connect(end)
        session.on_close(partial(quitting.disconnect, end))
        session.on_close(partial(_sessions.__delitem__, key))
        _sessions[key] = session
        imports = session.worker("imports")
        imports.submit(prepare_first_layer, _nothing, _nothing)
        imports.submit(_import_readers, _nothing, _nothing)
    return _sessions[key]


def _make_room(viewer: Any) -> None:
    """The first window is large; later ones are as the person left them."""
    screen = QApplication.primaryScreen().availableGeometry()
    viewer.window.resize(int(screen.width() * 0.92), int(screen.height() * 0.9))


# -- parts -----------------------------------------------------------------------


def _import_readers() -> None:
    """What reading a study will need; a second of imports, spent before it is asked."""
    import anndata  # noqa: F401 - for its side effect
    import zarr  # noqa: F401 - for its side effect


def _nothing(_: object) -> None:
    """Whether it went well shows when a study is opened."""


def _open(folder: Path) -> StudyFolder:
    return open_study(folder, read_settings().author or None)


def _create(folder: Path) -> StudyFolder:
    return create_study(folder, read_settings().author or None)


def _read(path: Path) -> np.ndarray:
    return read_picture(path).rgb


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("napari-dinobloom")


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("napari-dinobloom")


def _unwrapped(viewer: Any) -> Any:
    """The viewer itself; napari hands plugins a proxy."""
    return getattr(viewer, "__wrapped__", viewer)
