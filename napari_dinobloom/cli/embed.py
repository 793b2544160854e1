"""``embed``: features of single-cell pictures or windows, without a study."""

from pathlib import Path
from typing import Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import (
    MENDABLE,
    finish,
    leave,
    print_json,
    report_failures,
    say,
)
from napari_dinobloom.core.counting import counted


@app.command(rich_help_panel="Without a study")
@explained
def embed(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help="Pictures of single cells, folders of them, or tables (CSV) with "
            "path, x, y and perhaps size in pixels."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The .npz to write.")],
    encoder: Annotated[
        str, typer.Option(help="morphology, dinobloom-s, dinobloom-b, …")
    ] = "morphology",
    weights: Annotated[
        Path | None, typer.Option(help="A file of weights in place of the fetched one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core unless given.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file if it exists.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON.")
    ] = False,
) -> None:
    """Compute features of cells and write them as NumPy arrays.

    The file holds features (float32, n × d), paths (n), feature_names (d) and x, y,
    size (nan for whole pictures), in the order of the inputs. It loads with
    numpy.load(FILE, allow_pickle=False). Cells that failed are left out and listed.

    Example: napari-dinobloom embed crops/ --encoder morphology --out features.npz
    """
    import numpy as np

    from napari_dinobloom.core import BadInputError
    from napari_dinobloom.core.new_files import replacing, require_free
    from napari_dinobloom.workflows.embed_files import EmbedFiles

    require_free([out], overwrite)
    if weights is not None and not weights.is_file():
        raise BadInputError(
            f"There is no file {weights}.", "Check the path of --weights."
        )
    parameters = {} if weights is None else {"weights": str(weights)}
    task = EmbedFiles.of(inputs, encoder, parameters=parameters, workers=workers)
    found = finish(task.compute(), task.title)
    n = len(found.windows)
    if n:
        with replacing(out) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **found.arrays())
    if as_json:
        print_json(
            {
                "out": out if n else None,
                "encoder": encoder,
                "cells": n,
                "dimension": found.features.shape[1],
                "failures": found.failures,
            }
        )
    if n:
        say(
            f"{counted(n, 'cell')} × {found.features.shape[1]} features ({encoder}) "
            f"→ {out}"
        )
    report_failures(found.failures, "cell")
    if not n:
        raise typer.Exit(MENDABLE)
    leave(found.failures)
