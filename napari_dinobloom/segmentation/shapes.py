"""Morphology with discs of any radius, and the shapes of parts."""

import numpy as np


def opened(mask: np.ndarray, radius: float) -> np.ndarray:
    """What of a mask a disc of that radius can cover; outside continues the border."""
    result = np.zeros_like(mask)
    box = box_of(mask, 1)
    if box is None:
        return result
    part = mask[box]
    core = ~_grown(~np.pad(part, 1, mode="edge"), radius)[1:-1, 1:-1]
    if core.any():
        result[box] = part & _grown(core, radius)
    return result


def closed(mask: np.ndarray, radius: float) -> np.ndarray:
    """A mask without the bays and holes that no disc of that radius can enter."""
    result = np.zeros_like(mask)
    box = box_of(mask, 0)
    if box is None:
        return result
    margin = int(np.ceil(radius)) + 1
    filled = ~opened(~np.pad(mask[box], margin), radius)
    result[box] = filled[margin:-margin, margin:-margin]
    return result


def near(core: np.ndarray, radius: float) -> np.ndarray:
    """Pixels within a radius of a mask; none where the mask is empty."""
    result = np.zeros_like(core)
    box = box_of(core, int(radius) + 1)
    if box is not None:
        result[box] = _grown(core[box], radius)
    return result


def box_of(mask: np.ndarray, margin: int) -> tuple[slice, slice] | None:
    """The window that holds all of a mask, and a margin where there is room."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def _grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """Pixels within a radius of a mask.

    A disc is a stack of rows, so a few moves of the whole mask do what would take a
    distance map ten times as long.
    """
    reach = int(radius)
    grown = np.zeros_like(mask)
    row, width = mask.copy(), 0
    for high in range(reach, -1, -1):
        across = np.arange(reach + 1)
        widest = int(across[np.sqrt(across**2 + high**2) <= radius].max())
        for step in range(width + 1, widest + 1):
            row[:, step:] |= mask[:, :-step]
            row[:, :-step] |= mask[:, step:]
        width = widest
        if high:
            grown[high:] |= row[:-high]
            grown[:-high] |= row[high:]
    grown |= row
    return grown


def with_neighbours(mask: np.ndarray) -> np.ndarray:
    """A mask with the pixels that touch it at a side or a corner."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown


def grown_in_steps(mask: np.ndarray, steps: int) -> np.ndarray:
    """Pixels that are so many steps from a mask, each to one of four neighbours."""
    grown = mask
    for _ in range(steps):
        before, grown = grown, grown.copy()
        grown[1:] |= before[:-1]
        grown[:-1] |= before[1:]
        grown[:, 1:] |= before[:, :-1]
        grown[:, :-1] |= before[:, 1:]
    return grown


def shrunk_in_steps(mask: np.ndarray, steps: int) -> np.ndarray:
    """A mask without what lies so many steps from its outside; beyond is no outside."""
    if mask.all():
        return mask
    return ~grown_in_steps(~mask, steps)


def depth_in_parts(mask: np.ndarray) -> np.ndarray:
    """As `depth`, for a mask that covers little: each part is looked at alone."""
    from scipy import ndimage

    result = np.zeros(mask.shape)
    parts, _ = ndimage.label(mask, np.ones((3, 3), bool))
    for k, box in enumerate(ndimage.find_objects(parts), start=1):
        window = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in box)
        part = parts[window] == k
        result[window][part] = depth(part)[part]
    return result


def depth(mask: np.ndarray) -> np.ndarray:
    """How far each pixel of a mask is from the nearest outside of it; (H, W) float.

    Parameters
    ----------
    mask
        (H, W) bool; what lies beyond the picture is not outside, unless all is inside.
    """
    from scipy import ndimage

    rows, columns = ndimage.distance_transform_edt(
        mask, return_distances=False, return_indices=True
    )
    rows -= np.arange(mask.shape[0], dtype=rows.dtype)[:, None]
    columns -= np.arange(mask.shape[1], dtype=columns.dtype)
    rows *= rows
    columns *= columns
    rows += columns
    distance: np.ndarray = np.sqrt(rows, dtype=float)
    return distance


def without_small(mask: np.ndarray, smallest: float) -> np.ndarray:
    """A mask without the parts of fewer pixels."""
    from scipy import ndimage

    parts, _ = ndimage.label(mask)
    large = np.bincount(parts.ravel()) >= smallest
    large[0] = False
    kept: np.ndarray = large[parts]
    return kept


def without_holes(mask: np.ndarray) -> np.ndarray:
    """A mask and what it encloses all round."""
    from scipy import ndimage

    filled = np.zeros_like(mask)
    box = box_of(mask, 1)
    if box is not None:
        parts, _ = ndimage.label(~np.pad(mask[box], 1))
        filled[box] = (parts != parts[0, 0])[1:-1, 1:-1]
    return filled


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
