"""What a person may filter, sort and group by in the study that lies open."""

from typing import NamedTuple

import numpy as np

from napari_dinobloom.gui.presenters.gallery.filters import Filters
from napari_dinobloom.gui.presenters.gallery.order import Sort
from napari_dinobloom.gui.presenters.gallery.snapshot import STATES, Snapshot
from napari_dinobloom.gui.presenters.roster import ACQUISITION, Roster

FACETS = {
    "kind": "Kind of cell",
    "label": "Label",
    "prediction": "Prediction",
    "state": "State",
    "slide": "Slide",
    "patient": "Patient",
    "site": "Site",
    "scanner": "Scanner",
    "stain": "Stain",
}
STATE_TEXTS = {
    "unlabelled": "Not labelled yet",
    "labelled": "Labelled",
    "unsure": "Marked unsure",
    "agreeing": "Label as predicted",
    "disagreeing": "Label differs from prediction",
}
WITHOUT = {"label": "Not labelled", "prediction": "Nothing predicted"}
SORTS = {
    "chance": ("Share of the vote", "Least sure first", "Surest first"),
    "label": ("Label", "Label, in the scheme's order", "Label, last class first"),
    "prediction": ("Prediction", "Prediction", "Prediction, last class first"),
    "slide": ("Slide", "Slide", "Slide, last first"),
    "found": ("Order in which they were found", "As found", "Found last first"),
    "random": ("Shuffled", "Shuffled", "Shuffled"),
}


class Offer(NamedTuple):
    """One name of a facet, as a menu shows it."""

    name: str
    text: str
    colour: str
    n_cells: int
    is_chosen: bool


class Chip(NamedTuple):
    """A filter that is set: which facet, and what it lets through."""

    facet: str
    text: str
    tip: str


def facets_known(roster: Roster) -> list[tuple[str, str]]:
    """Facets of which the study knows something, and what people call them."""
    study = roster.study
    slides = study.slides.values() if study is not None else ()
    said = {
        fact: any(getattr(slide.acquisition, fact) for slide in slides)
        for fact in ACQUISITION
    }
    return [(f, text) for f, text in FACETS.items() if said.get(f, True)]


def offers_of(roster: Roster, facet: str, filters: Filters) -> list[Offer]:
    """The names of a facet, each with how many cells of the study have it."""
    chosen = filters.names.get(facet, frozenset())
    facts = {facet} - {"kind", "label", "prediction", "state"}
    snapshot = Snapshot.of(roster, facts, np.empty(0, np.int64))
    if facet == "state":
        counts = {s: int(snapshot.has_state(s).sum()) for s in STATES}
        return [Offer(s, STATE_TEXTS[s], "", counts[s], s in chosen) for s in STATES]
    codes, names = snapshot.codes_of(facet)
    # the last counts those without one
    counts_of = np.bincount(np.where(codes < 0, len(names), codes).astype(np.int64))
    counts_of = np.pad(counts_of, (0, max(0, len(names) + 1 - len(counts_of))))
    colours, titles = snapshot.colours_of(facet), snapshot.titles_of(facet)
    listed = list(zip((*names, ""), (*titles, WITHOUT.get(facet, "Not known"))))  # noqa: B905 - equal by construction
    return [
        Offer(name, title, colours.get(i, ""), int(counts_of[i]), name in chosen)
        for i, (name, title) in enumerate(listed)
        if counts_of[i] or name in chosen or (facet == "label" and name)
    ]


def chips_of(filters: Filters) -> list[Chip]:
    """One for each filter that is set, in words."""
    chips = []
    if filters.text.strip():
        chips.append(Chip("text", f"“{filters.text.strip()}”", "Number, slide or file"))
    for facet, title in FACETS.items():
        names = filters.names.get(facet)
        if names:
            texts = sorted(_text_of(facet, name) for name in names)
            few = ", ".join(texts[:2]) + (f" +{len(texts) - 2}" * (len(texts) > 2))
            chips.append(Chip(facet, few, f"{title}: " + ", ".join(texts)))
    if filters.bounds_chance:
        text = f"{filters.least:.0%} – {filters.most:.0%}"
        tip = f"Share of the vote that the predicted class has: {text}"
        chips.append(Chip("chance", f"vote {text}", tip))
    if filters.without_cut:
        chips.append(Chip("cut", "whole cells", "Cells cut by the border are hidden"))
    if filters.in_hand:
        chips.append(Chip("hand", "in hand", "Only cells that were in hand"))
    return chips


def sort_text(sort: Sort) -> str:
    """What the order follows, in a few words."""
    if sort.key == "feature":
        return f"{sort.feature}, {'largest' if sort.descending else 'smallest'} first"
    if sort.key == "near":
        far = "Least" if sort.descending else "Most"
        return f"{far} like those in hand"
    return SORTS[sort.key][1 + sort.descending]


def _text_of(facet: str, name: str) -> str:
    from napari_dinobloom.study import KIND_NAMES

    if facet == "state":
        return STATE_TEXTS[name].lower()
    if facet == "kind":
        return KIND_NAMES[name] + "s"
    return name or WITHOUT.get(facet, "not known").lower()
