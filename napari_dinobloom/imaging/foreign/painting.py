"""Single cells, put together to one label image."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import MOST_CELLS, ForeignCells, some
from napari_dinobloom.imaging.foreign.shapes import Shape, reaches_out, window_of

_FOREIGN = 0.2
"""Share of cells outside the picture from which on they are another picture's."""


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """One cell of a file of outlines."""

    shape: Shape
    nucleus: Shape | None = None
    name: str = ""
    kind: str = ""
    score: float = float("nan")


def paint(
    file: Path,
    cells: Sequence[DrawnCell],
    size: tuple[int, int],
    *,
    knows_nuclei: bool = False,
    notes: Sequence[str] = (),
) -> ForeignCells:
    """Draw cells into a label image; where they overlap, the smaller one is on top.

    Raises
    ------
    BadInputError
        If too many of them lie outside the picture to be its own.
    """
    if len(cells) > MOST_CELLS:
        raise BadInputError(
            f"{file.name} has {len(cells):,} cells for one picture; at most "
            f"{MOST_CELLS:,} are taken.",
            "Export the regions of a slide one by one.",
        )
    _refuse_foreign(file, cells, size)
    labels, nuclei = np.zeros((2, *size), np.int32)
    windows = [window_of(cell.shape, size) for cell in cells]
    areas = [0 if w is None else (w[2] - w[0]) * (w[3] - w[1]) for w in windows]
    crossing = 0
    for index in np.argsort(-np.array(areas, np.int64), kind="stable").tolist():
        window = windows[index]
        if window is None:
            continue
        mask, crosses = cells[index].shape.pixels(window)
        crossing += crosses
        labels[window[0] : window[2], window[1] : window[3]][mask] = index + 1
    for index, cell in enumerate(cells, start=1):
        within = window_of(cell.nucleus, size) if cell.nucleus is not None else None
        if cell.nucleus is None or within is None:
            continue
        mask, _ = cell.nucleus.pixels(within)
        here = slice(within[0], within[2]), slice(within[1], within[3])
        nuclei[here][mask & (labels[here] == index)] = index
    number, kept = renumbering(labels, len(cells))
    chosen = [cells[index] for index in kept]
    return ForeignCells(
        number[labels],
        number[nuclei],
        tuple(cell.name for cell in chosen),
        tuple(cell.kind for cell in chosen),
        np.array([cell.score for cell in chosen], np.float32),
        knows_nuclei,
        (*notes, *_remarks(cells, size, len(kept), crossing)),
    )


def renumbering(labels: np.ndarray, count: int) -> tuple[np.ndarray, list[int]]:
    """New numbers without a gap for labels 0 … count, and which have pixels (from 0).

    Returns
    -------
    np.ndarray
        (count + 1,) int32; 0 for labels that have no pixel.
    list
        Of the labels that have pixels, each minus one.
    """
    present = np.bincount(labels.ravel(), minlength=count + 1) > 0
    present[0] = False
    number = np.where(present, np.cumsum(present), 0).astype(np.int32)
    return number, (np.flatnonzero(present) - 1).tolist()


def _refuse_foreign(
    file: Path, cells: Sequence[DrawnCell], size: tuple[int, int]
) -> None:
    outside = sum(window_of(cell.shape, size) is None for cell in cells)
    if cells and outside > _FOREIGN * len(cells):
        raise BadInputError(
            f"{outside:,} of the {len(cells):,} cells of {file.name} lie outside the "
            f"picture, which is {size[1]} pixels wide and {size[0]} high.",
            "They belong to another picture, or were drawn on it at another size.",
        )


def _remarks(
    cells: Sequence[DrawnCell], size: tuple[int, int], kept: int, crossing: int
) -> list[str]:
    remarks = []
    if len(cells) - kept:
        remarks.append(
            some(
                len(cells) - kept,
                "cell",
                "without a pixel of their own (outside the picture, under other cells, "
                "or too small) were left out.",
                "without a pixel of its own (outside the picture, under other cells, "
                "or too small) was left out.",
            )
        )
    shapes = [cell.shape for cell in cells]
    over = int(reaches_out(shapes, size).sum()) if shapes else 0
    if over:
        remarks.append(
            some(
                over,
                "cell",
                "reach beyond the picture and were cut there.",
                "reaches beyond the picture and was cut there.",
            )
        )
    if crossing:
        remarks.append(
            some(
                crossing,
                "outline",
                "cross themselves; all that they enclose was taken.",
                "crosses itself; all that it encloses was taken.",
            )
        )
    return remarks
