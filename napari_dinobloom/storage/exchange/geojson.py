"""Cells as GeoJSON that QuPath opens: one file per picture, drag it onto the image.

What QuPath reads (0.4 and later): a FeatureCollection; ``id`` a UUID; ``objectType``
"detection", or "cell" where a nucleus is given as ``nucleusGeometry``;
``classification`` {name, color}; ``measurements`` name → number; ``metadata``
name → text. Coordinates are pixels from the top left corner of the picture.
"""

import json
import math
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

import pandas as pd

from napari_dinobloom.core import Progress
from napari_dinobloom.core.new_files import replacing, require_free
from napari_dinobloom.storage.exchange.outlines import (
    geometry_of,
    outlines_of,
    rectangle,
)
from napari_dinobloom.storage.exchange.table import cell_table
from napari_dinobloom.storage.exchange.writing import (
    Export,
    Written,
    cell_masks,
    masks_or_reason,
    picture_stems,
    searched_pictures,
    with_ending,
)
from napari_dinobloom.study import KIND_COLOURS, KIND_NAMES, Picture, Study

ClassifyBy = Literal["label", "prediction", "kind"]
Geometry = dict[str, object]

_CELLS = UUID("0d3f9d0e-6c1b-5e0a-9a57-6f3f5f2f1c4e")
"""Namespace of our cells' UUIDs: the same cell has the same one in every export."""


def export_geojson(
    study: Study,
    out: Path,
    *,
    overwrite: bool = False,
    predictions: str | None = None,
    classify_by: ClassifyBy = "label",
) -> Export:
    """Write STEM.geojson per picture into a folder.

    Outlines run along pixel edges, with holes; a picture of a single cell gives its
    frame. What a person said and what a classifier believes are separate entries of
    ``metadata``; a prediction carries its ``probability`` among the measurements.

    Parameters
    ----------
    classify_by
        What QuPath shows as the cell's class: the label that a person gave (cells
        without one have no class), the predicted class, or the kind found.

    Raises
    ------
    BadInputError
        If a file exists or cannot be written, or there are no cells.
    """
    pictures = searched_pictures(study)
    stems = picture_stems(pictures)
    targets = {p: with_ending(out, stem, ".geojson") for p, stem in stems.items()}
    require_free(targets.values(), overwrite)
    table = cell_table(study, predictions=predictions)
    written = Written()
    for done, picture in enumerate(pictures):
        yield Progress(done, len(pictures), picture.path.name)
        rows = table[table["picture_id"] == picture.picture_id]
        shapes = _shapes(study, picture)
        if isinstance(shapes, str):
            written.failed[str(picture.path)] = shapes
            continue
        records = rows.to_dict("records")
        features = [
            _feature(study, picture, records[row], cell, nucleus, classify_by)
            for row, cell, nucleus in shapes
        ]
        path = targets[picture.picture_id]
        _write(path, picture, features)
        written.files.append(path)
        written.cells += len(features)
    return written


def _shapes(
    study: Study, picture: Picture
) -> Iterator[tuple[int, Geometry, Geometry | None]] | str:
    """Row, outline and nucleus of each of the picture's cells."""
    masks = masks_or_reason(study, picture)
    if isinstance(masks, str):
        return masks
    cells = study.findings[picture.picture_id].cells
    if masks is None:
        return _boxes(cells.left, cells.top, cells.width, cells.height)
    return (
        (
            row,
            geometry_of(outlines_of(mask, left, top)),
            geometry_of(outlines_of(nucleus, left, top)) if nucleus.any() else None,
        )
        for row, mask, nucleus, left, top in cell_masks(cells, *masks)
    )


def _boxes(*columns: Any) -> Iterator[tuple[int, Geometry, None]]:
    for row, box in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        yield row, geometry_of([rectangle(*box)]), None


def _feature(
    study: Study,
    picture: Picture,
    cell: dict[Hashable, Any],
    geometry: Geometry,
    nucleus: Geometry | None,
    classify_by: ClassifyBy,
) -> dict[str, Any]:
    source = picture.sha256 or str(picture.path)
    properties: dict[str, Any] = {
        "objectType": "detection" if nucleus is None else "cell",
        "name": f"cell {cell['cell_id']}",
    }
    classification = _classification(study, cell, classify_by)
    if classification is not None:
        properties["classification"] = classification
    properties["measurements"] = _measurements(cell)
    properties["metadata"] = _metadata(cell)
    return {
        "type": "Feature",
        "id": str(uuid5(_CELLS, f"{source}/{cell['cell_id']}")),
        "geometry": geometry,
        **({} if nucleus is None else {"nucleusGeometry": nucleus}),
        "properties": properties,
    }


def _classification(
    study: Study, cell: dict[Hashable, Any], classify_by: ClassifyBy
) -> dict[str, Any] | None:
    if classify_by == "kind":
        return {
            "name": KIND_NAMES[cell["kind"]],
            "color": _rgb(KIND_COLOURS[cell["kind"]]),
        }
    name = cell["label"] if classify_by == "label" else cell["predicted_class"]
    if name is None or pd.isna(name):
        return None
    return {"name": name, "color": _rgb(study.taxonomy.colour_of(name))}


def _measurements(cell: dict[Hashable, Any]) -> dict[str, float]:
    named = {
        "cell id": cell["cell_id"],
        "Area px^2": cell["area_px"],
        "Area µm^2": cell["area_um2"],
        "Nucleus area px^2": cell["nucleus_area_px"],
        "Nucleus area µm^2": cell["nucleus_area_um2"],
        "Segmentation score": cell["score"],
        "Prediction probability": cell["probability"],
    }
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in named.items()
        if math.isfinite(value)
    }


def _metadata(cell: dict[Hashable, Any]) -> dict[str, str]:
    named = {
        "kind": cell["kind"],
        "label": cell["label"],
        "label author": cell["label_author"],
        "label time": cell["label_time"],
        "predicted class": cell["predicted_class"],
        "classifier": cell["classifier"],
        "slide": cell["slide"],
        "synthetic": "yes" if cell["synthetic"] else None,
    }
    return {name: text for name, text in named.items() if isinstance(text, str)}


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.lstrip("#")))


def _write(path: Path, picture: Picture, features: list[dict[str, Any]]) -> None:
    collection = {
        "type": "FeatureCollection",
        "generator": "napari-dinobloom",
        "image": str(picture.path),
        "features": features,
    }
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump(collection, file, ensure_ascii=False, allow_nan=False)
