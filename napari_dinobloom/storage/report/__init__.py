"""A study as one HTML page for people who have nothing of ours installed."""

from napari_dinobloom.storage.report.content import (
    CountedClass,
    DifferentialTable,
    PictureAccess,
)
from napari_dinobloom.storage.report.writing import write_report

__all__ = ["CountedClass", "DifferentialTable", "PictureAccess", "write_report"]
