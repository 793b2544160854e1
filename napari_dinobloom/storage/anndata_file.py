"""`cells.zarr`: the study as AnnData on Zarr, for scanpy and everybody else."""

import json
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.codec import DAMAGE
from napari_dinobloom.storage.files import link_tree, mend_folder, replace_folder
from napari_dinobloom.storage.table import cells_table
from napari_dinobloom.study import Element, FeatureMatrix, Predictions, Rows, Study

FORMAT_VERSION = 1


class PublishedCells:
    """The AnnData file of one study: obs = cells, obsm = features, maps, probabilities.

    A result may cover a part of the cells; the others' rows are nan, and the column
    `has_<key>` of obs says which rows are real.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, study: Study, elements: list[Element], marker: str = "") -> None:
        """Write anew beside the old file, then take its place.

        Arrays that are the same as before are hard links to the old ones.
        """
        import anndata as ad
        import zarr

        new = self._path.with_name(f"{self._path.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        obs = cells_table(study)
        ids = study.cells.cell_id
        keys = _unique_keys(elements)
        covered = {f"has_{k}": np.isin(ids, e.cell_ids) for k, e in keys.items()}
        obs = pd.concat([obs, pd.DataFrame(covered, index=obs.index)], axis=1)
        obs.index = pd.Index(ids.astype(str), name="cell_id", dtype=object)
        values = {key: element.rows.of(ids)[0] for key, element in keys.items()}
        sums = {key: _checksum(array) for key, array in values.items()}
        unchanged = self._unchanged(ids, sums)
        head = {
            "format_version": FORMAT_VERSION,
            "marker": marker,
            "results": {
                key: {
                    "revision": element.revision,
                    "version": element.version,
                    "kind": element.kind,
                    "recipe": json.loads(element.recipe.to_json()),
                    "crc32": sums[key],
                }
                for key, element in keys.items()
            },
        }
        root = zarr.open_group(str(new), mode="w", zarr_format=2)
        ad.io.write_elem(
            root,
            "/",
            ad.AnnData(
                obs=obs,
                obsm={k: array for k, array in values.items() if k not in unchanged},
                uns={
                    "napari_dinobloom": json.dumps(head),
                    "columns": {k: _column_names(e) for k, e in keys.items()},
                },
            ),
        )
        for key in unchanged:
            link_tree(self._path / "obsm" / key, new / "obsm" / key)
        replace_folder(new, self._path)

    def mend(self) -> None:
        """Finish what a crash interrupted."""
        mend_folder(self._path)

    def revisions(self) -> list[str]:
        """The results inside."""
        return [result["revision"] for result in self._results().values()]

    def marker(self) -> str:
        """What `write` was told."""
        return str(self._head().get("marker", ""))

    def rows_of(self, revision: str) -> Rows | None:
        """The rows of one result, or None where it is not inside.

        Raises
        ------
        BadInputError
            If the result cannot be read, or is not what was written.
        """
        for key, result in self._results().items():
            if result["revision"] == revision:
                try:
                    return self._read(key, result["crc32"])
                except DAMAGE as error:
                    raise BadInputError(
                        f"{self._path} is damaged: {key} cannot be read ({error}).",
                        "Move cells.zarr away; what it held will be computed again. "
                        "Cells and labels are in journal.sqlite.",
                    ) from error
        return None

    def _read(self, key: str, checksum: int) -> Rows:
        import zarr

        root = zarr.open_group(str(self._path), mode="r")
        values = np.asarray(root["obsm"][key][:], dtype=np.float32)
        # Zarr takes a chunk that is gone for one full of zeros.
        if _checksum(values) != checksum:
            raise ValueError("its checksum differs")
        present = np.asarray(root["obs"][f"has_{key}"][:], dtype=bool)
        return Rows(self._cell_ids()[present], values[present])

    def _cell_ids(self) -> np.ndarray:
        import anndata as ad
        import zarr

        root = zarr.open_group(str(self._path), mode="r")
        return np.asarray(ad.io.read_elem(root["obs/cell_id"])).astype(np.int64)

    def _unchanged(self, ids: np.ndarray, sums: Mapping[str, int]) -> list[str]:
        """Keys of arrays that would be written as they are on disk already."""
        results = self._results()
        same = [key for key, crc in sums.items() if crc == _crc_of(results.get(key))]
        try:
            if not same or not np.array_equal(self._cell_ids(), ids):
                return []
        except DAMAGE:
            return []
        return [key for key in same if (self._path / "obsm" / key).is_dir()]

    def _results(self) -> dict[str, dict[str, Any]]:
        results: dict[str, dict[str, Any]] = self._head().get("results", {})
        return results

    def _head(self) -> dict[str, Any]:
        if not self._path.is_dir():
            return {}
        import anndata as ad
        import zarr

        try:
            root = zarr.open_group(str(self._path), mode="r")
            head: dict[str, Any] = json.loads(
                str(ad.io.read_elem(root["uns/napari_dinobloom"]))
            )
        except DAMAGE:
            # Not ours or half gone: everything in it can be computed again.
            return {}
        return head


def _checksum(values: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(values, dtype="<f4").tobytes())


def _crc_of(result: Mapping[str, Any] | None) -> int | None:
    return None if result is None else result["crc32"]


def _unique_keys(elements: list[Element]) -> dict[str, Element]:
    keys: dict[str, Element] = {}
    for element in elements:
        key = obsm_key(element)
        # A feature matrix may be called "X_umap", as a map's key is.
        keys[key if key not in keys else f"{element.kind}_{key}"] = element
    return keys


def obsm_key(element: Element) -> str:
    """The key in obsm: scanpy finds maps as `X_<name>`.

    A slash in a name ("hub/model") would make a folder and becomes an underscore.
    """
    name = element.name.replace("/", "_")
    if isinstance(element, FeatureMatrix):
        return name
    if isinstance(element, Predictions):
        return f"{name}_probabilities"
    return f"X_{name}"


def _column_names(element: Element) -> np.ndarray:
    if isinstance(element, FeatureMatrix):
        return np.array(element.feature_names, dtype=object)
    if isinstance(element, Predictions):
        return np.array(element.class_names, dtype=object)
    return np.array(["x", "y"], dtype=object)
