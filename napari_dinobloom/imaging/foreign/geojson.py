"""Outlines as QuPath writes them: GeoJSON, a feature per object.

Versions 0.3 and later write a FeatureCollection with ``objectType``; earlier ones a
bare list whose ``id`` names the type. Coordinates are pixels from the top left corner
of the picture at full size.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import ForeignCells, as_score, as_text, some
from napari_dinobloom.imaging.foreign.json_file import read_json
from napari_dinobloom.imaging.foreign.painting import DrawnCell, paint
from napari_dinobloom.imaging.foreign.shapes import Polygons

_TYPES = {
    "pathcellobject": "cell",
    "pathdetectionobject": "detection",
    "pathannotationobject": "annotation",
    "pathtileobject": "tile",
}
_CELLS = ("cell", "detection")


@dataclass(frozen=True)
class GeoJsonMasks:
    """One file's outlines; it holds those of one picture."""

    file: Path
    picture: str
    features: tuple[Mapping[str, Any], ...]
    size: None = None

    def cells(self, shape: tuple[int, int]) -> ForeignCells:
        """The cells, painted."""
        chosen, notes = _chosen(self.features)
        drawn: list[DrawnCell] = []
        broken = 0
        for feature in chosen:
            outline = polygons_of(feature.get("geometry"))
            if outline is None:
                broken += 1
                continue
            drawn.append(_drawn(feature, outline))
        if broken:
            notes.append(
                some(
                    broken,
                    "object",
                    "without area (points, lines) or damaged were left out.",
                    "without area (point, line) or damaged was left out.",
                )
            )
        return paint(
            self.file,
            drawn,
            shape,
            knows_nuclei=any(cell.nucleus is not None for cell in drawn),
            notes=notes,
        )


def open_geojson(path: Path) -> list[GeoJsonMasks]:
    """The outlines of a file, not yet painted.

    Raises
    ------
    BadInputError
        If it is no GeoJSON.
    """
    return [geojson_of(path, read_json(path))]


def geojson_of(path: Path, document: Any) -> GeoJsonMasks:
    """The outlines of a document that was read already."""
    picture = ""
    if isinstance(document, Mapping):
        picture = document["image"] if isinstance(document.get("image"), str) else ""
        features = document.get("features")
        if document.get("type") == "Feature":
            features = [document]
    else:
        features = document
    if not isinstance(features, list) or not all(
        isinstance(feature, Mapping) for feature in features
    ):
        raise BadInputError(
            f"{path} is JSON, but no GeoJSON: it has no features.",
            "In QuPath: File → Export objects as GeoJSON, as a feature collection.",
        )
    return GeoJsonMasks(path, picture, tuple(features))


def polygons_of(geometry: Any) -> Polygons | None:
    """The rings of a Polygon or MultiPolygon; None of anything else."""
    if not isinstance(geometry, Mapping):
        return None
    coordinates, kind = geometry.get("coordinates"), geometry.get("type")
    if kind == "Polygon":
        coordinates = [coordinates]
    elif kind != "MultiPolygon":
        return None
    if not isinstance(coordinates, list) or not coordinates:
        return None
    parts = []
    for polygon in coordinates:
        if not isinstance(polygon, list) or not polygon:
            return None
        rings = [as_ring(ring) for ring in polygon]
        if rings[0] is None:
            return None
        parts.append(tuple(ring for ring in rings if ring is not None))
    return Polygons(tuple(parts))


def as_ring(corners: Any) -> np.ndarray | None:
    """(n, 2) float64 x, y; None where there are no three finite corners."""
    try:
        ring = np.array([corner[:2] for corner in corners], np.float64)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3:
        return None
    return ring if np.isfinite(ring).all() else None


def _drawn(feature: Mapping[str, Any], outline: Polygons) -> DrawnCell:
    about = _mapping(feature, "properties")
    metadata = _mapping(about, "metadata")
    measurements = _mapping(about, "measurements")
    nucleus = feature.get("nucleusGeometry", about.get("nucleusGeometry"))
    return DrawnCell(
        outline,
        polygons_of(nucleus),
        _class_of(about),
        as_text(metadata.get("kind")),
        as_score(measurements.get("Segmentation score")),
    )


def _class_of(about: Mapping[str, Any]) -> str:
    """The name of the class, whichever of QuPath's spellings gives it."""
    given = about.get("classification")
    if isinstance(given, str):
        return as_text(given)
    if not isinstance(given, Mapping):
        return ""
    names = given.get("names")
    if isinstance(names, list):
        return as_text(": ".join(name for name in names if isinstance(name, str)))
    return as_text(given.get("name"))


def _chosen(
    features: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The features that are cells, and what was said about the others.

    An annotation is a region where the file has detections, and a cell drawn by hand
    where it has none.
    """
    types = [_type_of(feature) for feature in features]
    counts = Counter(types)
    has_cells = any(counts[kind] for kind in _CELLS)
    wanted = _CELLS if has_cells else ("annotation", "")
    chosen = [f for f, kind in zip(features, types, strict=True) if kind in wanted]
    notes = []
    if has_cells and counts["annotation"] + counts[""]:
        left = counts["annotation"] + counts[""]
        notes.append(
            some(
                left,
                "annotation",
                "were taken for regions and left out.",
                "was taken for a region and left out.",
            )
        )
    others = (
        len(features)
        - len(chosen)
        - (counts["annotation"] + counts[""] if has_cells else 0)
    )
    if others:
        notes.append(
            some(
                others,
                "object",
                "that are no cells (tiles …) were left out.",
                "that is no cell (a tile …) was left out.",
            )
        )
    return chosen, notes


def _type_of(feature: Mapping[str, Any]) -> str:
    about = _mapping(feature, "properties")
    named = about.get("objectType") or about.get("object_type")
    if not isinstance(named, str):
        named = feature.get("id") if isinstance(feature.get("id"), str) else ""
        return _TYPES.get(str(named).casefold(), "")
    named = named.casefold()
    return _TYPES.get(named, named)


def _mapping(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = holder.get(name)
    return held if isinstance(held, Mapping) else {}
