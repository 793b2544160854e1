"""Pictures into the study: found, described, referenced, never copied."""

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self
from uuid import uuid4

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.study import (
    CELL_KINDS,
    Acquisition,
    CellTable,
    ChangeSlides,
    Finding,
    LabelRecord,
    Picture,
    Recipe,
    ReplaceCells,
    SetLabels,
    SetTaxonomy,
    Slide,
    Study,
    now,
)
from napari_dinobloom.study.slide import PictureKind
from napari_dinobloom.workflows.metadata import MetadataRow, match_rows, read_metadata

_TRUE = {"1", "true", "yes", "y"}


@dataclass(frozen=True, slots=True)
class Added:
    """What was found on disk, before it has ids."""

    pictures: tuple[Picture, ...] = ()
    slides: Mapping[str, Slide] = field(default_factory=dict)
    labels: Mapping[Path, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    mismatches: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AddPictures:
    """Find pictures in files and folders and add them; known ones are described anew.

    A slide is what the metadata table says; without one, the pictures of a folder are
    one slide. With ``labels_from_folders`` each folder's name is the label of its
    single-cell pictures, and the folder above is the slide.
    """

    paths: tuple[Path, ...]
    kind: PictureKind
    metadata: Path | None
    labels_from_folders: bool
    known: Mapping[Path, Picture]
    known_slides: Mapping[str, Slide]
    group: str
    title = "Adding pictures"

    @classmethod
    def from_study(
        cls,
        study: Study,
        paths: Sequence[Path],
        *,
        kind: PictureKind = "field",
        metadata: Path | None = None,
        labels_from_folders: bool = False,
    ) -> Self:
        """Gather what is known already.

        Raises
        ------
        BadInputError
            If folder names are to be labels of fields with many cells.
        """
        study.require_writable()
        if labels_from_folders and kind != "cell":
            raise BadInputError(
                "A folder's name can label single-cell pictures only; these are fields "
                "with many cells.",
                "Say that each picture shows one cell (--cells).",
            )
        return cls(
            paths=tuple(Path(p).absolute() for p in paths),
            kind=kind,
            metadata=metadata,
            labels_from_folders=labels_from_folders,
            known={p.path: p for p in study.pictures.values()},
            known_slides=dict(study.slides),
            group=f"add-{uuid4().hex[:8]}",
        )

    def compute(self) -> Generator[Progress, None, Added]:
        """Read headers and hash files; yield after each."""
        from napari_dinobloom.imaging import find_pictures, read_header

        rows = read_metadata(self.metadata) if self.metadata else []
        yield Progress(0, 0, "Looking for pictures")
        found, unreadable = find_pictures(self.paths)
        failures = {str(f.path): f.reason for f in unreadable}
        described, mismatches = match_rows(rows, found) if rows else ({}, {})
        names = self._slide_names(found, described)
        pictures, labels = [], {}
        for done, path in enumerate(found):
            yield Progress(done, len(found), path.name)
            if path in self.known and path not in described:
                continue
            row = described.get(path)
            try:
                header = read_header(path)
                size = row.number("pixel_size_um") if row else None
                digest = _sha256(path)
            except (BadInputError, OSError) as error:
                failures[str(path)] = str(error)
                continue
            known = self.known.get(path)
            pictures.append(
                Picture(
                    picture_id=known.picture_id if known else 0,
                    slide=names[path],
                    path=path,
                    width=header.width,
                    height=header.height,
                    kind=known.kind if known else self.kind,
                    pixel_size_um=size or header.pixel_size_um,
                    file_bytes=path.stat().st_size,
                    sha256=digest,
                    synthetic=_is_synthetic(path, row)
                    or bool(known and known.synthetic),
                    columns=row.columns if row else {},
                )
            )
            if self.labels_from_folders:
                labels[path] = path.parent.name
        slides, conflicts = self._slides(pictures, described)
        if not found and not failures:
            folders = ", ".join(map(str, self.paths)) or "nothing"
            raise BadInputError(
                f"There is no picture in {folders}.",
                "PNG, JPEG, TIFF and OME-TIFF are read, also in folders below.",
            )
        return Added(tuple(pictures), slides, labels, failures, mismatches | conflicts)

    def commit(self, study: Study, result: Added) -> None:
        """Add as one step of undo."""
        study.note_failures(
            "read", result.failures, [str(p.path) for p in result.pictures]
        )
        if self.metadata:
            earlier = [s for step, s in study.failures if step == "metadata"]
            study.note_failures("metadata", result.mismatches, earlier)
        new = [p for p in result.pictures if not p.picture_id]
        first = study.reserve_picture_ids(len(new)) if new else 0
        numbered = [replace(p, picture_id=first + i) for i, p in enumerate(new)]
        again = [p for p in result.pictures if p.picture_id]
        changed = {p.picture_id: p for p in (*numbered, *again)}
        if not changed:
            return
        slides = {**_emptied(study, changed), **result.slides}
        study.apply(ChangeSlides(slides, changed), self.group)
        singles = [p for p in numbered if p.kind == "cell"]
        if singles:
            self._add_single_cells(study, singles, result.labels)

    def _add_single_cells(
        self, study: Study, pictures: list[Picture], labels: Mapping[Path, str]
    ) -> None:
        first = study.reserve_cell_ids(len(pictures))
        recipe = Recipe("single-cell picture")
        findings = {
            p.picture_id: Finding(_whole_picture(p, first + i), recipe)
            for i, p in enumerate(pictures)
        }
        study.apply(ReplaceCells(findings), self.group)
        if not labels:
            return
        taxonomy = study.taxonomy.extended(sorted(set(labels.values())))
        if taxonomy != study.taxonomy:
            study.apply(SetTaxonomy(taxonomy), self.group)
        at = now()
        records = tuple(
            LabelRecord(first + i, labels[p.path], study.author, at, "folder name")
            for i, p in enumerate(pictures)
        )
        study.apply(SetLabels(records), self.group)

    def _slide_names(
        self, found: Sequence[Path], described: Mapping[Path, MetadataRow]
    ) -> dict[Path, str]:
        """The table's slide; else what the study says; else the folder's name."""
        up = 1 if self.labels_from_folders else 0
        folders = {path: path.parents[up] for path in found}
        by_name: dict[str, set[Path]] = {}
        for folder in folders.values():
            by_name.setdefault(folder.name, set()).add(folder)
        names = {}
        for path, folder in folders.items():
            row, known = described.get(path), self.known.get(path)
            plain = folder.name or "slide"
            if len(by_name[folder.name]) > 1:
                plain = f"{folder.parent.name}/{folder.name}"
            named = row.values.get("slide", "") if row else ""
            names[path] = named or (known.slide if known else plain)
        return names

    def _slides(
        self, pictures: Sequence[Picture], described: Mapping[Path, MetadataRow]
    ) -> tuple[dict[str, Slide], dict[str, str]]:
        """Slides that are new or described, and where rows contradict each other."""
        slides: dict[str, Slide] = {}
        conflicts: dict[str, str] = {}
        for picture in pictures:
            row = described.get(picture.path)
            before = self.known_slides.get(picture.slide, Slide(picture.slide))
            slide = _described(before, row, picture.synthetic)
            earlier = slides.setdefault(picture.slide, slide)
            if row is not None and earlier != slide:
                conflicts[picture.slide] = (
                    "The table describes this slide in different ways (patient, site, "
                    "scanner, stain or diagnosis); the first row was kept."
                )
        return slides, conflicts


def _emptied(study: Study, changed: Mapping[int, Picture]) -> dict[str, None]:
    """Slides whose last picture goes to another one."""
    left = {p.slide for i, p in study.pictures.items() if i not in changed}
    before = {study.pictures[i].slide for i in changed if i in study.pictures}
    now_used = left | {picture.slide for picture in changed.values()}
    return dict.fromkeys(before - now_used)


def _described(slide: Slide, row: MetadataRow | None, synthetic: bool) -> Slide:
    if row is None:
        return slide
    values = {n: row.values.get(n, "") for n in ("patient", "site", "scanner", "stain")}
    known = {name: value for name, value in values.items() if value}
    return replace(
        slide,
        acquisition=replace(slide.acquisition or Acquisition(), **known),
        diagnosis=row.values.get("diagnosis", "") or slide.diagnosis,
        synthetic=slide.synthetic or synthetic,
    )


def _is_synthetic(path: Path, row: MetadataRow | None) -> bool:
    """Whether the table or the generator's mark in the file's first bytes says so."""
    from napari_dinobloom.imaging.synthetic import MARK

    with path.open("rb") as stream:
        marked = MARK.encode() in stream.read(65_536)
    told = row is not None and row.values.get("synthetic", "").casefold() in _TRUE
    return marked or told


def _whole_picture(picture: Picture, cell_id: int) -> CellTable:
    one = {
        "cell_id": cell_id,
        "picture_id": picture.picture_id,
        "mask_label": 0,
        "kind": CELL_KINDS.index("cell"),
        "x": picture.width / 2,
        "y": picture.height / 2,
        "left": 0,
        "top": 0,
        "width": picture.width,
        "height": picture.height,
        "area_px": np.nan,
        "nucleus_area_px": np.nan,
        "score": 1.0,
        "cut_by_border": False,
    }
    return CellTable(**{name: np.array([value]) for name, value in one.items()})


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
