"""What of dropped files and folders can become a part of a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.finding import may_hold_pictures, reason_against
from napari_dinobloom.imaging.foreign import find_mask_files, looks_like_masks

TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".ods"})
TAKEN = (
    "Drop pictures (PNG, JPEG, TIFF, BMP, GIF, WebP), a folder with pictures in it, "
    "masks of cells (GeoJSON, COCO, label images, OME-Zarr), or a study (a folder that "
    "ends in .study)."
)
TABLE = (
    "A table that describes slides is chosen with “Metadata table…” while pictures are "
    "added."
)
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Dropped:
    """Files and folders, sorted.

    Parameters
    ----------
    pictures
        Picture files, and folders that hold some.
    masks
        Files, and OME-Zarr folders, of cells that another program found.
    refused
        A sentence for each that is none of these.
    remedy
        What can be dropped instead; "" where nothing was refused.
    """

    pictures: tuple[Path, ...]
    refused: tuple[str, ...] = ()
    remedy: str = ""
    masks: tuple[Path, ...] = ()

    @property
    def problem(self) -> str:
        """The refused ones in words, the first few of many."""
        named = " ".join(self.refused[:MOST_NAMED])
        more = len(self.refused) - MOST_NAMED
        return f"{named} And {more:,} more." if more > 0 else named


def sort_dropped(paths: Sequence[Path]) -> Dropped:
    """Sort files by their first bytes and folders by what lies in them."""
    masks = tuple(path for path in paths if _is_masks(path))
    others = [path for path in paths if path not in masks]
    taken = [path for path in others if not _problem_of(path)]
    refused = tuple(problem for path in others if (problem := _problem_of(path)))
    is_table = any(p.suffix.lower() in TABLES for p in others if p not in taken)
    remedy = " ".join((TAKEN, TABLE) if is_table else (TAKEN,)) if refused else ""
    return Dropped(tuple(taken), refused, remedy, masks)


def _is_masks(path: Path) -> bool:
    """Whether a file can be nothing but masks, or a folder holds masks alone."""
    if not path.is_dir() or looks_like_masks(path):
        return looks_like_masks(path)
    if may_hold_pictures(path):
        return False
    try:
        return any(looks_like_masks(file) for file, _ in find_mask_files([path])[0])
    except BadInputError:  # so many files that nobody looks through them
        return False


def _problem_of(path: Path) -> str:
    if path.is_dir():
        if may_hold_pictures(path):
            return ""
        return f"There is no picture in the folder {path.name}."
    reason = reason_against(path) if path.exists() else "There is no such file."
    return f"{path.name} cannot be added. {reason}" if reason else ""
