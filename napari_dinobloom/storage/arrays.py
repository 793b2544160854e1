"""Features, maps and probabilities on disk.

Rows that were just computed are appended as small files, `arrays/<revision>/*.npz`:
safe at once, and cheap. `publish` folds what stands into `cells.zarr`, an AnnData that
other programs open, and takes those files away. Each revision that undo can reach lies
in one of the two, or in both for the moment of a crash in between.
"""

import json
import shutil
from pathlib import Path

from napari_dinobloom.core import BadInputError
from napari_dinobloom.storage.anndata_file import PublishedCells
from napari_dinobloom.storage.codec import rows_from_bytes, rows_to_bytes
from napari_dinobloom.storage.files import replace_file
from napari_dinobloom.study import Element, Rows, Study
from napari_dinobloom.study.features import join


class ArrayStore:
    """The computed results of one study folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "arrays"
        self._published = PublishedCells(folder / "cells.zarr")

    def append(self, revision: str, rows: Rows) -> None:
        """Keep further rows of a revision; they are on the disk when this returns."""
        folder = self._folder / revision
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((int(f.stem) for f in folder.glob("[0-9]*.npz")), default=0)
        replace_file(folder / f"{number:06d}.npz", rows_to_bytes(rows))

    def read(self, revision: str, columns: int) -> Rows:
        """Every row of a revision.

        Raises
        ------
        BadInputError
            If a file is broken.
        """
        blocks = []
        published = self._published.rows_of(revision)
        if published is not None:
            blocks.append(published)
        blocks += [self._read_part(file) for file in self._parts(revision)]
        return join(blocks, columns)

    def publish(
        self, study: Study, elements: list[Element], reachable: set[str], marker: str
    ) -> None:
        """Write `cells.zarr` anew with these results and drop what nobody can reach.

        Parameters
        ----------
        elements
            The results that stand.
        reachable
            Revisions that undo or redo may bring back.
        marker
            See `marker_of`.
        """
        standing = {element.revision: element for element in elements}
        for revision in self._published.revisions():
            if revision in reachable and revision not in standing:
                rows = self._published.rows_of(revision)
                if rows is not None:
                    self.append(revision, rows)
        self._published.write(study, elements, marker)
        for revision, element in standing.items():
            self._keep_only_unpublished(revision, element, study)
        for folder in self._folder.glob("*"):
            if folder.name not in reachable | set(standing):
                shutil.rmtree(folder)

    def is_published(self, marker: str) -> bool:
        """Whether `cells.zarr` shows exactly this already."""
        return self._published.marker() == marker

    def mend(self) -> None:
        """Finish what a crash interrupted."""
        self._published.mend()

    def _keep_only_unpublished(
        self, revision: str, element: Element, study: Study
    ) -> None:
        """Rows of cells that are not there now stay in a part: redo may bring them."""
        parts = self._parts(revision)
        rows = element.rows
        absent = ~study.cells.has(rows.cell_ids)
        if absent.any():
            self.append(revision, Rows(rows.cell_ids[absent], rows.values[absent]))
        for file in parts:
            file.unlink()

    def _parts(self, revision: str) -> list[Path]:
        return sorted((self._folder / revision).glob("[0-9]*.npz"))

    def _read_part(self, file: Path) -> Rows:
        try:
            return rows_from_bytes(file.read_bytes())
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadInputError(
                f"{file} cannot be read: {error}.",
                "Delete this file; the rows in it will be computed again.",
            ) from error


def marker_of(study: Study, last_seq: int) -> str:
    """Differs whenever `cells.zarr` would look different."""
    rows = {
        f"{kind}:{name}": study.element(kind, name).version
        for kind in ("features", "projection", "predictions")
        for name in study.names_of(kind)
    }
    return json.dumps([last_seq, rows], sort_keys=True)
