"""Morphology with discs of any radius, by moves of whole masks."""

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


def widened(
    box: tuple[slice, slice], margin: int, shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """A window with a margin, where a picture of that shape has room for it."""
    rows, columns = (
        slice(max(0, s.start - margin), min(size, s.stop + margin))
        for s, size in zip(box, shape, strict=True)
    )
    return rows, columns
