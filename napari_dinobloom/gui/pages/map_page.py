"""The Map page of a session."""

from typing import Any

from napari_dinobloom.encoding import feature_meanings
from napari_dinobloom.gui.pages.page import Page
from napari_dinobloom.gui.presenters.map.colours import Meaning
from napari_dinobloom.gui.presenters.map.drawing import MapDrawing, MapOptions
from napari_dinobloom.gui.presenters.map.export import MapExport
from napari_dinobloom.gui.presenters.map.hand import MapHand
from napari_dinobloom.gui.presenters.map.presenter import MapPresenter
from napari_dinobloom.gui.session import Session
from napari_dinobloom.gui.theme import colours_of
from napari_dinobloom.gui.views.map.page import MapPage
from napari_dinobloom.workflows.cluster_map import cluster_map

TITLE = "Map"
TIP = "Every cell as a dot; cells that look alike lie close together"


def map_page(session: Session) -> Page:
    """Put the Map page together."""
    view = MapPage(MapOptions)
    places = MapPresenter(
        session.roster,
        view,
        session.worker("map"),
        later=session.later,
        meanings=_meanings,
        find_clusters=cluster_map,
    )
    drawing = MapDrawing(
        session.desk, session.runner, view.drawing, places, later=session.later
    )
    view.map_of_kind_wished.connect(drawing.draw_kind)
    hand = MapHand(
        session.roster,
        session.selection,
        places,
        view,
        session.portraits,
        session.field.go_to,
    )
    export, theme = MapExport(places, view), _Theme(session, view)
    return Page(TITLE, view, TIP, (hand, drawing, places, export, theme))


class _Theme:
    """Dresses the map as the viewer is dressed."""

    def __init__(self, session: Session, view: MapPage) -> None:
        self._viewer, self._view = session.viewer, view
        self._viewer.events.theme.connect(self._paint)
        self._paint()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._viewer.events.theme.disconnect(self._paint)

    def _paint(self, *_: Any) -> None:
        self._view.set_theme(colours_of(self._viewer.theme))


def _meanings(encoder: str) -> dict[str, Meaning]:
    return {m.name: (m.unit, m.meaning) for m in feature_meanings(encoder)}
