"""How one computed result lies in `cells.zarr`: key, columns, checksum, chunks."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from napari_dinobloom.study import (
    CellTable,
    Element,
    FeatureMatrix,
    Predictions,
    Stored,
)

# Whole rows, so that a chunk lands in one piece of memory; small enough that the
# buffers of a chunk are used again for the next one.
_CHUNK_BYTES = 3 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One result as it lies in the file; without values where it lies there already."""

    head: dict[str, Any]
    columns: np.ndarray
    present: np.ndarray
    values: np.ndarray | None

    @classmethod
    def of(cls, element: Element | Stored, cells: CellTable) -> Self:
        """Lay out a result for these cells."""
        if isinstance(element, Stored):
            raise TypeError(f"the {element.kind} {element.name} were not read")
        rows, ids = element.rows, ids_for(element.kind, cells)
        if np.array_equal(rows.cell_ids, ids):  # the usual case, and no copy
            values, present = rows.values, np.ones(len(ids), bool)
        else:
            values, present = rows.of(ids)
        head = {
            "revision": element.revision,
            "version": element.version,
            "kind": element.kind,
            "recipe": json.loads(element.recipe.to_json()),
            "crc32": checksum_of(values),
        }
        return cls(head, _column_names(element), present, values)


def ids_for(kind: str, cells: CellTable) -> np.ndarray:
    """(n,) int64 by which a result of this kind is kept: features are by outline."""
    return cells.outline_id if kind == "features" else cells.cell_id


def chunks_of(values: np.ndarray) -> tuple[int, int]:
    """Rows and columns of a chunk."""
    columns = max(values.shape[1], 1)
    return max(1, min(len(values), _CHUNK_BYTES // (4 * columns))), columns


def checksum_of(values: np.ndarray) -> int:
    """CRC-32 of little-endian float32 rows."""
    return zlib.crc32(np.ascontiguousarray(values, dtype="<f4").data)


def unique_keys(elements: Sequence[Element | Stored]) -> dict[str, Element | Stored]:
    """Results by their keys in obsm, no two alike."""
    keys: dict[str, Element | Stored] = {}
    for element in elements:
        key = obsm_key(element)
        # A feature matrix may be called "X_umap", as a map's key is.
        keys[key if key not in keys else f"{element.kind}_{key}"] = element
    return keys


def obsm_key(element: Element | Stored) -> str:
    """The key in obsm: scanpy finds maps as `X_<name>`.

    A slash in a name ("hub/model") would make a folder and becomes an underscore.
    """
    name = element.name.replace("/", "_")
    if element.kind == "features":
        return name
    if element.kind == "predictions":
        return f"{name}_probabilities"
    return f"X_{name}"


def _column_names(element: Element) -> np.ndarray:
    if isinstance(element, FeatureMatrix):
        return np.array(element.feature_names, dtype=object)
    if isinstance(element, Predictions):
        return np.array(element.class_names, dtype=object)
    return np.array(["x", "y"], dtype=object)
