"""The nucleus of the cell in the middle of a window, its lobes together."""

import numpy as np
from scipy import ndimage

from napari_dinobloom.encoding.morphology.raster import (
    COLUMNS,
    CROSS,
    FROM_MIDDLE,
    IN_PLANE,
    ROWS,
    SIDE,
    otsu_thresholds,
)

CLEAREST_DIFFERENCE = 0.15
"""How much darker than the rest a nucleus must be, in OD_red + OD_green - OD_blue.

Red cells differ from plasma by up to about 0.13 in that sum, nuclei by 0.4 to 1.2.
"""


def find_nuclei(density: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Nucleus of the cell in the middle of each window, lobes together.

    Parameters
    ----------
    density
        (n, SIDE, SIDE, 3) optical density.
    cell
        (n, SIDE, SIDE) bool, where the nucleus must lie; an empty row sets no limit.

    Returns
    -------
    np.ndarray
        (n, SIDE, SIDE) bool; empty where nothing stains like a nucleus.
    """
    stain = density[..., 0] + density[..., 1] - density[..., 2]
    limited = np.asarray(cell.any(axis=(1, 2)))
    inside = cell | ~limited[:, None, None]
    threshold, stands_out = _threshold(stain, inside)
    if not stands_out.all():
        # Few dark pixels (a platelet): Otsu has parted red cells from plasma
        darker = inside & (stain > threshold[:, None, None])
        second, found = _threshold(stain, darker)
        threshold = np.where(stands_out, threshold, second)
        stands_out |= found
    excess = np.maximum(stain - threshold[:, None, None], 0)
    dark = (excess > 0) & inside & stands_out[:, None, None]
    dark = np.asarray(ndimage.binary_opening(dark, CROSS))
    return _lobes_of_the_middle(dark, excess, limited)


def _threshold(stain: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Otsu's threshold of each window, and whether its upper class is a nucleus."""
    flat = stain.reshape(len(stain), -1)
    threshold, lower, upper = otsu_thresholds(flat, inside.reshape(flat.shape))
    # A picture without a nucleus still has an Otsu threshold; its classes are close
    stands_out: np.ndarray = upper - lower > CLEAREST_DIFFERENCE
    return threshold, stands_out & (upper > 1.6 * np.maximum(lower, 0))


def _lobes_of_the_middle(
    dark: np.ndarray, excess: np.ndarray, limited: np.ndarray
) -> np.ndarray:
    """The strongest component near the middle, and those close enough to be lobes."""
    labels, count = ndimage.label(dark, IN_PLANE)
    window, row, column = np.nonzero(labels)
    piece = labels[window, row, column]
    of_piece = np.zeros(count + 1, dtype=int)
    of_piece[piece] = window
    closeness = np.exp(-((FROM_MIDDLE[row, column] / (0.16 * SIDE)) ** 2))
    weight = excess[window, row, column] * closeness
    score = np.bincount(piece, weights=weight, minlength=count + 1)
    main = _best_per_window(score, of_piece, len(dark))
    area = np.bincount(piece, minlength=count + 1).astype(float)
    y, x = ROWS[row, 0], COLUMNS[0, column]
    centre_y = np.bincount(piece, weights=y, minlength=count + 1) / np.maximum(area, 1)
    centre_x = np.bincount(piece, weights=x, minlength=count + 1) / np.maximum(area, 1)
    away = np.hypot(y - centre_y[main[window]], x - centre_x[main[window]])
    nearest = np.full(count + 1, np.inf)
    np.minimum.at(nearest, piece, away)
    of_main = main[of_piece]
    reach = np.clip(1.6 * np.sqrt(area[of_main] / np.pi), 0.14 * SIDE, 0.3 * SIDE)
    lobe = (nearest <= reach) & (area >= 0.04 * area[of_main])
    # Inside a given outline there are no neighbours to leave out
    lobe |= limited[of_piece]
    lobe[0] = False
    lobes: np.ndarray = lobe[labels]
    return lobes


def _best_per_window(score: np.ndarray, of_piece: np.ndarray, n: int) -> np.ndarray:
    """Number of the piece with the highest score in each window; 0 where none is."""
    main = np.zeros(n, dtype=int)
    for piece in np.argsort(score[1:], kind="stable") + 1:
        main[of_piece[piece]] = piece  # the last one written is the strongest
    return main
