"""The Cells page: the gallery, and beside it the card of one cell."""

from typing import Any

from napari_dinobloom.gui.pages.card import card_panel
from napari_dinobloom.gui.pages.live import similar_in
from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.gallery.presenter import GalleryPresenter
from napari_dinobloom.gui.session import Releasable, Session
from napari_dinobloom.gui.theme import colours_of
from napari_dinobloom.gui.views.gallery.page import GalleryPage
from napari_dinobloom.gui.views.gallery.pictures import CellPixmaps

TITLE = "Cells"
KEPT, KEPT_CARD = "cells", "card"


def cells_page(session: Session) -> Page:
    """Build the page and connect it."""
    page = GalleryPage(CellPixmaps(session.portraits))
    page.can_find_similar = True
    gallery = GalleryPresenter(
        session.desk,
        session.roster,
        session.selection,
        page,
        submit=session.worker("gallery").submit,
        go_to=session.field.go_to,
        similar=similar_in(session),
    )
    page.bar.facets, page.bar.offers = gallery.facets, gallery.offers
    page.bar.features = gallery.features
    presenters: list[Releasable] = [gallery, _Link(session, page, gallery)]
    card = card_panel(session)
    page.set_card(card.widget)
    presenters += card.presenters
    panel, layout = card.widget, session.layout
    panel.arrange(layout.read().get(KEPT_CARD, {}))
    panel.arranged.connect(lambda: layout.keep(KEPT_CARD, panel.arrangement()))
    page.arrange(layout.read().get(KEPT, {}))
    page.arranged.connect(lambda: layout.keep(KEPT, page.arrangement()))
    tip = "What the cells look like: sort, filter, take in hand, label"
    return Page(TITLE, page, tip, tuple(presenters))


class _Link:
    """Hands on pictures, keys and the theme."""

    def __init__(
        self, session: Session, page: GalleryPage, gallery: GalleryPresenter
    ) -> None:
        self._session, self._page, self._gallery = session, page, gallery
        cells = page.cells
        session.portraits.arrived.connect(cells.repaint_cells)
        session.roster.reset.connect(cells.pixmaps.forget)
        cells.retry_wished.connect(self._retry)
        cells.typed.connect(self._type)
        session.viewer.events.theme.connect(self._dress)
        self._dress()
        session.labeller.set_order(gallery.order)

    def release(self) -> None:
        """Listen no more."""
        session = self._session
        session.portraits.arrived.disconnect(self._page.cells.repaint_cells)
        session.roster.reset.disconnect(self._page.cells.pixmaps.forget)
        session.viewer.events.theme.disconnect(self._dress)
        session.labeller.set_order(None)

    def _type(self, text: str) -> None:
        """A class's key, else R: sort again."""
        if self._session.labeller.key(text):
            return
        if text.casefold() == "r":
            self._gallery.sort_again()

    def _retry(self) -> None:
        self._page.cells.pixmaps.forget()
        self._session.portraits.try_again()

    def _dress(self, *_: Any) -> None:
        self._page.cells.set_theme(colours_of(self._session.viewer.theme))
