"""The line about the cells in hand, put together."""

from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.selection_presenter import (
    SelectionPresenter,
    Similar,
)
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.views.selection_bar import SelectionBar


def selection_bar(session: Session, similar: Similar | None = None) -> Page:
    """Build the bar and connect it; it stands below every page.

    Parameters
    ----------
    similar
        Gives the ids of the n cells most like one; called on a worker's thread.
    """
    bar = SelectionBar()
    presenter = SelectionPresenter(
        bar,
        session.selection,
        session.roster,
        similar=similar,
        submit=session.worker("similar").submit,
        later=session.later,
    )
    return Page("Selection", bar, "The cells in hand", (presenter,))
