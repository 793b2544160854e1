"""The live classifier of a session: its panel, and the search for similar cells."""

from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.live.panel_presenter import LivePanelPresenter
from napari_dinobloom.gui.presenters.live.scores import LiveScores
from napari_dinobloom.gui.presenters.live.similar import LiveSimilar
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.views.live.panel import LivePanel

SIMILAR = 50
"""So many similar cells are taken in hand unless told otherwise."""

_scores: "WeakKeyDictionary[Session, LiveScores]" = WeakKeyDictionary()
_similar: "WeakKeyDictionary[Session, LiveSimilar]" = WeakKeyDictionary()


def scores_of(session: Session) -> LiveScores:
    """The session's score of its live predictions."""
    if session not in _scores:
        worker = session.worker("score")
        scores = LiveScores(session.live, worker, later=session.later)
        session.on_close(scores.release)
        _scores[session] = scores
    return _scores[session]


def live_panel(session: Session) -> Page:
    """What is predicted, from what, how, and how good it is."""
    panel = LivePanel()
    presenter = LivePanelPresenter(
        session.desk, session.live, scores_of(session), session.runner, panel
    )
    tip = "Predictions that follow your labels, and how good they are"
    return Page("Predictions", panel, tip, (presenter,))


class TakeSimilar(Protocol):
    """Takes in hand what looks like a cell."""

    def __call__(self, cell_ids: int | np.ndarray, n: int = SIMILAR) -> None:
        """Take these cells in hand and the n most like them."""
        ...


def similar_in(
    session: Session, failed: Callable[[str], None] = lambda text: None
) -> TakeSimilar:
    """What takes a cell in hand and the n that look most like it, or like several.

    Parameters
    ----------
    failed
        Is told in words why there are none.
    """
    if session not in _similar:
        similar = LiveSimilar(
            session.desk,
            session.roster,
            session.selection,
            session.live,
            session.worker("similar cells"),
        )
        session.on_close(similar.release)
        _similar[session] = similar
    search = _similar[session]

    def take(cell_ids: int | np.ndarray, n: int = SIMILAR) -> None:
        search.take(np.atleast_1d(cell_ids), n, failed)

    return take
