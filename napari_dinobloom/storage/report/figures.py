"""The parts of a report that show pixels: maps, examples, overviews."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.storage.report.content import PictureAccess
from napari_dinobloom.storage.report.html import (
    Html,
    badge,
    joined,
    paragraph,
    picture,
    section,
    swatch,
    text,
)
from napari_dinobloom.storage.report.images import (
    OVERVIEW_PX,
    data_uri,
    outlined,
    rgb_of,
    strip,
)
from napari_dinobloom.storage.report.scatter import (
    MOST_POINTS,
    Group,
    draw_map,
    sample,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_NAMES,
    CellTable,
    Picture,
    Projection,
    Study,
)
from napari_dinobloom.study.taxonomy import SAFE_COLOURS, UNLABELLED_COLOUR

KIND_COLOURS = {
    "wbc": "#4477AA",
    "rbc": "#EE6677",
    "platelet": "#AA3377",
    "other": "#CCBB44",
    "cell": "#228833",
}
OUTLINE_COLOURS = {
    "wbc": "#101010",
    "rbc": "#8A8F98",
    "platelet": "#00A3B5",
    "other": "#B0006D",
    "cell": "#555555",
}
"""Apart from the colours of classes, which labelled cells have in an overview."""
MOST_OVERVIEWS = 16
MOST_ROWS = 40
PER_ROW = 12
THUMBNAIL_PX = 72
_MOST_SLIDE_COLOURS = 12

_METHODS = {"umap": "UMAP", "pca": "PCA"}
_READING = {
    "umap": "Distances between far groups and the axes have no meaning.",
    "pca": "The axes are the two directions in which the features vary most.",
}

Failed = dict[str, str]
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
    named, rest = listed[:_MOST_SLIDE_COLOURS], listed[_MOST_SLIDE_COLOURS:]
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


def examples(
    study: Study,
    access: PictureAccess,
    groups: Sequence[tuple[str, str, str, np.ndarray]],
    failed: Failed,
) -> Iterator[Html]:
    """Rows of thumbnails, one per group: name, colour, remark, and rows of cells."""
    thumbnails = _thumbnails(study, access, groups, failed)
    for (name, colour, remark, rows), cut in zip(groups, thumbnails, strict=True):
        if not len(cut):
            continue
        uri = data_uri(strip(cut, PER_ROW))
        yield Html(
            f"<div>{swatch(colour, name)}"
            f'<div class="remark">{text(remark)}</div></div>'
            f"{picture(uri, f'{len(cut)} of {len(rows)} cells: {name}')}"
        )


def chosen(rows: np.ndarray) -> np.ndarray:
    """At most one strip's worth of these rows, at random but the same each time."""
    return np.asarray(rows[sample(len(rows), PER_ROW)])


def _thumbnails(
    study: Study,
    access: PictureAccess,
    groups: Sequence[tuple[str, str, str, np.ndarray]],
    failed: Failed,
) -> list[np.ndarray]:
    """(n, s, s, 3) uint8 per group; each picture is read once."""
    cells = study.cells
    picked = [chosen(rows) for _, _, _, rows in groups]
    wanted = np.unique(np.concatenate(picked)) if picked else np.empty(0, int)
    cut: dict[int, np.ndarray] = {}
    for picture_id in np.unique(cells.picture_id[wanted]).tolist():
        rows = wanted[cells.picture_id[wanted] == picture_id]
        rgb = _read(access, study.pictures[picture_id], failed)
        if rgb is None:
            continue
        boxes = np.stack(
            [cells.left[rows], cells.top[rows], cells.width[rows], cells.height[rows]],
            axis=1,
        )
        margin = 0.0 if study.pictures[picture_id].kind == "cell" else 0.15
        squares = access.cut(rgb, boxes, margin, THUMBNAIL_PX)
        cut |= dict(zip(rows.tolist(), squares, strict=True))
    empty = np.empty((0, THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8)
    return [
        np.stack(found) if (found := [cut[r] for r in rows.tolist() if r in cut])
        else empty
        for rows in picked
    ]  # fmt: skip


def overview(
    study: Study, slide: str, access: PictureAccess, labels: Names, failed: Failed
) -> Html:
    """One field of a slide with every cell outlined in its colour; "" if none."""
    fields = [
        p
        for p in study.pictures_of(slide)
        if p.kind == "field" and p.picture_id in study.findings
    ]
    if not fields:
        return Html("")
    # The field with the most white cells tells most about the slide.
    cells_of = {p.picture_id: study.findings[p.picture_id].cells for p in fields}
    best = max(fields, key=lambda p: (_white(cells_of[p.picture_id]), -p.picture_id))
    rgb = _read(access, best, failed)
    masks = study.masks_of(best.picture_id)
    cells = cells_of[best.picture_id]
    if rgb is None or masks is None or masks[0].shape != rgb.shape[:2]:
        return Html("")
    colours = np.full((int(masks[0].max(initial=0)) + 1, 3), 128, np.uint8)
    names = labels[study.cells.rows_of(cells.cell_id)]
    for value, kind, name in zip(
        cells.mask_label.tolist(), cells.kind.tolist(), names.tolist(), strict=True
    ):
        colour = (
            study.taxonomy.colour_of(name)
            if name
            else OUTLINE_COLOURS[CELL_KINDS[kind]]
        )
        if value < len(colours):
            colours[value] = rgb_of(colour)
    image = outlined(rgb, masks[0], colours, OVERVIEW_PX)
    counts = ", ".join(
        f"{n} {KIND_NAMES[kind]}{'' if n == 1 else 's'}"
        for kind in CELL_KINDS
        if (n := int((cells.kind == CELL_KINDS.index(kind)).sum()))
    )
    synthetic = best.synthetic or study.slides[slide].synthetic
    return Html(
        f'<figure class="overview"><h3>{text(slide)}'
        f"{badge('synthetic') if synthetic else ''}</h3>"
        f"{picture(data_uri(image), f'{best.path.name} with outlined cells')}"
        f"<figcaption>{text(best.path.name)}: {text(counts or 'no cell')}. One of "
        f"{len(fields)} searched pictures of this slide.</figcaption></figure>"
    )


def _white(cells: CellTable) -> int:
    return int((cells.kind == CELL_KINDS.index("wbc")).sum())


def _read(access: PictureAccess, shown: Picture, failed: Failed) -> np.ndarray | None:
    try:
        return access.read(shown.path)
    except (DinoBloomError, OSError) as error:
        failed[str(shown.path)] = str(error)
        return None
