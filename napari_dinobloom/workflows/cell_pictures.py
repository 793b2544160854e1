"""What single cells look like: windows cut from their pictures, for people to see."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging import (
    HugePicture,
    cut_windows,
    is_huge,
    open_huge,
    read_picture,
    resize_picture,
)
from napari_dinobloom.study import CellTable, Finding, Picture, Study
from napari_dinobloom.workflows.blocks import centres_of, window_round
from napari_dinobloom.workflows.cell_windows import (
    cut_masks,
    pixel_size_of,
    window_side_px,
)

WINDOW_UM = 25.0
"""Side of the window round a cell: what DinoBloom was trained on, and a white cell
with a rim of its neighbours."""
CACHE_BYTES = 300_000_000
GROUND = 236
"""Grey level beside a masked cell: that of glass."""
BEYOND = 150
"""Grey level beyond the border of a picture. Encoders see it mirrored there; a person
would take a mirrored cell for a real one."""

Pixels = tuple[np.ndarray, np.ndarray | None, np.ndarray | None]


@dataclass(frozen=True, slots=True)
class CellView:
    """A window round one cell.

    Parameters
    ----------
    rgb
        (s, s, 3) uint8.
    cell, nucleus
        (s, s) bool: which pixels are the cell, and its nucleus; all False where there
        is no mask.
    um_per_px
        Micrometres per pixel of the window; nan where not known.
    """

    cell_id: int
    rgb: np.ndarray
    cell: np.ndarray
    nucleus: np.ndarray
    um_per_px: float


class CellPictures:
    """Cuts cells out of the pictures of a study as it stood when this was made.

    May be used from any thread. Decoded pictures are kept while there is room
    (`CACHE_BYTES`), the one used longest ago goes first.
    """

    def __init__(
        self,
        cells: CellTable,
        pictures: Mapping[int, Picture],
        findings: Mapping[int, Finding],
        loaders: Callable[[int], Callable[[], tuple[np.ndarray, np.ndarray]] | None],
    ) -> None:
        self._cells, self._pictures, self._findings = cells, pictures, findings
        self._loader_of = loaders
        self._kept: OrderedDict[int, Pixels] = OrderedDict()
        self._windows_of_masks: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._sides: dict[int, float] = {}
        self._problems: dict[int, str] = {}
        self._lock = Lock()
        self.pictures_read = 0

    @classmethod
    def from_study(cls, study: Study) -> "CellPictures":
        """Gather what is needed; nothing is read yet."""
        loaders = {number: study.mask_loader(number) for number in study.pictures}
        return cls(study.cells, dict(study.pictures), dict(study.findings), loaders.get)

    def view(
        self, cell_id: int, side_px: int, window_um: float = WINDOW_UM
    ) -> CellView:
        """One cell with its outline and nucleus.

        Raises
        ------
        KeyError
            If the cell was not there.
        BadInputError
            If its picture is missing or damaged.
        """
        row = self._cells.rows_of(np.array([cell_id]))
        some = self._cells.take(row)
        number = int(some.picture_id[0])
        huge = self._huge(number)
        centres = centres_of(some)
        if huge is not None:
            box = window_round(centres, self._side_px(number, window_um), huge.shape)
            (rgb, cells, nuclei), corner = self._part_of_huge(number, box, masks=True)
            centres = centres - corner
        else:
            with self._lock:
                rgb, cells, nuclei = self._pixels(number, masks=True)
        size_um = self._size_um(number)
        nothing = np.zeros((side_px, side_px), bool)
        if cells is None or nuclei is None:
            scale = size_um * max(rgb.shape[:2]) / side_px
            crop = resize_picture(rgb, side_px)
            return CellView(cell_id, crop, nothing, nothing.copy(), scale)
        side = self._side_px(number, window_um)
        window = (some.mask_label, centres, side, side_px)
        return CellView(
            cell_id,
            _cut(rgb, centres, side, side_px)[0],
            cut_masks(cells, *window)[0],
            cut_masks(nuclei, *window)[0],
            size_um * side / side_px,
        )

    def thumbnails(
        self,
        cell_ids: np.ndarray,
        side_px: int,
        *,
        masked: bool = False,
        window_um: float = WINDOW_UM,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Ids and (n, side_px, side_px, 3) uint8 windows, picture by picture.

        Cells that are no longer there are left out. A picture that cannot be read gives
        grey windows rather than an error: the others are wanted all the same.

        Parameters
        ----------
        masked
            Blank out everything that is not the cell.
        """
        some = self._cells.take(self._rows_of(cell_ids))
        for number in dict.fromkeys(some.picture_id.tolist()):
            part = some.take(some.picture_id == number)
            try:
                if number in self._problems:
                    raise BadInputError(self._problems[number])
                windows = self._windows(number, part, side_px, masked, window_um)
            except (BadInputError, OSError) as error:
                self._problems[number] = str(error) or type(error).__name__
                shape = (len(part), side_px, side_px, 3)
                windows = np.full(shape, GROUND // 2, np.uint8)
            yield part.cell_id, windows

    def problem_of(self, cell_id: int) -> str:
        """Why a cell's picture could not be read, or "". Never reads."""
        number = self._number_of(cell_id) if self._problems else None
        return "" if number is None else self._problems.get(number, "")

    def try_again(self) -> list[int]:
        """Forget what could not be read; numbers of the pictures concerned."""
        numbers = list(self._problems)
        self._problems.clear()
        return numbers

    def um_across(self, cell_id: int, window_um: float = WINDOW_UM) -> float:
        """Micrometres from side to side of a cell's thumbnail; nan where not known.

        Never reads.
        """
        number = self._number_of(cell_id)
        if number is None:
            return float("nan")
        size_um, picture = self._size_um(number), self._pictures[number]
        if self._loader_of(number) is None:
            return size_um * max(picture.width, picture.height)
        return window_um if np.isfinite(size_um) else float("nan")

    # -- parts -------------------------------------------------------------------

    def _rows_of(self, cell_ids: np.ndarray) -> np.ndarray:
        """Ascending rows of those cells that are there."""
        ids, known = np.unique(np.asarray(cell_ids, np.int64)), self._cells.cell_id
        at = np.searchsorted(known, ids)
        there = at < len(known)
        there[there] = known[at[there]] == ids[there]
        rows: np.ndarray = at[there]
        return rows

    def _number_of(self, cell_id: int) -> int | None:
        """Of the picture in which a cell lies, or None."""
        rows = self._rows_of(np.array([cell_id]))
        return int(self._cells.picture_id[rows[0]]) if len(rows) else None

    def _windows(
        self, number: int, some: CellTable, side_px: int, masked: bool, um: float
    ) -> np.ndarray:
        if self._huge(number) is not None:
            rows = (np.array([i]) for i in range(len(some)))
            cells_one_by_one = (some.take(row) for row in rows)
            windows_of = partial(self._huge_window, number, side_px, masked, um)
            return np.stack([windows_of(cell) for cell in cells_one_by_one])
        with self._lock:
            rgb, cells, _ = self._pixels(number, masks=masked)
        if self._loader_of(number) is None:
            return np.repeat(resize_picture(rgb, side_px)[None], len(some), axis=0)
        side, centres = self._side_px(number, um), centres_of(some)
        windows = _cut(rgb, centres, side, side_px)
        if masked and cells is not None:
            inside = cut_masks(cells, some.mask_label, centres, side, side_px)
            windows[~inside] = GROUND
        return windows

    def _huge(self, number: int) -> HugePicture | None:
        """A picture of which only windows are read, or None for any other."""
        picture = self._pictures[number]
        if self._loader_of(number) is None or not is_huge(
            picture.width, picture.height
        ):
            return None
        return open_huge(picture.path)

    def _part_of_huge(
        self, number: int, box: tuple[int, int, int, int], masks: bool
    ) -> tuple[Pixels, np.ndarray]:
        """Pixels and label images in a box, and x and y of its corner."""
        huge, load = self._huge(number), self._loader_of(number)
        assert huge is not None  # noqa: S101 - asked before
        top, left, bottom, right = box
        labels = nuclei = None
        if masks and load is not None:
            if number not in self._windows_of_masks:
                self._windows_of_masks[number] = load()
            inside = slice(top, bottom), slice(left, right)
            labels, nuclei = (m[inside] for m in self._windows_of_masks[number])
        return (huge.window(*box), labels, nuclei), np.array([left, top], float)

    def _huge_window(
        self, number: int, side_px: int, masked: bool, um: float, cell: CellTable
    ) -> np.ndarray:
        """(side_px, side_px, 3) uint8 round one cell of a huge picture."""
        huge, side = self._huge(number), self._side_px(number, um)
        assert huge is not None  # noqa: S101 - asked before
        centres = centres_of(cell)
        box = window_round(centres, side, huge.shape)
        (rgb, cells, _), corner = self._part_of_huge(number, box, masks=masked)
        window: np.ndarray = _cut(rgb, centres - corner, side, side_px)[0]
        if masked and cells is not None:
            where = (cell.mask_label, centres - corner, side, side_px)
            window[~cut_masks(cells, *where)[0]] = GROUND
        return window

    def _pixels(self, number: int, masks: bool) -> Pixels:
        """Picture and label images, read when first asked for."""
        load = self._loader_of(number)
        kept = self._kept.get(number)
        if kept is None or (masks and load is not None and kept[1] is None):
            rgb = kept[0] if kept else self._read(self._pictures[number].path)
            labels = nuclei = None
            if masks and load is not None:
                labels, nuclei = (np.asarray(mask) for mask in load())
            kept = self._kept[number] = (rgb, labels, nuclei)
            self._make_room()
        self._kept.move_to_end(number)
        return kept

    def _read(self, path: Path) -> np.ndarray:
        self.pictures_read += 1
        return read_picture(path).rgb

    def _make_room(self) -> None:
        sizes = [sum(a.nbytes for a in k if a is not None) for k in self._kept.values()]
        while len(sizes) > 1 and sum(sizes) > CACHE_BYTES:
            self._kept.popitem(last=False)
            sizes.pop(0)

    def _size_um(self, number: int) -> float:
        finding = self._findings.get(number)
        diameter = finding.red_cell_diameter_px if finding else float("nan")
        return pixel_size_of(self._pictures[number].pixel_size_um, diameter)

    def _side_px(self, number: int, window_um: float) -> float:
        """Side of the window in pixels of the picture, the same for all its cells."""
        size_um = self._size_um(number)
        if np.isfinite(size_um):
            return window_side_px(CellTable.empty(), size_um, window_um)
        if number not in self._sides:  # then it is that of the cells, whatever the µm
            finding = self._findings.get(number)
            cells = finding.cells if finding else CellTable.empty()
            self._sides[number] = window_side_px(cells, size_um, window_um)
        return self._sides[number]


def _cut(rgb: np.ndarray, centres: np.ndarray, side: float, side_px: int) -> np.ndarray:
    """(n, side_px, side_px, 3) uint8 windows, plain grey beyond the border."""
    windows = cut_windows(rgb, centres, side, side_px)
    steps = (np.arange(side_px) + 0.5) * (side / side_px) - side / 2
    for axis, length in enumerate(rgb.shape[1::-1]):  # x and width, y and height
        at = centres[:, axis, None] + steps
        outside = (at < 0) | (at >= length)
        for i in np.flatnonzero(outside.any(axis=1)).tolist():
            if axis == 0:
                windows[i][:, outside[i]] = BEYOND
            else:
                windows[i][outside[i]] = BEYOND
    return windows
