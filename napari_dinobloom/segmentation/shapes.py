"""Morphology with discs of any radius, through distance maps."""

import numpy as np


def opened(mask: np.ndarray, radius: float) -> np.ndarray:
    """What of a mask a disc of that radius can cover; outside continues the border."""
    from scipy import ndimage

    inside = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    core = inside > radius
    if not core.any():
        return np.zeros_like(mask)
    covered: np.ndarray = mask & (ndimage.distance_transform_edt(~core) <= radius)
    return covered


def closed(mask: np.ndarray, radius: float) -> np.ndarray:
    """A mask without the bays and holes that no disc of that radius can enter."""
    margin = int(np.ceil(radius)) + 1
    filled = ~opened(~np.pad(mask, margin), radius)
    inner: np.ndarray = filled[margin:-margin, margin:-margin]
    return inner


def near(core: np.ndarray, radius: float) -> np.ndarray:
    """Pixels within a radius of a mask; none where the mask is empty."""
    from scipy import ndimage

    if not core.any():
        return np.zeros_like(core)
    reached: np.ndarray = ndimage.distance_transform_edt(~core) <= radius
    return reached


def without_small(mask: np.ndarray, smallest: float) -> np.ndarray:
    """A mask without the parts of fewer pixels."""
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    large = np.bincount(parts.ravel()) >= smallest
    large[0] = False
    kept: np.ndarray = large[parts]
    return kept


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
    count = int(labels.max()) if labels.size else 0
    rows, columns = np.nonzero(labels)
    owner = labels[rows, columns]

    def total(weights: np.ndarray | None = None) -> np.ndarray:
        sums: np.ndarray = np.bincount(owner, weights, count + 1)[1:]
        return sums.astype(float)

    area = total()
    size = np.maximum(area, 1)
    y, x = total(rows.astype(float)) / size, total(columns.astype(float)) / size
    dy, dx = rows - y[owner - 1], columns - x[owner - 1]
    # A pixel is a square, not a point: its own second moment is a twelfth.
    yy, xx = total(dy * dy) / size + 1 / 12, total(dx * dx) / size + 1 / 12
    xy = total(dy * dx) / size
    middle, swing = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    axes = 4 * np.sqrt(np.stack([middle + swing, np.maximum(middle - swing, 0)], 1))
    fullness = area / np.maximum(np.pi / 4 * axes.prod(1), 1e-9)
    return area, axes, fullness
