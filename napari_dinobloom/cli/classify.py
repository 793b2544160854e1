"""``classify``: a class for every cell, from the labels."""

from collections import Counter
from typing import Annotated, Literal

import typer

from napari_dinobloom.cli.app import app, explained
from napari_dinobloom.cli.console import (
    print_json,
    print_table,
    run_task,
    say,
)
from napari_dinobloom.cli.studies import (
    AsJson,
    Author,
    StudyPath,
    opened,
    require_cells,
)
from napari_dinobloom.core.counting import counted


@app.command(rich_help_panel="Results")
@explained
def classify(
    study: StudyPath,
    k: Annotated[int, typer.Option(min=1, help="Labelled neighbours asked.")] = 3,
    features: Annotated[
        str | None, typer.Option(help="Which features, if there are several.")
    ] = None,
    metric: Annotated[
        Literal["euclidean", "cosine"], typer.Option(help="How near is measured.")
    ] = "euclidean",
    weights: Annotated[
        Literal["uniform", "distance"], typer.Option(help="How neighbours vote.")
    ] = "distance",
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Predict the class of every cell from its nearest labelled neighbours.

    Predictions never become labels by themselves. How good they are: `evaluate`. A
    cell's own label does not vote, so that a wrong label shows.

    Example: napari-dinobloom classify my.study --k 20
    """
    from napari_dinobloom.workflows import ClassifyCells

    with opened(study, write=True, author=author) as opened_study:
        require_cells(opened_study, study)
        task = ClassifyCells.from_study(
            opened_study, features=features, k=k, metric=metric, weights=weights
        )
        run_task(task, opened_study)
        predictions = opened_study.predictions("knn")
        names, _ = predictions.best(predictions.cell_ids)
        labels = Counter(opened_study.labels.labels().values())
        synthetic = [s.name for s in opened_study.slides.values() if s.synthetic]
    believed = Counter(names.tolist())
    if as_json:
        print_json(
            {"classifier": "knn", "k": k, "predicted": believed, "labelled": labels}
        )
    else:
        rows = [(name, believed[name], labels[name]) for name in sorted(believed)]
        print_table(["class", "predicted", "labelled"], rows)
    say(
        f"{counted(len(names), 'cell')} predicted from "
        f"{counted(labels.total(), 'label')}."
    )
    small = [f"{name} ({n})" for name, n in sorted(labels.items()) if n < k]
    if small and k > 3:
        say(
            f"These classes have fewer labels than the {k} neighbours that vote, and "
            f"are outvoted easily: {', '.join(small)}. Label more, or try --k 3."
        )
    if synthetic:
        verb = "is" if len(synthetic) == 1 else "are"
        say(f"{counted(len(synthetic), 'slide')} {verb} synthetic.")
