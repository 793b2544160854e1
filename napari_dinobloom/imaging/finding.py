"""The pictures among files and folders that somebody dropped on the window."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_dinobloom.imaging.label_images import is_label_image
from napari_dinobloom.imaging.openslide_file import SCANNERS
from napari_dinobloom.imaging.reading import is_picture

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".btf"}
    | {".svs", *SCANNERS}
)
"""Names that promise a picture, in lower case."""

MOST_LOOKED_AT = 20_000
_MOST_READ = 1_000_000
NO_PICTURES = ".nopictures"
"""A folder with a file of this name holds no pictures to look at (masks, truth)."""


_ZARR = (
    "Pictures in OME-Zarr are not read yet: export it as OME-TIFF. Label images in it "
    "can be taken as masks."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A path that gave no picture, and why, as a sentence for a person."""

    path: Path
    reason: str


def find_pictures(paths: Sequence[Path]) -> tuple[list[Path], list[Failure]]:
    """Picture files in files and folders, each once, and what could not be taken.

    Folders are searched through and through, in natural order (field-2 before
    field-10). Hidden files and folders, ``*.study`` folders and folders marked with
    ``.nopictures`` are skipped; so is, quietly, every label image that this program
    wrote and every file whose name does not promise a picture, unless it was named
    itself. Only the first bytes of a file are read, so
    that a picture found here may still turn out to be damaged.
    """
    pictures: list[Path] = []
    failures: list[Failure] = []
    seen: set[Path] = set()
    for given in map(Path, paths):
        if not given.exists():
            failures.append(Failure(given, "There is no such file or folder."))
            continue
        if is_zarr_picture(given):
            failures.append(Failure(given, _ZARR))
            continue
        candidates = _inside(given, failures) if given.is_dir() else iter([given])
        for path in candidates:
            real = path.resolve()
            if real in seen:
                continue
            seen.add(real)
            reason = reason_against(path)
            if reason:
                failures.append(Failure(path, reason))
            else:
                pictures.append(path)
    return pictures, failures


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that reads numbers as numbers, and never compares them with letters."""
    parts = re.split(r"(\d+)", str(path).casefold())
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts]


def is_zarr_picture(folder: Path) -> bool:
    """Whether a folder is a picture in OME-Zarr 0.4 or 0.5, by its own file."""
    for name in (".zattrs", "zarr.json"):
        try:
            with (folder / name).open("rb") as file:
                if b'"multiscales"' in file.read(_MOST_READ):
                    return True
        except OSError:
            continue
    return False


def _inside(folder: Path, failures: list[Failure]) -> Iterator[Path]:
    """Files below a folder whose names promise a picture; links are followed once."""
    visited: set[Path] = set()

    def blocked(error: OSError) -> None:
        failures.append(
            Failure(Path(error.filename or folder), "You may not read this folder.")
        )

    found: list[Path] = []
    for here, folders, files in os.walk(folder, followlinks=True, onerror=blocked):
        real = Path(here).resolve()
        if real in visited or NO_PICTURES in files:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [f for f in folders if not f.startswith(".")]
        folders[:] = [f for f in folders if not f.endswith(".study")]
        for name in [f for f in folders if is_zarr_picture(Path(here, f))]:
            failures.append(Failure(Path(here, name), _ZARR))
            folders.remove(name)
        found += [
            Path(here, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
    pictures = (path for path in found if not is_label_image(path))
    yield from sorted(pictures, key=natural_key)


def may_hold_pictures(folder: Path) -> bool:
    """Whether a file whose name promises a picture lies in a folder or below it.

    Looks no further than the first one, nor at more than `MOST_LOOKED_AT` files: a
    whole disk is not searched before somebody said that it shall be.
    """
    looked_at = 0
    for here, folders, files in os.walk(folder):
        if NO_PICTURES in files:
            folders.clear()
            continue
        folders[:] = [
            f for f in folders if not f.startswith(".") and not f.endswith(".study")
        ]
        for name in files:
            path = Path(here, name)
            promises = not name.startswith(".") and path.suffix.lower() in SUFFIXES
            if promises and not reason_against(path):
                return True
        looked_at += len(files)
        if looked_at > MOST_LOOKED_AT:
            return True
    return False


def reason_against(path: Path) -> str:
    """Why a file cannot be taken as a picture, or ""; only its first bytes are read."""
    try:
        if path.stat().st_size == 0:
            return "The file is empty (0 bytes)."
        if is_label_image(path):
            return "The file is a label image of cells, not a picture of them."
        return (
            "" if is_picture(path) else "The file is not a picture, by its first bytes."
        )
    except OSError as error:
        return f"The file cannot be opened ({error.strerror})."
