"""``export``: a study's cells in the formats of other programs."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import finish, leave, print_json, report_failures, say
from napari_dinobloom.cli.studies import AsJson, Overwrite, StudyPath, opened
from napari_dinobloom.core.counting import counted

Format = Literal["csv", "masks", "geojson", "coco", "h5ad"]


@app.command(rich_help_panel="Results")
@explained
def export(
    study: StudyPath,
    out: Annotated[
        Path, typer.Option(help="File (csv, coco, h5ad) or folder (masks, geojson).")
    ],
    format_name: Annotated[
        Format,
        typer.Option(
            "--format",
            help="csv: table; masks: label images; geojson: QuPath; coco: detection "
            "training; h5ad: scanpy.",
        ),
    ],
    features: Annotated[
        str | None, typer.Option(help="Add these features (csv), or put them in X.")
    ] = None,
    predictions: Annotated[
        str | None, typer.Option(help="Whose predictions; the last ones unless given.")
    ] = None,
    classify_by: Annotated[
        Literal["label", "prediction", "kind"],
        typer.Option(help="What QuPath shows as a cell's class (geojson)."),
    ] = "label",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the cells for other programs; labels and predictions stay apart.

    Example: napari-dinobloom export my.study --format csv --out cells.csv
    """
    from napari_dinobloom.storage.exchange import export_study

    options: dict[str, Any] = {"overwrite": overwrite, "predictions": predictions}
    if format_name in ("csv", "h5ad"):
        options["features"] = features
    elif features is not None:
        raise typer.BadParameter(f"{format_name} holds no features; csv and h5ad do.")
    if format_name == "geojson":
        options["classify_by"] = classify_by
    with opened(study) as opened_study:
        steps = export_study(opened_study, format_name, out, **options)
        written = finish(steps, "Exporting")
    if as_json:
        print_json(
            {
                "files": written.files,
                "cells": written.cells,
                "failures": written.failed,
                "notes": written.notes,
            }
        )
    for note in written.notes:
        say(note)
    files = counted(len(written.files), "file")
    say(f"{counted(written.cells, 'cell')} in {files} → {out}")
    report_failures(written.failed, "picture")
    leave(written.failed)
