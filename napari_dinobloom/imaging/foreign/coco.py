"""Cells in the format of the COCO detection task: one file for many pictures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.cells import ForeignCells, as_score, as_text, some
from napari_dinobloom.imaging.foreign.geojson import as_ring
from napari_dinobloom.imaging.foreign.json_file import read_json
from napari_dinobloom.imaging.foreign.painting import DrawnCell, paint
from napari_dinobloom.imaging.foreign.run_lengths import mask_of
from napari_dinobloom.imaging.foreign.shapes import Ellipse, Polygons, Shape

_OUR_KINDS = " (kind)"
"""Our export appends it where a class is called like a kind."""


@dataclass(frozen=True)
class CocoMasks:
    """The annotations of one picture."""

    file: Path
    picture: str
    size: tuple[int, int] | None
    annotations: tuple[Mapping[str, Any], ...]
    categories: Mapping[int, str]

    def cells(self, shape: tuple[int, int]) -> ForeignCells:
        """The cells, painted; damaged annotations are counted and left out."""
        drawn: list[DrawnCell] = []
        told: Counter[tuple[str, str]] = Counter()
        for annotation in self.annotations:
            if annotation.get("iscrowd") in (1, True):
                told["annotation", "of whole crowds left out."] += 1
                continue
            try:
                outline = _shape_of(annotation, shape)
            except BadInputError as error:
                told["mask", f"left out. {error.what}"] += 1
                continue
            if outline is None:
                told["annotation", "without any area left out."] += 1
                continue
            if isinstance(outline, Ellipse):
                told["cell", "given as a box: taken as the ellipse in it."] += 1
            drawn.append(self._drawn(annotation, outline))
        notes = [some(n, noun, rest) for (noun, rest), n in told.items()]
        return paint(self.file, drawn, shape, notes=notes)

    def _drawn(self, annotation: Mapping[str, Any], outline: Shape) -> DrawnCell:
        attributes = annotation.get("attributes")
        kind = attributes.get("kind") if isinstance(attributes, Mapping) else ""
        number = annotation.get("category_id")
        name = self.categories.get(number, "") if isinstance(number, int) else ""
        return DrawnCell(
            outline,
            None,
            name.removesuffix(_OUR_KINDS),
            as_text(kind),
            as_score(annotation.get("score")),
        )


def open_coco(path: Path) -> list[CocoMasks]:
    """The pictures of a file, not yet painted.

    Raises
    ------
    BadInputError
        If it is no COCO file of annotations.
    """
    return coco_of(path, read_json(path))


def coco_of(path: Path, document: Any) -> list[CocoMasks]:
    """The pictures of a document that was read already."""
    if not isinstance(document, Mapping) or not all(
        isinstance(document.get(part), list) for part in ("images", "annotations")
    ):
        raise BadInputError(
            f"{path} is no COCO file of annotations: it needs lists of images and of "
            "annotations.",
            "A list of results alone does not say which pictures it is about.",
        )
    categories = {
        entry["id"]: as_text(entry.get("name"))
        for entry in document.get("categories") or ()
        if isinstance(entry, Mapping) and isinstance(entry.get("id"), int)
    }
    by_image: dict[Any, list[Mapping[str, Any]]] = {}
    for annotation in document["annotations"]:
        if isinstance(annotation, Mapping) and _is_id(annotation.get("image_id")):
            by_image.setdefault(annotation["image_id"], []).append(annotation)
    pictures = []
    for image in document["images"]:
        if not isinstance(image, Mapping) or not _is_id(image.get("id")):
            raise BadInputError(f"{path} has an image without a usable id.")
        name = image.get("file_name")
        pictures.append(
            CocoMasks(
                path,
                name if isinstance(name, str) else "",
                _size_of(image),
                tuple(by_image.pop(image["id"], ())),
                categories,
            )
        )
    return pictures


def _is_id(value: object) -> bool:
    return isinstance(value, int | str)


def _size_of(image: Mapping[str, Any]) -> tuple[int, int] | None:
    height, width = image.get("height"), image.get("width")
    if isinstance(height, int) and isinstance(width, int) and height and width:
        return height, width
    return None


def _shape_of(annotation: Mapping[str, Any], size: tuple[int, int]) -> Shape | None:
    given = annotation.get("segmentation")
    if isinstance(given, Mapping):
        return mask_of(given, size)
    if isinstance(given, list) and given:
        rings = [_ring_of(ring) for ring in given]
        whole = [ring for ring in rings if ring is not None]
        return Polygons(tuple((ring,) for ring in whole)) if whole else None
    return _ellipse_of(annotation.get("bbox"))


def _ring_of(flat: Any) -> Any:
    if not isinstance(flat, list) or len(flat) % 2:
        return None
    return as_ring(list(zip(flat[::2], flat[1::2], strict=True)))


def _ellipse_of(box: Any) -> Ellipse | None:
    if not isinstance(box, list) or len(box) != 4:
        return None
    try:
        left, top, width, height = (float(value) for value in box)
    except (TypeError, ValueError, OverflowError):
        return None
    finite = all(abs(value) < 1e9 for value in (left, top, width, height))
    if not finite or width <= 0 or height <= 0:
        return None
    return Ellipse(left, top, width, height)
