"""The card of the cell that is looked at, wired to the session."""

from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.card.presenter import CardPresenter
from napari_dinobloom.gui.presenters.card.reasons import CardReasons
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.views.card.panel import CardPanel

TITLE = "Cell"


def card_panel(session: Session) -> Page:
    """Build the card and connect it."""
    panel = CardPanel()
    reasons = CardReasons(
        session.roster, session.live, session.portraits, later=session.later
    )
    card = CardPresenter(
        session.desk,
        session.selection,
        session.roster,
        panel,
        worker=session.worker("card"),
        reasons=reasons,
        go_to=session.field.go_to,
        later=session.later,
    )
    tip = "The cell that is looked at: picture, measurements, why it is predicted so"
    return Page(TITLE, panel, tip, (card,))
