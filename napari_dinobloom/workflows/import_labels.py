"""Labels that were given elsewhere, from a table."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from napari_dinobloom.core import BadInputError, Progress
from napari_dinobloom.study import CellTable, Study
from napari_dinobloom.workflows.label_cells import record_labels
from napari_dinobloom.workflows.metadata import read_table


@dataclass(frozen=True, slots=True)
class MatchedLabels:
    """Labels by cell id, and rows of the table that found no cell."""

    labels: Mapping[int, str | None]
    problems: Mapping[str, str]


@dataclass(frozen=True)
class ImportLabels:
    """Labels from a table with `cell_id,label`, or `image,x,y,label`, or `image,label`.

    With x and y (pixels) the cell is the one whose box holds the point, the nearest if
    there are several. With the image alone it is the cell of a single-cell picture. An
    empty label takes the standing one away.
    """

    path: Path
    cells: CellTable
    pictures: Mapping[str, int]
    title = "Reading labels"

    @classmethod
    def from_study(cls, study: Study, path: Path) -> Self:
        """Gather cells and picture paths."""
        study.require_writable()
        pictures = {p.path.as_posix(): i for i, p in study.pictures.items()}
        return cls(path, study.cells, pictures)

    def compute(self) -> Generator[Progress, None, MatchedLabels]:
        """Find each row's cell.

        Raises
        ------
        BadInputError
            If the table cannot be read, or lacks the columns.
        """
        yield Progress(0, 0, self.path.name)
        table = read_table(self.path)
        names = {str(c).strip().casefold(): c for c in table.columns}
        # A segmentation's table numbers its masks in `label` and names in `class`.
        names["label"] = names.get("class", names.get("label", ""))
        names.setdefault("image", names.get("path", names.get("picture", "")))
        if not names["label"] or not (names.get("cell_id") or names["image"]):
            raise BadInputError(
                f"{self.path} has the columns {', '.join(map(str, table.columns))}.",
                "It needs `label` and either `cell_id`, or `image` with `x` and `y`.",
            )
        wanted = ("cell_id", "image", "x", "y", "label")
        columns = {n: table[names[n]].tolist() for n in wanted if names.get(n)}
        records = [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
        labels: dict[int, str | None] = {}
        problems: dict[str, str] = {}
        for line, row in enumerate(records, start=2):
            if line % 1000 == 0:
                yield Progress(line, len(records), self.path.name)
            found = self._cell_of(row)
            if isinstance(found, int):
                labels[found] = str(row["label"]).strip() or None
            else:
                problems[f"{self.path.name}, line {line}"] = found
        return MatchedLabels(labels, problems)

    def commit(self, study: Study, result: MatchedLabels) -> None:
        """Append them to the journal as one step of undo."""
        standing = study.labels.label_of
        changed = {i: n for i, n in result.labels.items() if standing(i) != n}
        record_labels(study, changed, f"import: {self.path.name}")
        earlier = [s for step, s in study.failures if step == "label"]
        study.note_failures("label", result.problems, earlier)

    def _cell_of(self, row: Mapping[Any, Any]) -> int | str:
        """The cell's id, or why there is none."""
        text = str(row.get("cell_id", "")).strip()
        if text:
            if not text.isdecimal() or not self.cells.has(np.array([int(text)]))[0]:
                return f"There is no cell with the id {text}."
            return int(text)
        picture = self._picture_of(str(row.get("image", "")))
        if isinstance(picture, str):
            return picture
        cells = self.cells.of_picture(picture)
        try:
            x, y = float(row["x"]), float(row["y"])
        except (KeyError, ValueError):
            if str(row.get("x", "")).strip() or str(row.get("y", "")).strip():
                return f"x is {row.get('x')!r} and y is {row.get('y')!r}: no numbers."
            if len(cells) == 1:
                return int(cells.cell_id[0])
            return f"{row.get('image')} shows {len(cells)} cells; x and y say which."
        inside = (
            (cells.left <= x)
            & (x <= cells.left + cells.width)
            & (cells.top <= y)
            & (y <= cells.top + cells.height)
        )
        if not inside.any():
            return f"No cell was found at x {x:g}, y {y:g} of {row.get('image')}."
        distance = np.where(inside, np.hypot(cells.x - x, cells.y - y), np.inf)
        return int(cells.cell_id[distance.argmin()])

    def _picture_of(self, image: str) -> int | str:
        wanted = image.replace("\\", "/").strip()
        ends = [
            i
            for path, i in self.pictures.items()
            if path == wanted or (wanted and path.endswith(f"/{wanted}"))
        ]
        if len(ends) == 1:
            return ends[0]
        if not ends:
            return f"The study has no picture {image!r}."
        return f"{len(ends)} pictures are called {image}; write more of the path."
