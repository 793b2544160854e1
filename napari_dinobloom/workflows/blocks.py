"""A picture with its label images in parts that fit into memory, cells with each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dinobloom.imaging import is_huge, open_huge, read_header, read_picture
from napari_dinobloom.study import CellTable

BLOCK_PX = 2048

MaskLoader = Callable[[], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a picture, and the cells whose middle lies in it.

    Attributes
    ----------
    rgb
        (h, w, 3) uint8, with a margin in which the cells' windows find room.
    labels, nuclei
        (h, w) int32.
    corner
        (2,) x and y of the first pixel in the picture.
    """

    cells: CellTable
    rgb: np.ndarray
    labels: np.ndarray
    nuclei: np.ndarray
    corner: np.ndarray


def blocks_of(
    path: Path, load_masks: MaskLoader, cells: CellTable, side_px: float
) -> Iterator[Block]:
    """The whole picture as one, or the parts of a huge one that hold cells.

    A window of that side round a cell sees the same pixels in its block as in the
    picture, the mirrored ones beyond the border included.

    Raises
    ------
    BadInputError
        If picture or masks cannot be read.
    """
    header = read_header(path)
    if not is_huge(header.width, header.height):
        rgb = read_picture(path).rgb
        labels, nuclei = (np.asarray(mask) for mask in load_masks())
        yield Block(cells, rgb, labels, nuclei, np.zeros(2))
        return
    picture = open_huge(path)
    labels, nuclei = load_masks()
    centres = centres_of(cells)
    number = (centres // BLOCK_PX).astype(np.int64)
    key = number[:, 1] * (header.width // BLOCK_PX + 1) + number[:, 0]
    for which in np.unique(key):
        rows = np.flatnonzero(key == which)
        box = window_round(centres[rows], side_px, picture.shape)
        top, left, bottom, right = box
        inside = slice(top, bottom), slice(left, right)
        yield Block(
            cells.take(rows),
            picture.window(*box),
            np.asarray(labels[inside]),
            np.asarray(nuclei[inside]),
            np.array([left, top], float),
        )


def centres_of(cells: CellTable) -> np.ndarray:
    """(n, 2) x and y of the middle of each cell's box."""
    x, y = cells.left + cells.width / 2, cells.top + cells.height / 2
    centres: np.ndarray = np.stack([x, y], axis=1)
    return centres


def window_round(
    centres: np.ndarray, side_px: float, shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what windows round some places look at."""
    # half a window, and what an antialiasing filter sees beside it
    reach = int(np.ceil(side_px)) + 8
    left, top = np.floor(centres.min(axis=0)).astype(int) - reach
    right, bottom = np.ceil(centres.max(axis=0)).astype(int) + reach
    return (
        max(int(top), 0),
        max(int(left), 0),
        min(int(bottom), shape[0]),
        min(int(right), shape[1]),
    )
