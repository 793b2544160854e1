"""What the card of a cell says, in a hematologist's words."""

import math
from dataclasses import dataclass
from datetime import datetime

from napari_dinobloom.gui.presenters.votes import share_in_words
from napari_dinobloom.study import UNSURE, LabelRecord
from napari_dinobloom.workflows.compare_features import (
    FEWEST_PEERS,
    FeatureComparison,
)
from napari_dinobloom.workflows.describe_cell import CellDescription

SCALE_SAID = {
    "known": "",
    "estimated": "estimated from red cells",
    "unknown": "size of a pixel not known",
}


@dataclass(frozen=True, slots=True)
class CardHead:
    """Who the cell is.

    Parameters
    ----------
    title
        "White cell 120".
    origin
        Slide, patient, site, scanner, stain: those that are known.
    place
        File and place in it.
    size
        Diameter, area, N:C ratio: those that are known.
    flags
        What to mind.
    """

    title: str
    origin: str
    place: str
    size: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A class with its share of the votes in 0 … 1."""

    name: str
    colour: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Label and prediction of the cell.

    Parameters
    ----------
    label, label_colour
        Its class; "" where it has none.
    label_said
        By whom and when, or why there is none.
    predicted, predicted_colour
        "" where nothing is predicted.
    predicted_said
        What it rests on, or why there is none.
    verdict
        Whether both agree, in words.
    agree
        None where there is nothing to compare.
    shares
        The likeliest classes, at most three.
    """

    label: str
    label_colour: str
    label_said: str
    predicted: str
    predicted_colour: str
    predicted_said: str
    verdict: str = ""
    agree: bool | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A labelled cell that lies near."""

    cell_id: int
    class_name: str
    colour: str
    distance: float


@dataclass(frozen=True, slots=True)
class Said:
    """One statement about the cell."""

    when: str
    what: str
    by: str
    colour: str


def head_of(cell: CellDescription) -> CardHead:
    """Who the cell is, in words."""
    said = cell.slide.acquisition
    origin = [f"Slide {cell.slide.name}"]
    for name in ("patient", "site", "scanner", "stain"):
        value = getattr(said, name)
        if value:
            origin.append(f"{name} {value}")
    place = f"{cell.picture}, at {cell.x:.0f}, {cell.y:.0f} px"
    kind = cell.kind[:1].upper() + cell.kind[1:]
    return CardHead(
        f"{kind} {cell.cell_id}", " · ".join(origin), place, _size(cell), cell.flags
    )


def _size(cell: CellDescription) -> str:
    parts = []
    if math.isfinite(cell.diameter_um):
        about = "≈ " if cell.scale == "estimated" else ""
        parts.append(f"{about}{cell.diameter_um:.1f} µm across")
        parts.append(f"{about}{cell.area_um2:.0f} µm²")
    elif math.isfinite(cell.area_px):
        parts.append(f"{cell.area_px:.0f} px² (size of a pixel not known)")
    if math.isfinite(cell.nucleus_share):
        parts.append(f"nucleus {100 * cell.nucleus_share:.0f} % of the cell")
        if cell.nucleus_share < 0.99:
            ratio = cell.nucleus_share / (1 - cell.nucleus_share)
            parts.append(f"N:C ratio {ratio:.1f}")
    return " · ".join(parts)


def scale_said(cell: CellDescription) -> str:
    """What stands beside the scale bar."""
    if cell.rgb is not None and not math.isfinite(cell.window_um):
        return SCALE_SAID["unknown"]
    return SCALE_SAID[cell.scale]


def label_said(record: LabelRecord | None) -> str:
    """By whom and when the standing statement was made."""
    if record is None:
        return "Not labelled yet"
    unsure = "unsure, " if record.note == UNSURE else ""
    if record.class_name is None and not unsure:
        return f"Label taken away by {record.author}, {moment(record.at)}"
    source = "" if record.source == "person" else f" ({record.source})"
    return f"{unsure}{record.author}, {moment(record.at)}{source}"


def verdict(label: str, predicted: str) -> tuple[str, bool | None]:
    """Whether label and prediction agree, in words."""
    if not label or not predicted:
        return "", None
    if label == predicted:
        return "Label and prediction agree.", True
    return f"They disagree: labelled {label}, but looks like {predicted}.", False


def said_of(record: LabelRecord, colour: str) -> Said:
    """One line of the history."""
    return Said(
        moment(record.at), _what(record), f"{record.author}, {_source(record)}", colour
    )


def _what(record: LabelRecord) -> str:
    if record.note == UNSURE:
        return f"{record.class_name}, unsure" if record.class_name else "unsure"
    if record.class_name is None:
        return "label taken away"
    note = f" ({record.note})" if record.note else ""
    return f"{record.class_name}{note}"


def _source(record: LabelRecord) -> str:
    chance = record.prediction.rpartition(" ")[2]
    try:
        if not chance:
            return record.source
        return f"{record.source} with {share_in_words(float(chance))}"
    except ValueError:
        return record.source


def moment(at: str) -> str:
    """An ISO 8601 time as people say it, in the local zone."""
    try:
        time = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return at
    return f"{time.day} {time:%b %Y, %H:%M}"


def compared_with(report: FeatureComparison, peers: str) -> str:
    """With whom the cell was compared, in a sentence."""
    if not report.has_row:
        return (
            f"{report.matrix} has not described this cell. Press “Find and describe "
            "cells” on the page Study."
        )
    if report.n_peers < FEWEST_PEERS:
        return (
            f"Too few {peers} to compare with: {report.n_peers}, and {FEWEST_PEERS} "
            "are needed."
        )
    if report.n_all > report.n_peers and report.n_all > 2 * report.n_peers:
        return f"Percentiles among {report.n_peers:,} of {report.n_all:,} {peers}."
    return f"Percentiles among {report.n_peers:,} {peers}."


def unreadable(report: FeatureComparison, peers: str) -> str:
    """What can be said where the columns are a network's."""
    text = (
        f"{report.matrix} describes a cell with {len(report.values)} numbers that have "
        "no meaning one by one; only distances between cells do."
    )
    if math.isfinite(report.unusual):
        text += (
            f" It lies further from the middle of {report.n_peers:,} {peers} than "
            f"{report.unusual:.0f} % of them"
        )
        text += ": unusual." if report.unusual >= 97.5 else "."
    return text
