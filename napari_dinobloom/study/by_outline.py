"""Features belong to outlines; whoever asks for them asks by cell.

A cell that was drawn anew has another outline and so no features until they are
computed for it. When the drawing is taken back the first outline stands again, and what
was computed for it is still there. Nothing in a matrix is ever overwritten.
"""

from dataclasses import replace
from zlib import crc32

import numpy as np

from napari_dinobloom.study.cells import CellTable
from napari_dinobloom.study.features import FeatureMatrix, Rows


def by_cell(matrix: FeatureMatrix, cells: CellTable) -> FeatureMatrix:
    """The matrix with the ids of the cells whose outlines stand now.

    Parameters
    ----------
    matrix
        Rows by outline.

    Returns
    -------
    FeatureMatrix
        Rows by cell; the very matrix where no cell was drawn anew, else one that
        shares its values. A row about an earlier outline of a cell that is there has a
        negative id. Its ``source`` is the matrix given.
    """
    at = cells.redrawn
    if not len(at):
        return matrix
    rows = matrix.rows
    ids = rows.cell_ids.copy()
    gone, present = rows.positions(cells.cell_id[at])
    ids[gone[present]] *= -1
    here, present = rows.positions(cells.outline_id[at])
    ids[here[present]] = cells.cell_id[at][present]
    return replace(
        matrix,
        blocks=(Rows(ids, rows.values),),
        outlines=outline_mark(cells),
        source=matrix,
        _joined=[],
    )


def outline_mark(cells: CellTable) -> str:
    """What a version says about cells that were drawn anew; "" where none was."""
    at = cells.redrawn
    if not len(at):
        return ""
    pairs = np.stack([cells.cell_id[at], cells.outline_id[at]])
    return f"+{crc32(np.ascontiguousarray(pairs, '<i8').data):08x}"
