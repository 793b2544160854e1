"""Label images of pictures, without a study: pictures in, files out."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.core.counting import counted
from napari_dinobloom.core.label_images import write_label_image
from napari_dinobloom.core.new_files import replacing
from napari_dinobloom.core.output_names import relative_stems
from napari_dinobloom.imaging.label_images import is_label_image
from napari_dinobloom.workflows.join_tiles import MaskWriter
from napari_dinobloom.workflows.pool import each_job

ENDINGS = (".tif", "_nucleus.tif", ".csv")
_NO_PICTURES = ".nopictures"
_MEASURED = (
    "label", "class", "x", "y", "left", "top", "width", "height", "area_px",
    "nucleus_area_px", "score", "cut_by_border",
)  # fmt: skip
_COLUMNS = (
    "label", "class", "x", "y", "width", "height", "area_px", "nucleus_area_px",
    "centre_x", "centre_y", "score", "cut_by_border", "path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileJob:
    """One picture, and the three files that it gives."""

    path: Path
    labels: Path
    nuclei: Path
    table: Path

    @property
    def is_done(self) -> bool:
        """Whether label images and table are there."""
        files = (self.nuclei, self.table)
        return is_label_image(self.labels) and all(file.is_file() for file in files)


@dataclass(frozen=True, slots=True)
class SegmentedFile:
    """What was found in one picture, and where it stands."""

    job: FileJob
    counts: Mapping[str, int]
    red_cell_diameter_px: float
    notes: tuple[str, ...] = ()


@dataclass
class SegmentedFiles:
    """Every picture that was searched, and why the others were not."""

    files: list[SegmentedFile] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SegmentFiles:
    """Search pictures on all cores; each one's files are there when it is done.

    Per picture: STEM.tif, an int32 label image (0 is background); STEM_nucleus.tif,
    the same for the nuclei of white cells; STEM.csv with a row per cell: ``label``,
    ``class``, the box ``x, y, width, height``, ``area_px``, and more. The folder
    structure below the inputs' common parent is kept.
    """

    jobs: tuple[FileJob, ...]
    failures: Mapping[str, str]
    out: Path
    segmenter: str
    parameters: Mapping[str, Any]
    workers: int | None = None
    tiled: Callable[..., MaskWriter] | None = None
    title = "Finding cells"

    @classmethod
    def of(
        cls,
        inputs: Sequence[Path],
        out: Path,
        segmenter: str = "smear",
        *,
        parameters: Mapping[str, Any] | None = None,
        overwrite: bool = False,
        missing: bool = False,
        workers: int | None = None,
        tiled: Callable[..., MaskWriter] | None = None,
    ) -> "SegmentFiles":
        """Find the pictures and make sure that no file is lost.

        Parameters
        ----------
        overwrite
            Write over files that exist.
        missing
            Leave out pictures whose files are there, whatever they were found with.
        tiled
            `storage.label_files`, which writes label images of any size; without it
            huge pictures are searched in one piece, or refused.

        Raises
        ------
        UnknownNameError
            If there is no such segmenter.
        BadInputError
            If there is no picture, or a file would be overwritten.
        """
        from napari_dinobloom.imaging import find_pictures
        from napari_dinobloom.segmentation import processes_for, ready_segmenter

        built = ready_segmenter(segmenter, parameters or {})
        found, unreadable = find_pictures([Path(path) for path in inputs])
        pictures = [path for path in found if not is_label_image(path)]
        failures = {str(f.path): f.reason for f in unreadable}
        if not pictures:
            raise BadInputError(
                _no_picture(inputs, failures),
                "PNG, JPEG, TIFF and OME-TIFF are read, also in folders below.",
            )
        base = (
            Path(inputs[0]) if len(inputs) == 1 and Path(inputs[0]).is_dir() else None
        )
        stems = relative_stems(pictures, ("", "_nucleus"), base)
        jobs = tuple(
            FileJob(path, *(out / stem.with_name(stem.name + e) for e in ENDINGS))
            for path, stem in zip(pictures, stems, strict=True)
        )
        if missing:
            jobs = tuple(job for job in jobs if not job.is_done)
        _protect(jobs, out, overwrite)
        workers = processes_for(built, workers)
        return cls(
            jobs, failures, out, segmenter, dict(parameters or {}), workers, tiled
        )

    def compute(self) -> Generator[Progress, None, SegmentedFiles]:
        """Yield after every picture; a broken one does not stop the others."""
        result = SegmentedFiles(failures=dict(self.failures))
        _mark_as_no_pictures(self.out)
        search = partial(segment_file, self.segmenter, dict(self.parameters))
        yield Progress(0, len(self.jobs), "Starting")
        slides = [job for job in self.jobs if self._is_huge(job)]
        jobs = [job for job in self.jobs if job not in slides]
        for done, (job, found) in enumerate(each_job(search, jobs, self.workers)):
            if isinstance(found, BadInputError):
                result.failures[str(job.path)] = str(found)
            else:
                result.files.append(found)
            yield Progress(done + 1, len(self.jobs), job.path.name)
        for job in slides:
            try:
                result.files.append((yield from self._slide(job)))
            except BadInputError as error:
                result.failures[str(job.path)] = str(error)
        order = {job.path: row for row, job in enumerate(self.jobs)}
        result.files.sort(key=lambda file: order[file.job.path])
        return result

    def _is_huge(self, job: FileJob) -> bool:
        from napari_dinobloom.imaging import is_huge, read_header

        try:
            header = read_header(job.path)
        except BadInputError:
            return False  # the search will say why
        return self.tiled is not None and is_huge(header.width, header.height)

    def _slide(self, job: FileJob) -> Generator[Progress, None, SegmentedFile]:
        """Search a huge picture tile by tile, going on where a run was stopped."""
        from napari_dinobloom.imaging import read_header
        from napari_dinobloom.workflows import search_slide as slides

        um = read_header(job.path).pixel_size_um
        key = slides.scratch_name(job.path, self.segmenter, self.parameters, um)
        scratch = job.labels.parent / f".{job.labels.stem}-{key}.tiles"
        scratch.mkdir(parents=True, exist_ok=True)
        assert self.tiled is not None  # noqa: S101 - asked before
        writer = partial(self.tiled, job.labels, job.nuclei, pixel_size_um=um)
        search = slides.SlideJob(
            job.path, um, self.segmenter, self.parameters, scratch, self.workers
        )
        found = yield from slides.search_slide(search, writer)
        counts = _write_table(job, found.columns)
        slides.forget(scratch)
        return SegmentedFile(job, counts, found.red_cell_diameter_px, found.notes)


def segment_file(
    segmenter: str, parameters: Mapping[str, Any], job: FileJob
) -> SegmentedFile:
    """Search one picture and write its files, in whatever process this runs.

    Raises
    ------
    BadInputError
        If the picture cannot be read or a file not be written.
    """
    from napari_dinobloom.imaging import read_picture
    from napari_dinobloom.segmentation import measure, segmenters

    picture = read_picture(job.path)
    found = segmenters.create(segmenter, **parameters).segment(
        picture.rgb, picture.pixel_size_um
    )
    write_label_image(job.labels, found.labels, picture.pixel_size_um)
    write_label_image(job.nuclei, found.nuclei, picture.pixel_size_um)
    counts = _write_table(job, measure(found))
    return SegmentedFile(
        job,
        counts,
        float(found.red_cell_diameter_px),
        (*picture.notes, *found.notes),
    )


def _write_table(job: FileJob, cells: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Write a row per cell; return how many there are of each kind."""
    import pandas as pd

    if not cells:
        cells = dict.fromkeys(_MEASURED, np.empty(0))
    columns = {
        **cells,
        "x": cells["left"],
        "y": cells["top"],
        "centre_x": cells["x"].round(2),
        "centre_y": cells["y"].round(2),
        "path": np.full(len(cells["label"]), str(job.path.absolute())),
    }
    table = pd.DataFrame({name: columns[name] for name in _COLUMNS})
    with replacing(job.table) as temporary:
        table.to_csv(temporary, index=False, encoding="utf-8", compression=None)
    kinds, counts = np.unique(cells["class"].astype(str), return_counts=True)
    return dict(zip(kinds.tolist(), counts.tolist(), strict=True))


def _protect(jobs: Sequence[FileJob], out: Path, overwrite: bool) -> None:
    """Refuse to write over a picture, ever, and over other files unless told."""
    pictures = {job.path.resolve() for job in jobs}
    targets = [p for job in jobs for p in (job.labels, job.nuclei, job.table)]
    lost = [path for path in targets if path.resolve() in pictures]
    if lost:
        raise BadInputError(
            f"The label image would be written over the picture {lost[0]}.",
            "Name another folder with --out.",
        )
    there = [path for path in targets if path.exists()]
    if there and not overwrite:
        more = counted(len(there) - 1, "more file") if len(there) > 1 else ""
        raise BadInputError(
            f"{there[0]} exists already{f', and so do {more}' if more else ''}; "
            "nothing was written.",
            f"Name another folder than {out}, or say what is meant: --overwrite to "
            "search these pictures anew and replace the files, --missing to search "
            "only those that have none yet.",
        )


def _mark_as_no_pictures(out: Path) -> None:
    """Keep a folder of label images from being searched for pictures later."""
    if out.is_dir() and any(out.iterdir()):
        return
    with replacing(out / _NO_PICTURES) as marker:
        marker.write_text("Label images by napari-dinobloom; no pictures to search.\n")


def _no_picture(inputs: Sequence[Path], failures: Mapping[str, str]) -> str:
    if failures:
        path, reason = next(iter(failures.items()))
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        return f"{path}: {reason}{more}"
    return f"There is no picture in {', '.join(map(str, inputs)) or 'nothing'}."
