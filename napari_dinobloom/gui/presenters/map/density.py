"""How densely cells lie on a map, as a soft cloud."""

import numpy as np

CELLS_WIDE = 256
SOFT = 3.0
MARGIN = 0.08
Bounds = tuple[float, float, float, float]


def density(xy: np.ndarray) -> tuple[np.ndarray, Bounds]:
    """A smoothed count of points, brightest 1; the root of it, so that few show too.

    Parameters
    ----------
    xy
        (n, 2) finite, n ≥ 1.

    Returns
    -------
    values
        (256, 256) float32 in 0 … 1, the first row at the least y.
    bounds
        Least x and y, greatest x and y covered.
    """
    from scipy.ndimage import gaussian_filter

    low, high = xy.min(axis=0).astype(float), xy.max(axis=0).astype(float)
    margin = MARGIN * np.maximum(high - low, 1e-6)
    low, high = low - margin, high + margin
    at = ((xy - low) / (high - low) * CELLS_WIDE).astype(np.int64)
    at = np.clip(at, 0, CELLS_WIDE - 1)
    flat = np.bincount(at[:, 1] * CELLS_WIDE + at[:, 0], minlength=CELLS_WIDE**2)
    counted = flat.reshape(CELLS_WIDE, CELLS_WIDE).astype(np.float32)
    soft = gaussian_filter(counted, SOFT, mode="constant")
    values = np.sqrt(soft / max(float(soft.max()), 1e-12)).astype(np.float32)
    x0, y0, x1, y1 = (float(v) for v in (*low, *high))
    return values, (x0, y0, x1, y1)
