"""The Label page, the keys and their sheet, put together for a session."""

from weakref import WeakKeyDictionary

from qtpy.QtWidgets import QWidget

from napari_dinobloom.gui.label_keys import LabelKeys
from napari_dinobloom.gui.pages.live import live_panel
from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.labels.presenter import LabelPresenter
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.views.labels.cheat_sheet import CheatSheet
from napari_dinobloom.gui.views.labels.page import LabelPage

TITLE = "Label"
_keys: "WeakKeyDictionary[Session, LabelKeys]" = WeakKeyDictionary()


def label_page(session: Session) -> Page:
    """Build the page and connect it."""
    page = LabelPage()
    live = live_panel(session)
    page.add_below(live.widget)
    presenter = LabelPresenter(
        session.desk,
        session.selection,
        session.roster,
        session.labeller,
        page,
        portrait=session.portraits.image,
        later=session.later,
    )
    links = _PortraitLink(session, presenter)
    keys = _KeySheet(session, page)
    tip = "Label the cells in hand, by click or by key, and see how many there are"
    return Page(TITLE, page, tip, (presenter, links, keys, *live.presenters))


def keys_of(session: Session) -> LabelKeys:
    """The session's label keys, which work on its canvas; install them on pages."""
    if session not in _keys:
        keys = _keys[session] = LabelKeys(
            session.viewer, session.labeller, session.field
        )
        session.on_close(keys.release)
    return _keys[session]


class _PortraitLink:
    """Shows the picture of the single cell once it is read."""

    def __init__(self, session: Session, presenter: LabelPresenter) -> None:
        self._portraits, self._arrived = session.portraits, presenter.portrait_arrived
        self._portraits.arrived.connect(self._arrived)

    def release(self) -> None:
        """Listen no more."""
        self._portraits.arrived.disconnect(self._arrived)


class _KeySheet:
    """Opens the sheet of keys beside the page."""

    def __init__(self, session: Session, page: QWidget) -> None:
        self._session, self._page = session, page
        self._sheet: CheatSheet | None = None
        keys_of(session).install(page)
        session.labeller.help_wished.connect(self._toggle)
        session.roster.classes_changed.connect(self._fill)

    def release(self) -> None:
        """Listen no more."""
        self._session.labeller.help_wished.disconnect(self._toggle)
        self._session.roster.classes_changed.disconnect(self._fill)

    def _toggle(self) -> None:
        if self._sheet is None:
            self._sheet = CheatSheet(self._page)
            keys_of(self._session).install(self._sheet)
        self._fill()
        self._sheet.toggle()

    def _fill(self) -> None:
        if self._sheet is not None:
            self._sheet.show_classes(self._session.roster.classes)
