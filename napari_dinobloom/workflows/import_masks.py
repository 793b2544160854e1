"""Cells that another program found: its masks take the place of a picture's cells."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from uuid import uuid4

from napari_dinobloom.core import BadInputError, Partial, Progress
from napari_dinobloom.imaging.foreign import (
    PictureMasks,
    file_digest_of,
    find_mask_files,
    open_masks,
)
from napari_dinobloom.study import Study, says_only_the_kind
from napari_dinobloom.study.contents import IMPORTED
from napari_dinobloom.workflows.label_cells import record_labels
from napari_dinobloom.workflows.mask_kinds import Taken
from napari_dinobloom.workflows.masks_report import MasksReport
from napari_dinobloom.workflows.match_masks import picture_named, without_masks
from napari_dinobloom.workflows.pool import each_job
from napari_dinobloom.workflows.read_masks import MaskJob, ReadMasks, read_masks
from napari_dinobloom.workflows.segment_pictures import (
    Before,
    PictureJob,
    Searched,
    SegmentPictures,
    cells_before,
)

STEP = "masks"
"""Under which failures are noted."""


@dataclass(frozen=True, slots=True)
class ImportedMasks:
    """The masks of one picture, saved, without ids yet."""

    job: MaskJob
    searched: Searched
    names: tuple[str, ...]


@dataclass(frozen=True)
class ImportMasks:
    """Label images, GeoJSON, COCO or OME-Zarr labels, one picture after the other.

    Each picture's cells are replaced by those of the file, those drawn by hand too;
    cells that are still there keep their ids and labels. All of it is one step of undo.
    A picture without masks, or with masks that do not fit, keeps what it has.
    """

    files: tuple[Path, ...]
    pictures: Mapping[int, Path]
    jobs: Mapping[int, PictureJob]
    shapes: Mapping[int, tuple[int, int]]
    before: Mapping[int, Before]
    door: SegmentPictures
    picture: int | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    names_are_labels: bool = False
    workers: int | None = None
    told: Callable[[MasksReport], None] | None = None
    title = "Reading masks"

    @classmethod
    def from_study(
        cls,
        study: Study,
        files: Sequence[Path],
        *,
        picture: str | int | None = None,
        kinds: Mapping[str, str] | None = None,
        names_are_labels: bool = False,
        workers: int | None = None,
        told: Callable[[MasksReport], None] | None = None,
    ) -> Self:
        """Gather what is known of the pictures; no file is opened yet.

        Parameters
        ----------
        picture
            To which picture the masks belong, by name, path or id; found by the names
            in the files, else by the files' names, unless given.
        kinds
            Kind by class name in lower case; names that it lacks are understood by
            themselves.
        names_are_labels
            Class names become labels, as far as they say more than the kind.
        told
            Is given the report at the end, on the owner's thread.

        Raises
        ------
        BadInputError
            If the picture named is not there.
        """
        study.require_writable()
        paths = {i: p.path for i, p in study.pictures.items()}
        chosen = picture_named(picture, paths) if isinstance(picture, str) else picture
        if isinstance(chosen, str):
            raise BadInputError(chosen, "Name the picture as the study has it.")
        jobs = {
            i: PictureJob(i, p.path, p.pixel_size_um)
            for i, p in study.pictures.items()
            if p.kind == "field"
        }
        group = f"masks-{uuid4().hex[:8]}"
        # The same door as a search of our own, so that cells keep their ids alike.
        door = SegmentPictures(
            (), IMPORTED, {}, study.save_masks, group, keep_drawn=False
        )
        return cls(
            tuple(map(Path, files)),
            paths,
            jobs,
            {i: (p.height, p.width) for i, p in study.pictures.items()},
            {i: b for i, job in jobs.items() if (b := cells_before(study, job))},
            door,
            chosen,
            dict(kinds or {}),
            names_are_labels,
            workers,
            told,
        )

    def compute(
        self,
    ) -> Generator[Progress | Partial[ImportedMasks], None, MasksReport]:
        """Yield each picture's cells as they are read."""
        yield Progress(0, 0, "Opening the files")
        problems: dict[str, str] = {}
        jobs = yield from self._jobs(problems)
        taken: Counter[tuple[str, str, str]] = Counter()
        remarks: dict[str, tuple[str, ...]] = {}
        cells = replaced = 0
        yield Progress(0, len(jobs), "Reading")
        for done, (job, read) in enumerate(each_job(read_masks, jobs, self.workers), 1):
            if isinstance(read, BadInputError):
                problems[_subject(job.masks)] = str(read)
            else:
                yield Partial(self._saved(job, read))
                remarks[str(job.picture.path)] = read.segmentation.notes[1:]
                cells += len(read.names)
                before = self.before.get(job.picture.picture_id)
                replaced += len(before.finding.cells) if before is not None else 0
                for what in read.taken:
                    taken[what.name, what.kind, what.reason] += what.cells
            yield Progress(done, len(jobs), job.picture.path.name)
        return MasksReport(
            len(remarks),
            cells,
            replaced,
            tuple(Taken(*what, n) for what, n in taken.most_common()),
            problems,
            {path: said for path, said in remarks.items() if said},
        )

    def commit(self, study: Study, result: ImportedMasks | MasksReport) -> None:
        """Put the cells into their picture; at the end, note what gave nothing."""
        if isinstance(result, MasksReport):
            earlier = [subject for step, subject in study.failures if step == STEP]
            study.note_failures(STEP, result.problems, earlier)
            if self.told is not None:
                self.told(result)
            return
        number = result.job.picture.picture_id
        if number not in study.pictures:
            return  # taken away meanwhile
        recipe = {
            "file": result.job.masks.file.name,
            "sha256": result.job.sha256,
            **({"kinds": dict(self.kinds)} if self.kinds else {}),
        }
        replace(self.door, parameters=recipe).commit(study, result.searched)
        if self.names_are_labels:
            self._label(study, number, result)

    def _label(self, study: Study, number: int, result: ImportedMasks) -> None:
        cells = study.findings[number].cells
        names = {
            cell: result.names[mask - 1]
            for cell, mask in zip(cells, cells.mask_label.tolist(), strict=True)
        }
        standing = study.labels.label_of
        said: dict[int, str | None] = {
            cell: name
            for cell, name in names.items()
            if not says_only_the_kind(name) and standing(cell) != name
        }
        source = f"import: {result.job.masks.file.name}"
        record_labels(study, said, source, group=self.door.group)

    def _jobs(
        self, problems: dict[str, str]
    ) -> Generator[Progress, None, list[MaskJob]]:
        """What is to be read for which picture."""
        found, missing = find_mask_files(self.files)
        problems.update(dict.fromkeys(missing, "Check the path."))
        problems.update(without_masks(self.files, found, self.pictures.values()))
        own = {path.resolve() for path in self.pictures.values()}
        named = {path for path in self.files if path.is_file()}
        jobs: dict[int, MaskJob] = {}
        for done, (path, relative) in enumerate(found):
            if path.resolve() in own:
                if path in named:
                    problems[str(path)] = "It is a picture of the study, not its masks."
                continue
            yield Progress(done, len(found), path.name)
            try:
                opened = open_masks(path)
            except BadInputError as error:
                problems[str(path)] = str(error)
                continue
            if self.picture is not None and len(opened) > 1:
                opened = [
                    masks
                    for masks in opened
                    if picture_named(masks.picture, self.pictures) == self.picture
                ]
                if not opened:
                    problems[str(path)] = "It has no masks of the picture named."
            digest = file_digest_of(path) if opened else ""
            for masks in opened:
                self._match(masks, relative, digest, jobs, problems)
        return list(jobs.values())

    def _match(
        self,
        masks: PictureMasks,
        relative: Path,
        digest: str,
        jobs: dict[int, MaskJob],
        problems: dict[str, str],
    ) -> None:
        number: int | str
        if self.picture is not None:
            number = self.picture
        else:
            number = picture_named(masks.picture or relative.as_posix(), self.pictures)
        if isinstance(number, str):
            problems[_subject(masks)] = number
        elif number not in self.jobs:
            name = self.pictures[number].name
            problems[_subject(masks)] = f"{name} shows a single cell; it has no masks."
        elif number in jobs:
            problems[_subject(masks)] = (
                f"{self.pictures[number].name} has masks already, from "
                f"{jobs[number].masks.file.name}."
            )
        else:
            before = self.before.get(number)
            ruler = before.finding.red_cell_diameter_px if before else float("nan")
            jobs[number] = MaskJob(
                self.jobs[number],
                self.shapes[number],
                masks,
                digest,
                self.kinds,
                ruler,
            )

    def _saved(self, job: MaskJob, read: ReadMasks) -> ImportedMasks:
        before = self.before.get(job.picture.picture_id)
        searched = self.door.joined(job.picture, read.segmentation, before)
        return ImportedMasks(job, searched, read.names)


def _subject(masks: PictureMasks) -> str:
    """What a failure is about: the file, and the picture where it holds several."""
    return f"{masks.file}, {masks.picture}" if masks.picture else str(masks.file)
