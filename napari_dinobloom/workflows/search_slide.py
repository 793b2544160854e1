"""Find the cells of a picture that is too large for memory, tile by tile."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_dinobloom import __version__
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.imaging import HugePicture, open_huge
from napari_dinobloom.segmentation import SmearSegmenter, segmenters
from napari_dinobloom.segmentation.monolayer import (
    OVERVIEW_DIAMETER,
    SIDE_BY_SIDE,
    THICK,
    Monolayer,
    find_monolayer,
)
from napari_dinobloom.segmentation.scale import RED_CELL_UM
from napari_dinobloom.segmentation.seams import Seams
from napari_dinobloom.segmentation.slide_survey import (
    SlideSurvey,
    sample_places,
    survey_slide,
    survey_window,
)
from napari_dinobloom.segmentation.smear import segment_surveyed
from napari_dinobloom.segmentation.tiles import (
    Tile,
    TileCells,
    own_cells,
    plan_tiles,
    rows_of_tiles,
    working_pixels,
)
from napari_dinobloom.workflows.pool import each_job
from napari_dinobloom.workflows.tile_files import (
    SURVEY,
    load_survey,
    load_tile,
    save_survey,
    save_tile,
    tile_file,
)

MEMORY_BYTES = 2 << 30
"""What all processes together may use, or a quarter of the computer's memory."""

_PROCESS_BYTES = 120 << 20  # an interpreter with the libraries
_PER_WORKING_PX, _PER_READ_PX = 120, 24


class MaskWriter(Protocol):
    """Takes label images from top to bottom."""

    def add(self, labels: np.ndarray, nuclei: np.ndarray) -> None:
        """The next rows of both."""
        ...

    def finish(self) -> str:
        """Keep them; return their name."""
        ...

    def abandon(self) -> None:
        """Forget them."""
        ...


@dataclass(frozen=True, slots=True)
class SlideJob:
    """A huge picture to be searched.

    Attributes
    ----------
    scratch
        Where finished tiles lie until all are joined: a run that was killed goes on
        with them.
    """

    path: Path
    pixel_size_um: float | None
    segmenter: str
    parameters: Mapping[str, Any]
    scratch: Path
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class FoundOnSlide:
    """The cells of a huge picture, those on seams once.

    Attributes
    ----------
    columns
        As `segmentation.measure` gives them.
    unreadable
        What could not be searched, one sentence; else "".
    """

    columns: Mapping[str, np.ndarray]
    mask_file: str
    red_cell_diameter_px: float
    notes: tuple[str, ...]
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class _Context:
    """What every tile needs; sent to other processes."""

    job: SlideJob
    seen: SlideSurvey
    parts: Monolayer


def scratch_name(
    path: Path, segmenter: str, parameters: Mapping[str, Any], um: float | None
) -> str:
    """A name for the tiles of one search; of another file, method or release, another.

    Raises
    ------
    BadInputError
        If the file is not there.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise BadInputError(
            f"There is no file {path}.",
            "Check the name, or whether a drive is missing.",
        ) from error
    said = [segmenter, dict(parameters), um, __version__, stat.st_size, stat.st_mtime]
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def search_slide(
    job: SlideJob, writer: Callable[[tuple[int, int]], MaskWriter]
) -> Generator[Progress, None, FoundOnSlide]:
    """Survey, search tile by tile on all cores, join; yields after each tile.

    Parameters
    ----------
    writer
        Makes what takes the label images of a picture of that height and width.

    Raises
    ------
    BadInputError
        If the picture cannot be read.
    """
    name = job.path.name
    yield Progress(0, 0, f"{name}: looking over the slide")
    picture = open_huge(job.path, job.scratch)
    seen, parts = yield from look_over(job, picture)
    if parts is None:
        note = (
            "This does not look like a smear: nothing in it has the size and the shape "
            "of cells. If it is one, type the red-cell diameter in pixels."
        )
        return (yield from _joined(job, [], seen, None, writer, [note], ""))
    tiles = plan_tiles(picture.shape, seen.diameter_px)
    wanted = [tile for tile in tiles if parts.is_worth_searching(tile.core)]
    left = [t for t in wanted if not tile_file(job.scratch, t).exists()]
    done, failed = len(wanted) - len(left), []
    search = partial(search_tile, _Context(job, seen, parts))
    workers = job.workers or workers_for(tiles, seen.diameter_px)
    for tile, found in each_job(search, left, workers):
        done += 1
        if isinstance(found, BadInputError):
            failed.append((tile, found))
        yield Progress(done, len(wanted), f"{name}: part {done:,} of {len(wanted):,}")
    if failed and len(failed) == len(wanted):
        raise failed[0][1]
    unreadable = ""
    if failed:
        unreadable = (
            f"{len(failed)} of {len(wanted)} parts of this picture could not be read "
            f"and were left out. {failed[0][1]}"
        )
    bad = {tile.number for tile, _ in failed}
    good = [tile for tile in wanted if tile.number not in bad]
    notes = [parts.in_words()] + ([unreadable] if unreadable else [])
    return (yield from _joined(job, good, seen, parts, writer, notes, unreadable))


def look_over(
    job: SlideJob, picture: HugePicture
) -> Generator[Progress, None, tuple[SlideSurvey, Monolayer | None]]:
    """Scale, glass, and where cells lie side by side; None where nothing does."""
    kept = load_survey(job.scratch)
    if kept is not None:
        return kept
    name = job.path.name
    places = sample_places(picture.glimpse(), picture.shape)
    known = job.parameters.get("red_cell_diameter_px")
    um = job.pixel_size_um or picture.pixel_size_um
    if known is None and um is not None:
        known = RED_CELL_UM / um
    looks = []
    for done, box in enumerate(places):
        try:
            rgb = picture.window(*box)
            looks.append(survey_window(rgb, box, picture.shape, known))
        except BadInputError:
            if done + 1 == len(places) and not looks:
                raise
        yield Progress(done + 1, len(places), f"{name}: measuring glass and scale")
    seen = survey_slide(picture.shape, looks, known)
    parts = None
    if np.isfinite(seen.diameter_px):
        shrink = max(seen.diameter_px / OVERVIEW_DIAMETER, 1.0)
        yield Progress(0, 0, f"{name}: looking for where cells lie side by side")
        try:
            parts = find_monolayer(picture.overview_strips(shrink), shrink, seen)
        except BadInputError:  # damaged somewhere; the tiles will say where
            parts = Monolayer(np.full((1, 1), SIDE_BY_SIDE, np.uint8), np.inf)
    save_survey(job.scratch, seen, parts)
    return seen, parts


def search_tile(context: _Context, tile: Tile) -> int:
    """Search one tile and keep what it owns, in whatever process this runs.

    Returns
    -------
    int
        How many cells it owns.

    Raises
    ------
    BadInputError
        If the picture is damaged there.
    """
    job, seen = context.job, context.seen
    picture = open_huge(job.path, job.scratch)
    rgb = picture.window(*tile.window)
    built = segmenters.create(job.segmenter, **job.parameters)
    if isinstance(built, SmearSegmenter):
        window = seen.of_window(tile.window, rgb)
        thick = context.parts.thick_in(tile.window, window.valid.shape)
        # heaps would set the measure for what is cell and what is nucleus
        window = replace(window, valid=window.valid & ~thick)
        found = segment_surveyed(built, rgb, window)
    else:
        um = job.pixel_size_um or picture.pixel_size_um
        found = built.segment(rgb, um or RED_CELL_UM / seen.diameter_px)
    mine = own_cells(found, tile, picture.shape)
    save_tile(job.scratch, mine)
    return len(mine)


def workers_for(tiles: list[Tile], diameter_px: float) -> int:
    """One process per core, as long as memory for all of them is there."""
    working, read = working_pixels(tiles[0], diameter_px)
    each = _PROCESS_BYTES + _PER_WORKING_PX * working + _PER_READ_PX * read
    budget = max(MEMORY_BYTES, _memory_bytes() // 4)
    return int(np.clip((budget - 2 * _PROCESS_BYTES) // each, 1, os.cpu_count() or 1))


def forget(scratch: Path, *, keep_survey: bool = False) -> None:
    """Delete the tiles of a search that is complete; the survey may be of use."""
    if not keep_survey:
        shutil.rmtree(scratch, ignore_errors=True)
        return
    for file in scratch.iterdir():
        if file.name != SURVEY:
            file.unlink(missing_ok=True)


def _joined(
    job: SlideJob,
    tiles: list[Tile],
    seen: SlideSurvey,
    parts: Monolayer | None,
    writer: Callable[[tuple[int, int]], MaskWriter],
    notes: list[str],
    unreadable: str,
) -> Generator[Progress, None, FoundOnSlide]:
    """Put the cells of all tiles into one label image, row by row."""
    seams, masks = Seams(seen.shape), writer(seen.shape)
    rows = rows_of_tiles(tiles)
    try:
        for k, row in enumerate(rows):
            # no tile from here on reaches above its window
            for strip in seams.finished(row[0].window[0]):
                masks.add(*strip)
            for tile in row:
                seams.paint(_readable(load_tile(job.scratch, tile), parts))
            yield Progress(k + 1, len(rows), f"{job.path.name}: joining parts")
        for strip in seams.finished(seen.shape[0]):
            masks.add(*strip)
        mask_file = masks.finish()
    except OSError as error:
        raise BadInputError(
            f"The label images of {job.path.name} cannot be written: {error.strerror}.",
            "Free some space, and run the same again: it goes on where it was.",
        ) from error
    finally:
        masks.abandon()
    columns = seams.columns()
    kinds = set(columns["class"].tolist()) if columns else set()
    if not kinds:
        notes.append("No cell seen in this picture.")
    elif "wbc" not in kinds:
        notes.append("No white cell seen in this picture.")
    diameter = float(seen.diameter_px)
    return FoundOnSlide(columns, mask_file, diameter, tuple(notes), unreadable)


def _readable(found: TileCells, parts: Monolayer | None) -> TileCells:
    """Without cells in the middle of heaps, whose outlines mean nothing."""
    if parts is None or not len(found):
        return found
    where = parts.at(found.columns["y"], found.columns["x"])
    return found.without(where == THICK)


def _memory_bytes() -> int:
    """Of the computer; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
