"""Find the cells of every picture that was not searched yet."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError, Partial, Progress
from napari_dinobloom.segmentation import (
    Segmentation,
    measure,
    processes_for,
    ready_segmenter,
    segmenters,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    CellTable,
    Finding,
    Recipe,
    ReplaceCells,
    Study,
)
from napari_dinobloom.workflows.pool import each_job


@dataclass(frozen=True, slots=True)
class PictureJob:
    """One picture to be searched."""

    picture_id: int
    path: Path
    pixel_size_um: float | None


@dataclass(frozen=True, slots=True)
class Searched:
    """One picture's cells, without ids yet, or why it could not be searched."""

    job: PictureJob
    segmentation: Segmentation | None = None
    columns: Mapping[str, np.ndarray] | None = None
    mask_file: str | None = None
    failure: str = ""


@dataclass(frozen=True)
class SegmentPictures:
    """One picture after the other, on all cores; each is committed when it is done."""

    jobs: tuple[PictureJob, ...]
    segmenter: str
    parameters: Mapping[str, Any]
    save_masks: Callable[[int, np.ndarray, np.ndarray], str]
    group: str
    workers: int | None = None
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
        workers: int | None = None,
    ) -> Self:
        """Gather the pictures; those that were searched already only if ``again``.

        Raises
        ------
        UnknownNameError
            If there is no such segmenter.
        """
        study.require_writable()
        built = ready_segmenter(segmenter, parameters or {})
        wanted = study.pictures if pictures is None else pictures
        jobs = tuple(
            PictureJob(i, study.pictures[i].path, study.pictures[i].pixel_size_um)
            for i in wanted
            if study.pictures[i].kind == "field" and (again or i not in study.findings)
        )
        return cls(
            jobs,
            segmenter,
            dict(parameters or {}),
            study.save_masks,
            f"segment-{uuid4().hex[:8]}",
            processes_for(built, workers),
        )

    def compute(self) -> Generator[Progress | Partial[Searched], None, None]:
        """Yield each picture's cells as they are found."""
        search = partial(search_picture, self.segmenter, dict(self.parameters))
        yield Progress(0, len(self.jobs), "Starting")
        for done, (job, found) in enumerate(each_job(search, self.jobs, self.workers)):
            if isinstance(found, BadInputError):
                yield Partial(Searched(job, failure=str(found)))
            else:
                mask_file = self.save_masks(job.picture_id, found.labels, found.nuclei)
                yield Partial(Searched(job, found, measure(found), mask_file))
            yield Progress(done + 1, len(self.jobs), job.path.name)

    def commit(self, study: Study, result: Searched) -> None:
        """Put the cells into the picture, or note why there are none."""
        subject = str(result.job.path)
        if result.segmentation is None or result.columns is None:
            study.note_failures("segment", {subject: result.failure})
            return
        if result.job.picture_id not in study.pictures:
            return  # taken away while it was being searched
        n = len(result.segmentation.kinds)
        first = study.reserve_cell_ids(n) if n else 0
        finding = Finding(
            cells=_cell_table(result.columns, result.job.picture_id, first),
            recipe=Recipe(self.segmenter, self.parameters),
            mask_file=result.mask_file,
            red_cell_diameter_px=float(result.segmentation.red_cell_diameter_px),
            notes=result.segmentation.notes,
        )
        study.apply(ReplaceCells({result.job.picture_id: finding}), self.group)
        study.note_failures("segment", {}, [subject])


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
    columns: Mapping[str, np.ndarray], picture_id: int, first_id: int
) -> CellTable:
    n = len(columns["label"])
    kinds = np.array([CELL_KINDS.index(k) for k in columns["class"]], dtype=np.int8)
    has_nucleus = columns["nucleus_area_px"] > 0
    return CellTable(
        cell_id=np.arange(first_id, first_id + n),
        picture_id=np.full(n, picture_id),
        mask_label=columns["label"],
        kind=kinds,
        nucleus_area_px=np.where(has_nucleus, columns["nucleus_area_px"], np.nan),
        **{
            name: columns[name]
            for name in ("x", "y", "left", "top", "width", "height", "area_px")
        },
        score=columns["score"],
        cut_by_border=columns["cut_by_border"],
    )
