"""The cells as a table for spreadsheets and statistics programs."""

from pathlib import Path

from napari_dinobloom.core import Progress
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.exchange.table import cell_table
from napari_dinobloom.storage.exchange.writing import (
    Export,
    Written,
    searched_pictures,
)
from napari_dinobloom.study import Study

_BLOCK = 20_000


def export_csv(
    study: Study,
    out: Path,
    *,
    overwrite: bool = False,
    predictions: str | None = None,
    features: str | None = None,
) -> Export:
    """Write one row per cell (see `cell_table`), UTF-8, comma, point, header.

    Raises
    ------
    BadInputError
        If ``out`` exists or cannot be written, or there are no cells.
    """
    require_free([out], overwrite)
    searched_pictures(study)
    table = cell_table(study, predictions=predictions, features=features)
    with replacing(out) as temporary:
        for start in range(0, max(len(table), 1), _BLOCK):
            yield Progress(start, len(table), "Writing rows")
            table.iloc[start : start + _BLOCK].to_csv(
                temporary,
                mode="a" if start else "w",
                header=not start,
                index=False,
                encoding="utf-8",
            )
    return Written([out], len(table))
