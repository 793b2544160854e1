"""The masks and cells of one picture on the table, to be corrected and put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation.propose import Light
from napari_dinobloom.study import CELL_KINDS, CellTable, Finding, Study
from napari_dinobloom.study.cells import COLUMN_DTYPES
from napari_dinobloom.workflows.cell_windows import RED_CELL_UM
from napari_dinobloom.workflows.deleted_cells import boxes_of

_PART_OF_SIDE = 12
"""Where nothing tells a red cell's size: that part of the picture's shorter side."""

_MOST_PX = 64_000_000
"""Each correction writes both masks of its picture; larger ones would take seconds."""


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """The pixels of a picture, and the light they were seen in.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    """

    rgb: np.ndarray
    light: Light

    @classmethod
    def of(cls, rgb: np.ndarray) -> Self:
        """Measure the light; takes some tenths of a second, on any thread."""
        return cls(rgb, Light.of(rgb))


@dataclass
class CorrectionSheet:
    """One picture's label images and cells, as they stand in a study.

    Parameters
    ----------
    labels, nuclei
        (H, W) int32; exchanged for new arrays, never written into.
    """

    study: Study
    picture_id: int
    finding: Finding
    labels: np.ndarray
    nuclei: np.ndarray
    _drawn: dict[int, int] = field(default_factory=dict)
    _added: dict[int, str] = field(default_factory=dict)
    _kinds: dict[int, str] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)
    _deleted: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, study: Study, picture_id: int) -> Self:
        """Take a picture's masks out of a study.

        Raises
        ------
        BadInputError
            If it was not searched, shows a single cell, or is too large.
        """
        study.require_writable()
        picture = study.pictures[picture_id]
        if picture.width * picture.height > _MOST_PX:
            raise BadInputError(
                f"{picture.path.name} is too large ({picture.width:,} × "
                f"{picture.height:,} pixels) to correct cells in it by hand.",
                "Save the part that matters as a picture of its own.",
            )
        finding = study.findings.get(picture_id)
        masks = study.masks_of(picture_id)
        if finding is None or masks is None:
            single = finding is not None
            raise BadInputError(
                "This picture shows a single cell that was cut out elsewhere; there "
                "is no outline to correct."
                if single
                else "This field was not searched yet.",
                "" if single else "Press “Find and describe cells” first.",
            )
        return cls(study, picture_id, finding, *masks)

    @property
    def cells(self) -> CellTable:
        """As they were."""
        return self.finding.cells

    @property
    def next_value(self) -> int:
        """The lowest mask value above all that are in use."""
        known = self.cells.mask_label.max(initial=0)
        return int(max(self.labels.max(initial=0), known)) + 1

    @property
    def diameter_px(self) -> float:
        """Of a red cell: as measured, by the pixel size, or like most cells here."""
        measured = self.finding.red_cell_diameter_px
        if np.isfinite(measured):
            return float(measured)
        um = self.study.pictures[self.picture_id].pixel_size_um
        if um:
            return float(RED_CELL_UM / um)
        if len(self.cells):
            return float(np.median(np.sqrt(4 / np.pi * self.cells.area_px)))
        return float(min(self.labels.shape) / _PART_OF_SIDE)

    def row_of(self, cell_id: int) -> int:
        """A cell's row; raises `KeyError` if it does not lie here."""
        return int(self.cells.rows_of(np.array([cell_id]))[0])

    def value_of(self, cell_id: int) -> int:
        """A cell's value in the label images."""
        return int(self.cells.mask_label[self.row_of(cell_id)])

    def kind_of(self, cell_id: int) -> str:
        """A cell's kind."""
        return CELL_KINDS[int(self.cells.kind[self.row_of(cell_id)])]

    def id_of(self, value: int) -> int | None:
        """The cell of a value, or None."""
        rows = np.flatnonzero(self.cells.mask_label == value)
        return int(self.cells.cell_id[rows[0]]) if value and len(rows) else None

    # -- what was done ---------------------------------------------------------------

    def exchange(self, images: tuple[np.ndarray, np.ndarray]) -> None:
        """Let these be the label images."""
        self.labels, self.nuclei = images

    def note_drawn(self, cell_id: int) -> None:
        """A cell has another outline or nucleus."""
        self._drawn[cell_id] = self.value_of(cell_id)

    def note_kind(self, cell_id: int, kind: str) -> None:
        """A cell is of another kind."""
        self._kinds[cell_id] = kind

    def note_added(self, value: int, kind: str) -> None:
        """There is a new cell."""
        self._added[value] = kind

    def note_gone(self, cell_ids: Sequence[int]) -> None:
        """Cells are no more."""
        self._gone.update(cell_ids)

    def note_deleted(self, cell_ids: Sequence[int]) -> None:
        """Cells are no more, and shall not come back."""
        self._gone.update(cell_ids)
        self._deleted += cell_ids

    def finished(self) -> tuple[Finding, np.ndarray]:
        """The finding to put in place of the old one, and the ids of new cells.

        Masks are on the disk when this returns. New ids go to new cells first, in the
        order of their values, then to outlines.
        """
        labels = self.labels.astype(np.int32)
        nuclei = self.nuclei.astype(np.int32)
        n, m = len(self._added), len(self._drawn)
        first = self.study.reserve_cell_ids(n + m) if n + m else 0
        new_ids = np.arange(first, first + n)
        columns = {name: getattr(self.cells, name).copy() for name in _COLUMNS}
        for k, (cell_id, value) in enumerate(self._drawn.items()):
            row = self.row_of(cell_id)
            _write(columns, row, _measured(labels, nuclei, value))
            columns["outline_id"][row] = first + n + k
            columns["by_hand"][row] = True
        for cell_id, kind in self._kinds.items():
            row = self.row_of(cell_id)
            columns["kind"][row] = CELL_KINDS.index(kind)
            columns["by_hand"][row] = True
        stays = ~np.isin(self.cells.cell_id, list(self._gone))
        tables = [CellTable(**{name: c[stays] for name, c in columns.items()})]
        for new_id, (value, kind) in zip(new_ids, self._added.items(), strict=True):
            new: dict[str, np.ndarray] = {
                name: np.zeros(1, dtype) for name, dtype in COLUMN_DTYPES.items()
            }
            new["by_hand"] = np.ones(1, bool)
            _write(new, 0, _measured(labels, nuclei, value))
            new["cell_id"][0], new["picture_id"][0] = new_id, self.picture_id
            new["mask_label"][0], new["kind"][0] = value, CELL_KINDS.index(kind)
            tables.append(CellTable(**new))
        mask_file = self.study.save_masks(self.picture_id, labels, nuclei)
        cells = CellTable.concatenate(tables)
        deleted = (*self.finding.deleted, *boxes_of(self.finding, self._deleted))
        finding = replace(
            self.finding, cells=cells, mask_file=mask_file, deleted=deleted
        )
        return finding, new_ids


_COLUMNS = (*COLUMN_DTYPES, "outline_id", "by_hand")


def _write(columns: Mapping[str, np.ndarray], row: int, told: dict[str, float]) -> None:
    for name, value in told.items():
        columns[name][row] = value


def _measured(labels: np.ndarray, nuclei: np.ndarray, value: int) -> dict[str, float]:
    """Box, middle and areas of one cell; a person is sure of what they drew."""
    rows, columns = np.nonzero(labels == value)
    nucleus = int((nuclei == value).sum())
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    height, width = labels.shape
    return {
        "x": columns.mean(),
        "y": rows.mean(),
        "left": left,
        "top": top,
        "width": right - left,
        "height": bottom - top,
        "area_px": len(rows),
        "nucleus_area_px": nucleus or np.nan,
        "score": 1.0,
        "cut_by_border": not top or not left or bottom == height or right == width,
    }
