"""The differential counts that a report shows, from the workflow's."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only for reading: a study brings NumPy and pandas, which --help does not need.
    from napari_dinobloom.storage.report import DifferentialTable
    from napari_dinobloom.study import Study
    from napari_dinobloom.workflows.count_cells import CountedCells


def differential_counts(study: "Study") -> "list[DifferentialTable]":
    """Counts overall and by slide, by labels and by predictions."""
    from napari_dinobloom.workflows.count_cells import count_cells

    return [_table(counted) for counted in count_cells(study)]


def _table(counted: "CountedCells") -> "DifferentialTable":
    from napari_dinobloom.storage.report import CountedClass, DifferentialTable

    remarks = [counted.count.note] if counted.count.note else []
    if counted.not_white:
        remarks.append(
            f"{counted.not_white} more were found as white cells and named as other "
            "cells; they are not counted."
        )
    if counted.unnamed:
        lacking = "label" if counted.source == "labels" else "prediction"
        remarks.append(
            f"{counted.unnamed} more white cells have no {lacking} and are not counted."
        )
    if counted.outdated:
        remarks.append("Outdated: labels or features have changed since.")
    rows = tuple(
        CountedClass(c.name, c.n, c.percent / 100, c.low / 100, c.high / 100)
        for c in counted.count.classes
    )
    return DifferentialTable(
        counted.subject,
        counted.source,
        rows,
        counted.count.n_cells,
        tuple(remarks),
        counted.synthetic,
    )
