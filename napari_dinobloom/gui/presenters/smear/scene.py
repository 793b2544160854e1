"""What lies on the canvas: one field, or many on a contact sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.study import CellTable, Picture, Study

FRAME_PART = 24
"""A picture of a single cell without a mask gets a frame of 1/24 of its width."""
SHEET_PIXELS = 60_000_000
SHEET_FIELDS = 24
SHEET_GROUND = 128

ReadRGB = Callable[[Path], np.ndarray]
"""Gives a picture file's (H, W, 3) uint8 pixels."""
Arrange = Callable[[Sequence[np.ndarray]], tuple[np.ndarray, np.ndarray]]
"""Lays pictures out on one sheet; gives it and the (n, 2) offsets x, y of each."""


@dataclass(frozen=True)
class Scene:
    """Pixels, and the cells that lie in them.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    mask
        (H, W) int32, whose values are ``cells.mask_label``.
    cells
        Positions in pixels of the scene; ids and kinds as in the study.
    picture_ids
        The pictures it shows.
    problems
        Why a picture is missing from it, a sentence each.
    grain
        What the canvas prepared for the mask, off the Qt thread.
    framed
        Ids of cells without a mask: a frame is drawn, and all within it is theirs.
    levels
        Of a huge picture: the same pixels from full size to small, of which only what
        is seen is read; ``rgb`` is the first of them.
    corner
        Row and column of the mask's first pixel: of a huge picture it covers a part.
    nuclei
        (H, W) bool, what of the mask is nucleus; None where nobody looked for any.
    """

    rgb: np.ndarray
    mask: np.ndarray
    cells: CellTable
    picture_ids: tuple[int, ...]
    pixel_size_um: float | None = None
    problems: tuple[str, ...] = ()
    grain: np.ndarray | None = None
    framed: tuple[int, ...] = ()
    levels: Sequence[np.ndarray] | None = None
    corner: tuple[int, int] = (0, 0)
    nuclei: np.ndarray | None = None

    def row_at(self, y: float, x: float) -> int | None:
        """Row of the cell at this pixel, or None."""
        row, column = int(np.floor(y + 0.5)), int(np.floor(x + 0.5))
        row, column = row - self.corner[0], column - self.corner[1]
        height, width = self.mask.shape
        if not (0 <= row < height and 0 <= column < width):
            return None
        label = int(self.mask[row, column])
        if label == 0:
            return self._framed_at(row, column) if self.framed else None
        rows = np.flatnonzero(self.cells.mask_label == label)
        return int(rows[0]) if len(rows) else None

    def _framed_at(self, row: int, column: int) -> int | None:
        """The smallest frame round a pixel, or None."""
        cells = self.cells
        inside = (cells.top <= row) & (row < cells.top + cells.height)
        inside &= (cells.left <= column) & (column < cells.left + cells.width)
        rows = np.flatnonzero(inside & np.isin(cells.cell_id, self.framed))
        areas = cells.width[rows] * cells.height[rows]
        return int(rows[areas.argmin()]) if len(rows) else None


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """A picture as it stands in the study now, to be read on any thread."""

    picture: Picture
    cells: CellTable
    load_masks: Callable[[], tuple[np.ndarray, np.ndarray]] | None

    @classmethod
    def of(cls, study: Study, picture: Picture) -> "FieldRequest":
        """Gather what the study says."""
        finding = study.findings.get(picture.picture_id)
        cells = finding.cells if finding is not None else CellTable.empty()
        return cls(picture, cells, study.mask_loader(picture.picture_id))


def load_field(request: FieldRequest, read: ReadRGB) -> Scene:
    """One picture with its cells. Reads files only; may run on any thread.

    Raises
    ------
    BadInputError
        If the file is missing or damaged.
    """
    picture, cells = request.picture, request.cells
    rgb = read(picture.path)
    mask, nuclei = request.load_masks() if request.load_masks else (None, None)
    frames: tuple[int, ...] = ()
    if mask is None or mask.shape != rgb.shape[:2]:
        nuclei = None
        cells = replace(cells, mask_label=np.arange(1, len(cells) + 1))
        mask, frames = framed(rgb.shape[:2], cells), tuple(cells)
    ids = (picture.picture_id,)
    inside = nuclei > 0 if nuclei is not None else None
    um = picture.pixel_size_um
    return Scene(rgb, mask, cells, ids, um, framed=frames, nuclei=inside)


def load_sheet(
    requests: Sequence[FieldRequest], read: ReadRGB, arrange: Arrange
) -> Scene:
    """Many pictures side by side; one that cannot be read leaves its place grey."""
    fields, problems = [], []
    for request in requests:
        try:
            fields.append(load_field(request, read))
        except (BadInputError, OSError) as error:
            problems.append(str(error))
            fields.append(blank(request.picture))
    rgb, offsets = arrange([field.rgb for field in fields])
    mask: np.ndarray = np.zeros(rgb.shape[:2], np.int32)
    nuclei: np.ndarray = np.zeros(rgb.shape[:2], bool)
    tables, used = [], 0
    for field, (left, top) in zip(fields, offsets.tolist(), strict=True):
        height, width = field.mask.shape
        place = mask[top : top + height, left : left + width]
        np.add(field.mask, used, out=place, where=field.mask > 0)
        if field.nuclei is not None:
            nuclei[top : top + height, left : left + width] = field.nuclei
        tables.append(moved(field.cells, top, left, used))
        used += int(field.mask.max(initial=0))
    sizes = {field.pixel_size_um for field in fields}
    return Scene(
        rgb,
        mask,
        CellTable.concatenate(tables),
        tuple(request.picture.picture_id for request in requests),
        sizes.pop() if len(sizes) == 1 else None,
        tuple(problems),
        framed=tuple(i for field in fields for i in field.framed),
        nuclei=nuclei,
    )


def blank(picture: Picture) -> Scene:
    """A grey place without cells, as large as the picture would be."""
    shape = picture.height, picture.width
    rgb: np.ndarray = np.full((*shape, 3), SHEET_GROUND, np.uint8)
    mask: np.ndarray = np.zeros(shape, np.int32)
    ids = (picture.picture_id,)
    return Scene(rgb, mask, CellTable.empty(), ids, picture.pixel_size_um)


def fields_per_sheet(pictures: Sequence[Picture]) -> int:
    """How many pictures go on one sheet, so that it stays light."""
    largest = max((p.width * p.height for p in pictures), default=1)
    return int(np.clip(SHEET_PIXELS // max(largest, 1), 1, SHEET_FIELDS))


def framed(shape: tuple[int, int], cells: CellTable) -> np.ndarray:
    """(H, W) int32: a frame along each cell's box, carrying its ``mask_label``."""
    mask: np.ndarray = np.zeros(shape, np.int32)
    line = max(2, max(shape) // FRAME_PART)
    for row in range(len(cells)):
        top, left = int(cells.top[row]), int(cells.left[row])
        box = mask[
            top : top + int(cells.height[row]), left : left + int(cells.width[row])
        ]
        inner = box[line:-line, line:-line].copy()
        box[:] = cells.mask_label[row]
        box[line:-line, line:-line] = inner
    return mask


def moved(cells: CellTable, top: int, left: int, labels: int) -> CellTable:
    """The cells shifted by some pixels, their mask labels raised."""
    return replace(
        cells,
        x=cells.x + left,
        y=cells.y + top,
        left=cells.left + left,
        top=cells.top + top,
        mask_label=cells.mask_label + labels,
    )
