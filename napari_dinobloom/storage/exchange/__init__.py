"""A study in the formats of other programs.

Every export is a generator: it yields `core.Progress` and returns `Written`. Files
appear under their name when they are whole, and nothing that exists is overwritten
unless that was asked for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_dinobloom.core import UnknownNameError
from napari_dinobloom.storage.exchange.cell_csv import export_csv
from napari_dinobloom.storage.exchange.coco import export_coco
from napari_dinobloom.storage.exchange.geojson import export_geojson
from napari_dinobloom.storage.exchange.h5ad import export_h5ad
from napari_dinobloom.storage.exchange.masks import export_masks
from napari_dinobloom.storage.exchange.table import cell_table
from napari_dinobloom.storage.exchange.writing import Export, Written
from napari_dinobloom.study import Study

__all__ = [
    "EXPORTS",
    "Export",
    "Written",
    "cell_table",
    "export_coco",
    "export_csv",
    "export_geojson",
    "export_h5ad",
    "export_masks",
    "export_study",
]

EXPORTS: dict[str, Callable[..., Export]] = {
    "csv": export_csv,
    "masks": export_masks,
    "geojson": export_geojson,
    "coco": export_coco,
    "h5ad": export_h5ad,
}
"""Exports by the name of their format; "masks" and "geojson" write into a folder."""


def export_study(study: Study, format_name: str, out: Path, **options: Any) -> Export:
    """The export of that format, ready to be run.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    """
    if format_name not in EXPORTS:
        raise UnknownNameError(
            f"There is no export called {format_name!r}.",
            f"Known: {', '.join(EXPORTS)}.",
        )
    return EXPORTS[format_name](study, out, **options)
