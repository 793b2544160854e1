"""What of dropped files and folders can become a part of a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_dinobloom.imaging.finding import may_hold_pictures, reason_against

TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".ods"})
TAKEN = (
    "Drop pictures (PNG, JPEG, TIFF, BMP, GIF, WebP), a folder with pictures in it, or "
    "a study (a folder that ends in .study)."
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
    refused
        A sentence for each that is neither.
    remedy
        What can be dropped instead; "" where nothing was refused.
    """

    pictures: tuple[Path, ...]
    refused: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def problem(self) -> str:
        """The refused ones in words, the first few of many."""
        named = " ".join(self.refused[:MOST_NAMED])
        more = len(self.refused) - MOST_NAMED
        return f"{named} And {more:,} more." if more > 0 else named


def sort_dropped(paths: Sequence[Path]) -> Dropped:
    """Sort files by their first bytes and folders by what lies in them."""
    taken = [path for path in paths if not _problem_of(path)]
    refused = tuple(problem for path in paths if (problem := _problem_of(path)))
    is_table = any(p.suffix.lower() in TABLES for p in paths if p not in taken)
    remedy = " ".join((TAKEN, TABLE) if is_table else (TAKEN,)) if refused else ""
    return Dropped(tuple(taken), refused, remedy)


def _problem_of(path: Path) -> str:
    if path.is_dir():
        if may_hold_pictures(path):
            return ""
        return f"There is no picture in the folder {path.name}."
    reason = reason_against(path) if path.exists() else "There is no such file."
    return f"{path.name} cannot be added. {reason}" if reason else ""
