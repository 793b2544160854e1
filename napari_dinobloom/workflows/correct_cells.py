"""Correct by hand what was found; each call is one step of undo.

Cells that are not touched keep everything. A cell that is drawn anew keeps its id and
its label; its outline is another one, so its features are computed anew. What becomes
of labels is said in `Corrected.said`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.segmentation import corrections
from napari_dinobloom.segmentation.propose import (
    find_nucleus,
    guess_kind,
    propose_cell,
)
from napari_dinobloom.study import (
    KIND_NAMES,
    CorrectCells,
    Finding,
    LabelRecord,
    SetLabels,
    Study,
    now,
)
from napari_dinobloom.workflows.correction_sheet import CorrectionSheet, PictureSeen

__all__ = [
    "Corrected",
    "PictureSeen",
    "add_cell",
    "add_cell_at",
    "change_kind",
    "delete_cells",
    "merge_cells",
    "redraw_cell",
    "redraw_nucleus",
    "split_cell",
]

_SAID_PX = 1.5
"""A line that was drawn on by less reached the edge, to the person who drew it."""

KINDS_BY_HAND = ("wbc", "rbc", "platelet", "other")
"""What a person may call a cell in a field."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was done.

    Parameters
    ----------
    said
        In a person's words, with what became of labels.
    cell_ids
        The cells that it is about and that are there, ascending.
    labels, nuclei
        (H, W) int32, the picture's masks as they are now.
    """

    said: str
    picture_id: int
    cell_ids: tuple[int, ...]
    labels: np.ndarray
    nuclei: np.ndarray


def delete_cells(study: Study, picture_id: int, cell_ids: Iterable[int]) -> Corrected:
    """Take cells of one picture away.

    Raises
    ------
    KeyError
        If one does not lie there.
    """
    sheet, ids = CorrectionSheet.of(study, picture_id), sorted(set(cell_ids))
    values = np.array([sheet.value_of(i) for i in ids], np.int32)
    sheet.exchange(corrections.erase_cells(sheet.labels, sheet.nuclei, values))
    sheet.note_deleted(ids)
    said = f"{_cells(ids)} deleted{_labels_gone(study, ids)}"
    return _put_back(sheet, f"delete {_counted(ids)}", said, ())


def merge_cells(study: Study, picture_id: int, cell_ids: Iterable[int]) -> Corrected:
    """Join neighbours to one cell: the largest, which keeps its id and label.

    Where that has no label and all labels of the others agree, it takes theirs.

    Raises
    ------
    KeyError
        If one does not lie there.
    BadInputError
        If they are fewer than two, or do not lie beside each other.
    """
    sheet, ids = CorrectionSheet.of(study, picture_id), sorted(set(cell_ids))
    if len(ids) < 2:
        raise BadInputError(
            "Two cells at least can be merged.",
            "Take the parts of one cell in hand: click one, Shift + click the others.",
        )
    area = {i: float(sheet.cells.area_px[sheet.row_of(i)]) for i in ids}
    kept = max(ids, key=lambda i: (area[i], -i))
    others = [i for i in ids if i != kept]
    values = np.array([sheet.value_of(i) for i in (kept, *others)], np.int32)
    sheet.exchange(corrections.merge_cells(sheet.labels, sheet.nuclei, values))
    sheet.note_drawn(kept)
    sheet.note_gone(others)
    if "wbc" in {sheet.kind_of(i) for i in ids} and sheet.kind_of(kept) != "wbc":
        sheet.note_kind(kept, "wbc")  # a nucleus lies in it now
    labels = {study.labels.label_of(i) for i in others} - {None}
    own = study.labels.label_of(kept)
    taken = labels.pop() if own is None and len(labels) == 1 else None
    gone = _labels_gone(study, others) if taken is None else ""
    said = f"{_cells(ids)} merged to cell {kept}{gone}"
    if taken is not None:
        said += f", which took over the label {taken}"
    return _put_back(sheet, f"merge {_counted(ids)}", said, (kept,), taken)


def split_cell(
    study: Study, picture_id: int, path: np.ndarray, cell_id: int | None = None
) -> Corrected:
    """Part a cell along a line; the largest part keeps id and label.

    Parameters
    ----------
    path
        (n, 2) y and x in pixels.
    cell_id
        Which cell; the one in which most of the line runs unless told.

    Raises
    ------
    BadInputError
        If the line crosses no cell, does not part it, or ends well inside of it.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    value = (
        corrections.cell_under(sheet.labels, path)
        if cell_id is None
        else sheet.value_of(cell_id)
    )
    kept = sheet.id_of(value)
    if kept is None:
        raise BadInputError(
            "This line crosses no cell.", "Draw it across the cell to be parted."
        )
    _, lacking = corrections.lengths_of_cut(sheet.labels, value, path)
    labels, nuclei, added = corrections.split_cell(
        sheet.labels, sheet.nuclei, value, path, sheet.next_value
    )
    sheet.exchange((labels, nuclei))
    sheet.note_drawn(kept)
    for new in added:
        sheet.note_added(new, sheet.kind_of(kept))
    label = study.labels.label_of(kept)
    stays = f"; the largest keeps the label {label}, the rest has none" if label else ""
    on = "; the line was drawn on to the edge" if lacking > _SAID_PX else ""
    said = f"Cell {kept} split into {len(added) + 1}{on}{stays}"
    return _put_back(sheet, f"split cell {kept}", said, (kept,))


def redraw_cell(
    study: Study,
    picture_id: int,
    path: np.ndarray,
    seen: PictureSeen | None = None,
    cell_id: int | None = None,
) -> Corrected:
    """Give a cell the outline along a closed path; id and label stay.

    The nucleus is cut to the new outline. A white cell of whose nucleus nothing is left
    gets the one that the picture shows.

    Parameters
    ----------
    cell_id
        Which cell; the one that the path goes round most of unless told.

    Raises
    ------
    KeyError
        If there is no such cell.
    BadInputError
        If the path encloses nothing, or mostly another cell.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    cell_id, region = _meant(sheet, path, cell_id)
    value = sheet.value_of(cell_id)
    sheet.exchange(corrections.draw_cell(sheet.labels, sheet.nuclei, value, region))
    if sheet.kind_of(cell_id) == "wbc" and not (sheet.nuclei == value).any():
        _find_nucleus(sheet, value, seen)
    sheet.note_drawn(cell_id)
    return _put_back(
        sheet, f"redraw cell {cell_id}", f"Cell {cell_id} redrawn", (cell_id,)
    )


def redraw_nucleus(
    study: Study, picture_id: int, path: np.ndarray, cell_id: int | None = None
) -> Corrected:
    """Give a white cell the nucleus along a closed path; what lies beside is left out.

    Raises
    ------
    KeyError
        If there is no such cell.
    BadInputError
        If the path encloses nothing of a cell, or the cell is no white one.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    cell_id, region = _meant(sheet, path, cell_id, "nucleus")
    kind = sheet.kind_of(cell_id)
    if kind != "wbc":
        name = KIND_NAMES[kind] if kind != "other" else "other cell"
        raise BadInputError(
            f"Cell {cell_id} is {_a(name)}; only white cells have a nucleus here.",
            "If it is a white cell, take it in hand, say so with Kind… › White cell, "
            "then draw its nucleus.",
        )
    value = sheet.value_of(cell_id)
    sheet.exchange(corrections.draw_nucleus(sheet.labels, sheet.nuclei, value, region))
    sheet.note_drawn(cell_id)
    said = f"Nucleus of cell {cell_id} redrawn"
    return _put_back(sheet, f"redraw the nucleus of cell {cell_id}", said, (cell_id,))


def add_cell(
    study: Study,
    picture_id: int,
    path: np.ndarray,
    seen: PictureSeen,
    kind: str | None = None,
) -> Corrected:
    """Add the cell along a closed path; its nucleus and kind are read off the picture.

    Raises
    ------
    BadInputError
        If the path encloses nothing, or mostly another cell.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    region = corrections.region_inside(path, sheet.labels.shape)
    return _add(sheet, region, seen, kind)


def add_cell_at(
    study: Study,
    picture_id: int,
    point: tuple[float, float],
    seen: PictureSeen,
    kind: str | None = None,
) -> Corrected:
    """Add the cell under a point (y, x), with the outline that the picture shows.

    Raises
    ------
    BadInputError
        If there is a cell already, or nothing stands out from the glass.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    taken = sheet.labels > 0
    region = propose_cell(seen.rgb, seen.light, taken, point, sheet.diameter_px)
    return _add(sheet, region, seen, kind)


def change_kind(
    study: Study,
    picture_id: int,
    cell_ids: Iterable[int],
    kind: str,
    seen: PictureSeen | None = None,
) -> Corrected:
    """Say that cells of one picture are of another kind.

    A white cell gets the nucleus that the picture shows; others have none.

    Raises
    ------
    KeyError
        If one does not lie there.
    BadInputError
        If all of them are of that kind already.
    """
    sheet = CorrectionSheet.of(study, picture_id)
    ids = [i for i in sorted(set(cell_ids)) if sheet.kind_of(i) != kind]
    name = KIND_NAMES[kind] if kind != "other" else "other cell"
    if not ids:
        raise BadInputError(f"That is a {name} already.")
    for cell_id in ids:
        value = sheet.value_of(cell_id)
        before = sheet.nuclei
        if kind == "wbc" and not (sheet.nuclei == value).any():
            _find_nucleus(sheet, value, seen)
        elif kind != "wbc":
            sheet.nuclei = np.where(sheet.nuclei == value, 0, sheet.nuclei)
        if not np.array_equal(before, sheet.nuclei):
            sheet.note_drawn(cell_id)
        sheet.note_kind(cell_id, kind)
    what = f"{name}s" if len(ids) > 1 else _a(name)
    said = f"{_cells(ids)} now {'are' if len(ids) > 1 else 'is'} {what}"
    return _put_back(sheet, f"call {_counted(ids)} {what}", said, tuple(ids))


# -- parts -----------------------------------------------------------------------


def _meant(
    sheet: CorrectionSheet, path: np.ndarray, cell_id: int | None, what: str = "cell"
) -> tuple[int, np.ndarray]:
    """The cell that a path is drawn round, or in, and the region inside the path."""
    region = corrections.region_inside(path, sheet.labels.shape, what)
    if cell_id is None:
        cell_id = sheet.id_of(corrections.cell_in(sheet.labels, region))
    if cell_id is None:
        raise BadInputError(
            "There is no cell inside this line.",
            "Draw round a cell that has an outline, or take the tool Add."
            if what == "cell"
            else "Draw inside the outline of a white cell; the tool Add makes one.",
        )
    return cell_id, region


def _add(
    sheet: CorrectionSheet, region: np.ndarray, seen: PictureSeen, kind: str | None
) -> Corrected:
    value = sheet.next_value
    sheet.exchange(corrections.draw_cell(sheet.labels, sheet.nuclei, value, region))
    _find_nucleus(sheet, value, seen)
    area = int((sheet.labels == value).sum())
    nucleus = int((sheet.nuclei == value).sum())
    kind = kind or guess_kind(area, nucleus, sheet.diameter_px)
    if kind != "wbc":
        sheet.nuclei = np.where(sheet.nuclei == value, 0, sheet.nuclei)
    sheet.note_added(value, kind)
    name = KIND_NAMES[kind] if kind != "other" else "other cell"
    return _put_back(sheet, f"add {_a(name)}", f"Added {_a(name)}", ())


def _find_nucleus(sheet: CorrectionSheet, value: int, seen: PictureSeen | None) -> None:
    if seen is None:
        from napari_dinobloom.imaging import read_picture

        path = sheet.study.pictures[sheet.picture_id].path
        seen = PictureSeen.of(read_picture(path).rgb)
    nucleus = find_nucleus(seen.rgb, seen.light, sheet.labels == value)
    sheet.nuclei = np.where(nucleus, value, sheet.nuclei)


def _put_back(
    sheet: CorrectionSheet,
    undo: str,
    said: str,
    about: tuple[int, ...],
    label: str | None = None,
) -> Corrected:
    """Apply as one step; the new cells are added to those that it is about."""
    study, number = sheet.study, sheet.picture_id
    finding, added = sheet.finished()
    group = f"correct-{uuid4().hex[:12]}"
    findings: dict[int, Finding | None] = {number: finding}
    study.apply(CorrectCells(findings, undo), group)
    if label is not None:
        note = "taken over from a cell that was merged into it"
        record = LabelRecord(about[0], label, study.author, now(), note=note)
        study.apply(SetLabels((record,)), group)
    ids = tuple(sorted((*about, *added.tolist())))
    return Corrected(said, number, ids, sheet.labels, sheet.nuclei)


def _labels_gone(study: Study, ids: list[int]) -> str:
    """What labels went with these cells, to be added to a sentence."""
    labels = Counter(n for i in ids if (n := study.labels.label_of(i)))
    if not labels:
        return ""
    parts = [name if k == 1 else f"{k} {name}" for name, k in labels.items()]
    named = ", ".join(parts)
    total = sum(labels.values())
    word = "the label" if total == 1 else f"{total} labels"
    return f"; {word} ({named}) went with {'it' if len(ids) == 1 else 'them'}"


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _cells(ids: list[int]) -> str:
    return f"Cell {ids[0]}" if len(ids) == 1 else f"{len(ids):,} cells"


def _counted(ids: list[int]) -> str:
    return f"cell {ids[0]}" if len(ids) == 1 else f"{len(ids):,} cells"
