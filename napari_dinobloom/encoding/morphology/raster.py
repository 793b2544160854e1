"""The grid on which cells are measured, and thresholds over a stack of them."""

import numpy as np
from scipy import ndimage

SIDE = 128
"""Side to which each window is resized before it is measured, in px."""

IN_PLANE = np.zeros((3, 3, 3), dtype=bool)
IN_PLANE[1] = True
"""Neighbourhood that joins pixels of one cell and never two cells of a stack."""

CROSS = IN_PLANE & ndimage.generate_binary_structure(3, 1)
"""The same without the diagonals."""

ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE].astype(np.float32) - (SIDE - 1) / 2
"""Row and column of each pixel, counted from the window's middle."""

FROM_MIDDLE = np.hypot(ROWS, COLUMNS)
"""Distance of each pixel from the window's middle, in px."""


def otsu_thresholds(
    values: np.ndarray, where: np.ndarray | None = None, bins: int = 64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Otsu's threshold of each row, and the means of its two classes.

    Parameters
    ----------
    values
        (n, m) float.
    where
        (n, m) bool, which values count; all if None.

    Returns
    -------
    threshold, lower, upper
        (n,) each; N. Otsu, 1979, doi:10.1109/TSMC.1979.4310076.
    """
    low = values.min(axis=1, keepdims=True)
    width = np.maximum(values.max(axis=1, keepdims=True) - low, 1e-6) / bins
    index = np.minimum(((values - low) / width).astype(np.int32), bins - 1)
    index += np.arange(len(values), dtype=np.int32)[:, None] * bins
    chosen = index.ravel() if where is None else index[where]
    counts = np.bincount(chosen, minlength=len(values) * bins)
    counts = counts.reshape(len(values), bins).astype(float)
    centres = low + (np.arange(bins) + 0.5) * width
    below, mass = counts.cumsum(axis=1), (counts * centres).cumsum(axis=1)
    above = below[:, -1:] - below
    mean_below = mass / np.maximum(below, 1)
    mean_above = (mass[:, -1:] - mass) / np.maximum(above, 1)
    best = (below * above * (mean_above - mean_below) ** 2).argmax(axis=1)
    rows = np.arange(len(values))
    threshold = low[:, 0] + (best + 1) * width[:, 0]
    return threshold, mean_below[rows, best], mean_above[rows, best]
