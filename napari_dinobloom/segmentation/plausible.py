"""Whether what was found looks like blood: a photograph has no round cells."""

import numpy as np

from napari_dinobloom.segmentation.protocol import Segmentation
from napari_dinobloom.segmentation.shapes import ellipses

_LEAST_AREA = 0.4  # crowded smears have 0.5 and more, most photographs below 0.2
_LEAST_COUNT = 0.5
_LEAST_AREA_OF_MANY = 0.15
_COLOURLESS = 1.0  # grey levels by which the channels differ, as standard deviation
_ROUND_RED = 0.93  # fullness
_ROUND_WHITE = 0.85
_SURE = 0.9  # score of a white cell that is believed among other things
_RED_SIZES = (0.4, 2.0)  # in red-cell areas


def is_grey(rgb: np.ndarray) -> bool:
    """Whether all channels of (H, W, 3) uint8 show the same picture."""
    step = max(1, int(np.sqrt(rgb.shape[0] * rgb.shape[1] / 100_000)))
    thin = rgb[::step, ::step].astype(np.float32)
    red, green, blue = (thin[..., k] - thin[..., k].mean() for k in range(3))
    return max(float((red - green).std()), float((green - blue).std())) < _COLOURLESS


def looks_like_blood(found: Segmentation) -> bool:
    """False where hardly anything found has the shape and size of a cell.

    Judged by area and by number, because one fold or fleck may outweigh many cells.
    Of a cell that is cut by the border only the size is judged.
    """
    if not len(found):
        return True
    area, _, fullness = ellipses(found.labels)
    kinds = np.asarray(found.kinds)
    relative = area / (np.pi / 4 * found.red_cell_diameter_px**2)
    low, high = _RED_SIZES
    cut = np.zeros(len(area) + 1, bool)
    for side in (0, -1):
        cut[found.labels[side]] = cut[found.labels[:, side]] = True
    cut = cut[1:]
    red = (kinds == "rbc") & (relative < high)
    red &= cut | ((relative > low) & (fullness > _ROUND_RED))
    cell = red | (kinds == "wbc") & (fullness > _ROUND_WHITE)
    by_area = area[cell].sum() / area.sum()
    return bool(
        by_area >= _LEAST_AREA
        or (cell.mean() >= _LEAST_COUNT and by_area >= _LEAST_AREA_OF_MANY)
    )


def has_a_sure_white_cell(found: Segmentation) -> bool:
    """Whether one object is so much a white cell that the picture is not refused."""
    _, _, fullness = ellipses(found.labels)
    white = np.asarray([kind == "wbc" for kind in found.kinds], bool)
    return bool((white & (found.scores >= _SURE) & (fullness >= _ROUND_WHITE)).any())
