"""`cells.zarr`: the study as AnnData on Zarr, for scanpy and everybody else."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.codec import DAMAGE
from napari_dinobloom.storage.files import link_tree, mend_folder, replace_folder
from napari_dinobloom.storage.parts import (
    Part,
    checksum_of,
    chunks_of,
    ids_for,
    unique_keys,
)
from napari_dinobloom.storage.parts import obsm_key as obsm_key
from napari_dinobloom.storage.table import cells_table
from napari_dinobloom.study import (
    CellTable,
    Element,
    Rows,
    Stored,
    Study,
)

FORMAT_VERSION = 1


class PublishedCells:
    """The AnnData file of one study: obs = cells, obsm = features, maps, probabilities.

    A result may cover a part of the cells; the others' rows are nan, and the column
    `has_<key>` of obs says which rows are real.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[tuple[int, ...], dict[str, Any]] = ((), {})

    def write(
        self, study: Study, elements: Sequence[Element | Stored], marker: str = ""
    ) -> None:
        """Write anew beside the old file, then take its place.

        Results that stand in the old file as they are now become hard links to it; only
        such a one may be given as `Stored`.
        """
        new = self._path.with_name(f"{self._path.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        try:
            self._write(new, study, elements, marker)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)  # on a full disk its space is wanted
            raise
        replace_folder(new, self._path)

    def mend(self) -> None:
        """Finish what a crash interrupted."""
        mend_folder(self._path)

    def versions(self) -> dict[str, str]:
        """Version of each result inside, by revision."""
        return {r["revision"]: r["version"] for r in self._results().values()}

    def marker(self) -> str:
        """What `write` was told."""
        return str(self._head().get("marker", ""))

    def carried(
        self, elements: Sequence[Element | Stored], cells: CellTable
    ) -> set[str]:
        """Revisions of those of the results that `write` would not write again."""
        keys = unique_keys(elements)
        return {keys[key].revision for key in self._carried(keys, cells)}

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
                    return self._read(key, result)
                except DAMAGE as error:
                    raise BadInputError(
                        f"{self._path} is damaged: {key} cannot be read ({error}).",
                        "Move cells.zarr away; what it held will be computed again. "
                        "Cells and labels are in journal.sqlite.",
                    ) from error
        return None

    def _write(
        self, new: Path, study: Study, elements: Sequence[Element | Stored], marker: str
    ) -> None:
        import anndata as ad
        import zarr

        cells = study.cells
        ids = cells.cell_id
        keys = unique_keys(elements)
        carried = self._carried(keys, cells)
        parts = {
            key: carried.get(key) or Part.of(element, cells)
            for key, element in keys.items()
        }
        head = {
            "format_version": FORMAT_VERSION,
            "marker": marker,
            "results": {key: part.head for key, part in parts.items()},
        }
        uns = {
            "napari_dinobloom": json.dumps(head),
            "columns": {key: part.columns for key, part in parts.items()},
            "cell_ids": ids,
        }
        if len(cells.redrawn):
            uns["outline_ids"] = cells.outline_id
        root = zarr.open_group(str(new), mode="w", zarr_format=2)
        ad.io.write_elem(root, "/", ad.AnnData(obs=_obs(study, parts), uns=uns))
        for key, part in parts.items():
            if part.values is None:
                link_tree(self._path / "obsm" / key, new / "obsm" / key)
            else:
                layout = {"chunks": chunks_of(part.values)} if len(ids) else {}
                ad.io.write_elem(root["obsm"], key, part.values, dataset_kwargs=layout)

    def _read(self, key: str, result: Mapping[str, Any]) -> Rows:
        root = self._open()
        values = np.asarray(root["obsm"][key][:], dtype=np.float32)
        # Zarr takes a chunk that is gone for one full of zeros.
        if checksum_of(values) != result["crc32"]:
            raise ValueError("its checksum differs")
        present = np.asarray(root["obs"][f"has_{key}"][:], dtype=bool)
        ids = self._ids(result.get("kind", ""))
        return (
            Rows(ids, values) if present.all() else Rows(ids[present], values[present])
        )

    def _ids(self, kind: str) -> np.ndarray:
        """By which results of this kind are kept; see `parts.ids_for`."""
        root = self._open()
        if kind == "features" and "outline_ids" in root["uns"]:
            return np.asarray(root["uns/outline_ids"][:], dtype=np.int64)
        if "cell_ids" in root["uns"]:
            return np.asarray(root["uns/cell_ids"][:], dtype=np.int64)
        import anndata as ad

        # A file of an earlier release.
        return np.asarray(ad.io.read_elem(root["obs/cell_id"])).astype(np.int64)

    def _carried(
        self, keys: Mapping[str, Element | Stored], cells: CellTable
    ) -> "dict[str, Part]":
        """What stands in the file just as it would be written now."""
        results = self._results()
        same = {
            key: results[key]
            for key, element in keys.items()
            if key in results
            and results[key]["revision"] == element.revision
            and (
                isinstance(element, Stored)
                or results[key]["version"] == element.version
            )
            and (self._path / "obsm" / key).is_dir()
        }
        try:
            lie = {
                kind: np.array_equal(self._ids(kind), ids_for(kind, cells))
                for kind in {keys[key].kind for key in same}
            }
            return {k: self._part(k, h) for k, h in same.items() if lie[keys[k].kind]}
        except DAMAGE:
            return {}

    def _part(self, key: str, head: dict[str, Any]) -> "Part":
        import anndata as ad

        root = self._open()
        present = np.asarray(root["obs"][f"has_{key}"][:], dtype=bool)
        columns = ad.io.read_elem(root["uns/columns"][key])
        return Part(head, np.asarray(columns, dtype=object), present, None)

    def _results(self) -> dict[str, dict[str, Any]]:
        results: dict[str, dict[str, Any]] = self._head().get("results", {})
        return results

    def _head(self) -> dict[str, Any]:
        """What `write` said about the file; read once, as long as it is the same."""
        try:
            found = self._path.stat()
        except OSError:
            return {}
        identity = (found.st_dev, found.st_ino, found.st_mtime_ns)
        if self._known[0] != identity:
            self._known = (identity, self._read_head())
        return self._known[1]

    def _read_head(self) -> dict[str, Any]:
        try:
            head: dict[str, Any] = json.loads(
                str(self._open()["uns/napari_dinobloom"][()])
            )
        except DAMAGE:
            # Not ours or half gone: everything in it can be computed again.
            return {}
        return head

    def _open(self) -> Any:
        import zarr

        return zarr.open_group(str(self._path), mode="r")


def _obs(study: Study, parts: Mapping[str, Part]) -> pd.DataFrame:
    """The cells, and which of them each result covers."""
    obs = cells_table(study)
    covered = {f"has_{key}": part.present for key, part in parts.items()}
    obs = pd.concat([obs, pd.DataFrame(covered, index=obs.index)], axis=1)
    ids = study.cells.cell_id
    # In Python, not in NumPy: other threads get their turn meanwhile.
    names = [str(cell_id) for cell_id in ids.tolist()]
    obs.index = pd.Index(names, name="cell_id", dtype=object)
    return obs
