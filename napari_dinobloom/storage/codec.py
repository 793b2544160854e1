"""Edits as JSON and bytes. No pickle: a study may come from anybody."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from napari_dinobloom.study import (
    Acquisition,
    CellClass,
    CellTable,
    ChangeSlides,
    Finding,
    Picture,
    Recipe,
    ReplaceCells,
    Rows,
    Saying,
    SetLabels,
    SetTaxonomy,
    Slide,
    Statements,
    Taxonomy,
)
from napari_dinobloom.study.cells import COLUMN_DTYPES, DRAWN_DTYPES

DAMAGE = (
    *(OSError, ValueError, TypeError, LookupError, EOFError, OverflowError),
    *(AttributeError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile),
)
"""What NumPy, JSON, TIFF and Zarr readers raise on bytes that are not theirs."""


def arrays_to_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Named arrays in one uncompressed npz."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def arrays_from_bytes(content: bytes) -> dict[str, np.ndarray]:
    """What `arrays_to_bytes` wrote."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def rows_to_bytes(rows: Rows) -> bytes:
    """Cell ids and values."""
    return arrays_to_bytes({"cell_ids": rows.cell_ids, "values": rows.values})


def rows_from_bytes(content: bytes) -> Rows:
    """What `rows_to_bytes` wrote."""
    return Rows(**arrays_from_bytes(content))


def slides_to_json(edit: ChangeSlides, folder: Path) -> str:
    """Slides and pictures; the paths absolute and relative to the study."""
    return json.dumps(
        {
            "slides": {n: s and asdict(s) for n, s in edit.slides.items()},
            "pictures": {
                i: p and _picture_to_dict(p, folder) for i, p in edit.pictures.items()
            },
        }
    )


def slides_from_json(text: str, folder: Path) -> ChangeSlides:
    """What `slides_to_json` wrote."""
    content = json.loads(text)
    return ChangeSlides(
        {n: s and _slide_from_dict(s) for n, s in content["slides"].items()},
        {
            int(i): p and _picture_from_dict(p, folder)
            for i, p in content["pictures"].items()
        },
    )


def _slide_from_dict(values: dict[str, Any]) -> Slide:
    return Slide(**{**values, "acquisition": Acquisition(**values["acquisition"])})


def _picture_to_dict(picture: Picture, folder: Path) -> dict[str, Any]:
    values = asdict(picture) | {"path": str(picture.path)}
    try:
        values["relative"] = Path(os.path.relpath(picture.path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        values["relative"] = ""
    return values


def _picture_from_dict(values: dict[str, Any], folder: Path) -> Picture:
    relative = values.pop("relative", "")
    path = Path(values["path"])
    if relative:
        beside = Path(os.path.normpath(folder / relative))
        # Study and pictures moved together, or opened on another machine.
        if _is_seen(beside) or not _is_seen(path):
            path = beside
    return Picture(**{**values, "path": path})


def _is_seen(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in another account's folder, or a share that is away
        return False


def cells_to_json(edit: ReplaceCells) -> tuple[str, bytes]:
    """Findings as JSON, all their cells as one table in bytes."""
    heads = {
        picture_id: finding
        and {
            "recipe": finding.recipe.to_json(),
            "mask_file": finding.mask_file,
            "red_cell_diameter_px": None
            if np.isnan(finding.red_cell_diameter_px)
            else float(finding.red_cell_diameter_px),
            "notes": finding.notes,
            **({"deleted": finding.deleted} if finding.deleted else {}),
        }
        for picture_id, finding in edit.findings.items()
    }
    table = CellTable.concatenate([f.cells for f in edit.findings.values() if f])
    # One record array: a header per column would cost more than a field's cells.
    drawn = DRAWN_DTYPES if len(table.redrawn) or table.by_hand.any() else {}
    columns = COLUMN_DTYPES | drawn
    packed = np.empty(len(table), list(columns.items()))
    for name in columns:
        packed[name] = getattr(table, name)
    return json.dumps(heads), arrays_to_bytes({"cells": packed})


def cells_from_json(text: str, content: bytes) -> ReplaceCells:
    """What `cells_to_json` wrote."""
    packed = arrays_from_bytes(content)["cells"]
    drawn = [n for n in DRAWN_DTYPES if n in (packed.dtype.names or ())]
    columns = [*COLUMN_DTYPES, *drawn]
    table = CellTable(**{name: packed[name] for name in columns})
    findings: dict[int, Finding | None] = {}
    for key, head in json.loads(text).items():
        picture_id = int(key)
        if head is None:
            findings[picture_id] = None
            continue
        diameter = head["red_cell_diameter_px"]
        findings[picture_id] = Finding(
            cells=table.of_picture(picture_id),
            recipe=Recipe.from_json(head["recipe"]),
            mask_file=head["mask_file"],
            red_cell_diameter_px=float("nan") if diameter is None else diameter,
            notes=tuple(head["notes"]),
            deleted=tuple(_box(sides) for sides in head.get("deleted", ())),
        )
    return ReplaceCells(findings)


def _box(sides: list[int]) -> tuple[int, int, int, int]:
    left, top, width, height = map(int, sides)
    return left, top, width, height


def taxonomy_to_json(edit: SetTaxonomy) -> str:
    """The scheme with its classes."""
    return json.dumps(asdict(edit.taxonomy))


def taxonomy_from_json(text: str) -> SetTaxonomy:
    """What `taxonomy_to_json` wrote."""
    content = json.loads(text)
    classes = tuple(CellClass(**values) for values in content["classes"])
    return SetTaxonomy(Taxonomy(content["name"], classes))


def labels_to_json(edit: SetLabels) -> tuple[str, bytes]:
    """What is said as JSON, about which cells in bytes: one or two for each cell."""
    said = Statements.of(edit.records)
    steps = np.diff(said.cell_ids, prepend=0)
    arrays = {"steps": steps.astype(_narrowest(steps))}
    if len(said.sayings) > 1:
        arrays["which"] = said.which.astype(_narrowest(said.which))
    return json.dumps(said.sayings), arrays_to_bytes(arrays)


def labels_from_json(text: str, content: bytes) -> SetLabels:
    """What `labels_to_json` wrote."""
    arrays = arrays_from_bytes(content)
    ids = np.cumsum(arrays["steps"], dtype=np.int64)
    sayings = [Saying(*values) for values in json.loads(text)]
    return SetLabels(Statements(ids, sayings, arrays.get("which")))


def _narrowest(numbers: np.ndarray) -> np.dtype[np.signedinteger]:
    """The smallest signed type that holds them all."""
    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    return np.min_scalar_type(min(least, -most - 1))
