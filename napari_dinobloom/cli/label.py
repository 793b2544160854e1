"""``label``: labels from a table."""

from pathlib import Path
from typing import Annotated

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
from napari_dinobloom.core.counting import counted


@app.command(rich_help_panel="Labels")
@explained
def label(
    study: StudyPath,
    csv: Annotated[
        Path,
        typer.Option(help="Table with label and cell_id, or image, x, y, or image."),
    ],
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Read labels from a table: a row per cell, one step of undo.

    An empty label takes the standing one away. Earlier labels stay in the history.

    Example: napari-dinobloom label my.study --csv labels.csv
    """
    from napari_dinobloom.workflows import ImportLabels

    if not csv.is_file():
        raise BadInputError(f"There is no file {csv}.", "Check --csv.")
    with opened(study, write=True, author=author) as opened_study:
        before = len(opened_study.labels)
        matched = run_task(ImportLabels.from_study(opened_study, csv), opened_study)
        new = len(opened_study.labels) - before
        labelled = len(opened_study.labels.labels())
    read, failures = len(matched.labels), matched.problems
    if as_json:
        print_json(
            {"read": read, "new": new, "labelled": labelled, "failures": failures}
        )
    say(
        f"{counted(read, 'label')} read, {new:,} of them new; "
        f"{counted(labelled, 'cell')} labelled by now."
    )
    report_failures(failures, "row")
    if failures and not read:
        raise typer.Exit(MENDABLE)
    leave(failures)
