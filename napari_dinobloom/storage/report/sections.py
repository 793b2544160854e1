"""The parts of a report that are text and numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from napari_dinobloom.storage.report.content import DifferentialTable
from napari_dinobloom.storage.report.html import (
    Html,
    Number,
    badge,
    joined,
    paragraph,
    section,
    swatch,
    table,
    text,
)
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, Recipe, Study

MOST_TABLES = 40
_MOST_SLIDE_COLUMNS = 6
_MOST_LINES = 60
_SYNTHETIC = "<br>" + badge("synthetic")


def tiles(figures: Sequence[tuple[int, str]]) -> Html:
    """The numbers that matter most."""
    return Html(
        '<div class="tiles">'
        + "".join(
            f'<div class="tile"><b>{n:,}</b><span>{text(words)}</span></div>'
            for n, words in figures
        )
        + "</div>"
    )


def slides_section(study: Study, labels: np.ndarray) -> Html:
    """Each slide with its origin, cells by kind, and labels by class."""
    cells = study.cells
    slides = study.slide_names_of(cells).astype(str)
    present = [k for i, k in enumerate(CELL_KINDS) if (cells.kind == i).any()]
    origins = [
        name
        for name in ("patient", "site", "scanner", "stain")
        if any(getattr(s.acquisition, name) for s in study.slides.values())
    ]
    diagnosed = any(s.diagnosis for s in study.slides.values())
    columns = [
        "Slide", *map(str.capitalize, origins), *(["Diagnosis"] if diagnosed else []),
        "Pictures", "searched", *(f"{KIND_NAMES[k]}s" for k in present), "labelled",
    ]  # fmt: skip
    rows: list[list[object]] = []
    for name, slide in study.slides.items():
        own = slides == name
        pictures = study.pictures_of(name)
        if not pictures:
            continue  # its pictures belong to another slide by now
        searched = sum(p.picture_id in study.findings for p in pictures)
        synthetic = slide.synthetic or any(p.synthetic for p in pictures)
        rows.append(
            [
                Html(f"{text(name)}{_SYNTHETIC if synthetic else ''}"),
                *(getattr(slide.acquisition, origin) for origin in origins),
                *([slide.diagnosis] if diagnosed else []),
                Number(len(pictures)),
                Number(searched),
                *(
                    Number(int((own & (cells.kind == CELL_KINDS.index(k))).sum()))
                    for k in present
                ),
                Number(int((own & (labels != "")).sum())),
            ]
        )
    parts = [table(columns, rows)]
    if (labels != "").any():
        parts.append(_labels_by_slide(study, slides, labels))
    return section("slides", "Slides", *parts)


def _labels_by_slide(study: Study, slides: np.ndarray, labels: np.ndarray) -> Html:
    """A row per class: labels in all, and by slide where there are few slides."""
    counts = Counter(zip(slides.tolist(), labels.tolist(), strict=True))
    totals = Counter(labels[labels != ""].tolist())
    columns = [s for s in study.slides if any(counts[(s, c)] for c in totals)]
    parts = []
    if len(study.slides) == 1:
        columns = []
    if len(columns) > _MOST_SLIDE_COLUMNS:
        words = f"{len(columns)} slides have labels; their sum is shown."
        parts.append(paragraph(words, "remark"))
        columns = []
    classes = [name for name in study.taxonomy.names() if totals[name]]
    classes += sorted(set(totals) - set(classes))
    rows = [
        [
            swatch(study.taxonomy.colour_of(name), name),
            Number(totals[name]),
            *(Number(counts[(slide, name)] or None) for slide in columns),
        ]
        for name in classes
    ]
    heads = ["Class", "all slides", *columns]
    return joined([table(heads, rows, "Labels given by people, by class"), *parts])


def differential_section(
    study: Study, tables: Sequence[DifferentialTable]
) -> Html | None:
    """Differential counts, labels and predictions under names of their own."""
    if not tables:
        return None
    shown = tables[:MOST_TABLES]
    parts: list[str] = [
        paragraph(
            "Share of each class among the white cells, with the 95 % interval by "
            "Wilson: the range that so few cells allow for, if they were drawn at "
            "random from the blood. It knows nothing of errors in finding or naming "
            "cells."
        )
    ]
    if len(shown) < len(tables):
        parts.append(
            paragraph(f"The first {len(shown)} of {len(tables)} counts.", "remark")
        )
    cards = joined([_count_card(study, counted) for counted in shown])
    parts.append(f'<div class="cards">{cards}</div>')
    return section("differential", "Differential count of white cells", *parts)


_SOURCES = {
    "labels": "by labels that people gave",
    "predictions": "by predictions of the classifier, not by labels",
}


def _count_card(study: Study, counted: DifferentialTable) -> Html:
    rows = [
        [
            swatch(study.taxonomy.colour_of(row.name), row.name),
            Number(row.n),
            Number(100 * row.fraction, 1),
            Html(f"{100 * row.low:.1f} – {100 * row.high:.1f}"),
            _bar(row.fraction, row.low, row.high, study.taxonomy.colour_of(row.name)),
        ]
        for row in counted.rows
    ]
    source = _SOURCES.get(counted.source, counted.source)
    remarks = "".join(paragraph(remark, "remark") for remark in counted.remarks)
    return Html(
        f'<div class="card"><h3>{text(counted.subject)}'
        f"{badge('synthetic') if counted.synthetic else ''}</h3>"
        f"{paragraph(f'{counted.total:,} white cells, {source}', 'remark')}"
        f"{table(['Class', 'n', '%', '95 % interval', ''], rows)}{remarks}</div>"
    )


def _bar(fraction: float, low: float, high: float, colour: str) -> Html:
    return Html(
        f'<div class="bar"><i style="left:0;width:{100 * fraction:.1f}%;'
        f'background:{colour}"></i><b style="left:{100 * low:.1f}%;'
        f'width:{100 * (high - low):.1f}%"></b></div>'
    )


def people_section(study: Study) -> Html:
    """Who labelled how much, when, and from where."""
    by_author: dict[tuple[str, str], list[str]] = {}
    for record in study.labels:
        by_author.setdefault((record.author, record.source), []).append(record.at)
    if not by_author:
        return section("labels", "Labels", paragraph("Nobody has labelled a cell yet."))
    rows = [
        [author, source, Number(len(times)), min(times)[:10], max(times)[:10]]
        for (author, source), times in sorted(by_author.items())
    ]
    return section(
        "labels",
        "Who labelled",
        table(["Author", "Source", "Statements", "first", "last"], rows),
    )


def problems_section(
    failures: Mapping[tuple[str, str], str], notes: Mapping[str, int]
) -> Html:
    """What could not be read or searched, and what the segmenter remarked."""
    parts: list[str] = []
    if failures:
        rows = [[step, subject, why] for (step, subject), why in failures.items()]
        parts.append(table(["Step", "What", "Why"], rows[:_MOST_LINES]))
        if len(rows) > _MOST_LINES:
            parts.append(
                paragraph(f"The first {_MOST_LINES} of {len(rows)}.", "remark")
            )
    else:
        parts.append(paragraph("Nothing failed."))
    if notes:
        rows_of_notes = [[note, Number(n)] for note, n in notes.items()]
        parts.append(table(["Remark of the segmenter", "pictures"], rows_of_notes))
    return section("problems", "Failures and remarks", *parts)


def recipes_section(rows: Sequence[tuple[str, Recipe, int, bool]]) -> Html:
    """How each result was made: name, recipe, cells covered, whether outdated."""
    shown = [
        [
            Html(text(name) + (badge("outdated") if outdated else "")),
            recipe.method,
            recipe.version,
            Html(f"<code>{text(_parameters(recipe))}</code>"),
            Number(n),
        ]
        for name, recipe, n, outdated in rows
    ]
    return section(
        "methods",
        "How it was made",
        paragraph("With these methods and parameters the results can be made again."),
        table(["Result", "Method", "Version", "Parameters", "Cells"], shown),
    )


def _parameters(recipe: Recipe) -> str:
    parts = [f"{name} = {value}" for name, value in recipe.parameters.items()]
    if recipe.seed is not None:
        parts.append(f"seed = {recipe.seed}")
    if recipe.fingerprint:
        parts.append(f"fingerprint {recipe.fingerprint[:40]}")
    return ", ".join(parts) or "defaults"
