"""The parts of a report that show pixels: example cells, outlined overviews."""

from collections.abc import Iterator, Sequence

import numpy as np

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.storage.exchange.writing import masks_or_reason
from napari_dinobloom.storage.report.content import PictureAccess
from napari_dinobloom.storage.report.html import (
    Html,
    badge,
    picture,
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
    sample,
)
from napari_dinobloom.study import (
    CELL_KINDS,
    KIND_COLOURS,
    KIND_NAMES,
    CellTable,
    Picture,
    Study,
)

MOST_OVERVIEWS = 16
MOST_ROWS = 40
PER_ROW = 12
THUMBNAIL_PX = 72

Failed = dict[str, str]
Names = np.ndarray


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
    masks = masks_or_reason(study, best)
    if isinstance(masks, str):
        failed[str(best.path)] = masks
        return Html("")
    cells = cells_of[best.picture_id]
    if rgb is None or masks is None or masks[0].shape != rgb.shape[:2]:
        return Html("")
    colours = np.full((int(masks[0].max(initial=0)) + 1, 3), 128, np.uint8)
    names = labels[study.cells.rows_of(cells.cell_id)]
    for value, kind, name in zip(
        cells.mask_label.tolist(), cells.kind.tolist(), names.tolist(), strict=True
    ):
        colour = (
            study.taxonomy.colour_of(name) if name else KIND_COLOURS[CELL_KINDS[kind]]
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
