"""The map of the cells, once per way of colouring it."""

from collections.abc import Callable

import numpy as np

from napari_dinobloom.storage.report.html import (
    Html,
    joined,
    paragraph,
    picture,
    section,
    swatch,
    text,
)
from napari_dinobloom.storage.report.scatter import (
    MOST_POINTS,
    Group,
    draw_map,
    sample,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    Projection,
    Study,
)
from napari_dinobloom.study.taxonomy import SAFE_COLOURS, UNLABELLED_COLOUR

_MOST_COLOURS = 12
_METHODS = {"umap": "UMAP", "pca": "PCA"}
_READING = {
    "umap": "Distances between far groups and the axes have no meaning.",
    "pca": "The axes are the two directions in which the features vary most.",
}

Names = np.ndarray


def maps_section(
    study: Study, projection: Projection, labels: Names, predicted: Names
) -> Html:
    """The map once per way of colouring it, each with its legend."""
    cells = study.cells
    values, present = projection.rows.of(cells.cell_id)
    rows = np.flatnonzero(present & np.isfinite(values).all(axis=1))
    shown = rows[sample(len(rows), MOST_POINTS)]
    notes = []
    if len(shown) < len(rows):
        notes.append(
            f"{len(shown):,} of {len(rows):,} cells are drawn, chosen at random; the "
            "legends count all of them."
        )
    if study.is_outdated(projection.recipe):
        notes.append("This map is outdated: what it was computed from has changed.")
    slides = study.slide_names_of(cells).astype(str)
    kinds = np.array([KIND_NAMES[k] for k in CELL_KINDS])[cells.kind]
    kind_colours = {KIND_NAMES[k]: KIND_COLOURS[k] for k in CELL_KINDS}
    ways = [("Kind found by the segmenter", kinds, lambda name: kind_colours[name])]
    colour_of = study.taxonomy.colour_of
    if (labels != "").any():
        ways.insert(0, ("Label given by a person", labels, colour_of))
    if (predicted != "").any():
        ways.append(("Predicted class (not a label)", predicted, colour_of))
    names = list(dict.fromkeys(slides[rows].tolist()))
    colours = dict(zip(names, SAFE_COLOURS, strict=False))
    ways.append(("Slide", slides, lambda name: colours.get(name, UNLABELLED_COLOUR)))
    telling = [way for way in ways if len(set(way[1][rows].tolist())) > 1]
    cards = [
        _map_card(way, name_of, colour, values, rows, shown)
        for way, name_of, colour in telling or ways[:1]
    ]
    return section(
        "map",
        "Map of the cells",
        paragraph(
            f"{_METHODS.get(projection.name, projection.name)}: cells that look alike "
            f"lie close together. {_READING.get(projection.name, '')} Groups that "
            "follow the slide rather than the class point to stain or scanner."
        ),
        *(paragraph(note, "remark") for note in notes),
        f'<div class="maps">{joined(cards)}</div>',
    )


def _map_card(
    title: str,
    names: Names,
    colour_of: Callable[[str], str],
    values: np.ndarray,
    rows: np.ndarray,
    shown: np.ndarray,
) -> Html:
    found, counts = np.unique(names[rows], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    listed = [str(found[i]) for i in order if found[i]]
    named, rest = listed[:_MOST_COLOURS], listed[_MOST_COLOURS:]
    count_of = dict(zip(found.tolist(), counts.tolist(), strict=True))
    groups = [Group("none", UNLABELLED_COLOUR, int(count_of.get("", 0)))]
    if rest:
        n = sum(int(count_of[name]) for name in rest)
        groups.append(Group(f"{len(rest)} more", "#999999", n))
    groups += [Group(name, colour_of(name), int(count_of[name])) for name in named]
    code_of = {group.name: i for i, group in enumerate(groups)}
    codes = np.array(
        [0 if not n else code_of.get(n, 1) for n in names[shown].tolist()], int
    )
    legend = "".join(
        f"<span>{swatch(g.colour, g.name)} <span>{g.n:,}</span></span>"
        for g in (*groups[1:], groups[0])
        if g.n
    )
    image = picture(draw_map(values[shown], groups, codes), f"Map by {title.lower()}")
    return Html(
        f'<div class="card map"><h3>{text(title)}</h3>{image}'
        f'<div class="legend">{legend}</div></div>'
    )
