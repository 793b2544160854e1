"""How a picture too large for memory is cut into tiles, and which tile owns a cell."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.measure import measure
from napari_dinobloom.segmentation.protocol import Segmentation

UNIT_PX = 512
"""Cores begin at multiples of that: the tiles in which label images are kept."""

WORKING_DIAMETER = 26.0
"""Pixels of a red cell while the smear segmenter works; larger ones are shrunk."""

_CORE = 56.0  # side of a core in red-cell diameters: 1,456 pixels while segmenting
_LARGEST_CORE = 6  # units; full-size label images of a tile must stay small
_SMALLEST_DIAMETER = 22.0  # pixels: for smaller ones a core is as large as for these
_MARGIN = 3.5  # red-cell diameters: 26 µm see a whole white cell and what is beside it
_FINEST_STEP = 40  # pixels while segmenting between places where all windows may begin
_DARK_STEP = 4  # what is dark in a window is looked for in every fourth pixel
_LOOSE = 0.5  # red-cell diameters by which two tiles may differ on where a cell lies

Box = tuple[int, int, int, int]
"""Top, left, bottom, right; the last two are outside."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture that is searched as one.

    Attributes
    ----------
    core
        The part that only this tile answers for; cores cover a picture once.
    window
        The core with a margin, inside the picture: what is looked at.
    """

    number: int
    core: Box
    window: Box


@dataclass(frozen=True, slots=True)
class TileCells:
    """The cells that one tile answers for.

    Attributes
    ----------
    labels
        Int32 label image of the tile's window, 1 … n.
    nuclei
        Bool, of the same shape.
    columns
        As `measure` gives them, places in pixels of the picture.
    """

    tile: Tile
    labels: np.ndarray
    nuclei: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.columns["label"])

    def without(self, dropped: np.ndarray) -> "TileCells":
        """The other cells; ``dropped`` is (n,) bool."""
        if not dropped.any():
            return self
        kept = ~dropped
        number = np.where(kept, np.cumsum(kept), 0)
        labels = np.concatenate([[0], number]).astype(np.int32)[self.labels]
        columns = {name: values[kept] for name, values in self.columns.items()}
        columns["label"] = np.arange(1, int(kept.sum()) + 1, dtype=np.int32)
        return TileCells(self.tile, labels, self.nuclei & (labels > 0), columns)


def plan_tiles(
    shape: tuple[int, int], diameter_px: float, core_px: int | None = None
) -> list[Tile]:
    """Tiles row by row.

    Neighbours overlap by seven red-cell diameters and more, twice the largest white
    cell. How large a tile is follows from the size of the cells alone, so that memory
    is bounded and the result does not depend on the computer. Where cells are shrunk
    for the search, windows begin at multiples of `common_step`.

    Parameters
    ----------
    shape
        Height and width of the picture, pixels.
    diameter_px
        Of a red cell.
    core_px
        Side of a core; by default 56 red cells, in steps of `UNIT_PX`.
    """
    units = _CORE * max(diameter_px, _SMALLEST_DIAMETER) // UNIT_PX
    core = core_px or UNIT_PX * int(np.clip(units, 1, _LARGEST_CORE))
    step = common_step(diameter_px)
    margin = step * int(np.ceil(_MARGIN * diameter_px / step))
    height, width = shape
    tiles: list[Tile] = []
    for top in range(0, height, core):
        for left in range(0, width, core):
            bottom, right = min(top + core, height), min(left + core, width)
            window = (
                max(top - margin, 0) // step * step,
                max(left - margin, 0) // step * step,
                min(bottom + margin, height),
                min(right + margin, width),
            )
            tiles.append(Tile(len(tiles), (top, left, bottom, right), window))
    return tiles


def common_step(diameter_px: float) -> int:
    """Pixels between places that fall on whole pixels when the picture is shrunk.

    Two tiles that shrink a picture from such places see the very same pixels where they
    overlap; else each has mixed them in its own way, and finds a little else.
    """
    if diameter_px <= WORKING_DIAMETER:
        return _DARK_STEP  # nothing is shrunk
    shrink = diameter_px / WORKING_DIAMETER
    exponent = np.ceil(np.log2(_FINEST_STEP * shrink))
    return int(np.clip(2**exponent, 1, UNIT_PX))


def common_diameter(diameter_px: float) -> float:
    """The nearest diameter at which `common_step` is a whole number when shrunk."""
    if diameter_px <= WORKING_DIAMETER:
        return diameter_px
    step = common_step(diameter_px)
    shrunk = max(round(step * WORKING_DIAMETER / diameter_px), 1)
    return float(step * WORKING_DIAMETER / shrunk)


def own_cells(found: Segmentation, tile: Tile, shape: tuple[int, int]) -> TileCells:
    """The cells of a tile whose middle lies in its core, or hardly beside it.

    What is cut differs between two tiles by a pixel or two, and a middle near a seam
    could lie in neither core. So both keep the cells along it, and `Seams` drops one.

    Parameters
    ----------
    found
        In the tile's window.
    shape
        Height and width of the picture.
    """
    columns = measure(found)
    top, left, bottom, right = tile.core
    y = columns["y"] + tile.window[0]
    x = columns["x"] + tile.window[1]
    loose = found.red_cell_diameter_px * _LOOSE if len(found) else 0.0
    mine = (y >= top - loose) & (y < bottom + loose)
    mine &= (x >= left - loose) & (x < right + loose)
    number = np.concatenate([[0], np.where(mine, np.cumsum(mine), 0)]).astype(np.int32)
    columns = {name: values[mine] for name, values in columns.items()}
    columns |= {"x": x[mine], "y": y[mine]}
    columns["top"] = columns["top"] + np.int32(tile.window[0])
    columns["left"] = columns["left"] + np.int32(tile.window[1])
    columns["label"] = np.arange(1, int(mine.sum()) + 1, dtype=np.int32)
    columns["cut_by_border"] = touches_border(columns, shape)
    labels = number[found.labels]
    return TileCells(tile, labels, (found.nuclei > 0) & (labels > 0), columns)


def working_pixels(tile: Tile, diameter_px: float) -> tuple[float, int]:
    """Pixels of a tile while it is segmented and as it is read: memory follows them."""
    top, left, bottom, right = tile.window
    read = (bottom - top) * (right - left)
    return read * min(WORKING_DIAMETER / diameter_px, 1.0) ** 2, read


def touches_border(
    columns: dict[str, np.ndarray], shape: tuple[int, int]
) -> np.ndarray:
    """(n,) bool: boxes that reach the edge of the picture."""
    bottom = columns["top"] + columns["height"]
    right = columns["left"] + columns["width"]
    cut: np.ndarray = (columns["top"] <= 0) | (columns["left"] <= 0)
    cut |= (bottom >= shape[0]) | (right >= shape[1])
    return cut
