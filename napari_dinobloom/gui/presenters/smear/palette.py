"""Class codes: which small number, and so which colour, a cell gets on the canvas."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    Predictions,
    Study,
)

LABELLED_ALPHA, PREDICTED_ALPHA, KIND_ALPHA = 1.0, 0.8, 0.9
UNSURE, UNSURE_NAME = "unsure", "Marked unsure"
ORDER = {"labelled": 0, "predicted": 1, "kind": 2, UNSURE: 3}
"""In which order the legend names them."""

PALE = 0.45
"""Relative luminance (WCAG) above which a line is lost on glass and pale cytoplasm."""

RGBA = tuple[float, float, float, float]
Meaning = tuple[str, str]
"""Source ("labelled", "predicted", "kind") and name."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend: colour, what it means, how many cells on show."""

    colour: str
    name: str
    source: str
    count: int
    hidden: bool = False


class Palette:
    """Codes and colours of one class scheme.

    Codes: 0 nothing; 1 … 5 the kinds; then one per class for labels, then one per
    class for predictions, which are drawn fainter: they are not labels. Then all of
    them again for cells that somebody was not sure of, whose outline is broken.

    Parameters
    ----------
    classes
        Colour "#RRGGBB" by name, in the order in which the roster counts them.
    """

    def __init__(self, classes: Mapping[str, str]) -> None:
        self._names: list[tuple[str, str, str]] = [("", "", "#000000")]
        self._names += [
            ("kind", KIND_NAMES[kind], KIND_COLOURS[kind]) for kind in CELL_KINDS
        ]
        self._first_label = len(self._names)
        for source in ("labelled", "predicted"):
            self._names += [(source, name, colour) for name, colour in classes.items()]
        self._first_predicted = self._first_label + len(classes)
        self._n = len(self._names)

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
            for code, (source, _, colour) in enumerate(2 * self._names)
        }

    def bold(self) -> np.ndarray:
        """Bool by code: labels, which are to stand out from all that is computed."""
        return np.array([source == "labelled" for source, _, _ in 2 * self._names])

    def dashed(self) -> np.ndarray:
        """Bool by code: cells marked unsure."""
        return np.arange(2 * self._n) > self._n

    def pale(self) -> np.ndarray:
        """Bool by code: colours that are lost on glass and pale cytoplasm."""
        return np.array([luminance_of(colour) > PALE for *_, colour in 2 * self._names])

    def codes_of(
        self,
        kind: np.ndarray,
        label: np.ndarray,
        predicted: np.ndarray,
        unsure: np.ndarray,
    ) -> np.ndarray:
        """(n,) int64 code per cell: its label, else what is predicted, else its kind.

        Parameters
        ----------
        kind
            (n,) index into `CELL_KINDS`.
        label, predicted
            (n,) index into the classes, negative for none.
        unsure
            (n,) bool.
        """
        codes = 1 + kind.astype(np.int64)
        codes = np.where(predicted >= 0, self._first_predicted + predicted, codes)
        codes = np.where(label >= 0, self._first_label + label, codes)
        marked: np.ndarray = codes + self._n * unsure
        return marked

    def without(self, codes: np.ndarray, hidden: frozenset[Meaning]) -> np.ndarray:
        """The codes, 0 where they mean something that is hidden."""
        kept = np.array(
            [(source, name) not in hidden for source, name, _ in self._names]
        )
        return np.where(kept[codes % self._n], codes, 0)

    def legend(
        self, codes: np.ndarray, hidden: frozenset[Meaning] = frozenset()
    ) -> list[LegendEntry]:
        """What the codes on show mean: labels first, each in the scheme's order."""
        return self.legend_of(self.count(codes), hidden)

    def count(self, codes: np.ndarray) -> np.ndarray:
        """(2 n,) int64: how many cells have each code."""
        counts: np.ndarray = np.bincount(codes, minlength=2 * self._n)
        return counts

    def legend_of(
        self, counted: np.ndarray, hidden: frozenset[Meaning] = frozenset()
    ) -> list[LegendEntry]:
        """The same from what `count` gave."""
        counts = counted[: self._n] + counted[self._n :]
        entries = [
            LegendEntry(colour, name, source, int(n), (source, name) in hidden)
            for n, (source, name, colour) in zip(counts, self._names, strict=True)
            if n and source
        ]
        doubted = int(counted[self._n + 1 :].sum())
        if doubted:
            entries.append(LegendEntry("", UNSURE_NAME, UNSURE, doubted))
        return sorted(entries, key=lambda entry: ORDER[entry.source])


def rgb_of(colour: str) -> tuple[float, float, float]:
    """A colour such as "#4477AA" as three numbers in 0 … 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def luminance_of(colour: str) -> float:
    """Relative luminance (WCAG) of a colour such as "#4477AA", 0 … 1."""
    red, green, blue = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in rgb_of(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def standing_predictions(study: Study) -> Predictions | None:
    """The predictions that are drawn: those computed last, or None."""
    names = study.names_of("predictions")
    return study.predictions(names[-1]) if names else None
