"""What the parts of a picture measure: values in them, and their shapes."""

import numpy as np


def means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean of the values in each of the parts 1 … n, which all exist; (n,) float."""
    inside = np.flatnonzero(labels)
    owner = labels.ravel()[inside]
    sums = np.bincount(owner, values.ravel()[inside])
    mean: np.ndarray = (sums / np.maximum(np.bincount(owner), 1))[1:]
    return mean


def greatest(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Greatest value in each of the parts 1 … n, which all exist; (n,) float."""
    inside = labels > 0
    result = np.full(int(labels.max()) + 1 if labels.size else 1, -np.inf)
    np.maximum.at(result, labels[inside], values[inside])
    return result[1:]


def medians(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Median of the values in each of the parts 1 … n, which all exist; (n,) float."""
    from scipy import ndimage

    inside = labels > 0  # sorting the background too would take most of the time
    index = np.arange(1, int(labels.max()) + 1 if labels.size else 1)
    if not len(index):
        return np.zeros(0)
    return np.asarray(ndimage.median(values[inside], labels[inside], index), float)


def ellipses(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area, axes and fullness of each part, from its moments.

    Parameters
    ----------
    labels
        (H, W) int, parts numbered 1 … n, 0 elsewhere.

    Returns
    -------
    area
        (n,) float, pixels.
    axes
        (n, 2) float, long and short axis of the ellipse with the same moments.
    fullness
        (n,) float, area of the part over the area of that ellipse: 1 for an ellipse,
        0.95 for a square, 0.83 for a triangle, less for rings and concave shapes.
    """
    return as_ellipses(moments(labels))


def moments(labels: np.ndarray) -> np.ndarray:
    """Sums over the pixels of each part, which parts have in common when added.

    Parameters
    ----------
    labels
        (H, W) int, parts numbered 1 … n, 0 elsewhere.

    Returns
    -------
    np.ndarray
        (n, 6) float: of 1, y, x, y², x² and y x; a pixel is a square, not a point.
    """
    count = int(labels.max()) if labels.size else 0
    start, n, owner = _runs(labels)
    y, x = np.divmod(start, max(labels.shape[1], 1))
    x = x + (n - 1) / 2
    # Its own second moment is a twelfth.
    yy, xx = y * y + 1 / 12, x * x + n * n / 12
    sums = (n, n * y, n * x, n * yy, n * xx, n * y * x)
    return np.stack([np.bincount(owner, s, count + 1)[1:] for s in sums], 1)


def as_ellipses(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `ellipses`, from `moments`."""
    area = sums[:, 0]
    y, x, yy, xx, xy = (sums[:, 1:] / np.maximum(area, 1)[:, None]).T
    yy, xx, xy = yy - y * y, xx - x * x, xy - y * x
    yy, xx = np.where(area > 0, (yy, xx), 1 / 12)
    middle, swing = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    axes = 4 * np.sqrt(np.stack([middle + swing, np.maximum(middle - swing, 0)], 1))
    fullness = area / np.maximum(np.pi / 4 * axes.prod(1), 1e-9)
    return area, axes, fullness


def _runs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each row of pixels of one part begins, how long it is, and whose it is."""
    if not labels.size:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0, int)
    begins = np.ones(labels.shape, bool)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=begins[:, 1:])
    start = np.flatnonzero(begins)
    length = np.diff(start, append=labels.size)
    owner = labels.ravel()[start]
    inside = owner > 0
    return start[inside], length[inside], owner[inside]
