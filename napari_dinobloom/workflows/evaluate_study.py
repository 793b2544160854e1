"""How well the features tell the labelled classes apart, on patients never seen."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from napari_dinobloom.classification import EvaluationReport, evaluate
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.encoding import encoder_info
from napari_dinobloom.study import CellTable, Study
from napari_dinobloom.workflows.gather import gather_features

By = Literal["patient", "slide", "site"]
Protocol = Literal["grouped", "dinobloom"]

_TRAINED_ON = (
    "DinoBloom was trained on Raabin, Matek, Hehr, BMC, BCCD, LISC and others: a score "
    "on one of those sets is not external."
)


@dataclass(frozen=True)
class EvaluateStudy:
    """Cross-validate kNN-1, kNN-20 and a linear probe on the standing labels."""

    values: np.ndarray
    scaling: Literal["none", "standard"]
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    protocol: Protocol
    notes: tuple[str, ...]
    title = "Evaluating"

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        by: By = "patient",
        protocol: Protocol = "grouped",
        features: str | None = None,
    ) -> Self:
        """Gather the labelled cells with their features and groups.

        Raises
        ------
        BadInputError
            If nothing is labelled, or no slide says which patient (site) it is of.
        """
        gathered = gather_features(study, features)
        labels = study.labels.labels(unsure=False)
        cells = gathered.cells
        labelled = np.array([cell_id in labels for cell_id in cells], dtype=bool)
        if not labelled.any():
            raise BadInputError(
                f"No cell with {gathered.name} features has a label.",
                "Label some: napari-dinobloom label STUDY --csv FILE",
            )
        notes = []
        groups = _groups(study, cells, by)
        if protocol == "grouped":
            unknown = labelled & (groups == "")
            if (groups[labelled] == "").all():
                raise BadInputError(
                    f"No slide with labelled cells says its {by}.",
                    "Add a metadata table, or leave out slides: --by slide",
                )
            if unknown.any():
                labelled &= ~unknown
                notes.append(
                    f"{int(unknown.sum())} labelled cells are on slides whose {by} is "
                    "not known; they were left out."
                )
        chosen = cells.take(labelled)
        notes += _cautions(study, chosen, gathered.name)
        return cls(
            _filled(gathered.values)[labelled],
            "standard" if gathered.scaling == "standard" else "none",
            tuple(labels[cell_id] for cell_id in chosen),
            tuple(groups[labelled].tolist()),
            protocol,
            tuple(notes),
        )

    def compute(self) -> Generator[Progress, None, EvaluationReport]:
        """Fit and score fold by fold."""
        report = yield from evaluate(
            self.values,
            self.labels,
            self.groups if self.protocol == "grouped" else None,
            protocol=self.protocol,
            scaling=self.scaling,
        )
        return replace(report, notes=(*self.notes, *report.notes))

    def commit(self, study: Study, result: EvaluationReport) -> None:
        """Nothing: a score changes no study."""


def _groups(study: Study, cells: CellTable, by: By) -> np.ndarray:
    """(n,) object, the patient, slide or site of each cell; "" where not known."""
    slides = study.slide_names_of(cells)
    if by == "slide":
        return slides
    value = {n: getattr(s.acquisition, by) for n, s in study.slides.items()}
    return np.array([value[name] for name in slides], dtype=object)


def _filled(values: np.ndarray) -> np.ndarray:
    """What could not be measured takes the column's mean over all cells."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0, dtype=np.float64) / count
    return np.where(known, values, mean).astype(np.float32)


def _cautions(study: Study, cells: CellTable, encoder: str) -> Sequence[str]:
    notes = []
    slides = [study.slides[name] for name in set(study.slide_names_of(cells))]
    synthetic = sum(slide.synthetic for slide in slides)
    if synthetic:
        notes.append(f"{synthetic} of {len(slides)} slides are synthetic.")
    if encoder_info(encoder).family == "dinobloom":
        notes.append(_TRAINED_ON)
    return notes
