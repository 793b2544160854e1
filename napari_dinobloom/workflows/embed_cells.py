"""Features for every cell that has none yet."""

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError, Partial, Progress
from napari_dinobloom.encoding import CellImages, Encoder, encoders
from napari_dinobloom.study import (
    CellTable,
    FeatureMatrix,
    Recipe,
    Rows,
    Study,
    set_element,
)
from napari_dinobloom.workflows.cell_windows import (
    PictureCells,
    cut_cells,
    pixel_size_of,
)

_SECONDS_PER_BATCH = 2.0
_FIRST_BATCH = 16
_LARGEST_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Embedded:
    """Features of some cells, and the pictures that could not be read."""

    matrix: FeatureMatrix
    rows: Rows | None
    failures: Mapping[str, str] = field(default_factory=dict)
    succeeded: tuple[str, ...] = ()


@dataclass(frozen=True)
class EmbedCells:
    """Cut, encode and commit batch after batch; a second run goes on where one stopped.

    Rows that were computed under the same recipe (encoder, parameters, weights) are
    kept; under another one the matrix starts anew, and undo brings the old one back.
    """

    pictures: tuple[PictureCells, ...]
    encoder: str
    parameters: Mapping[str, Any]
    standing: FeatureMatrix | None
    again: bool
    group: str
    only_more: bool = False
    title = "Computing features"

    @classmethod
    def from_study(
        cls,
        study: Study,
        encoder: str = "morphology",
        *,
        parameters: Mapping[str, Any] | None = None,
        kinds: tuple[str, ...] | None = None,
        again: bool = False,
        only: np.ndarray | None = None,
    ) -> Self:
        """Gather the cells of these kinds, all by default.

        Parameters
        ----------
        only
            (n,) ids of cells: these are added to the standing features, and nothing is
            computed where those were made in another way.
        """
        study.require_writable()
        encoders.require(encoder)
        cells = study.cells.of_kinds(kinds) if kinds else study.cells
        if only is not None:
            cells = cells.take(np.sort(cells.rows_here(np.unique(only))))
        standing = None
        if encoder in study.names_of("features"):
            standing = study.features_of_outlines(encoder)
        return cls(
            tuple(_by_picture(study, cells)),
            encoder,
            dict(parameters or {}),
            standing,
            again,
            f"embed-{uuid4().hex[:8]}",
            only_more=only is not None,
        )

    @property
    def may_have_work(self) -> bool:
        """Whether a cell lacks features, or parameters differ from the standing ones.

        Only building the encoder would tell whether its weights are others; that is
        left to `compute`, which skips what is there.
        """
        if self.standing is None or self.again:
            return True
        if "weights" in self.parameters:
            return True
        if dict(self.standing.recipe.parameters) != self._what_counts():
            return True
        return bool(self._missing(self.standing))

    def compute(self) -> Generator[Progress | Partial[Embedded], None, None]:
        """Yield each batch of features."""
        total = sum(len(p.cells) for p in self.pictures)
        yield Progress(0, total, f"Loading {self.encoder}")
        built = encoders.create(self.encoder, **self.parameters)
        matrix = self._matrix(built)
        if self.only_more and matrix is not self.standing:
            raise BadInputError(
                f"The {self.encoder} features of this study were computed in another "
                "way than can be done here now (other weights?), so the corrected "
                "cells were not described.",
                "Describe all cells anew: Find and describe cells, on the page Study.",
            )
        missing = self._missing(matrix)
        done = total - sum(len(p.cells) for p in missing)
        size, pending = _FIRST_BATCH, _Pending()
        for picture in missing:
            yield Progress(done, total, picture.path.name)
            try:
                for ids, images in cut_cells(picture, built.info):
                    pending.add(ids, images)
                    while len(pending) >= size:
                        began = time.perf_counter()
                        rows = pending.encode(built, size)
                        yield Partial(Embedded(matrix, rows))
                        done += len(rows)
                        yield Progress(done, total, picture.path.name)
                        size = _next_size(size, time.perf_counter() - began)
                pending.pictures.append(str(picture.path))
            except BadInputError as error:
                failed = {str(picture.path): str(error)}
                yield Partial(Embedded(matrix, None, failed))
        while len(pending):
            rows = pending.encode(built, size)
            yield Partial(Embedded(matrix, rows))
            done += len(rows)
            yield Progress(done, total)
        yield Partial(Embedded(matrix, None, {}, tuple(pending.pictures)))

    def commit(self, study: Study, result: Embedded) -> None:
        """Add the batch to the standing matrix; the first one of a recipe starts it."""
        matrix, rows = result.matrix, result.rows
        if rows is not None:
            standing = study.names_of("features")
            if (
                matrix.name not in standing
                or study.results["features", matrix.name].revision != matrix.revision
            ):
                study.apply(set_element(matrix), self.group)
            study.add_feature_rows(matrix.name, rows)
        study.note_failures("embed", result.failures, result.succeeded)

    def _matrix(self, built: Encoder) -> FeatureMatrix:
        """The standing matrix if it was made in the same way, else a new empty one."""
        recipe = Recipe(
            self.encoder, self._what_counts(), fingerprint=built.fingerprint()
        )
        standing = self.standing
        if standing and not self.again and standing.recipe.same_work_as(recipe):
            return standing
        return FeatureMatrix(
            self.encoder, built.feature_names, recipe, built.info.scaling
        )

    def _what_counts(self) -> dict[str, Any]:
        """Parameters that change features; where and how fast is not among them.

        Nor is the weights' path: the fingerprint says which weights they are.
        """
        apart = ("device", "batch_size", "weights")
        return {n: v for n, v in self.parameters.items() if n not in apart}

    def _missing(self, matrix: FeatureMatrix) -> list[PictureCells]:
        """Pictures with those of their cells whose outline has no row yet."""
        known = np.sort(matrix.cell_ids)
        left = (
            replace(p, cells=p.cells.take(~_among(known, p.cells.outline_id)))
            for p in self.pictures
        )
        return [picture for picture in left if len(picture.cells)]


class _Pending:
    """Windows that wait until there are enough of them for a batch."""

    def __init__(self) -> None:
        self._ids: list[np.ndarray] = []
        self._images: list[CellImages] = []
        self.pictures: list[str] = []

    def __len__(self) -> int:
        return sum(map(len, self._ids))

    def add(self, ids: np.ndarray, images: CellImages) -> None:
        """Have outlines wait."""
        self._ids.append(ids)
        self._images.append(images)

    def encode(self, encoder: Encoder, size: int) -> Rows:
        """Encode the oldest ``size`` windows and let go of them."""
        ids, images = np.concatenate(self._ids), _joined(self._images)
        self._ids = [ids[size:]] if len(ids) > size else []
        self._images = [images.subset(slice(size, None))] if self._ids else []
        values = encoder.encode(images.subset(slice(0, size)))
        return Rows(ids[:size], values)


def _joined(images: list[CellImages]) -> CellImages:
    """One stack; a mask that some do not have is empty there (not known)."""
    windows = np.concatenate([i.windows for i in images])
    unknown = np.zeros((1, 1, 1), bool)

    def stack(masks: list[np.ndarray | None]) -> np.ndarray | None:
        if all(mask is None for mask in masks):
            return None
        filled = [
            np.broadcast_to(unknown, i.windows.shape[:3]) if mask is None else mask
            for i, mask in zip(images, masks, strict=True)
        ]
        return np.concatenate(filled)

    sizes = [
        np.full(len(i), np.nan, np.float32)
        if i.pixel_size_um is None
        else i.pixel_size_um
        for i in images
    ]
    return CellImages(
        windows,
        stack([i.masks for i in images]),
        stack([i.nuclei for i in images]),
        np.concatenate(sizes),
    )


def _among(known: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """(n,) bool, which ids occur in a sorted array."""
    at = np.searchsorted(known, ids)
    found = at < len(known)
    found[found] = known[at[found]] == ids[found]
    return found


def _next_size(size: int, seconds: float) -> int:
    """Batches as long as a person waits for a cancel, not longer."""
    aim = size * _SECONDS_PER_BATCH / max(seconds, 1e-3)
    return int(np.clip(aim, max(size // 2, 8), min(size * 2, _LARGEST_BATCH)))


def _by_picture(study: Study, cells: CellTable) -> Iterator[PictureCells]:
    """The cells picture by picture, each with its scale."""
    diameters = _red_cells_of_slides(study)
    order = np.argsort(cells.picture_id, kind="stable")
    ids, starts = np.unique(cells.picture_id[order], return_index=True)
    for picture_id, rows in zip(ids.tolist(), np.split(order, starts[1:]), strict=True):
        picture, finding = study.pictures[picture_id], study.findings[picture_id]
        diameter = finding.red_cell_diameter_px
        if not np.isfinite(diameter):
            diameter = diameters.get(picture.slide, np.nan)
        yield PictureCells(
            picture.path,
            cells.take(np.sort(rows)),
            pixel_size_of(picture.pixel_size_um, diameter),
            study.mask_loader(picture_id),
            finding.cells,
        )


def _red_cells_of_slides(study: Study) -> dict[str, float]:
    """Median red-cell diameter in pixels by slide, for pictures that show none."""
    seen: dict[str, list[float]] = {}
    for picture_id, finding in study.findings.items():
        if picture_id in study.pictures and np.isfinite(finding.red_cell_diameter_px):
            slide = study.pictures[picture_id].slide
            seen.setdefault(slide, []).append(finding.red_cell_diameter_px)
    return {slide: float(np.median(values)) for slide, values in seen.items()}
