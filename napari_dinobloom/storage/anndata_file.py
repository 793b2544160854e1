"""`cells.zarr`: the study as AnnData on Zarr, for scanpy and everybody else."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_dinobloom.core import BadInputError
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
        keys = {obsm_key(element): element for element in elements}
        for key, element in keys.items():
            obs[f"has_{key}"] = np.isin(ids, element.cell_ids)
        obs.index = pd.Index(ids.astype(str), name="cell_id", dtype=object)
        unchanged = self._unchanged(ids, keys)
        head = {
            "format_version": FORMAT_VERSION,
            "marker": marker,
            "results": {
                key: {
                    "revision": element.revision,
                    "version": element.version,
                    "kind": element.kind,
                    "recipe": json.loads(element.recipe.to_json()),
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
                obsm={
                    key: element.rows.of(ids)[0]
                    for key, element in keys.items()
                    if key not in unchanged
                },
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
        """The rows of one result, or None where it is not inside."""
        import anndata as ad
        import zarr

        for key, result in self._results().items():
            if result["revision"] == revision:
                try:
                    root = zarr.open_group(str(self._path), mode="r")
                    obs = ad.io.read_elem(root["obs"])
                    values = np.asarray(root["obsm"][key][:], dtype=np.float32)
                except (OSError, ValueError, KeyError) as error:
                    raise BadInputError(
                        f"{self._path} is damaged: {key} cannot be read ({error}).",
                        "Move cells.zarr away; what it held will be computed again. "
                        "Cells and labels are in journal.sqlite.",
                    ) from error
                present = obs[f"has_{key}"].to_numpy(dtype=bool)
                ids = obs.index.to_numpy().astype(np.int64)
                return Rows(ids[present], values[present])
        return None

    def _unchanged(self, ids: np.ndarray, keys: Mapping[str, Element]) -> list[str]:
        import anndata as ad
        import zarr

        results = self._results()
        same = [
            key
            for key, element in keys.items()
            if key in results and results[key]["version"] == element.version
        ]
        if not same:
            return []
        root = zarr.open_group(str(self._path), mode="r")
        old_ids = ad.io.read_elem(root["obs"]).index.to_numpy().astype(np.int64)
        return same if np.array_equal(old_ids, ids) else []

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
        except (OSError, ValueError, KeyError):
            # Not ours or half gone: everything in it can be computed again.
            return {}
        return head


def obsm_key(element: Element) -> str:
    """The key in obsm: scanpy finds maps as `X_<name>`."""
    if isinstance(element, FeatureMatrix):
        return element.name
    if isinstance(element, Predictions):
        return f"{element.name}_probabilities"
    return f"X_{element.name}"


def _column_names(element: Element) -> np.ndarray:
    if isinstance(element, FeatureMatrix):
        return np.array(element.feature_names, dtype=object)
    if isinstance(element, Predictions):
        return np.array(element.class_names, dtype=object)
    return np.array(["x", "y"], dtype=object)
