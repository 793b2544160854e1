"""White cells that were found in two halves: the lobes of one nucleus."""

from typing import Any

import numpy as np

from napari_dinobloom.segmentation.morphology import widened

# Lengths in red-cell diameters.
_ONE_CELL = 0.945  # solidity from which two touching halves are one cell
_WIDEST = 3.1  # 23 µm: a monocyte spread flat
_CUT = 1.0  # border in widths of the smaller half: 1.4 in a halved disc, 0.6 in a pair


def join_halves(white: np.ndarray, diameter: float) -> np.ndarray:
    """Join neighbours that together are one convex cell: the lobes of one nucleus.

    Two cells that touch have a waist, and together no convex outline. Where a
    neighbour takes a bite out of the outline, the length of the cut tells.

    Parameters
    ----------
    white
        (H, W) int32, white cells.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (n + 1,) int32, the number that each cell has afterwards; not consecutive.
    """
    from scipy import ndimage
    from skimage.measure import regionprops

    number = np.arange(int(white.max()) + 1, dtype=np.int32)
    boxes = [None, *ndimage.find_objects(white)]
    whole = list(boxes)  # of all that has a number by now
    for k, box in enumerate(boxes):
        if box is None:
            continue
        window = white[widened(box, 2, white.shape)]
        ring = ndimage.binary_dilation(window == k, iterations=2)
        for other in np.unique(window[ring & (window != k) & (window > 0)]):
            first, second = number[k], number[other]
            if first >= second:
                continue
            together = _spanning(whole[first], whole[second])
            pair = np.isin(number[white[together]], (first, second))
            both = regionprops(pair.astype(np.uint8))[0]
            if both.feret_diameter_max < _WIDEST * diameter and (
                both.solidity > _ONE_CELL
                or _has_no_waist(number[window], first, second)
            ):
                number[number == second] = first
                whole[first] = together
    return number


def _spanning(one: tuple[slice, slice], other: tuple[slice, slice]) -> Any:
    """The box round two boxes."""
    return tuple(
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(one, other, strict=True)
    )


def _has_no_waist(cells: np.ndarray, first: int, second: int) -> bool:
    """Whether the border between two cells is longer than either cell is wide."""
    from scipy import ndimage

    one, other = cells == first, cells == second
    smaller, larger = (one, other) if one.sum() < other.sum() else (other, one)
    border = int((ndimage.binary_dilation(larger, iterations=2) & smaller).sum()) / 2
    return border > _CUT * float(np.sqrt(4 / np.pi * smaller.sum()))
