"""Features, maps and probabilities on disk.

Rows that were just computed are appended as small files, `arrays/<revision>/*.npz`:
safe at once, and cheap. `publish` folds what stands into `cells.zarr`, an AnnData that
other programs open, and takes those files away; what cannot be in there, but may be
wanted by undo or redo, waits in `arrays/<revision>/kept.npz`. A crash in between leaves
a row in two places, never in none.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.anndata_file import PublishedCells
from napari_dinobloom.storage.codec import DAMAGE, rows_from_bytes, rows_to_bytes
from napari_dinobloom.storage.files import remove_unfinished, replace_file
from napari_dinobloom.storage.parts import ids_for
from napari_dinobloom.study import CellTable, Element, Rows, Stored, Study
from napari_dinobloom.study.features import join

_KEPT = "kept.npz"


class ArrayStore:
    """The computed results of one study folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "arrays"
        self._published = PublishedCells(folder / "cells.zarr")
        self._last_number: dict[str, int] = {}
        self._unpublished: set[str] = set()

    def append(self, revision: str, rows: Rows) -> None:
        """Keep further rows of a revision; they are on the disk when this returns."""
        folder = self._folder / revision
        folder.mkdir(parents=True, exist_ok=True)
        if revision not in self._last_number:
            numbers = (int(file.stem) for file in self._parts(revision))
            self._last_number[revision] = max(numbers, default=0)
        number = self._last_number[revision] + 1
        self._unpublished.add(revision)
        replace_file(folder / f"{number:06d}.npz", rows_to_bytes(rows))
        self._last_number[revision] = number

    def read(self, revision: str, columns: int) -> Rows:
        """Every row of a revision.

        Raises
        ------
        BadInputError
            If a file is broken.
        """
        return join(self._blocks(revision), columns)

    def version_of(self, revision: str) -> str:
        """The version of a stored result, "" where only reading it would tell."""
        return (
            ""
            if self._parts(revision)
            else self._published.versions().get(revision, "")
        )

    def as_published(
        self, elements: Sequence[Element | Stored], cells: CellTable
    ) -> set[str]:
        """Revisions that lie in `cells.zarr` as they are now and need not be read."""
        carried = self._published.carried(elements, cells)
        return {revision for revision in carried if not self._parts(revision)}

    def publish(
        self,
        study: Study,
        elements: Sequence[Element | Stored],
        reachable: set[str],
        marker: str,
    ) -> None:
        """Write `cells.zarr` anew with these results and drop what nobody can reach.

        Parameters
        ----------
        elements
            The results that stand; those of `as_published` may be `Stored`.
        reachable
            Revisions that undo or redo may bring back.
        marker
            See `is_published`.
        """
        standing = {element.revision: element for element in elements}
        published = self._published.versions()
        for revision in reachable - set(standing):
            if revision in published or self._parts(revision):
                self._keep(revision, self._blocks(revision))
        self._published.write(study, elements, marker)
        for revision, element in standing.items():
            if isinstance(element, Stored):
                continue
            # Rows of cells or outlines that are not there now: redo may bring them.
            ids = element.rows.cell_ids
            standing_ids = ids_for(element.kind, study.cells)
            is_usual = standing_ids is study.cells.cell_id
            here = study.cells.has(ids) if is_usual else np.isin(ids, standing_ids)
            rows = Rows(ids[~here], element.rows.values[~here])
            self._keep(revision, [rows])
        for folder in self._folder.glob("*"):
            if folder.name not in reachable | set(standing):
                shutil.rmtree(folder)
        self._unpublished.clear()

    def is_published(self, marker: str) -> bool:
        """Whether `cells.zarr` was written with this marker and no row came since."""
        return not self._unpublished and self._published.marker() == marker

    def mend(self) -> None:
        """Finish what a crash interrupted."""
        self._published.mend()
        remove_unfinished(self._folder)
        parts = self._folder.glob("*/[0-9]*.npz")
        self._unpublished = {file.parent.name for file in parts}

    def _keep(self, revision: str, blocks: list[Rows]) -> None:
        """Let these rows be all that lies outside of `cells.zarr`."""
        parts, kept = self._parts(revision), self._folder / revision / _KEPT
        rows = join(blocks, blocks[0].values.shape[1]) if blocks else None
        if rows is not None and len(rows):
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace_file(kept, rows_to_bytes(rows))
        else:
            kept.unlink(missing_ok=True)
        for file in parts:
            file.unlink()
        self._last_number.pop(revision, None)

    def _blocks(self, revision: str) -> list[Rows]:
        published = self._published.rows_of(revision)
        kept = self._folder / revision / _KEPT
        files = [*([kept] if kept.exists() else []), *self._parts(revision)]
        blocks = [self._read_part(file) for file in files]
        return blocks if published is None else [published, *blocks]

    def _parts(self, revision: str) -> list[Path]:
        return sorted((self._folder / revision).glob("[0-9]*.npz"))

    def _read_part(self, file: Path) -> Rows:
        try:
            return rows_from_bytes(file.read_bytes())
        except DAMAGE as error:
            raise BadInputError(
                f"{file} cannot be read: {error}.",
                "Delete this file; the rows in it will be computed again.",
            ) from error
