"""A laboratory's table of its pictures: slide, patient, site, scanner, stain."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from napari_dinobloom.core import BadInputError, MissingDependencyError

if TYPE_CHECKING:
    import pandas as pd

KNOWN_COLUMNS = (
    *("image", "slide", "patient", "site", "scanner", "stain", "pixel_size_um"),
    *("diagnosis", "synthetic"),
)
_ALIASES = {
    **dict.fromkeys(("file", "filename", "file_name", "path", "picture"), "image"),
    **dict.fromkeys(("patient_id", "case"), "patient"),
    **dict.fromkeys(("centre", "center", "laboratory", "lab"), "site"),
    **dict.fromkeys(("slide_id", "smear"), "slide"),
    **dict.fromkeys(("pixel_size", "mpp", "um_per_px"), "pixel_size_um"),
    **dict.fromkeys(("staining",), "stain"),
}
_MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class MetadataRow:
    """What the table says about one picture; "" where a cell is empty."""

    image: str
    values: Mapping[str, str]
    columns: Mapping[str, str] = field(default_factory=dict)
    """Columns beyond the known ones, kept as they are."""

    def number(self, name: str) -> float | None:
        """A known column as a positive number, or None where it is empty.

        Raises
        ------
        BadInputError
            If it is no such number.
        """
        text = self.values.get(name, "").strip().replace(",", ".")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 < number < float("inf"):
            raise BadInputError(f"{name} is {text!r}, not a number above 0.")
        return number


def read_table(path: Path) -> "pd.DataFrame":
    """Any CSV, TSV or XLSX as text; empty cells are "".

    Raises
    ------
    BadInputError
        If it cannot be read.
    MissingDependencyError
        For XLSX without openpyxl.
    """
    import pandas as pd

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadInputError(f"{path} is larger than 200 MB.", "Is it the table?")
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            table = pd.read_excel(path, dtype=str, keep_default_na=False)
        else:
            table = pd.read_csv(
                path,
                sep="\t" if path.suffix.lower() in (".tsv", ".tab") else None,
                engine="python",
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
            )
    except ImportError as error:
        raise MissingDependencyError.of(
            "openpyxl", "xlsx", f"Reading {path}"
        ) from error
    except (OSError, ValueError, KeyError, csv.Error, BadZipFile) as error:
        raise BadInputError(
            f"The table {path} cannot be read: {error}.",
            "Save it as CSV (UTF-8) with one header line.",
        ) from error
    return table.fillna("")


def read_metadata(path: Path) -> list[MetadataRow]:
    """The table's rows; every value as text.

    Raises
    ------
    BadInputError
        If it cannot be read, has no column for the picture, or names one twice.
    """
    table = read_table(path)
    names = {str(c): _known_name(str(c)) for c in table.columns}
    if "image" not in names.values():
        raise BadInputError(
            f"{path} has no column `image`; it has {', '.join(names)}.",
            "Name the column that holds the picture's file name `image`.",
        )
    twice = [n for n in KNOWN_COLUMNS if list(names.values()).count(n) > 1]
    if twice:
        raise BadInputError(
            f"{path} has more than one column for {', '.join(twice)}.",
            "Rename all but one.",
        )
    rows = []
    for record in table.to_dict("records"):
        row = {names[str(c)]: str(v).strip() for c, v in record.items()}
        known = {n: v for n, v in row.items() if n in KNOWN_COLUMNS}
        rest = {n: v for n, v in row.items() if n not in KNOWN_COLUMNS}
        rows.append(MetadataRow(known.pop("image"), known, rest))
    return rows


def match_rows(
    rows: Sequence[MetadataRow], pictures: Sequence[Path]
) -> tuple[dict[Path, MetadataRow], dict[str, str]]:
    """Which row describes which picture, and what found no partner.

    A row's image may be a full path, any end of it ("clinic-a/p1/field-1.jpg"), or a
    bare file name if only one picture has it; upper and lower case are the same.

    Returns
    -------
    rows
        By picture.
    problems
        Reason by picture or row that is not matched to exactly one partner.
    """
    by_name: dict[str, list[Path]] = {}
    for picture in pictures:
        by_name.setdefault(picture.name.casefold(), []).append(picture)
    matched: dict[Path, MetadataRow] = {}
    problems: dict[str, str] = {}
    for row in rows:
        wanted = _parts(row.image)
        if not wanted:
            problems["(empty)"] = "A row of the table names no image."
            continue
        candidates = [
            p
            for p in by_name.get(wanted[-1], [])
            if _parts(str(p))[-len(wanted) :] == wanted
        ]
        if len(candidates) == 1 and candidates[0] not in matched:
            matched[candidates[0]] = row
        elif len(candidates) == 1:
            problems[row.image] = "The table describes this picture twice; first kept."
        elif candidates:
            problems[row.image] = (
                f"{len(candidates)} pictures have this name; write more of the path."
            )
        else:
            problems[row.image] = "The table names it, but no such picture was found."
    for picture in pictures:
        if picture not in matched:
            problems[str(picture)] = "The picture is not in the table."
    return matched, problems


def _known_name(column: str) -> str:
    name = column.strip().casefold().replace(" ", "_").replace("-", "_")
    name = _ALIASES.get(name, name)
    return name if name in KNOWN_COLUMNS else column.strip()


def _parts(text: str) -> tuple[str, ...]:
    return PurePosixPath(text.replace("\\", "/").casefold()).parts
