"""Find the cells of every picture that was not searched yet."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError, Partial, Progress
from napari_dinobloom.imaging import is_huge
from napari_dinobloom.segmentation import (
    Segmentation,
    measure,
    processes_for,
    ready_segmenter,
    segmenters,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    SEARCHED_AGAIN,
    CellTable,
    Finding,
    Recipe,
    ReplaceCells,
    Study,
)
from napari_dinobloom.study.contents import Box
from napari_dinobloom.workflows.compare_cells import changes_between
from napari_dinobloom.workflows.deleted_cells import without_deleted
from napari_dinobloom.workflows.pool import each_job
from napari_dinobloom.workflows.search_again import (
    FoundAgain,
    Masks,
    find_again,
    first_time,
)
from napari_dinobloom.workflows.segment_slides import (
    AS_MEASURED,
    SearchedSlide,
    SlideTools,
    commit_slide,
    fresh_ids,
)


@dataclass(frozen=True, slots=True)
class PictureJob:
    """One picture to be searched."""

    picture_id: int
    path: Path
    pixel_size_um: float | None
    is_huge: bool = False


@dataclass(frozen=True, slots=True)
class Searched:
    """One picture's cells, or why it could not be searched.

    Parameters
    ----------
    found
        Its cells, and which of them were there in ``before``.
    """

    job: PictureJob
    found: Segmentation | None = None
    again: FoundAgain | None = None
    columns: Mapping[str, np.ndarray] | None = None
    mask_file: str | None = None
    before: Finding | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """What was found in a picture the last time."""

    finding: Finding
    load_masks: Callable[[], Masks]


@dataclass(frozen=True)
class SegmentPictures:
    """One picture after the other, on all cores; each is committed when it is done.

    In a picture that is searched again, cells that are still there keep their ids, and
    with them their labels (`segmentation.matching`). Outlines that a person drew stay
    as they were drawn.
    """

    jobs: tuple[PictureJob, ...]
    segmenter: str
    parameters: Mapping[str, Any]
    save_masks: Callable[[int, np.ndarray, np.ndarray], str]
    group: str
    workers: int | None = None
    before: Mapping[int, Before] = field(default_factory=dict)
    slides: SlideTools | None = None
    keep_drawn: bool = True
    deleted_too: bool = False
    title = "Finding cells"

    @classmethod
    def from_study(
        cls,
        study: Study,
        segmenter: str = "smear",
        *,
        parameters: Mapping[str, Any] | None = None,
        pictures: Sequence[int] | None = None,
        again: bool = False,
        imported_too: bool = True,
        deleted_too: bool = False,
        workers: int | None = None,
    ) -> Self:
        """Gather the pictures; those that were searched already only if ``again``.

        Parameters
        ----------
        imported_too
            Of these, also the ones whose cells another program found.
        deleted_too
            Cells that a person deleted may be found again.

        Raises
        ------
        UnknownNameError
            If there is no such segmenter.
        """
        study.require_writable()
        built = ready_segmenter(segmenter, parameters or {})
        wanted = study.pictures if pictures is None else pictures
        there = study.findings
        jobs = tuple(
            PictureJob(
                i,
                study.pictures[i].path,
                study.pictures[i].pixel_size_um,
                is_huge(study.pictures[i].width, study.pictures[i].height),
            )
            for i in wanted
            if study.pictures[i].kind == "field"
            and (
                i not in there or (again and (imported_too or not there[i].is_imported))
            )
        )
        return cls(
            jobs,
            segmenter,
            dict(parameters or {}),
            study.save_masks,
            f"segment-{uuid4().hex[:8]}",
            processes_for(built, workers),
            {job.picture_id: b for job in jobs if (b := cells_before(study, job))},
            SlideTools(study.scratch, study.mask_writer),
            deleted_too=deleted_too,
        )

    def compute(
        self,
    ) -> Generator[Progress | Partial[Searched | SearchedSlide], None, None]:
        """Yield each picture's cells as they are found; huge pictures come last."""
        search = partial(search_picture, self.segmenter, dict(self.parameters))
        jobs = [job for job in self.jobs if not job.is_huge]
        yield Progress(0, len(self.jobs), "Starting")
        for done, (job, found) in enumerate(each_job(search, jobs, self.workers)):
            if isinstance(found, BadInputError):
                yield Partial(Searched(job, failure=str(found)))
            else:
                yield Partial(self.joined(job, found, self.before.get(job.picture_id)))
            yield Progress(done + 1, len(self.jobs), job.path.name)
        for job in self.jobs:
            if job.is_huge and self.slides is not None:
                how = self.segmenter, self.parameters, self.workers
                yield from self.slides.search(job, *how)

    def commit(self, study: Study, result: Searched | SearchedSlide) -> None:
        """Put the cells into the picture, or note why there are none."""
        if isinstance(result, SearchedSlide):
            recipe = Recipe(self.segmenter, self.parameters)
            commit_slide(study, result, recipe, self.group)
            return
        subject, number = str(result.job.path), result.job.picture_id
        if result.found is None:
            study.note_failures("segment", {subject: result.failure})
            return
        if number not in study.pictures:
            return  # taken away while it was being searched
        if study.findings.get(number) is not result.before:
            # somebody corrected it meanwhile, or took an earlier search back
            result = self.joined(
                result.job, result.found, cells_before(study, result.job)
            )
        study.apply(ReplaceCells({number: self._finding(study, result)}), self.group)
        study.note_failures("segment", {}, [subject])

    def joined(
        self, job: PictureJob, found: Segmentation, before: Before | None
    ) -> Searched:
        """The cells with the ids of those that were there before; masks are kept."""
        again = first_time(found)
        if before is not None:
            if self.keep_drawn and not self.deleted_too:
                found = without_deleted(found, before.finding)
            ruler = job.pixel_size_um is not None
            masks = before.load_masks()
            again = find_again(
                found,
                before.finding,
                masks,
                has_ruler=ruler,
                keep_drawn=self.keep_drawn,
            )
        whole = again.segmentation
        mask_file = self.save_masks(job.picture_id, whole.labels, whole.nuclei)
        finding = before.finding if before is not None else None
        return Searched(job, found, again, measure(whole), mask_file, finding)

    def _finding(self, study: Study, result: Searched) -> Finding:
        assert result.again is not None  # noqa: S101 - something was found
        assert result.columns is not None  # noqa: S101 - and measured
        whole = result.again.segmentation
        cells = _cell_table(study, result.columns, result.job.picture_id, result.again)
        notes = whole.notes
        deleted: tuple[Box, ...] = ()
        if result.before is not None and not self.deleted_too:
            deleted = result.before.deleted
        if result.before is not None and len(result.before.cells):
            changes = changes_between(result.before.cells, cells, study.labels)
            changes = replace(changes, stay_away=len(deleted))
            notes = (*notes, f"{SEARCHED_AGAIN}{changes.sentence}")
        return Finding(
            cells=cells,
            recipe=Recipe(self.segmenter, self.parameters),
            mask_file=result.mask_file,
            red_cell_diameter_px=float(whole.red_cell_diameter_px),
            notes=notes,
            deleted=deleted,
        )


def cells_before(study: Study, job: PictureJob) -> Before | None:
    """What stands in a picture now, None where it was not searched yet."""
    finding = study.findings.get(job.picture_id)
    load = study.mask_loader(job.picture_id)
    return None if finding is None or load is None else Before(finding, load)


def search_picture(
    segmenter: str, parameters: Mapping[str, Any], job: PictureJob
) -> Segmentation:
    """Read one picture and segment it, in whatever process this runs.

    Raises
    ------
    BadInputError
        If the picture cannot be read.
    """
    from napari_dinobloom.imaging import read_picture

    picture = read_picture(job.path)
    built = segmenters.create(segmenter, **parameters)
    return built.segment(picture.rgb, job.pixel_size_um or picture.pixel_size_um)


def _cell_table(
    study: Study,
    columns: Mapping[str, np.ndarray],
    picture_id: int,
    again: FoundAgain,
) -> CellTable:
    """The cells by ascending id; those that came get new ones."""
    kinds = np.array([CELL_KINDS.index(k) for k in columns["class"]], dtype=np.int8)
    has_nucleus = columns["nucleus_area_px"] > 0
    ids, outlines = again.cell_ids.copy(), again.outline_ids.copy()
    came = ids == 0
    ids[came] = fresh_ids(study, int(came.sum()))
    outlines[came] = ids[came]
    redrawn = outlines == 0
    outlines[redrawn] = fresh_ids(study, int(redrawn.sum()))
    table = {
        "cell_id": ids,
        "picture_id": np.full(len(ids), picture_id),
        "mask_label": columns["label"],
        "kind": kinds,
        "nucleus_area_px": np.where(has_nucleus, columns["nucleus_area_px"], np.nan),
        **{name: columns[name] for name in AS_MEASURED},
        "outline_id": outlines,
        "by_hand": again.by_hand,
    }
    order = np.argsort(ids)
    return CellTable(**{name: column[order] for name, column in table.items()})
