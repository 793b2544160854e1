"""``import-masks``: cells that another program found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import (
    MENDABLE,
    leave,
    print_json,
    report_failures,
    run_task,
    say,
)
from napari_dinobloom.cli.studies import AsJson, Author, StudyPath, opened
from napari_dinobloom.core import BadInputError

if TYPE_CHECKING:
    # Only for reading: it brings NumPy, which --help does not need.
    from napari_dinobloom.workflows.masks_report import MasksReport


@app.command("import-masks", rich_help_panel="Cells from elsewhere")
@explained
def import_masks(
    study: StudyPath,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Label images, .geojson, COCO .json, OME-Zarr; or folders of them."
        ),
    ],
    picture: Annotated[
        str | None,
        typer.Option(help="To which picture they belong, where names do not say it."),
    ] = None,
    kinds: Annotated[
        Path | None,
        typer.Option(help="Table (CSV) with name and kind: wbc, rbc, platelet, other."),
    ] = None,
    names_are_labels: Annotated[
        bool, typer.Option("--names-are-labels", help="Class names become labels.")
    ] = False,
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Take cells from masks that another program made, in place of a picture's own.

    A file belongs to the picture that it names, else to the one that is called like
    it. What each class name was taken for is said. All of it is one step of undo; a
    picture whose masks do not fit keeps what it has.

    Example: napari-dinobloom import-masks my.study masks/
    """
    from napari_dinobloom.workflows.import_masks import ImportMasks
    from napari_dinobloom.workflows.mask_kinds import read_kinds

    for path in (*files, *([kinds] if kinds else [])):
        if not path.exists():
            raise BadInputError(f"There is no file or folder {path}.", "Check it.")
    table = read_kinds(kinds) if kinds is not None else {}
    with opened(study, write=True, author=author) as opened_study:
        task = ImportMasks.from_study(
            opened_study,
            files,
            picture=picture,
            kinds=table,
            names_are_labels=names_are_labels,
        )
        report = run_task(task, opened_study)
    if as_json:
        print_json(_as_dict(report))
    _tell(report)


def _tell(report: "MasksReport") -> None:
    """Say what was taken for what, what was left out, and end accordingly."""
    from napari_dinobloom.workflows.masks_report import describe

    for sentence in describe(report):
        say(sentence)
    for path, remarks in report.remarks.items():
        for remark in remarks:
            say(f"{Path(path).name}: {remark}")
    report_failures(report.problems, "file", "gave no cells")
    if report.problems and not report.pictures:
        raise typer.Exit(MENDABLE)
    leave(report.problems)


def _as_dict(report: "MasksReport") -> dict[str, object]:
    taken = [
        {"name": t.name, "kind": t.kind, "because": t.reason, "cells": t.cells}
        for t in report.taken
    ]
    return {
        "pictures": report.pictures,
        "cells": report.cells,
        "replaced": report.replaced,
        "taken": taken,
        "remarks": report.remarks,
        "failures": report.problems,
    }
