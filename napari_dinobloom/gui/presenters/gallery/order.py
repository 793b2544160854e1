"""Which cells the gallery shows, in which order, under which headings: arrays only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.gui.presenters.gallery.filters import Filters, chosen_rows
from napari_dinobloom.gui.presenters.gallery.snapshot import Snapshot

FeatureColumn = Callable[[str, str], np.ndarray]
"""Matrix and name of a feature to (n,) float32."""
Nearness = Callable[[str], np.ndarray]
"""Matrix to (n,) float32 distance of each cell to the cells in hand."""


@dataclass(frozen=True, slots=True)
class Sort:
    """What the order follows.

    Parameters
    ----------
    key
        "found", "label", "prediction", "chance", "slide", "feature", "near", "random".
    matrix, feature
        Of "feature" and "near".
    seed
        Of "random".
    """

    key: str = "found"
    descending: bool = False
    matrix: str = ""
    feature: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """Cells under one heading: a stretch of the order.

    ``title`` is "" where cells are not grouped; ``colour`` "" where a group has none.
    """

    title: str
    colour: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a person chose."""

    filters: Filters = field(default_factory=Filters)
    sort: Sort = field(default_factory=Sort)
    group: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Cells in display order.

    Parameters
    ----------
    ids
        (m,) int64 in display order.
    known
        (n,) int64, ascending: ids of all cells of the study then.
    place
        (n,) int32: where each of those lies in ``ids``, -1 where it is not shown.
    """

    ids: np.ndarray
    sections: tuple[Section, ...]
    known: np.ndarray
    place: np.ndarray

    def index_of(self, cell_id: int | None) -> int:
        """Where a cell lies in display order, -1 where it is not shown."""
        if cell_id is None or not len(self.known):
            return -1
        row = min(int(np.searchsorted(self.known, cell_id)), len(self.known) - 1)
        return int(self.place[row]) if self.known[row] == cell_id else -1

    @property
    def ascending(self) -> np.ndarray:
        """(m,) int64, ascending: the cells that are shown."""
        shown: np.ndarray = self.known[self.place >= 0]
        return shown


NOTHING = Arrangement(
    np.empty(0, np.int64), (), np.empty(0, np.int64), np.empty(0, np.int32)
)


def arrange(
    snapshot: Snapshot, wish: Wish, feature: FeatureColumn, nearness: Nearness
) -> Arrangement:
    """Filter, sort and group; 1,000,000 cells take a fraction of a second."""
    rows = chosen_rows(snapshot, wish.filters)
    rows = sort_rows(rows, snapshot, wish.sort, feature, nearness)
    rows, sections = group_rows(rows, snapshot, wish.group)
    place = np.full(len(snapshot.cells), -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    known = snapshot.cells.cell_id
    return Arrangement(known[rows], sections, known, place)


def sort_rows(
    rows: np.ndarray,
    snapshot: Snapshot,
    sort: Sort,
    feature: FeatureColumn,
    nearness: Nearness,
) -> np.ndarray:
    """The rows in the order asked for; cells without a value come last either way."""
    if sort.key == "found":
        return rows[::-1] if sort.descending else rows
    if sort.key == "random":
        shuffled: np.ndarray = np.random.default_rng(sort.seed).permutation(rows)
        return shuffled
    if sort.key == "feature":
        return ordered(rows, feature(sort.matrix, sort.feature), sort.descending)
    if sort.key == "near":
        return ordered(rows, nearness(sort.matrix), sort.descending)
    if sort.key == "chance":
        return ordered(rows, snapshot.chance, sort.descending)
    codes, _ = snapshot.codes_of(sort.key)
    return ordered(rows, codes, sort.descending)


def ordered(rows: np.ndarray, values: np.ndarray, descending: bool) -> np.ndarray:
    """Rows by ascending or descending value, equal ones as they came.

    Parameters
    ----------
    values
        (n,) float, nan where there is none, or (n,) int codes, negative where none.
    """
    mine = values[rows]
    has = np.isfinite(mine) if mine.dtype.kind == "f" else mine >= 0
    with_value, without = rows[has], rows[~has]
    key = -mine[has] if descending else mine[has]
    return np.concatenate([with_value[_stable_order(key)], without])


def group_rows(
    rows: np.ndarray, snapshot: Snapshot, group: str
) -> tuple[np.ndarray, tuple[Section, ...]]:
    """Rows with those of one group together, in the groups' own order."""
    if not group:
        return rows, (Section("", "", 0, len(rows)),) if len(rows) else ()
    codes, names = snapshot.codes_of(group)
    mine = codes[rows]
    mine = np.where(mine < 0, len(names), mine).astype(_small(len(names)))
    order = np.argsort(mine, kind="stable")
    counts = np.bincount(mine, minlength=len(names) + 1)
    starts = np.cumsum(counts) - counts
    colours = snapshot.colours_of(group)
    titles = (*snapshot.titles_of(group), WITHOUT.get(group, "Not known"))
    sections = tuple(
        Section(titles[i], colours.get(i, ""), int(starts[i]), int(counts[i]))
        for i in np.flatnonzero(counts).tolist()
    )
    return rows[order], sections


WITHOUT: Mapping[str, str] = {
    "label": "Not labelled",
    "prediction": "Nothing predicted",
}
"""Heading of the cells that belong to no group."""


def _stable_order(key: np.ndarray) -> np.ndarray:
    """As ``np.argsort(key, kind="stable")``, for float32 several times as fast.

    numpy counts where a type has 16 bits: a float of 32 is two such sorts, once its
    bits are turned so that they stand in the order of the numbers.
    """
    if key.dtype != np.float32:
        return np.argsort(key, kind="stable")
    bits = (key + np.float32(0)).view(np.uint32)  # -0 becomes 0
    turned = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    low = np.argsort(turned.astype(np.uint16), kind="stable")
    high = (turned >> 16).astype(np.uint16)
    order: np.ndarray = low[np.argsort(high[low], kind="stable")]
    return order


def _small(n: int) -> type:
    """A type that numpy sorts by counting where the groups are few."""
    return np.int16 if n < np.iinfo(np.int16).max else np.int32
