"""``history`` and ``undo``: what was done to a study, and taking it back."""

from typing import Annotated

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import print_json, results, say
from napari_dinobloom.cli.studies import AsJson, Author, StudyPath, opened
from napari_dinobloom.core.counting import counted


@app.command(rich_help_panel="Labels")
@explained
def undo(
    study: StudyPath,
    steps: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    redo: Annotated[
        bool, typer.Option("--redo", help="Do undone steps again instead.")
    ] = False,
    author: Author = None,
) -> None:
    """Take the last steps back, or do them again; also after a restart.

    Example: napari-dinobloom undo my.study
    """
    with opened(study, write=True, author=author) as opened_study:
        for _ in range(steps):
            summary = opened_study.redo() if redo else opened_study.undo()
            if not summary:
                say(f"There is nothing {'to do again' if redo else 'to undo'}.")
                break
            say(f"{'done again' if redo else 'undone'}: {summary}")


@app.command(rich_help_panel="Labels")
@explained
def history(study: StudyPath, as_json: AsJson = False) -> None:
    """List who labelled which cell, when, and what it was before.

    Example: napari-dinobloom history my.study
    """
    with opened(study) as opened_study:
        records = sorted(opened_study.labels, key=lambda record: record.at)
        undo_next, redo_next = opened_study.undo_summary, opened_study.redo_summary
    if as_json:
        print_json(
            {
                "labels": [
                    {
                        "cell_id": r.cell_id,
                        "class": r.class_name,
                        "author": r.author,
                        "at": r.at,
                        "source": r.source,
                        "prediction": r.prediction,
                        "note": r.note,
                    }
                    for r in records
                ],
                "undo": undo_next,
                "redo": redo_next,
            }
        )
        return
    from rich.markup import escape

    for r in records:
        said = r.class_name if r.class_name is not None else "(no label)"
        results.print(
            f"{r.at[:19]}  {escape(r.author)}  cell {r.cell_id}  {escape(said)}  "
            f"[dim]{escape(r.source)}[/dim]"
        )
    say(
        f"{counted(len(records), 'statement')}. "
        f"Undo would take back: {undo_next or 'nothing'}."
    )
