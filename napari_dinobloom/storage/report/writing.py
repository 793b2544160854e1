"""The report: gathered from a study, written as one file that needs nothing else."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from napari_dinobloom import __version__
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.exchange.table import standing_predictions
from napari_dinobloom.storage.exchange.writing import Export, Written
from napari_dinobloom.storage.report.content import DifferentialTable, PictureAccess
from napari_dinobloom.storage.report.figures import (
    MOST_OVERVIEWS,
    MOST_ROWS,
    examples,
    overview,
)
from napari_dinobloom.storage.report.html import (
    Html,
    joined,
    paragraph,
    section,
    swatch,
    text,
)
from napari_dinobloom.storage.report.maps import maps_section
from napari_dinobloom.storage.report.page import page
from napari_dinobloom.storage.report.sections import (
    differential_section,
    people_section,
    problems_section,
    recipes_section,
    slides_section,
    tiles,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    SEARCHED_AGAIN,
    Recipe,
    Study,
)

_STEPS = 4


def write_report(
    study: Study,
    out: Path,
    *,
    pictures: PictureAccess,
    differential: Sequence[DifferentialTable] = (),
    title: str = "",
    overwrite: bool = False,
) -> Export:
    """Write the study as one HTML file, at most about 10 MB however many cells.

    Where not everything is shown (points of the map, example cells, slides), the page
    says how much is. A picture that cannot be read is left out and listed in
    ``Written.failed``.

    Parameters
    ----------
    pictures
        How to read pictures and cut thumbnails.
    differential
        Differential counts, computed by whoever calls.
    title
        Headline; the folder's name if empty.

    Raises
    ------
    BadInputError
        If the study has no slides, or ``out`` exists or cannot be written.
    """
    require_free([out], overwrite)
    if not study.slides:
        raise BadInputError(
            "The study is empty, so there is nothing to report.",
            "Add pictures: napari-dinobloom run PICTURES --study STUDY",
        )
    named = title or (study.folder.stem if study.folder else "Study")
    written = Written([out], len(study.cells))
    labels, predicted = _label_names(study), _predicted_names(study)
    parts: list[tuple[str, str, str]] = []

    def add(name: str, words: str, markup: str | None) -> None:
        if markup:
            parts.append((name, words, markup))

    yield Progress(0, _STEPS, "Counting")
    add("slides", "Slides", slides_section(study, labels))
    add("differential", "Differential", differential_section(study, differential))
    yield Progress(1, _STEPS, "Drawing maps")
    if maps := study.names_of("projection"):
        chosen = "umap" if "umap" in maps else maps[-1]
        projection = study.projection(chosen)
        add("map", "Map", maps_section(study, projection, labels, predicted))
    yield Progress(2, _STEPS, "Cutting examples")
    add("examples", "Examples", _examples(study, pictures, labels, predicted, written))
    yield Progress(3, _STEPS, "Outlining cells")
    add("overviews", "Overviews", _overviews(study, pictures, labels, written))
    add("labels", "Labels", people_section(study))
    told = (n for f in study.findings.values() for n in f.notes)
    notes = Counter(n for n in told if not n.startswith(SEARCHED_AGAIN))
    add("problems", "Failures", problems_section(study.failures, notes))
    add("methods", "Methods", recipes_section(_recipes(study)))
    body = tiles(_figures(study, labels, predicted)) + joined([p[2] for p in parts])
    now = datetime.now().astimezone()
    document = page(
        named,
        f"Report of {now:%d %B %Y, %H:%M} by {study.author}",
        [(name, words) for name, words, _ in parts],
        body,
        f"Made by napari-dinobloom {__version__} from {study.folder or 'memory'}. "
        "Research use only.",
    )
    with replacing(out) as temporary:
        temporary.write_text(document, encoding="utf-8")
    return written


def _label_names(study: Study) -> np.ndarray:
    """(n,) str, the standing label of each cell, "" where there is none."""
    standing = study.labels.labels()
    return np.array([standing.get(i, "") for i in study.cells], dtype=np.str_)


def _predicted_names(study: Study) -> np.ndarray:
    """(n,) str, the predicted class of each cell, "" where there is none."""
    predictions = standing_predictions(study, None)
    if predictions is None:
        return np.full(len(study.cells), "", dtype=np.str_)
    names, _ = predictions.best(study.cells.cell_id)
    return np.array([name or "" for name in names], dtype=np.str_)


def _figures(
    study: Study, labels: np.ndarray, predicted: np.ndarray
) -> list[tuple[int, str]]:
    patients = {s.acquisition.patient for s in study.slides.values()} - {""}
    white = int((study.cells.kind == CELL_KINDS.index("wbc")).sum())
    return [
        *([(len(patients), "patients")] if patients else []),
        (len({p.slide for p in study.pictures.values()}), "slides"),
        (len(study.pictures), "pictures"),
        (len(study.cells), "cells"),
        *([(white, "white cells")] if white else []),
        (int((labels != "").sum()), "labelled by people"),
        *([(n, "predicted")] if (n := int((predicted != "").sum())) else []),
    ]


def _examples(
    study: Study,
    pictures: PictureAccess,
    labels: np.ndarray,
    predicted: np.ndarray,
    written: Written,
) -> Html | None:
    parts: list[Html] = []
    left, cut = MOST_ROWS, 0
    for heading, groups in _groups(study, labels, predicted):
        shown = groups[:left]
        cut += len(groups) - len(shown)
        left -= len(shown)
        rows = list(examples(study, pictures, shown, written.failed))
        if rows:
            grid = f'<div class="examples">{joined(rows)}</div>'
            parts.append(Html(f"<h3>{text(heading)}</h3>{grid}"))
    if not parts:
        return None
    words = "Up to twelve cells of each group, chosen at random."
    if cut:
        words += f" {cut} more groups are left out."
    return section("examples", "Examples", paragraph(words), *parts)


def _groups(
    study: Study, labels: np.ndarray, predicted: np.ndarray
) -> Iterator[tuple[str, list[tuple[str, str, str, np.ndarray]]]]:
    """Headings, each with name, colour, remark and rows of its groups of cells."""
    colour_of = study.taxonomy.colour_of
    believed = np.where(labels == "", predicted, "")
    for heading, names in (
        ("Labelled by people", labels),
        ("Predicted by the classifier, not labelled", believed),
    ):
        found, counts = np.unique(names[names != ""], return_counts=True)
        groups = [
            (name, colour_of(name), _cells(n), np.flatnonzero(names == name))
            for name, n in zip(found.tolist(), counts.tolist(), strict=True)
        ]
        yield heading, groups
    kinds = []
    for code, kind in enumerate(CELL_KINDS):
        rows = np.flatnonzero(study.cells.kind == code)
        # A single-cell picture was not found by a segmenter; its label shows it.
        if len(rows) and (kind != "cell" or not (labels != "").any()):
            kinds.append(
                (KIND_NAMES[kind], KIND_COLOURS[kind], _cells(len(rows)), rows)
            )
    yield "Kinds found by the segmenter", kinds


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n:,} cells"


def _overviews(
    study: Study, pictures: PictureAccess, labels: np.ndarray, written: Written
) -> Html | None:
    figures: list[Html] = []
    for slide in study.slides:
        if len(figures) == MOST_OVERVIEWS:
            break
        if figure := overview(study, slide, pictures, labels, written.failed):
            figures.append(figure)
    if not figures:
        return None
    present = [k for i, k in enumerate(CELL_KINDS) if (study.cells.kind == i).any()]
    legend = "".join(
        f"<span>{swatch(KIND_COLOURS[k], KIND_NAMES[k])}</span>" for k in present
    )
    words = "The field with the most white cells of each slide."
    if len(study.slides) > len(figures) == MOST_OVERVIEWS:
        words += f" The first {len(figures)} of {len(study.slides)} slides."
    return section(
        "overviews",
        "Slides with outlined cells",
        paragraph(
            f"{words} A labelled cell has the colour of its class, another one that "
            "of its kind:"
        ),
        f'<div class="legend" style="margin-bottom:16px">{legend}</div>',
        f'<div class="overviews">{joined(figures)}</div>',
    )


def _recipes(study: Study) -> list[tuple[str, Recipe, int, bool]]:
    rows: list[tuple[str, Recipe, int, bool]] = []
    by_digest: dict[str, tuple[Recipe, int]] = {}
    for finding in study.findings.values():
        recipe, n = by_digest.get(finding.recipe.digest, (finding.recipe, 0))
        by_digest[finding.recipe.digest] = (recipe, n + len(finding.cells))
    rows += [("cells", recipe, n, False) for recipe, n in by_digest.values()]
    words = {"features": "features", "projection": "map", "predictions": "predictions"}
    for kind, said in words.items():
        for name in study.names_of(kind):
            made = study.element(kind, name)
            old = study.is_outdated(made.recipe)
            rows.append((f"{said}: {name}", made.recipe, len(made.cell_ids), old))
    return rows
