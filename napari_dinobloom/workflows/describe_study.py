"""The study in numbers, as lists and reports show it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from napari_dinobloom.study import CELL_KINDS, Acquisition, Picture, Study


@dataclass(frozen=True, slots=True)
class SlideSummary:
    """One slide: where it comes from, what was found, what was said.

    ``counts`` is by kind of cell, ``labelled`` by class of standing labels.
    ``searched`` and ``failed`` count pictures.
    """

    name: str
    acquisition: Acquisition
    diagnosis: str
    synthetic: bool
    pictures: int
    searched: int
    failed: int
    counts: Mapping[str, int] = field(default_factory=dict)
    labelled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """One computed result: how many cells it covers, and whether inputs changed."""

    name: str
    kind: str
    n_cells: int
    outdated: bool


@dataclass(frozen=True, slots=True)
class StudySummary:
    """Everything countable about a study."""

    slides: tuple[SlideSummary, ...]
    n_cells: int
    n_labelled: int
    features: tuple[ResultSummary, ...]
    maps: tuple[ResultSummary, ...]
    predictions: tuple[ResultSummary, ...]

    @property
    def n_pictures(self) -> int:
        """Pictures in all slides."""
        return sum(slide.pictures for slide in self.slides)


def describe_study(study: Study) -> StudySummary:
    """Count pictures, cells by kind, labels by class, and computed results."""
    cells = study.cells
    slides = study.slide_names_of(cells)
    counts: dict[str, Counter[str]] = {name: Counter() for name in study.slides}
    if len(cells):
        names, codes = np.unique(slides.astype(str), return_inverse=True)
        table = np.zeros((len(names), len(CELL_KINDS)), dtype=np.int64)
        np.add.at(table, (codes, cells.kind), 1)
        for name, row in zip(names.tolist(), table.tolist(), strict=True):
            found = dict(zip(CELL_KINDS, row, strict=True))
            counts[name].update({kind: n for kind, n in found.items() if n})
    labelled: dict[str, Counter[str]] = {name: Counter() for name in study.slides}
    labels = study.labels.labels()
    ids = np.fromiter(labels, np.int64, len(labels))
    ids = ids[cells.has(ids)]
    for cell_id, slide in zip(ids.tolist(), slides[cells.rows_of(ids)], strict=True):
        labelled[slide][labels[cell_id]] += 1
    failed = {s for step, s in study.failures if step in ("read", "segment", "embed")}
    by_slide: dict[str, list[Picture]] = {name: [] for name in study.slides}
    for picture in study.pictures.values():
        by_slide[picture.slide].append(picture)
    summaries = []
    for name, slide in study.slides.items():
        pictures = by_slide[name]
        summaries.append(
            SlideSummary(
                name,
                slide.acquisition,
                slide.diagnosis,
                slide.synthetic,
                len(pictures),
                sum(p.picture_id in study.findings for p in pictures),
                sum(str(p.path) in failed for p in pictures),
                dict(counts[name]),
                dict(labelled[name]),
            )
        )
    return StudySummary(
        tuple(summaries),
        len(cells),
        len(ids),
        _results(study, "features"),
        _results(study, "projection"),
        _results(study, "predictions"),
    )


def _results(study: Study, kind: str) -> tuple[ResultSummary, ...]:
    ids = study.cells.cell_id
    rows = []
    for name in study.names_of(kind):
        element = (
            study.features(name) if kind == "features" else study.element(kind, name)
        )
        covered = int(np.isin(ids, element.cell_ids).sum())
        outdated = study.is_outdated(element.recipe)
        rows.append(ResultSummary(name, kind, covered, outdated))
    return tuple(rows)
