"""``run``: pictures into a study; cells found, embedded and mapped."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import (
    leave,
    print_json,
    report_failures,
    run_task,
    say,
)
from napari_dinobloom.cli.how_cells import HowCells, takes_how_cells
from napari_dinobloom.cli.studies import AsJson, Author
from napari_dinobloom.core import BadInputError, UnknownNameError
from napari_dinobloom.core.counting import counted

if TYPE_CHECKING:
    # Only for reading: a study brings NumPy and pandas, which --help does not need.
    from napari_dinobloom.study import Study
    from napari_dinobloom.workflows import CellChanges, RunOptions

_ALL = "wbc,rbc,platelet,other,cell"
_STEPS = ("read", "segment", "embed")


@app.command("run", rich_help_panel="Start here")
@explained
@takes_how_cells
def run_command(
    study: Annotated[
        Path, typer.Option(help="The study folder; made if missing (NAME.study).")
    ],
    how: HowCells,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="Pictures or folders; none goes on with the study's own."),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            help="Table (CSV) with image and slide, patient, site, scanner, stain, "
            "pixel_size_um, diagnosis."
        ),
    ] = None,
    encoder: Annotated[
        str, typer.Option(help="morphology, dinobloom-s, dinobloom-b, …")
    ] = "morphology",
    weights: Annotated[
        Path | None, typer.Option(help="A file of weights in place of the fetched one.")
    ] = None,
    projector: Annotated[str, typer.Option(help="umap or pca.")] = "umap",
    classes: Annotated[
        str, typer.Option(help="Kinds of cells to embed and map, with commas.")
    ] = _ALL,
    cells: Annotated[
        bool, typer.Option("--cells", help="Each picture shows a single cell.")
    ] = False,
    labels_from_folders: Annotated[
        bool,
        typer.Option(
            "--labels-from-folders", help="With --cells: a folder's name is the label."
        ),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Search pictures anew that were searched before. Cells that are still "
            "there keep their numbers and labels; `undo` takes the search back.",
        ),
    ] = False,
    imported_too: Annotated[
        bool,
        typer.Option(
            "--imported-too",
            help="With --again: also pictures whose cells came from masks of another "
            "program; the search takes their place.",
        ),
    ] = False,
    deleted_too: Annotated[
        bool,
        typer.Option(
            "--deleted-too",
            help="With --again: cells that were deleted by hand may come back.",
        ),
    ] = False,
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Find the cells, compute features, draw the map; only what is missing.

    Stop it with Ctrl-C at any time: the study opens, and the same command goes on.

    Example: napari-dinobloom run smears/ --study my.study
    """
    from napari_dinobloom.storage import is_study, open_or_create
    from napari_dinobloom.workflows import RunOptions, compare_cells

    options = RunOptions(
        how.segmenter,
        how.parameters,
        encoder,
        {} if weights is None else {"weights": str(weights)},
        _kinds(classes),
        projector,
        again,
        imported_too=imported_too,
        deleted_too=deleted_too,
    )
    options.check()
    _require_weights(encoder, weights)
    _check_files(inputs, metadata, weights, is_study(study))
    with open_or_create(study, author=author) as folder:
        folder.study.require_writable()
        if study.suffix != ".study":
            # A search for pictures passes *.study folders by; others need the mark.
            (study / ".nopictures").touch()
        began = time.monotonic()
        if inputs:
            kind = "cell" if cells else "field"
            _add(folder.study, inputs, kind, metadata, labels_from_folders)
        before = folder.study.cells
        _run(folder.study, options)
        searched = again and len(before)
        changes = compare_cells(folder.study, before) if searched else None
        seconds = time.monotonic() - began
        _summarise(folder.study, study, as_json, seconds, changes)


def _require_weights(encoder: str, weights: Path | None) -> None:
    """Fail before the first picture is searched, not after the last."""
    from napari_dinobloom.encoding.catalogue import WEIGHT_FILES
    from napari_dinobloom.encoding.weights import locate

    if weights is None and encoder in WEIGHT_FILES:
        locate(encoder)


def _check_files(
    inputs: list[Path] | None, metadata: Path | None, weights: Path | None, known: bool
) -> None:
    for path, option in ((metadata, "--metadata"), (weights, "--weights")):
        if path is not None and not path.is_file():
            raise BadInputError(f"There is no file {path}.", f"Check {option}.")
    if not inputs and not known:
        raise BadInputError(
            "There is no such study, and no pictures to make it of.",
            "Name pictures: napari-dinobloom run PICTURES --study NAME.study",
        )
    missing = [path for path in inputs or () if not path.exists()]
    if missing and len(missing) == len(inputs or ()):
        raise BadInputError(
            f"There is no file or folder {missing[0]}.", "Check the path."
        )
    if inputs and not known:
        # A new study is made only if there is something to put into it.
        _require_pictures(inputs)


def _require_pictures(inputs: list[Path]) -> None:
    from napari_dinobloom.imaging import find_pictures

    found, failures = find_pictures(inputs)
    if not found:
        reasons = "".join(f"\n{f.path}: {f.reason}" for f in failures[:5])
        raise BadInputError(
            f"There is no picture in {', '.join(map(str, inputs))}.{reasons}",
            "PNG, JPEG, TIFF and OME-TIFF are read, also in folders below.",
        )


def _kinds(classes: str) -> tuple[str, ...]:
    from difflib import get_close_matches

    known = _ALL.split(",")
    kinds = tuple(
        word.strip().casefold() for word in classes.split(",") if word.strip()
    )
    for kind in kinds or ("",):
        if kind not in known:
            near = get_close_matches(kind, known, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UnknownNameError(
                f"There is no kind of cell called {kind!r}.",
                f"{hint}Known: {', '.join(known)}.",
            )
    return kinds


def _add(
    study: "Study",
    inputs: list[Path],
    kind: Any,
    metadata: Path | None,
    labels_from_folders: bool,
) -> None:
    from napari_dinobloom.workflows import AddPictures

    before = len(study.pictures)
    task = AddPictures.from_study(
        study,
        inputs,
        kind=kind,
        metadata=metadata,
        labels_from_folders=labels_from_folders,
    )
    run_task(task, study)
    new = len(study.pictures) - before
    say(f"Pictures: {new} new, {before} known.")


def _run(study: "Study", options: "RunOptions") -> None:
    from napari_dinobloom.workflows import run_steps, searched_otherwise
    from napari_dinobloom.workflows.run_study import imported_kept

    names = ("Cells", "Features", "Map")
    for name, step in zip(names, run_steps(options), strict=True):
        task = step(study)
        if task is None:
            say(f"{name}: nothing left to do.")
            continue
        began = time.monotonic()
        run_task(task, study)
        say(f"{name}: done in {time.monotonic() - began:.1f} s.")
    if n := imported_kept(study, options):
        say(
            f"{counted(n, 'picture')} with cells that were imported: kept as they are. "
            "To search them in place of these: the same command with --imported-too."
        )
    if n := searched_otherwise(study, options):
        say(
            f"{counted(n, 'picture')} searched before with other numbers: not searched "
            "again. To search them with these: the same command with --again."
        )


def _summarise(
    study: "Study",
    path: Path,
    as_json: bool,
    seconds: float,
    changes: "CellChanges | None",
) -> None:
    from napari_dinobloom.study import SEARCHED_AGAIN
    from napari_dinobloom.workflows import describe_study

    summary = describe_study(study)
    failures = {s: why for (step, s), why in study.failures.items() if step in _STEPS}
    remarks = {
        s: why for (step, s), why in study.failures.items() if step == "metadata"
    }
    counts: dict[str, int] = {}
    for slide in summary.slides:
        for kind, n in slide.counts.items():
            counts[kind] = counts.get(kind, 0) + n
    if as_json:
        print_json(
            {
                "study": path,
                "slides": len(summary.slides),
                "pictures": summary.n_pictures,
                "cells": summary.n_cells,
                "counts": counts,
                "labelled": summary.n_labelled,
                "features": {f.name: f.n_cells for f in summary.features},
                "maps": {m.name: m.n_cells for m in summary.maps},
                "failures": failures,
                "remarks": remarks,
                "seconds": round(seconds, 2),
                **({} if changes is None else {"again": asdict(changes)}),
            }
        )
    found = ", ".join(f"{n:,} {kind}" for kind, n in counts.items()) or "none"
    say(
        f"{path}: {counted(len(summary.slides), 'slide')}, "
        f"{counted(summary.n_pictures, 'picture')}, "
        f"{counted(summary.n_cells, 'cell')} ({found}), "
        f"{summary.n_labelled:,} labelled."
    )
    if changes is not None:
        say(f"{SEARCHED_AGAIN}{changes.sentence}")
        if changes.warning:
            say(f"{changes.warning} Command: napari-dinobloom undo {path}")
    notes = [
        note
        for finding in study.findings.values()
        for note in finding.notes
        if not note.startswith(SEARCHED_AGAIN)
    ]
    for note in dict.fromkeys(notes):
        say(f"Note ({counted(notes.count(note), 'picture')}): {note}")
    report_failures(remarks, "point", "where table and pictures disagree")
    report_failures(failures, "file")
    leave(failures)
