"""The line about the cells in hand, put together."""

from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.selection.presenter import (
    SelectionPresenter,
    Similar,
)
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.views.selection.bar import SelectionBar


def selection_bar(session: Session, similar: Similar | None = None) -> Page:
    """Build the bar and connect it; it stands below every page.

    Parameters
    ----------
    similar
        Takes a cell in hand and the n most like it.
    """
    bar = SelectionBar()
    presenter = SelectionPresenter(
        bar,
        session.selection,
        session.roster,
        similar=similar,
        later=session.later,
    )
    return Page("Selection", bar, "The cells in hand", (presenter,))
