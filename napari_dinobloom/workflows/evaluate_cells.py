"""How well a study's features tell its labelled classes apart, by left-out patients."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from napari_dinobloom.classification.evaluation import (
    EvaluationReport,
    Protocol,
    Scaling,
    evaluate,
)
from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.study import CellTable, Study
from napari_dinobloom.workflows.gather import gather_features

By = Literal["patient", "slide", "site"]

_SEEN = (
    "DinoBloom was trained on pictures of Raabin, Matek, Hehr, BMC, BCCD, LISC, "
    "segmentation_WBC, warty pig, Aslan and APL_AML: a score on those is not external."
)


@dataclass(frozen=True)
class EvaluateCells:
    """Cross-validate kNN and a linear probe on the labelled cells; changes nothing.

    Parameters
    ----------
    values
        (n, d) float32, finite, of the labelled cells with features.
    groups
        What is left out together; a slide stands in where its patient is not known.
    notes
        Sentences that belong to the result.
    """

    features: str
    values: np.ndarray
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    by: By
    protocol: Protocol
    scaling: Scaling
    seed: int
    notes: tuple[str, ...]
    title = "Evaluating"

    @classmethod
    def from_study(
        cls,
        study: Study,
        *,
        features: str | None = None,
        by: By = "patient",
        protocol: Protocol = "grouped",
        seed: int = 0,
    ) -> Self:
        """Gather the labelled cells.

        Raises
        ------
        BadInputError
            If no cell with features has a label.
        """
        gathered = gather_features(study, features)
        standing = study.labels.labels()
        ids = gathered.cells.cell_id.tolist()
        rows = np.array([r for r, i in enumerate(ids) if i in standing], dtype=int)
        if not len(rows):
            raise BadInputError(
                f"None of the {len(ids):,} cells with {gathered.name} features has a "
                "label, so there is nothing to evaluate against.",
                "Label some: napari-dinobloom label STUDY --csv FILE",
            )
        cells = gathered.cells.take(rows)
        groups, notes = _groups(study, cells, by)
        if any(s.synthetic for s in study.slides.values()):
            notes.append("Some slides are synthetic: no score on them counts.")
        if gathered.name.startswith("dinobloom"):
            notes.append(_SEEN)
        return cls(
            gathered.name,
            _finite(gathered.values[rows]),
            tuple(standing[i] for i in cells),
            tuple(groups),
            by,
            protocol,
            "standard" if gathered.scaling == "standard" else "none",
            seed,
            tuple(notes),
        )

    def compute(self) -> Generator[Progress, None, EvaluationReport]:
        """Fold after fold; see `classification.evaluate`."""
        return (
            yield from evaluate(
                self.values,
                self.labels,
                self.groups,
                protocol=self.protocol,
                scaling=self.scaling,
                seed=self.seed,
            )
        )


def _groups(study: Study, cells: CellTable, by: By) -> tuple[list[str], list[str]]:
    """What each cell is left out with, and what to say about it."""
    slides = study.slide_names_of(cells).tolist()
    if by == "slide":
        return slides, []
    named = {
        name: getattr(slide.acquisition, by) for name, slide in study.slides.items()
    }
    groups = [f"{by} {named[s]}" if named[s] else f"slide {s}" for s in slides]
    unknown = sorted({s for s in slides if not named[s]})
    if not unknown:
        return groups, []
    words = f"The {by} of {len(unknown)} slides is not known; each is left out alone."
    return groups, [words]


def _finite(values: np.ndarray) -> np.ndarray:
    """The values, with each column's mean where a feature could not be measured."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    return np.where(known, values, mean).astype(np.float32)
