"""Differential counts of a study's white cells, by label and by prediction."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from napari_dinobloom.classification import DifferentialCount, differential_count
from napari_dinobloom.study import Study

Source = Literal["labels", "predictions"]


@dataclass(frozen=True, slots=True)
class CountedCells:
    """A differential count, whose cells it is of, and who named them.

    Parameters
    ----------
    subject
        A slide's name, or "All slides".
    unnamed
        White cells without a label, or without a prediction; they are not counted.
    not_white
        Found as white cells, but named as a class of other cells; not counted.
    synthetic
        Whether a program drew the cells: then they are nobody's.
    """

    subject: str
    source: Source
    count: DifferentialCount
    unnamed: int
    synthetic: bool
    outdated: bool = False
    not_white: int = 0


def count_cells(study: Study, predictions: str | None = None) -> list[CountedCells]:
    """Count what the segmenter found to be white cells, overall and by slide.

    The sum over all slides leaves synthetic ones out. Counts by label and by
    prediction are never mixed.

    Parameters
    ----------
    predictions
        Which classifier's; the study's last one unless given.
    """
    cells = study.cells.of_kinds(("wbc",))
    if not len(cells):
        return []
    others = _other_classes(study)
    slides = study.slide_names_of(cells)
    synthetic = np.array([study.slides[s].synthetic for s in slides], dtype=bool)
    real = sorted(set(slides[~synthetic].tolist()))
    subjects = [("All slides", ~synthetic)] if len(real) > 1 else []
    subjects += [(s, slides == s) for s in study.slides if (slides == s).any()]
    sources = list(_sources(study, cells.cell_id, predictions))
    return [
        CountedCells(
            subject,
            source,
            differential_count(
                [n for n in names[rows].tolist() if n and n not in others]
            ),
            int((names[rows] == "").sum()),
            bool(synthetic[rows].all()),
            outdated,
            sum(n in others for n in names[rows].tolist()),
        )
        for subject, rows in subjects
        for source, names, outdated in sources
        if (names[rows] != "").any()
    ]


def _other_classes(study: Study) -> set[str]:
    """Classes whose labelled cells are mostly found as something else than white.

    A class scheme does not say which classes are white; what people labelled does.
    """
    labels = study.labels.labels()
    cells = study.cells
    kinds = dict(zip(cells.cell_id.tolist(), cells.kind_names().tolist(), strict=True))
    white: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for cell_id, name in labels.items():
        if cell_id in kinds:
            every[name] += 1
            white[name] += kinds[cell_id] in ("wbc", "cell")
    return {name for name, n in every.items() if 2 * white[name] < n}


def _sources(
    study: Study, cell_ids: np.ndarray, predictions: str | None
) -> Iterator[tuple[Source, np.ndarray, bool]]:
    """(n,) object class names, "" where there is none, by who gave them."""
    standing = study.labels.labels()
    labels = [standing.get(i, "") for i in cell_ids.tolist()]
    yield "labels", np.array(labels, dtype=object), False
    known = study.names_of("predictions")
    if predictions is None and not known:
        return
    believed = study.predictions(predictions or known[-1])
    best, _ = believed.best(cell_ids)
    names = np.array([name or "" for name in best], dtype=object)
    yield "predictions", names, study.is_outdated(believed.recipe)
