"""``report``: the study as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import finish, leave, report_failures, say
from napari_dinobloom.cli.studies import Overwrite, StudyPath, opened
from napari_dinobloom.core.counting import counted


@app.command(rich_help_panel="Results")
@explained
def report(
    study: StudyPath,
    out: Annotated[Path, typer.Option(help="The .html to write.")],
    title: Annotated[
        str, typer.Option(help="Headline; the study's name if empty.")
    ] = "",
    overwrite: Overwrite = False,
) -> None:
    """Write one HTML page: counts, map, examples, slides, failures, methods.

    It needs no network and nothing beside it. Research use only.

    Example: napari-dinobloom report my.study --out report.html
    """
    from napari_dinobloom.cli.differential import differential_counts
    from napari_dinobloom.imaging import cut_boxes, read_picture
    from napari_dinobloom.storage.report import PictureAccess, write_report

    with opened(study) as opened_study:
        steps = write_report(
            opened_study,
            out,
            pictures=PictureAccess(lambda path: read_picture(path).rgb, cut_boxes),
            differential=differential_counts(opened_study),
            title=title,
            overwrite=overwrite,
        )
        written = finish(steps, "Writing the report")
    for note in written.notes:
        say(note)
    say(f"{counted(written.cells, 'cell')} → {out} ({out.stat().st_size / 1e6:.1f} MB)")
    report_failures(written.failed, "picture")
    leave(written.failed)
