"""Cells in the format of the COCO detection task.

Labels and predictions go into two files, as the format has it: the annotations, and
beside them a list of results (``OUT.predictions.json``), each with its ``score``.
"""

import json
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import Progress
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.exchange.outlines import Outline, outlines_of, rectangle
from napari_dinobloom.storage.exchange.table import cell_table, is_synthetic
from napari_dinobloom.storage.exchange.writing import (
    Export,
    Written,
    cell_masks,
    masks_or_reason,
    searched_pictures,
)
from napari_dinobloom.study import CELL_KINDS, KIND_NAMES, CellTable, Picture, Study

Annotation = dict[str, Any]


def export_coco(
    study: Study,
    out: Path,
    *,
    overwrite: bool = False,
    predictions: str | None = None,
) -> Export:
    """Write one COCO file for all pictures, and one of results if there are any.

    Categories are the classes of the study's scheme (supercategory "label") and the
    kinds that a segmenter finds (supercategory "kind"). An annotation has the category
    of the label that a person gave, else that of its kind; ``attributes`` says which.
    Outlines are polygons along pixel edges, run lengths where a cell has a hole.

    Raises
    ------
    BadInputError
        If a file exists or cannot be written, or there are no cells.
    """
    results = out.with_name(f"{out.stem}.predictions{out.suffix or '.json'}")
    require_free([out, results], overwrite)
    pictures = searched_pictures(study)
    table = cell_table(study, predictions=predictions)
    categories = _categories(study, table["predicted_class"].dropna().unique())
    number = {category["name"]: category["id"] for category in categories}
    annotations: list[Annotation] = []
    believed: list[Annotation] = []
    written = Written()
    for done, picture in enumerate(pictures):
        yield Progress(done, len(pictures), picture.path.name)
        records = table[table["picture_id"] == picture.picture_id].to_dict("records")
        cells = study.findings[picture.picture_id].cells
        masks = masks_or_reason(study, picture)
        if isinstance(masks, str):
            written.failed[str(picture.path)] = masks
            continue
        for row, shape in _shapes(picture, cells, masks):
            annotations.append(_annotation(records[row], shape, number))
            if records[row]["predicted_class"] is not None:
                believed.append(_result(records[row], shape, number))
    document = {
        "info": {
            "description": "Cells exported by napari-dinobloom. Research use only.",
            "attributes": "label: a person's word; kind: the segmenter's; "
            "predictions stand in a file of their own",
        },
        "licenses": [],
        "images": [_image(study, picture) for picture in pictures],
        "annotations": annotations,
        "categories": categories,
    }
    _write(out, document)
    written.files.append(out)
    written.cells = len(annotations)
    if believed:
        _write(results, believed)
        written.files.append(results)
    elif results.exists():
        results.unlink()
    return written


def _categories(study: Study, predicted: np.ndarray) -> list[dict[str, Any]]:
    names = list(study.taxonomy.extended(map(str, predicted)).names())
    classes = [(name, "label") for name in names]
    kinds = [(KIND_NAMES[kind], "kind") for kind in CELL_KINDS]
    clash = set(names)
    return [
        {
            "id": number,
            "name": f"{name} (kind)" if group == "kind" and name in clash else name,
            "supercategory": group,
        }
        for number, (name, group) in enumerate([*classes, *kinds], start=1)
    ]


def _image(study: Study, picture: Picture) -> dict[str, Any]:
    slide = study.slides[picture.slide]
    return {
        "id": picture.picture_id,
        "file_name": str(picture.path),
        "width": picture.width,
        "height": picture.height,
        "slide": slide.name,
        "patient": slide.acquisition.patient,
        "pixel_size_um": picture.pixel_size_um,
        "synthetic": is_synthetic(picture, slide),
    }


def _shapes(
    picture: Picture, cells: CellTable, masks: tuple[np.ndarray, np.ndarray] | None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row, and segmentation, bbox and area of each of the picture's cells."""
    if masks is None:
        columns = (cells.left, cells.top, cells.width, cells.height)
        for row, box in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            polygons = _polygons([rectangle(*box)])
            area = box[2] * box[3]
            yield row, {"segmentation": polygons, "bbox": list(box), "area": area}
        return
    for row, mask, _, left, top in cell_masks(cells, *masks):
        outlines = outlines_of(mask, left, top)
        holed = any(outline.holes for outline in outlines)
        yield (
            row,
            {
                "segmentation": run_lengths(mask, left, top, picture)
                if holed
                else _polygons(outlines),
                "bbox": [left, top, mask.shape[1], mask.shape[0]],
                "area": int(mask.sum()),
            },
        )


def _polygons(outlines: list[Outline]) -> list[list[int]]:
    return [
        [value for corner in outline.outer[:-1] for value in corner]
        for outline in outlines
    ]


def run_lengths(
    mask: np.ndarray, left: int, top: int, picture: Picture
) -> dict[str, list[int]]:
    """Uncompressed run lengths, column by column, beginning with background."""
    height, width = picture.height, picture.width
    rows, columns = np.nonzero(mask)
    places = np.sort((columns + left) * height + rows + top)
    starts = np.flatnonzero(np.diff(places, prepend=-2) > 1)
    firsts = places[starts]
    lasts = places[np.append(starts[1:] - 1, len(places) - 1)] + 1
    ends = np.stack([firsts, lasts], axis=1).ravel()
    counts = np.diff(ends, prepend=0, append=height * width)
    return {"counts": counts.tolist(), "size": [height, width]}


def _annotation(
    cell: dict[Hashable, Any], shape: dict[str, Any], number: dict[str, int]
) -> Annotation:
    label, kind = cell["label"], KIND_NAMES[cell["kind"]]
    category = label if label is not None else f"{kind} (kind)"
    return {
        "id": cell["cell_id"],
        "image_id": cell["picture_id"],
        "category_id": number.get(category) or number[kind],
        **shape,
        "iscrowd": 0,
        "attributes": {
            "category_from": "kind" if label is None else "label",
            "kind": cell["kind"],
            "label": label,
            "label_author": cell["label_author"],
            "label_time": cell["label_time"],
            "synthetic": cell["synthetic"],
        },
    }


def _result(
    cell: dict[Hashable, Any], shape: dict[str, Any], number: dict[str, int]
) -> Annotation:
    return {
        "image_id": cell["picture_id"],
        "category_id": number[cell["predicted_class"]],
        "bbox": shape["bbox"],
        "segmentation": shape["segmentation"],
        "score": round(cell["probability"], 6),
        "annotation_id": cell["cell_id"],
        "classifier": cell["classifier"],
        "outdated": cell["prediction_outdated"],
    }


def _write(path: Path, document: object) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, allow_nan=False)
