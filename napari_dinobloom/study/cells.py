"""The cells that were found, by stable id."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace

import numpy as np

from napari_dinobloom.core import UnknownNameError

CELL_KINDS = ("wbc", "rbc", "platelet", "other", "cell")
"""What a segmenter calls an object; "cell" is a picture that shows a single cell."""

KIND_NAMES = {
    "wbc": "white cell",
    "rbc": "red cell",
    "platelet": "platelet",
    "other": "other",
    "cell": "single cell",
}

# Okabe–Ito, apart for colour-blind eyes and on a pink smear (no pink, no violet).
KIND_COLOURS = {
    "wbc": "#0072B2",
    "rbc": "#E69F00",
    "platelet": "#009E73",
    "other": "#888888",
    "cell": "#56B4E9",
}
"""In which colour a cell is drawn that has no class, everywhere."""

_NOT_TOLD = np.empty(0)
"""Stands for a column that a table was not given: see `DRAWN_DTYPES`."""


@dataclass(frozen=True, slots=True, eq=False)
class CellTable:
    """One row per cell; columns are arrays of equal length.

    Parameters
    ----------
    cell_id
        (n,) int64, ascending, unique for ever: not a row number, never used again.
    picture_id
        (n,) int32, the picture in which the cell lies.
    mask_label
        (n,) int32, its value in that picture's label image; 0 where there is no mask.
    kind
        (n,) int8, index into `CELL_KINDS`.
    x, y
        (n,) float32, centroid in pixels of the picture.
    left, top, width, height
        (n,) int32, bounding box in pixels.
    area_px, nucleus_area_px
        (n,) float32; nan where not known.
    score
        (n,) float32 in 0…1, how sure the segmenter was.
    cut_by_border
        (n,) bool, whether the picture's edge cuts it.
    outline_id
        (n,) int64, which outline of the cell this is. The first one has the cell's own
        number; one that is drawn anew has a fresh number out of the same stock, so
        that features, which belong to an outline, are never taken for another's.
    by_hand
        (n,) bool, whether a person drew the outline.
    """

    cell_id: np.ndarray
    picture_id: np.ndarray
    mask_label: np.ndarray
    kind: np.ndarray
    x: np.ndarray
    y: np.ndarray
    left: np.ndarray
    top: np.ndarray
    width: np.ndarray
    height: np.ndarray
    area_px: np.ndarray
    nucleus_area_px: np.ndarray
    score: np.ndarray
    cut_by_border: np.ndarray
    outline_id: np.ndarray = field(default_factory=lambda: _NOT_TOLD)
    by_hand: np.ndarray = field(default_factory=lambda: _NOT_TOLD)

    def __post_init__(self) -> None:
        n = len(self.cell_id)
        if self.by_hand is _NOT_TOLD:
            object.__setattr__(self, "by_hand", np.zeros(n, bool))
        for column in fields(self):
            given = getattr(self, column.name)
            if given is _NOT_TOLD or (column.name == "outline_id" and n == 0):
                continue
            dtype = (COLUMN_DTYPES | DRAWN_DTYPES)[column.name]
            array: np.ndarray = np.ascontiguousarray(given, dtype=dtype)
            if array.flags.writeable and np.may_share_memory(array, given):
                array = array.copy()  # the caller's array stays writeable, and its own
            if array.shape != (n,):
                raise ValueError(
                    f"column {column.name} has shape {array.shape}, not ({n},)"
                )
            array.flags.writeable = False
            object.__setattr__(self, column.name, array)
        if n > 1 and not np.all(np.diff(self.cell_id) > 0):
            raise ValueError("cell ids must be ascending and unique")
        # one array for both is the sign that no cell was drawn anew
        first = self.outline_id is _NOT_TOLD or n == 0
        if first or np.array_equal(self.outline_id, self.cell_id):
            object.__setattr__(self, "outline_id", self.cell_id)

    def __len__(self) -> int:
        return len(self.cell_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self.cell_id.tolist())

    @classmethod
    def empty(cls) -> "CellTable":
        """No cells."""
        return cls(
            **{name: np.empty(0, dtype) for name, dtype in COLUMN_DTYPES.items()}
        )

    @property
    def redrawn(self) -> np.ndarray:
        """(m,) int64 rows whose outline is not the first one; mostly none."""
        if self.outline_id is self.cell_id:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.outline_id != self.cell_id)

    def take(self, rows: np.ndarray) -> "CellTable":
        """The rows given by position or boolean mask; ids must stay ascending."""
        return CellTable(**{name: getattr(self, name)[rows] for name in self._told})

    @property
    def _told(self) -> list[str]:
        """The columns that say something of their own."""
        names = [column.name for column in fields(self)]
        if self.outline_id is self.cell_id:
            names.remove("outline_id")
        return names

    def rows_of(self, cell_ids: np.ndarray) -> np.ndarray:
        """(n,) row numbers of these ids.

        Raises
        ------
        KeyError
            If one of them is not here.
        """
        ids = np.asarray(cell_ids, dtype=np.int64)
        rows, found = self._places(ids)
        if not found.all():
            raise KeyError(f"no cell with id {ids[~found][0]}")
        return rows

    def rows_here(self, cell_ids: np.ndarray) -> np.ndarray:
        """(≤ n,) rows of those of these ids that are here, in the order of the ids."""
        rows, found = self._places(np.asarray(cell_ids, np.int64))
        return rows if found.all() else rows[found]

    def has(self, cell_ids: np.ndarray) -> np.ndarray:
        """(n,) bool, which of these ids are here."""
        return self._places(np.asarray(cell_ids, dtype=np.int64))[1]

    def _places(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) int64 where each would be, (n,) bool whether it is there."""
        n = len(self)
        if not n:
            return np.zeros(ids.shape, np.int64), np.zeros(ids.shape, bool)
        first, last = int(self.cell_id[0]), int(self.cell_id[-1])
        if last - first == n - 1:  # none is missing: no search among a million
            return ids - first, (ids >= first) & (ids <= last)
        rows = np.minimum(np.searchsorted(self.cell_id, ids), n - 1)
        return rows, self.cell_id[rows] == ids

    def of_picture(self, picture_id: int) -> "CellTable":
        """The cells that lie in one picture."""
        return self.take(self.picture_id == picture_id)

    def of_kinds(self, kinds: tuple[str, ...]) -> "CellTable":
        """The cells that the segmenter called one of these.

        Raises
        ------
        UnknownNameError
            If a kind is none of `CELL_KINDS`.
        """
        unknown = [kind for kind in kinds if kind not in CELL_KINDS]
        if unknown:
            raise UnknownNameError(
                f"There is no kind of cell called {unknown[0]!r}.",
                f"Known: {', '.join(CELL_KINDS)}.",
            )
        codes = [CELL_KINDS.index(kind) for kind in kinds]
        return self.take(np.isin(self.kind, codes))

    def kind_names(self) -> np.ndarray:
        """(n,) str, the kinds in letters."""
        names: np.ndarray = np.array(CELL_KINDS)[self.kind]
        return names

    def renumbered(self, first_id: int) -> "CellTable":
        """The same rows with new consecutive ids from ``first_id``."""
        ids = np.arange(first_id, first_id + len(self), dtype=np.int64)
        return replace(self, cell_id=ids, outline_id=ids)

    @classmethod
    def concatenate(cls, tables: "list[CellTable]") -> "CellTable":
        """All rows, in ascending order of their ids."""
        if not tables:
            return cls.empty()
        names = [column.name for column in fields(cls)]
        if all(table.outline_id is table.cell_id for table in tables):
            names.remove("outline_id")
        columns = {
            name: np.concatenate([getattr(t, name) for t in tables]) for name in names
        }
        order = np.argsort(columns["cell_id"], kind="stable")
        return cls(**{name: column[order] for name, column in columns.items()})


COLUMN_DTYPES: dict[str, type] = {
    "cell_id": np.int64,
    "picture_id": np.int32,
    "mask_label": np.int32,
    "kind": np.int8,
    "x": np.float32,
    "y": np.float32,
    "left": np.int32,
    "top": np.int32,
    "width": np.int32,
    "height": np.int32,
    "area_px": np.float32,
    "nucleus_area_px": np.float32,
    "score": np.float32,
    "cut_by_border": np.bool_,
}
"""The columns that every table is given."""

DRAWN_DTYPES: dict[str, type] = {"outline_id": np.int64, "by_hand": np.bool_}
"""The columns that a table may be made without: then nobody drew anything by hand."""
