"""The differential counts that a report shows: overall and by slide."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only for reading: a study brings NumPy and pandas, which --help does not need.
    from napari_dinobloom.storage.report import DifferentialTable
    from napari_dinobloom.study import Study


def differential_counts(study: "Study") -> "list[DifferentialTable]":
    return []
