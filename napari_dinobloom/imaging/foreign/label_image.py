"""Label images of any program: one whole number per cell, 0 for background."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import (
    MOST_CELLS,
    ForeignCells,
    as_score,
    as_text,
)
from napari_dinobloom.imaging.foreign.label_file import read_labels

NUCLEUS_ENDINGS = ("_nucleus", "_nuclei")
_PARTS = 20
"""So many separate parts per value are a photograph, not a label image."""
_MOST_ROWS = 2 * MOST_CELLS


@dataclass(frozen=True)
class LabelImage:
    """A label image, with nuclei and a table beside it where there are some.

    ``STEM_nucleus.tif`` beside ``STEM.tif`` holds the nuclei, ``STEM.csv`` a row for
    each ``label`` with its ``class``, as our own export writes them.
    """

    file: Path
    picture: str
    size: tuple[int, int] | None = None

    def cells(self, shape: tuple[int, int]) -> ForeignCells:
        """The cells, numbered anew from 1."""
        values, note = read_labels(self.file, shape)
        nuclei_file = nuclei_beside(self.file)
        nuclei = read_labels(nuclei_file, shape)[0] if nuclei_file else None
        return cells_of(
            self.file, values, nuclei, table_beside(self.file), [note] if note else []
        )


def cells_of(
    file: Path,
    values: np.ndarray,
    nuclei: np.ndarray | None,
    table: Mapping[int, Mapping[str, str]],
    notes: list[str],
) -> ForeignCells:
    """Cells of label values.

    Parameters
    ----------
    values
        (H, W) whole numbers, 0 background.
    nuclei
        (H, W), not 0 where there is nucleus; None where nothing is known of nuclei.
    table
        What is said of a value: ``class``, ``label``, ``score``.

    Raises
    ------
    BadInputError
        If the values are those of a photograph.
    """
    from skimage.measure import label

    present = np.unique(values)
    present = present[present != 0]
    if len(present) and present[0] < 0:
        raise BadInputError(
            f"{file.name} has values below 0, which no cell can have.",
            "Save the labels as whole numbers from 1 on, 0 for background.",
        )
    if len(present) > MOST_CELLS:
        raise BadInputError(
            f"{file.name} has {len(present):,} different values; at most "
            f"{MOST_CELLS:,} cells are taken from one picture."
        )
    labels = np.searchsorted(present, values).astype(np.int32) + 1
    labels[values == 0] = 0
    parts, count = label(labels, connectivity=2, return_num=True)
    if len(present) == 1 and count > 1:
        alike = (
            f"All cells have the value {present[0]}: each separate patch was taken as "
            "a cell of its own, and cells that touch as one."
        )
        notes = [*notes, alike]
        labels = parts.astype(np.int32)
        present, table = np.arange(1, count + 1), {}
    elif count > _PARTS * len(present) + 100:
        raise BadInputError(
            f"{file.name} looks like a photograph, not like a label image: its "
            f"{len(present):,} values lie in {count:,} separate patches.",
            "A label image has one whole number for each cell and 0 for background.",
        )
    rows = [table.get(int(value), {}) for value in present]
    return ForeignCells(
        labels,
        owned(nuclei, labels) if nuclei is not None else np.zeros_like(labels),
        tuple(row.get("name", "") for row in rows),
        tuple(row.get("kind", "") for row in rows),
        np.array([_score(row.get("score", "")) for row in rows], np.float32),
        nuclei is not None,
        tuple(notes),
    )


def owned(nuclei: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Each nucleus with the number of the cell that holds most of it, inside that cell.

    Parameters
    ----------
    nuclei
        (H, W) whole numbers; touching nuclei have different ones.
    labels
        (H, W) int32, cells 0 … n.
    """
    inside = (nuclei != 0) & (labels != 0)
    if not inside.any():
        return np.zeros_like(labels)
    _, nucleus = np.unique(nuclei[inside], return_inverse=True)
    cell = labels[inside].astype(np.int64)
    pairs, counts = np.unique(
        nucleus.astype(np.int64) * (int(labels.max()) + 1) + cell, return_counts=True
    )
    order = np.argsort(counts, kind="stable")
    owner = np.zeros(int(nucleus.max()) + 1, np.int64)
    base = int(labels.max()) + 1
    owner[pairs[order] // base] = pairs[order] % base  # the last, largest share stays
    kept = np.zeros_like(labels)
    kept[inside] = np.where(owner[nucleus] == cell, cell, 0)
    return kept


def nuclei_beside(file: Path) -> Path | None:
    """The label image of nuclei that belongs to one of cells, or None."""
    for ending in NUCLEUS_ENDINGS:
        beside = file.with_name(f"{file.stem}{ending}{file.suffix}")
        if beside.is_file():
            return beside
    return None


def table_beside(file: Path) -> dict[int, dict[str, str]]:
    """Kind or name and score by value, from STEM.csv; empty where there is none.

    The file is somebody else's: whatever in it is not understood counts as not said.
    """
    path = file.with_suffix(".csv")
    if not path.is_file():
        return {}
    said: dict[int, dict[str, str]] = {}
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines)):
                value = row.get("label") or ""
                if number > _MOST_ROWS:
                    break
                if not value.isascii() or not value.isdecimal() or len(value) > 18:
                    continue
                said[int(value)] = {
                    "kind": as_text(row.get("class")),
                    "name": as_text(row.get("cell_label")) or as_text(row.get("class")),
                    "score": as_text(row.get("score")),
                }
    except (OSError, csv.Error):
        return {}
    return said


def _score(text: str) -> float:
    try:
        return as_score(float(text))
    except ValueError:
        return float("nan")
