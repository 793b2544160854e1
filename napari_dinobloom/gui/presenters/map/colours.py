"""What a study's cells can be coloured by, read from the roster."""

from collections.abc import Callable, Sequence

import numpy as np

from napari_dinobloom.gui.presenters.map.colouring import (
    GREY,
    ColourChoice,
    Colouring,
    Rows,
    ScaleColouring,
    categories,
)
from napari_dinobloom.gui.presenters.roster import ACQUISITION, NONE, Roster
from napari_dinobloom.study import CELL_KINDS, KIND_COLOURS, KIND_NAMES

LABELS = frozenset({"labels"})
PREDICTIONS = frozenset({"predictions"})
FACTS = frozenset({"facts"})
DEFAULT = "best"
AGREEMENT = (
    ("Prediction agrees", "#009E73"),
    ("Prediction differs", "#D55E00"),
    ("Labelled, not predicted", "#56B4E9"),
    ("Predicted, not labelled", "#b6b9bf"),
)
Meaning = tuple[str, str]
"""Unit, and one line on what a feature says."""

CELLS = (
    ColourChoice(
        DEFAULT, "Class, else kind of cell", "Classes", LABELS | PREDICTIONS,
        "The label where somebody gave one, else what is predicted, else white cell, "
        "red cell or platelet: as in the slide.",
    ),
    ColourChoice("class", "Label", "Classes", LABELS, "What people said."),
    ColourChoice("prediction", "Prediction", "Classes", PREDICTIONS,
                 "What the classifier says, labelled or not."),
    ColourChoice("chance", "Share of the vote", "Classes", PREDICTIONS,
                 "How many of the nearest labelled cells have the predicted class; "
                 "nearer ones may count more. 1: all of them, which is no certainty."),
    ColourChoice("agreement", "Label against prediction", "Classes",
                 LABELS | PREDICTIONS, "Where classifier and people disagree."),
    ColourChoice("unsure", "Unsure", "Classes", LABELS,
                 "Cells that somebody looked at and was not sure of."),
    ColourChoice("kind", "Kind of cell", "Cells", frozenset(),
                 "White cell, red cell, platelet: as the search called it."),
    ColourChoice("cluster", "Cluster on the map", "Cells", frozenset({"clusters"}),
                 "Groups of cells that lie densely together on this map."),
    ColourChoice("slide", "Slide", "Slides", FACTS),
)  # fmt: skip


def choices(
    roster: Roster,
    features: Sequence[tuple[str, Sequence[str]]],
    meanings: Callable[[str], dict[str, Meaning]],
) -> tuple[ColourChoice, ...]:
    """Everything that cells can be coloured by now.

    Parameters
    ----------
    features
        Name and feature names of each matrix.
    meanings
        Unit and meaning by feature name, of one encoder.
    """
    found = list(CELLS)
    found += [
        ColourChoice(fact, fact.capitalize(), "Slides", FACTS)
        for fact in ACQUISITION
        if roster.codes_of(fact)[1]
    ]
    for matrix, names in features:
        said = meanings(matrix)
        found += [
            ColourChoice(
                f"feature:{matrix}:{name}",
                name.replace("_", " "),
                f"Features: {matrix}",
                FACTS,
                said.get(name, ("", ""))[1],
            )
            for name in names
        ]
    return tuple(found)


def colouring(
    choice: ColourChoice,
    roster: Roster,
    placed: np.ndarray,
    *,
    clusters: np.ndarray | None,
    meanings: Callable[[str], dict[str, Meaning]],
) -> Colouring:
    """Codes, colours and legend for a choice.

    Parameters
    ----------
    placed
        (n,) bool, cells that lie on the map.
    clusters
        (n,) int32, −1 between clusters; None while they are not known.
    """
    key = choice.key
    if key.startswith("feature:"):
        _, matrix, name = key.split(":", 2)
        unit = meanings(matrix).get(name, ("", ""))[0]
        values = roster.feature(matrix, name)
        return ScaleColouring(choice, placed, lambda rows: values[rows], unit=unit)
    if key == "chance":
        return ScaleColouring(
            choice, placed, lambda rows: roster.chance[rows], limits=(0.0, 1.0)
        )
    if key == "slide" or key in ACQUISITION:
        codes, names = roster.codes_of(key)
        return categories(
            choice, placed, lambda rows: codes[rows], names, nothing="not known"
        )
    if key == "cluster":
        return _by_cluster(choice, placed, clusters)
    return _by_class(choice, roster, placed)


def _by_cluster(
    choice: ColourChoice, placed: np.ndarray, clusters: np.ndarray | None
) -> Colouring:
    known = np.full(len(placed), NONE, np.int32) if clusters is None else clusters
    n = int(known.max(initial=NONE)) + 1
    names = tuple(f"Cluster {i + 1}" for i in range(n))
    nothing = "looking for clusters …" if clusters is None else "between clusters"
    return categories(choice, placed, lambda rows: known[rows], names, nothing=nothing)


def _by_class(choice: ColourChoice, roster: Roster, placed: np.ndarray) -> Colouring:
    names = roster.class_names
    colours = tuple(look.colour for look in roster.classes)
    n = len(names)

    def best(rows: Rows) -> np.ndarray:
        label, guess = roster.label[rows], roster.predicted[rows].astype(np.int32)
        kind = 2 * n + roster.cells.kind[rows].astype(np.int32)
        return np.where(label >= 0, label, np.where(guess >= 0, n + guess, kind))

    def agreement(rows: Rows) -> np.ndarray:
        label, guess = roster.label[rows], roster.predicted[rows]
        both = (label >= 0) & (guess >= 0)
        one = np.where(label >= 0, 2, np.where(guess >= 0, 3, NONE))
        return np.where(both, (label != guess).astype(int), one)

    kinds = tuple(KIND_NAMES[kind] for kind in CELL_KINDS)
    kind_colours = tuple(KIND_COLOURS[kind] for kind in CELL_KINDS)
    if choice.key == DEFAULT:
        faint = tuple(fainter(colour) for colour in (*colours, *kind_colours))
        return categories(
            choice, placed, best,
            (*names, *(f"{name} (predicted)" for name in names), *kinds),
            nothing="none", colours=(*colours, *faint), ground=2 * n,
        )  # fmt: skip
    if choice.key == "class":
        return categories(
            choice, placed, lambda rows: roster.label[rows], names,
            nothing="not labelled", colours=colours,
        )  # fmt: skip
    if choice.key == "prediction":
        return categories(
            choice, placed, lambda rows: roster.predicted[rows], names,
            nothing="nothing predicted", colours=colours,
        )  # fmt: skip
    if choice.key == "agreement":
        titles, dyes = zip(*AGREEMENT, strict=True)
        return categories(
            choice, placed, agreement, titles, nothing="neither", colours=dyes
        )
    if choice.key == "unsure":
        return categories(
            choice, placed, lambda rows: np.where(roster.unsure[rows], 0, NONE),
            ("unsure",), nothing="all others", colours=("#E69F00",),
        )  # fmt: skip
    return categories(
        choice, placed, lambda rows: roster.cells.kind[rows], kinds,
        nothing="none", colours=kind_colours,
    )  # fmt: skip


def fainter(colour: str) -> str:
    """The colour half way to grey: predicted, not said."""
    pairs = zip(_channels(colour), _channels(GREY), strict=True)
    return "#" + "".join(f"{round(0.62 * a + 0.38 * b):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
