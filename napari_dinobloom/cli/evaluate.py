"""``evaluate``: how far the features can be trusted, on patients left out."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import finish, print_json, print_table, results, say
from napari_dinobloom.cli.studies import AsJson, StudyPath, opened, require_cells

if TYPE_CHECKING:
    # Only for reading: it brings NumPy, which --help does not need.
    from napari_dinobloom.classification import EvaluationReport


@app.command("evaluate", rich_help_panel="Results")
@explained
def evaluate_command(
    study: StudyPath,
    by: Annotated[
        Literal["patient", "slide", "site"],
        typer.Option(help="What is left out as a whole."),
    ] = "patient",
    protocol: Annotated[
        Literal["grouped", "dinobloom"],
        typer.Option(
            help="grouped: whole patients are left out; dinobloom: the paper's folds "
            "of cells, to compare with its tables."
        ),
    ] = "grouped",
    features: Annotated[
        str | None, typer.Option(help="Which features, if there are several.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cross-validate kNN-1, kNN-20 and a linear probe on the labelled cells.

    Example: napari-dinobloom evaluate my.study --by patient
    """
    from napari_dinobloom.workflows.evaluate_study import EvaluateStudy

    with opened(study) as opened_study:
        require_cells(opened_study, study)
        task = EvaluateStudy.from_study(
            opened_study, by=by, protocol=protocol, features=features
        )
    report = finish(task.compute(), task.title)
    if as_json:
        print_json(
            {
                "protocol": report.protocol,
                "by": by if protocol == "grouped" else None,
                "cells": report.n_cells,
                "groups": report.n_groups,
                "folds": report.n_folds,
                "classes": report.class_names,
                "scores": [_scores(report, row) for row in range(len(report.scores))],
                "notes": report.notes,
            }
        )
    else:
        _print(report)
    split = f"{report.n_folds} folds"
    if protocol == "grouped":
        split += f", {report.n_groups} groups by {by}"
    say(f"{report.n_cells:,} labelled cells, {split}.")
    for note in report.notes:
        say(note)


def _scores(report: "EvaluationReport", row: int) -> dict[str, Any]:
    score = report.scores[row]
    return {
        "method": score.method,
        "accuracy": score.accuracy,
        "accuracy_interval": score.accuracy_interval,
        "balanced_accuracy": score.balanced_accuracy,
        "weighted_f1": score.weighted_f1,
        "macro_f1": score.macro_f1,
        "fold_means": score.fold_means,
        "recall": {
            name: {"recall": recall, "low": low, "high": high}
            for name, (recall, low, high) in score.recall.items()
        },
        "confusion": score.confusion,
    }


def _print(report: "EvaluationReport") -> None:
    print_table(
        ["method", "accuracy", "95 % interval", "balanced", "weighted F1", "macro F1"],
        [
            (
                s.method,
                s.accuracy,
                f"{s.accuracy_interval[0]:.2f} – {s.accuracy_interval[1]:.2f}",
                s.balanced_accuracy,
                s.weighted_f1,
                s.macro_f1,
            )
            for s in report.scores
        ],
    )
    results.print("\nShare of each class that was recognised:")
    print_table(
        ["class", "cells", *(s.method for s in report.scores)],
        [
            (
                name,
                int(report.scores[0].confusion[row].sum()),
                *(s.recall[name][0] for s in report.scores),
            )
            for row, name in enumerate(report.class_names)
        ],
    )
