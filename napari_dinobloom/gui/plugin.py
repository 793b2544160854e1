"""Puts it all together: session, presenters and views of a viewer."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.utils.notifications import show_warning
from napari.utils.theme import get_theme
from qtpy.QtWidgets import QApplication

from napari_dinobloom.encoding.weights import FOLDER_VARIABLE
from napari_dinobloom.gui.find_cells import find_cells
from napari_dinobloom.gui.methods import list_methods
from napari_dinobloom.gui.presenters.recents import RecentStudies
from napari_dinobloom.gui.presenters.run_presenter import RunPresenter
from napari_dinobloom.gui.presenters.slides_presenter import Addition, SlidesPresenter
from napari_dinobloom.gui.presenters.study_presenter import StudyPresenter
from napari_dinobloom.gui.samples import open_samples
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.settings import Settings, read_settings, write_settings
from napari_dinobloom.gui.views.dock import DinoBloomDock
from napari_dinobloom.gui.views.settings_dialog import SettingsDialog
from napari_dinobloom.gui.views.study_page import StudyPage
from napari_dinobloom.gui.views.style import style_sheet
from napari_dinobloom.imaging import contact_sheet, read_picture
from napari_dinobloom.storage import StudyFolder, create_study, open_study
from napari_dinobloom.workflows import RunOptions

DOCK_NAME = "Smears and cells (DinoBloom)"
STUDY_PAGE = "Study"

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
    page = StudyPage(Addition, RunOptions)
    detach = session.attach(_present(session, page), page.field.show_hover)
    _connect_rest(session, page)
    dock.add_page(STUDY_PAGE, page, "Slides, cells, and what lies on the canvas")
    forget_theme = _follow_theme(session, dock)
    dock.closed.connect(forget_theme)
    dock.closed.connect(detach)
    dock.window_closed.connect(partial(session.close, viewer_goes=True))


def open_viewer(study_folder: Path | None) -> None:
    """Open napari with the dock, and a study in it if one is named.

    Returns when the window has been closed.
    """
    viewer = napari.Viewer(title="DinoBloom")
    show_dock(viewer)
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
        )
        end = partial(session.close, viewer_goes=True)
        quitting = QApplication.instance().aboutToQuit
        quitting.connect(end)
        session.on_close(partial(quitting.disconnect, end))
        session.on_close(partial(_sessions.__delitem__, key))
        _sessions[key] = session
    return _sessions[key]


# -- parts -----------------------------------------------------------------------


def _present(session: Session, page: StudyPage) -> list[Any]:
    study = StudyPresenter(session.desk, page.header, session.recents)
    slides = SlidesPresenter(
        session.desk,
        page.slides,
        run=session.runner.run,
        show_slide=session.field.show_slide,
        create=study.create,
        later=session.later,
    )
    run = RunPresenter(
        session.desk,
        session.runner,
        page.run,
        list_methods=list_methods,
        with_settings=_with_settings,
    )
    return [study, slides, run, _FieldLink(session, page)]


class _FieldLink:
    """Connects the panel beside the canvas with the field that is shown."""

    def __init__(self, session: Session, page: StudyPage) -> None:
        self._session, self._panel = session, page.field
        session.field.changed.connect(self._panel.show_state)
        self._panel.step_wished.connect(session.field.step)
        self._panel.sheet_wished.connect(session.field.show_sheet)
        self._panel.outlines_wished.connect(session.layers.set_outlines)
        self._panel.opacity_wished.connect(session.layers.set_opacity)
        self._panel.show_state(session.field.state)

    def release(self) -> None:
        """Listen no more."""
        self._session.field.changed.disconnect(self._panel.show_state)


def _connect_rest(session: Session, page: StudyPage) -> None:
    page.header.settings_wished.connect(lambda: _ask_settings(page))
    page.empty.samples_wished.connect(
        lambda: open_samples(
            session.desk,
            session.runner,
            _data_folder() / "samples",
            page.header.show_error,
        )
    )


def _follow_theme(session: Session, dock: DinoBloomDock) -> Callable[[], None]:
    """Dress the dock as the viewer is dressed; what is returned ends that."""

    def paint(*_: Any) -> None:
        dock.setStyleSheet(style_sheet(_colours(session.viewer.theme)))

    paint()
    theme = session.viewer.events.theme
    theme.connect(paint)
    return partial(theme.disconnect, paint)


def _colours(theme: str) -> dict[str, str]:
    names = ("background", "primary", "secondary", "current", "text", "warning")
    chosen = get_theme(theme)
    return {name: getattr(chosen, name).as_hex("long")[:7] for name in names}


def _ask_settings(page: StudyPage) -> None:
    dialog = SettingsDialog(read_settings(), page)
    if dialog.exec() and not write_settings(Settings(**dialog.values())):
        show_warning("Settings are kept from napari 0.9 on; they were not kept.")


def _with_settings(options: RunOptions) -> RunOptions:
    """The options with what was set beside them; only networks know a device."""
    settings = read_settings()
    if settings.weights_folder:
        os.environ[FOLDER_VARIABLE] = settings.weights_folder
    parameters: dict[str, Any] = dict(options.encoder_parameters)
    if options.encoder != "morphology":
        if settings.device != "auto":
            parameters["device"] = settings.device
        if settings.batch_size:
            parameters["batch_size"] = settings.batch_size
    return replace(
        options, encoder_parameters=parameters, workers=settings.workers or None
    )


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
