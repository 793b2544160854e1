"""The Study page: slides, the run, and what lies on the canvas."""

from dataclasses import replace

from napari.utils.notifications import show_warning

from napari_dinobloom.gui.beside import BesideViewer
from napari_dinobloom.gui.encoder_settings import encoder_settings
from napari_dinobloom.gui.layers.preview_layer import PreviewLayer
from napari_dinobloom.gui.methods import list_methods
from napari_dinobloom.gui.pages.correcting import CorrectionLink
from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.live.first_predictions import FirstPredictions
from napari_dinobloom.gui.presenters.smear.parts_presenter import PartsPresenter
from napari_dinobloom.gui.presenters.study.how_presenter import HowPresenter
from napari_dinobloom.gui.presenters.study.masks_presenter import MasksPresenter
from napari_dinobloom.gui.presenters.study.output_presenter import OutputPresenter
from napari_dinobloom.gui.presenters.study.run_presenter import RunPresenter
from napari_dinobloom.gui.presenters.study.slides_presenter import (
    Addition,
    SlidesPresenter,
)
from napari_dinobloom.gui.presenters.study.study_presenter import StudyPresenter
from napari_dinobloom.gui.samples import open_samples
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.settings import Settings, read_settings, write_settings
from napari_dinobloom.gui.views.study.settings_dialog import SettingsDialog
from napari_dinobloom.gui.views.study.study_page import StudyPage
from napari_dinobloom.workflows import RunOptions

TITLE = "Study"


def study_page(session: Session) -> Page:
    """Build the page and connect it."""
    page = StudyPage(Addition, RunOptions)
    study = StudyPresenter(
        session.desk, page.header, session.recents, session.labeller.retake
    )
    masks = MasksPresenter(
        session.desk,
        page.slides.masks_panel,
        run=session.runner.run,
        shown=lambda: _shown_picture(session),
    )
    slides = SlidesPresenter(
        session.desk,
        page.slides,
        run=session.runner.run,
        show_slide=session.field.show_slide,
        create=study.create,
        later=session.later,
        offer_masks=masks.offer,
    )
    preview = PreviewLayer(session.viewer, session.layers)
    how = HowPresenter(
        session.desk,
        page.run.how,
        page.run,
        preview,
        shown=lambda: session.field.marks.scene,
        field_changed=session.field.changed,
        submit=session.worker("preview").submit,
        later=session.later,
    )
    run = RunPresenter(
        session.desk,
        session.runner,
        page.run,
        list_methods=list_methods,
        with_settings=_with_settings,
    )
    page.header.settings_wished.connect(lambda: _ask_settings(page))
    page.empty.samples_wished.connect(
        lambda: open_samples(
            session.desk, session.runner, session.samples, page.header.show_error
        )
    )
    commands = BesideViewer(page)
    session.on_close(commands.close)
    output = OutputPresenter(session.desk, commands, page.header.output)
    predicting = FirstPredictions(session.live, page.header)
    correction = CorrectionLink(session)
    page.field.add_tools(correction.widget)
    correction.opened = lambda: how.preview(False)  # its outlines are not the cells
    correction.grown = lambda: page.bring_into_sight(correction.widget)
    page.run.how.preview_wished.connect(correction.give_way)
    tip = "Slides, the search for cells, and what lies on the canvas"
    field = _FieldLink(session, page)
    searching = (study, slides, masks, how, preview, run)
    presenters = (*searching, output, predicting, correction, field)
    return Page(TITLE, page, tip, presenters)


class _FieldLink:
    """Connects the panel beside the canvas with the field that is shown."""

    def __init__(self, session: Session, page: StudyPage) -> None:
        self._session, self._panel = session, page.field
        session.field.changed.connect(self._panel.show_state)
        self._panel.step_wished.connect(session.field.step)
        self._panel.sheet_wished.connect(session.field.show_sheet)
        self._panel.boxing_wished.connect(session.field.box_cells)
        self._panel.hide_wished.connect(session.field.marks.hide)
        self._panel.outlines_wished.connect(session.layers.set_outlines)
        self._panel.nuclei_wished.connect(session.layers.set_nuclei)
        self._panel.opacity_wished.connect(session.layers.set_opacity)
        self._panel.show_state(session.field.state)
        self._parts = PartsPresenter(
            session.desk, session.field, session.parts, self._panel
        )
        self._panel.parts_wished.connect(self._parts.want)

    def release(self) -> None:
        """Listen no more."""
        self._parts.release()
        self._session.field.changed.disconnect(self._panel.show_state)


def _shown_picture(session: Session) -> int | None:
    """The picture on the canvas, where it is a single one."""
    scene = session.field.marks.scene
    ids = scene.picture_ids if scene is not None else ()
    return ids[0] if len(ids) == 1 else None


def _ask_settings(page: StudyPage) -> None:
    dialog = SettingsDialog(read_settings(), page)
    if dialog.exec() and not write_settings(Settings(**dialog.values())):
        show_warning("Settings are kept from napari 0.9 on; they were not kept.")


def _with_settings(options: RunOptions) -> RunOptions:
    """The options with what was set beside them; only networks know a device."""
    parameters = {**options.encoder_parameters, **encoder_settings(options.encoder)}
    workers = read_settings().workers or None
    return replace(options, encoder_parameters=parameters, workers=workers)
