"""The fields of one slide laid out as one sheet."""

import math
from collections.abc import Sequence

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.picture import MAX_PIXELS


def contact_sheet(
    pictures: Sequence[np.ndarray],
    columns: int | None = None,
    gap: int = 16,
    fill: tuple[int, int, int] = (255, 255, 255),
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in rows on one sheet, and where each one went.

    Parameters
    ----------
    pictures
        (H, W, 3) uint8 each; sizes may differ: a column is as wide as its widest, a
        row as high as its highest picture, each picture in its upper left corner.
    columns
        How many side by side; without it the sheet is about square.
    gap
        Pixels between them.
    fill
        Colour between them.

    Returns
    -------
    The sheet, (H, W, 3) uint8, and (n, 2) int64 offsets x, y of each picture on it, in
    the order given: a cell's place on the sheet is its place in its picture + offset.

    Raises
    ------
    BadInputError
        No picture, or a sheet of more than MAX_PIXELS.
    """
    if not len(pictures):
        raise BadInputError("A contact sheet needs at least one picture.")
    if (columns is not None and columns < 1) or gap < 0:
        raise BadInputError("A contact sheet needs a column at least, and no gap < 0.")
    across = min(columns or math.ceil(math.sqrt(len(pictures))), len(pictures))
    down = math.ceil(len(pictures) / across)
    widths, heights = np.zeros(across, np.int64), np.zeros(down, np.int64)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, across)
        heights[row] = max(heights[row], picture.shape[0])
        widths[column] = max(widths[column], picture.shape[1])
    left = np.concatenate([[0], np.cumsum(widths + gap)])
    top = np.concatenate([[0], np.cumsum(heights + gap)])
    width, height = int(left[-1] - gap), int(top[-1] - gap)
    if width * height > MAX_PIXELS:
        raise BadInputError(
            f"A sheet of {width}×{height} pixels is too large.",
            "Show fewer pictures at once.",
        )
    sheet = np.empty((height, width, 3), np.uint8)
    sheet[:] = fill
    offsets = np.zeros((len(pictures), 2), np.int64)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, across)
        x, y = left[column], top[row]
        sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        offsets[i] = x, y
    return sheet, offsets
