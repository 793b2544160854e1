"""Find the cells of a picture that is too large for memory, tile by tile."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom import __version__
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.imaging import HugePicture, open_huge
from napari_dinobloom.segmentation import SmearSegmenter, segmenters
from napari_dinobloom.segmentation.monolayer import (
    OVERVIEW_DIAMETER,
    SIDE_BY_SIDE,
    Monolayer,
    find_monolayer,
)
from napari_dinobloom.segmentation.scale import RED_CELL_UM
from napari_dinobloom.segmentation.slide_survey import (
    SlideSurvey,
    WindowSurvey,
    sample_places,
    survey_slide,
    survey_window,
)
from napari_dinobloom.segmentation.smear import segment_surveyed
from napari_dinobloom.segmentation.tiles import (
    Box,
    Tile,
    own_cells,
    plan_tiles,
    working_pixels,
)
from napari_dinobloom.workflows.join_tiles import Joining, MaskWriter
from napari_dinobloom.workflows.pool import Crew
from napari_dinobloom.workflows.tile_files import (
    SURVEY,
    load_survey,
    save_survey,
    save_tile,
    tile_file,
)

MEMORY_BYTES = 2 << 30
"""What all processes together may use, or a quarter of the computer's memory."""

_PROCESS_BYTES = 120 << 20  # an interpreter with the libraries
_PER_WORKING_PX, _PER_READ_PX = 120, 24
_PER_STRIP_PX, _STRIP_PX = 5, 1536  # rows in which a tile to come may still draw
_FEW_PX = 4_000_000  # so few are searched before other processes have started
_LARGEST_CELL = 80.0  # pixels: no tile of larger or smaller ones takes more memory
_NO_SMEAR = (
    "This does not look like a smear: nothing in it has the size and the shape of "
    "cells. If it is one, type the red-cell diameter in pixels."
)


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

    Tiles are joined while others are searched, so that no core waits for that.

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
    known = _known_diameter(job, picture)
    with Crew(workers_for(picture.shape, known, job.workers)) as crew:
        seen, parts = yield from look_over(job, picture, crew)
        tiles: list[Tile] = []
        if parts is not None:
            tiles = plan_tiles(picture.shape, seen.diameter_px)
            tiles = [tile for tile in tiles if parts.is_worth_searching(tile.core)]
        joining = Joining(name, job.scratch, seen.shape, tiles, parts, writer)
        try:
            failed = yield from _search(job, tiles, seen, parts, crew, joining)
            for done in joining.rest():
                yield Progress(done, len(tiles), f"{name}: joining parts")
            columns, mask_file = joining.finish()
        finally:
            joining.abandon()
    unreadable = ""
    if failed:
        unreadable = (
            f"{len(failed)} of {len(tiles)} parts of this picture could not be read "
            f"and were left out. {failed[0]}"
        )
    notes = [_NO_SMEAR if parts is None else parts.in_words()]
    notes += [unreadable] if unreadable else []
    kinds = set(columns["class"].tolist()) if columns else set()
    if not kinds:
        notes.append("No cell seen in this picture.")
    elif "wbc" not in kinds:
        notes.append("No white cell seen in this picture.")
    diameter = float(seen.diameter_px)
    return FoundOnSlide(columns, mask_file, diameter, tuple(notes), unreadable)


def _search(
    job: SlideJob,
    tiles: list[Tile],
    seen: SlideSurvey,
    parts: Monolayer | None,
    crew: Crew,
    joining: Joining,
) -> Generator[Progress, None, list[BadInputError]]:
    """Search what is not searched yet; give back why some could not be."""
    if parts is None:
        return []
    left = []
    for tile in tiles:
        if tile_file(job.scratch, tile).exists():
            joining.ready(tile)
        else:
            left.append(tile)
    done, failed = len(tiles) - len(left), []
    search = partial(search_tile, _Context(job, seen, parts))
    for tile, found in crew.each(search, left):
        done += 1
        if isinstance(found, BadInputError):
            failed.append(found)
        joining.ready(tile, is_searched=not isinstance(found, BadInputError))
        joining.go_on()
        message = f"{job.path.name}: part {done:,} of {len(tiles):,}"
        yield Progress(done, len(tiles), message)
    if failed and len(failed) == len(tiles):
        raise failed[0]
    return failed


def look_over(
    job: SlideJob, picture: HugePicture, crew: Crew
) -> Generator[Progress, None, tuple[SlideSurvey, Monolayer | None]]:
    """Scale, glass, and where cells lie side by side; None where nothing does."""
    kept = load_survey(job.scratch)
    if kept is not None:
        return kept
    name = job.path.name
    places = sample_places(picture.glimpse(), picture.shape)
    known = _known_diameter(job, picture)
    looks: dict[Box, WindowSurvey] = {}
    damage: list[BadInputError] = []
    for box, look in crew.each(partial(look_at, job, known), places):
        if isinstance(look, BadInputError):
            damage.append(look)
        else:
            looks[box] = look
        done = len(looks) + len(damage)
        yield Progress(done, len(places), f"{name}: measuring glass and scale")
    if damage and not looks:
        raise damage[0]
    in_order = [looks[box] for box in places if box in looks]
    seen = survey_slide(picture.shape, in_order, known)
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


def look_at(job: SlideJob, diameter_px: float | None, box: Box) -> WindowSurvey:
    """Survey one window of a slide, in whatever process this runs.

    Raises
    ------
    BadInputError
        If the picture is damaged there.
    """
    picture = open_huge(job.path, job.scratch)
    return survey_window(picture.window(*box), box, picture.shape, diameter_px)


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


def workers_for(
    shape: tuple[int, int], diameter_px: float | None, wanted: int | None = None
) -> int:
    """One process per core, as long as memory for all of them is there.

    Parameters
    ----------
    diameter_px
        Of a red cell; where it is not known yet, room is made for any.
    wanted
        What a person said.
    """
    if wanted is not None:
        return wanted
    if shape[0] * shape[1] <= _FEW_PX:
        return 1
    diameter = diameter_px or _LARGEST_CELL
    tile = max(plan_tiles(shape, diameter), key=lambda t: working_pixels(t, 1.0))
    working, read = working_pixels(tile, diameter)
    each = _PROCESS_BYTES + _PER_WORKING_PX * working + _PER_READ_PX * read
    budget = max(MEMORY_BYTES, _memory_bytes() // 4)
    budget -= 2 * _PROCESS_BYTES + _PER_STRIP_PX * _STRIP_PX * shape[1]
    return int(np.clip(budget // each, 1, os.cpu_count() or 1))


def forget(scratch: Path, *, keep_survey: bool = False) -> None:
    """Delete the tiles of a search that is complete; the survey may be of use."""
    if not keep_survey:
        shutil.rmtree(scratch, ignore_errors=True)
        return
    for file in scratch.iterdir():
        if file.name != SURVEY:
            file.unlink(missing_ok=True)


def _known_diameter(job: SlideJob, picture: HugePicture) -> float | None:
    """Of a red cell in pixels, as far as a person or the file says it."""
    given: float | None = job.parameters.get("red_cell_diameter_px")
    um = job.pixel_size_um or picture.pixel_size_um
    return RED_CELL_UM / um if given is None and um is not None else given


def _memory_bytes() -> int:
    """Of the computer; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
