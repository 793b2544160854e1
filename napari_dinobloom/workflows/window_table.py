"""Which windows of which pictures are to be encoded: pictures, or a table of points."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError

_PATH_NAMES = ("path", "image", "file", "filename", "picture")


@dataclass(frozen=True, slots=True)
class Window:
    """A square round a point, or a whole picture that shows one cell.

    Parameters
    ----------
    x, y
        The middle in pixels; nan for the whole picture.
    size
        Side in pixels; nan where picture and encoder decide.
    """

    path: Path
    x: float = float("nan")
    y: float = float("nan")
    size: float = float("nan")

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole picture."""
        return bool(np.isnan(self.x))

    @property
    def place(self) -> tuple[float, float, float]:
        """x, y and size."""
        return (self.x, self.y, self.size)

    def __str__(self) -> str:
        return (
            str(self.path)
            if self.is_whole
            else f"{self.path} at {self.x:g}, {self.y:g}"
        )


def pictures_as_windows(
    inputs: Sequence[Path],
) -> tuple[list[Window], dict[str, str]]:
    """Every picture in files and folders as one window, and what is no picture."""
    from napari_dinobloom.imaging import find_pictures

    found, unreadable = find_pictures(inputs)
    return [Window(p) for p in found], {str(f.path): f.reason for f in unreadable}


def read_windows(table: Path) -> tuple[list[Window], dict[str, str]]:
    """Windows from a table with the columns path, x, y and perhaps size.

    Without x and y each row is a picture of a single cell. With ``width`` and
    ``height``, as `segment` writes them, x, y is the box's corner and the window lies
    round its middle. Relative paths start at the table's folder, else at the current
    one.

    Returns
    -------
    windows
        In the order of the rows.
    failures
        Reason by row that cannot be used ("cells.csv, line 3").

    Raises
    ------
    BadInputError
        If the table cannot be read or has no column ``path``.
    """
    import pandas as pd

    try:
        rows = pd.read_csv(
            table, sep=None, engine="python", dtype=str, keep_default_na=False,
            encoding="utf-8-sig",
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"The table {table} cannot be read: {error}.",
            "Save it as CSV (UTF-8) with the header path,x,y.",
        ) from error
    rows.columns = [str(c).strip().casefold() for c in rows.columns]
    name = next((n for n in _PATH_NAMES if n in rows.columns), None)
    if name is None or ("x" in rows.columns) != ("y" in rows.columns):
        raise BadInputError(
            f"{table} has the columns {', '.join(rows.columns)}; "
            "path, x and y are needed.",
            "Write one line per cell: path,x,y or path,x,y,size (pixels).",
        )
    windows, failures = [], {}
    for line, row in enumerate(rows.to_dict("records"), start=2):
        values = {str(column): str(value).strip() for column, value in row.items()}
        try:
            windows.append(_window(table.parent, values, name))
        except ValueError as error:
            failures[f"{table}, line {line}"] = str(error)
    return windows, failures


def _window(folder: Path, row: dict[str, str], path_column: str) -> Window:
    if not row[path_column]:
        raise ValueError("The line names no picture.")
    path = _found(folder, Path(row[path_column]).expanduser())
    if "x" not in row:
        return Window(path)
    x, y = _number(row, "x"), _number(row, "y")
    if "width" in row and "height" in row:
        x += _number(row, "width") / 2
        y += _number(row, "height") / 2
    size = _number(row, "size") if row.get("size") else float("nan")
    if size <= 0:
        raise ValueError(f"size is {size:g}, not a number above 0.")
    return Window(path, x, y, size)


def _found(folder: Path, path: Path) -> Path:
    """A relative path starts at the table's folder, else at the current one."""
    beside = folder / path
    return path if not beside.exists() and path.exists() else beside


def _number(row: dict[str, str], name: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        raise ValueError(f"{name} is {row[name]!r}, not a number.") from None
    if not np.isfinite(value):
        raise ValueError(f"{name} is {row[name]!r}, not a finite number.")
    return value
