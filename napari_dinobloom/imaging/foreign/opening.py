"""What a file of masks is, by its contents, and which files of a folder are some."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.finding import natural_key
from napari_dinobloom.imaging.foreign.cells import PictureMasks
from napari_dinobloom.imaging.foreign.coco import coco_of
from napari_dinobloom.imaging.foreign.geojson import geojson_of
from napari_dinobloom.imaging.foreign.json_file import read_json
from napari_dinobloom.imaging.foreign.label_image import NUCLEUS_ENDINGS, LabelImage
from napari_dinobloom.imaging.foreign.ome_zarr import is_zarr, open_ome_zarr
from napari_dinobloom.imaging.label_images import is_label_image

OUTLINES = frozenset({".geojson", ".json"})
IMAGES = frozenset({".tif", ".tiff", ".png"})
MASK_ENDINGS = (
    "_cp_masks", "_masks", "_mask", "_labels", "_label", "_cells", "_seg",
    "_segmentation", "_instances", "-labels", "-mask", "-labelled",
)  # fmt: skip
"""What programs append to a picture's name to call its label image."""
_MOST_FILES = 100_000


def looks_like_masks(path: Path) -> bool:
    """Whether a file or folder can be nothing but masks, by its name and first bytes.

    A label image that is called like any picture is not known until it is opened.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return is_zarr(path)
    if suffix in OUTLINES:
        return path.is_file()
    named = path.stem.casefold().endswith(MASK_ENDINGS)
    return suffix in IMAGES and (is_label_image(path) or named)


def find_mask_files(paths: Sequence[Path]) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Files of masks, each with its path below the folder that was named.

    Nuclei of a label image and the predictions of our COCO export are no files of
    their own. The second list says what is not there.

    Raises
    ------
    BadInputError
        If a folder holds more files than anybody can mean.
    """
    found: dict[Path, Path] = {}
    missing = []
    for given in map(Path, paths):
        if not given.exists():
            missing.append(f"There is no file or folder {given}.")
        elif given.is_file() or is_zarr(given):
            found.setdefault(given, Path(given.name))
        else:
            for path in _inside(given):
                found.setdefault(path, path.relative_to(given))
    return list(found.items()), missing


def open_masks(path: Path) -> list[PictureMasks]:
    """The masks of a file, one entry per picture; label images are not decoded yet.

    Raises
    ------
    BadInputError
        If the file holds no masks that are known here.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return list(open_ome_zarr(path))
    if suffix in OUTLINES:
        document = read_json(path)
        if isinstance(document, Mapping) and "images" in document:
            return list(coco_of(path, document))
        return [geojson_of(path, document)]
    if suffix in IMAGES:
        return [LabelImage(path, "")]
    raise BadInputError(
        f"{path.name} holds no masks that can be read.",
        "Label images (TIFF, PNG), GeoJSON of QuPath, COCO (JSON) and OME-Zarr "
        "folders are. Unpack a .zip first.",
    )


def file_digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; of a folder, of its files and their names."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256()
    for inner in sorted(p for p in path.rglob("*") if p.is_file()):
        with inner.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{digest}  {inner.relative_to(path).as_posix()}\n".encode())
    return whole.hexdigest()


def bare_stem(name: str) -> str:
    """A file's name without suffixes and what programs append to call it a mask."""
    stem = name
    for suffix in (".geojson", ".json", ".ome.zarr", ".zarr", ".ome.tif", ".ome.tiff"):
        stem = stem[: -len(suffix)] if stem.casefold().endswith(suffix) else stem
    if stem == name and "." in name:
        stem = name.rsplit(".", 1)[0]
    return stem


def shortened(stem: str) -> str:
    """A stem without what programs append to call it a mask."""
    folded = stem.casefold()
    for ending in MASK_ENDINGS:
        if folded.endswith(ending) and len(stem) > len(ending):
            return stem[: -len(ending)]
    return stem


def _inside(folder: Path) -> list[Path]:
    """Files of masks below a folder, in natural order; links are not followed."""
    found = []
    looked_at = 0
    for here, folders, files in os.walk(folder):
        looked_at += len(files)
        if looked_at > _MOST_FILES:
            raise BadInputError(
                f"{folder} holds more than {_MOST_FILES:,} files.",
                "Name the folder that holds the masks alone.",
            )
        stores = [name for name in folders if is_zarr(Path(here, name))]
        found += [Path(here, name) for name in stores]
        folders[:] = [
            name
            for name in folders
            if name not in stores
            and not name.startswith(".")
            and not name.endswith(".study")
        ]
        found += [Path(here, name) for name in files if _is_mask_name(name)]
    return sorted(found, key=natural_key)


def _is_mask_name(name: str) -> bool:
    path = Path(name)
    suffix = path.suffix.lower()
    if name.startswith(".") or suffix not in OUTLINES | IMAGES:
        return False
    if suffix in OUTLINES:
        return not name.casefold().endswith(".predictions.json")
    return not path.stem.casefold().endswith(NUCLEUS_ENDINGS)
