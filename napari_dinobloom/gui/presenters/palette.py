"""Class codes: which small number, and so which colour, a cell gets on the canvas."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    CellTable,
    Predictions,
    Study,
    Taxonomy,
)

LABELLED_ALPHA, PREDICTED_ALPHA, KIND_ALPHA = 1.0, 0.55, 0.9

RGBA = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend: colour, what it means, how many cells on show."""

    colour: str
    name: str
    source: str
    count: int


class Palette:
    """Codes and colours of one class scheme.

    Codes: 0 nothing; 1 … 5 the kinds; then one per class for labels, then one per
    class for predictions, which are drawn fainter: they are not labels.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        names = taxonomy.names()
        n_kinds = len(CELL_KINDS)
        self._names: list[tuple[str, str, str]] = [("", "", "#000000")]
        self._names += [
            ("kind", KIND_NAMES[kind], KIND_COLOURS[kind]) for kind in CELL_KINDS
        ]
        for source in ("labelled", "predicted"):
            self._names += [(source, n, taxonomy.colour_of(n)) for n in names]
        self._label_code = {n: 1 + n_kinds + i for i, n in enumerate(names)}
        self._predicted_code = {
            n: 1 + n_kinds + len(names) + i for i, n in enumerate(names)
        }
        self.dtype: type = np.uint8 if len(self._names) <= 256 else np.uint16

    def colours(self) -> dict[int, RGBA]:
        """RGBA in 0 … 1 by code; 0 is transparent."""
        alpha = {
            "": 0.0,
            "kind": KIND_ALPHA,
            "labelled": LABELLED_ALPHA,
            "predicted": PREDICTED_ALPHA,
        }
        return {
            code: (*rgb_of(colour), alpha[source])
            for code, (source, _, colour) in enumerate(self._names)
        }

    def bold(self) -> np.ndarray:
        """Bool by code: labels, which are to stand out from all that is computed."""
        return np.array([source == "labelled" for source, _, _ in self._names])

    def codes_of(
        self, study: Study, cells: CellTable, predictions: Predictions | None
    ) -> np.ndarray:
        """(n,) code per cell: its label, else what is predicted, else its kind."""
        codes = 1 + cells.kind.astype(np.int64)
        if predictions is not None:
            best, _ = predictions.best(cells.cell_id)
            for row, name in enumerate(best):
                codes[row] = self._predicted_code.get(name, codes[row])
        label_of = study.labels.label_of
        for row, cell_id in enumerate(cells.cell_id.tolist()):
            label = label_of(cell_id)
            if label is not None:
                codes[row] = self._label_code.get(label, codes[row])
        return codes.astype(self.dtype)

    def legend(self, codes: np.ndarray) -> list[LegendEntry]:
        """What the codes on show mean: labels first, each in the scheme's order."""
        counts = np.bincount(codes, minlength=len(self._names))
        order = {"labelled": 0, "predicted": 1, "kind": 2}
        entries = [
            LegendEntry(colour, name, source, int(n))
            for n, (source, name, colour) in zip(counts, self._names, strict=True)
            if n and source
        ]
        return sorted(entries, key=lambda entry: order[entry.source])


def rgb_of(colour: str) -> tuple[float, float, float]:
    """A colour such as "#4477AA" as three numbers in 0 … 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def standing_predictions(study: Study) -> Predictions | None:
    """The predictions that are drawn: those computed last, or None."""
    names = study.names_of("predictions")
    return study.predictions(names[-1]) if names else None
