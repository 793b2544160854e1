"""What the presenters of the map ask of its page."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.gui.presenters.map.colouring import ColourChoice, Legend
from napari_dinobloom.gui.presenters.map.kinds import KindsOnMap


class MapView(Protocol):
    """A map with its legend; a row is a row of the roster."""

    region_drawn: Any
    """Signal((m, 2) corners on the map, combine)."""
    clicked: Any
    """Signal(x, y, radius, combine)."""
    hovered: Any
    """Signal((x, y, radius) on the map, or None)."""
    escaped: Any
    """Signal(): put all cells away."""
    map_wished: Any
    """Signal(str): show this map."""
    colour_wished: Any
    """Signal(str): key of a `ColourChoice`."""
    hidden_wished: Any
    """Signal(frozenset): hide these codes and no others."""
    category_wished: Any
    """Signal(int, str): take all cells of a code in hand, and how to combine."""
    density_wished: Any
    """Signal(bool)."""
    kind_wished: Any
    """Signal(str): show this kind of cells, or "" for all."""
    cluster_size_wished: Any
    """Signal(int): the fewest cells of a cluster."""

    def show_empty(self, title: str, text: str, may_draw: bool) -> None:
        """There is no map; say why and what comes next."""
        ...

    def offer_maps(self, names: Sequence[str], shown: str) -> None:
        """Which maps there are, and which one is shown."""
        ...

    def offer_colours(self, choices: Sequence[ColourChoice], key: str) -> None:
        """By what cells can be coloured, and by what they are."""
        ...

    def show_points(self, xy: np.ndarray, keep_frame: bool) -> None:
        """Lay the cells out, (n, 2) float32; nan where a cell has no place."""
        ...

    def show_codes(self, codes: np.ndarray) -> None:
        """(n,) the code of every cell."""
        ...

    def show_codes_at(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Some cells have another code."""
        ...

    def show_palette(self, rgba: np.ndarray, ground: int) -> None:
        """(m, 4) uint8 by code; ``ground`` is drawn below the others."""
        ...

    def show_legend(self, legend: Legend, hidden: frozenset[int]) -> None:
        """What the colours mean."""
        ...

    def show_kinds(self, kinds: KindsOnMap) -> None:
        """Which kinds of cells can be shown, and what is shown."""
        ...

    def show_clustering(self, fewest: int, note: str) -> None:
        """How clusters are made; 0 where colours do not show clusters."""
        ...

    def show_density(
        self,
        values: np.ndarray | None,
        bounds: tuple[float, float, float, float],
    ) -> None:
        """The cloud below the dots, or none."""
        ...

    def show_selected(self, rows: np.ndarray) -> None:
        """Cells in hand."""
        ...

    def show_current(self, row: int | None) -> None:
        """The cell looked at."""
        ...

    def show_pointed(self, row: int | None) -> None:
        """The cell under the mouse, here or elsewhere."""
        ...

    def show_cell(
        self, row: int | None, picture: np.ndarray | None, lines: Sequence[str]
    ) -> None:
        """Picture and words beside a dot; None: nothing."""
        ...

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...
