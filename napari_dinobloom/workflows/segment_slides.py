"""Huge pictures of a study: searched tile by tile, committed as one."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_dinobloom.core import BadInputError, Partial, Progress
from napari_dinobloom.segmentation.box_matching import match_boxes
from napari_dinobloom.study import (
    CELL_KINDS,
    SEARCHED_AGAIN,
    CellTable,
    Finding,
    Recipe,
    ReplaceCells,
    Study,
)
from napari_dinobloom.workflows.compare_cells import changes_between
from napari_dinobloom.workflows.join_tiles import MaskWriter
from napari_dinobloom.workflows.search_slide import (
    FoundOnSlide,
    SlideJob,
    forget,
    scratch_name,
    search_slide,
)


class PictureJob(Protocol):
    """One picture to be searched."""

    @property
    def picture_id(self) -> int:
        """In the study."""
        ...

    @property
    def path(self) -> Path:
        """Of its file."""
        ...

    @property
    def pixel_size_um(self) -> float | None:
        """Where it is known."""
        ...


@dataclass(frozen=True, slots=True)
class SearchedSlide:
    """A huge picture's cells, without ids yet, or why it could not be searched."""

    picture_id: int
    path: Path
    found: FoundOnSlide | None = None
    scratch: Path | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class SlideTools:
    """What a study lends to the search of its huge pictures.

    Attributes
    ----------
    scratch
        Gives a folder by name that outlives a crash.
    mask_writer
        Gives what takes a picture's label images part by part.
    """

    scratch: Callable[[str], Path]
    mask_writer: Callable[[int, tuple[int, int]], MaskWriter]

    def search(
        self,
        job: PictureJob,
        segmenter: str,
        parameters: Mapping[str, Any],
        workers: int | None,
    ) -> Generator[Progress | Partial[Any], None, None]:
        """Search one, going on where a run was stopped; at the end yield its cells."""
        try:
            key = scratch_name(job.path, segmenter, parameters, job.pixel_size_um)
            scratch = self.scratch(f"{job.picture_id:06d}-{key}")
            for other in scratch.parent.glob(f"{job.picture_id:06d}-*"):
                if other != scratch:
                    forget(
                        other
                    )  # of a file or of parameters that are no longer wanted
            slide = SlideJob(
                job.path, job.pixel_size_um, segmenter, parameters, scratch, workers
            )
            found = yield from search_slide(
                slide, lambda shape: self.mask_writer(job.picture_id, shape)
            )
        except BadInputError as error:
            yield Partial(SearchedSlide(job.picture_id, job.path, failure=str(error)))
            return
        yield Partial(SearchedSlide(job.picture_id, job.path, found, scratch))


def commit_slide(
    study: Study, result: SearchedSlide, recipe: Recipe, group: str
) -> None:
    """Put the cells into the picture, or note why there are none."""
    subject = str(result.path)
    found = result.found
    if found is None:
        study.note_failures("segment", {subject: result.failure})
        return
    if result.picture_id not in study.pictures:
        return  # taken away while it was being searched
    before = study.findings.get(result.picture_id)
    was = before.cells if before is not None else CellTable.empty()
    cells = _cells(study, found.columns, result.picture_id, was)
    notes = found.notes
    if len(was):
        sentence = changes_between(was, cells, study.labels).sentence
        notes = (*notes, f"{SEARCHED_AGAIN}{sentence}")
    finding = Finding(
        cells=cells,
        recipe=recipe,
        mask_file=found.mask_file,
        red_cell_diameter_px=found.red_cell_diameter_px,
        notes=notes,
        deleted=before.deleted if before is not None else (),
    )
    study.apply(ReplaceCells({result.picture_id: finding}), group)
    failed = {subject: found.unreadable} if found.unreadable else {}
    study.note_failures("segment", failed, [] if failed else [subject])
    if result.scratch is not None:
        forget(result.scratch, keep_survey=True)


def _cells(
    study: Study,
    columns: Mapping[str, np.ndarray],
    picture_id: int,
    was: CellTable,
) -> CellTable:
    """The cells by ascending id; those that were there before keep theirs.

    A cell of another search is described anew, whatever of its outline is the same:
    to find that out, two label images would have to be read.
    """
    if not columns:
        return CellTable.empty()
    n = len(columns["label"])
    kinds: np.ndarray = np.zeros(n, np.int8)
    for code, kind in enumerate(CELL_KINDS):
        kinds[columns["class"] == kind] = code
    nucleus = columns["nucleus_area_px"]
    sides = ("left", "top", "width", "height")
    rows, at = match_boxes(
        np.stack([getattr(was, side) for side in sides], axis=1),
        np.stack([columns[side] for side in sides], axis=1),
    )
    ids: np.ndarray = np.zeros(n, np.int64)
    ids[at] = was.cell_id[rows]
    came = np.flatnonzero(ids == 0)
    ids[came] = fresh_ids(study, len(came))
    outlines = ids.copy()
    outlines[at] = fresh_ids(study, len(at))
    table = {
        "cell_id": ids,
        "picture_id": np.full(n, picture_id),
        "mask_label": columns["label"],
        "kind": kinds,
        "nucleus_area_px": np.where(nucleus > 0, nucleus, np.nan),
        **{name: columns[name] for name in AS_MEASURED},
        "outline_id": outlines,
    }
    order = np.argsort(ids)
    return CellTable(**{name: column[order] for name, column in table.items()})


AS_MEASURED = (
    *("x", "y", "left", "top", "width", "height", "area_px", "score", "cut_by_border"),
)
"""Columns of a cell table that are what was measured."""


def fresh_ids(study: Study, n: int) -> np.ndarray:
    """(n,) int64 ids that no cell and no outline has had."""
    first = study.reserve_cell_ids(n) if n else 0
    return np.arange(first, first + n, dtype=np.int64)
