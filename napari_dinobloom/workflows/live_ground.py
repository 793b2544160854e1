"""What the live classifier and the search for similar cells start from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import (
    CellTable,
    FeatureMatrix,
    Study,
    scaled,
)
from napari_dinobloom.workflows.gather import chosen_features
from napari_dinobloom.workflows.label_columns import LabelColumns

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class LiveGround:
    """References to what a study holds now; cheap to take, safe on another thread.

    Parameters
    ----------
    matrix
        Features, perhaps of a part of the cells.
    cells
        All cells.
    labels
        What some of them are, where somebody was sure.
    slide_of, patient_of
        By picture id; "" where the patient is not known.
    """

    matrix: FeatureMatrix
    cells: CellTable
    labels: LabelColumns
    slide_of: Mapping[int, str]
    patient_of: Mapping[int, str]


def gather(
    study: Study, features: str | None = None, cells: CellTable | None = None
) -> LiveGround:
    """Take what the live classifier needs, on the thread that owns the study.

    Parameters
    ----------
    features
        The encoder; may be left out where there is one.
    cells
        The table whose rows results will be about; the study's unless told.

    Raises
    ------
    BadInputError
        If there are no features, or several and none was named.
    """
    return LiveGround(
        study.features(chosen_features(study, features)),
        study.cells if cells is None else cells,
        LabelColumns.sure(study.labels, study.labels.cell_ids),
        *slides_and_patients(study),
    )


def slides_and_patients(study: Study) -> tuple[dict[int, str], dict[int, str]]:
    """Slide and patient by picture id; "" where the patient is not known."""
    slide_of = {number: picture.slide for number, picture in study.pictures.items()}
    patient = {name: s.acquisition.patient for name, s in study.slides.items()}
    return slide_of, {number: patient[name] for number, name in slide_of.items()}


@dataclass(frozen=True, slots=True)
class DistanceRows:
    """Features fit for distances, and whose they are.

    Parameters
    ----------
    places
        (n,) int64, ascending: rows of the table of cells that was asked about.
    cell_ids
        (n,) int64, ascending.
    values
        (n, d) float32, finite; the matrix's own memory where nothing had to be changed.
    """

    places: np.ndarray
    cell_ids: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.cell_ids)

    def rows_of(self, cell_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of those of these ids that are here, and which of the ids are."""
        ids = np.asarray(cell_ids, np.int64)
        if not len(self) or not len(ids):
            return np.empty(0, np.int64), np.zeros(len(ids), bool)
        at = np.minimum(np.searchsorted(self.cell_ids, ids), len(self) - 1)
        here = self.cell_ids[at] == ids
        return at[here], here


def rows_for_distances(
    matrix: FeatureMatrix, cells: CellTable, kinds: np.ndarray | None = None
) -> DistanceRows:
    """Scaled features of those of the cells that have some.

    Parameters
    ----------
    kinds
        (K,) int, codes of `CELL_KINDS` to be taken; all unless told.
    """
    if kinds is None or len(np.setdiff1d(np.unique(cells.kind), kinds)) == 0:
        places = np.arange(len(cells))
    else:
        places = np.flatnonzero(np.isin(cells.kind, kinds))
    wanted, rows = cells.cell_id[places], matrix.rows
    if np.array_equal(wanted, rows.cell_ids):
        return DistanceRows(places, wanted, _fit(rows.values, matrix.scaling))
    if not len(rows) or not len(wanted):
        none = np.empty((0, matrix.dimension), np.float32)
        return DistanceRows(places[:0], wanted[:0], none)
    order = np.argsort(rows.cell_ids, kind="stable")
    at = order[
        np.minimum(np.searchsorted(rows.cell_ids, wanted, sorter=order), len(order) - 1)
    ]
    present = rows.cell_ids[at] == wanted
    values = _fit(rows.values[at[present]], matrix.scaling)
    return DistanceRows(places[present], wanted[present], values)


def _fit(values: np.ndarray, scaling: str) -> np.ndarray:
    """Finite and scaled values; those given where they are fit already."""
    if scaling == "none" and _all_finite(values):
        return values
    return scaled(values, "standard" if scaling == "standard" else "none")


def _all_finite(values: np.ndarray) -> bool:
    return all(
        bool(np.isfinite(values[lo : lo + _ROWS_AT_ONCE]).all())
        for lo in range(0, len(values), _ROWS_AT_ONCE)
    )
