"""Red cells: the rest of the foreground, cut where cells touch."""

import numpy as np

_NOTCH = 0.03  # depth of the waist that parts two cells, in red-cell diameters
_MARKER_DIAMETER = 11.0  # pixels per red cell that suffice to find where clumps part


def split_red_cells(cells: np.ndarray, diameter: float) -> np.ndarray:
    """Cut the foreground into red cells at the waists of its clumps.

    Parameters
    ----------
    cells
        (H, W) bool, foreground without white cells, pallors filled.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) int32, one number per piece, small ones included.
    """
    from scipy import ndimage

    boxes = ndimage.find_objects(cells.astype(np.uint8))
    pieces = np.zeros(cells.shape, np.int32)
    if boxes:
        pieces[boxes[0]] = _split(cells[boxes[0]], diameter)
    return pieces


def _split(cells: np.ndarray, diameter: float) -> np.ndarray:
    from scipy import ndimage
    from skimage.segmentation import watershed

    inside = ndimage.distance_transform_edt(np.pad(cells, 1, mode="edge"))[1:-1, 1:-1]
    smooth = ndimage.gaussian_filter(inside.astype(np.float32), 0.05 * diameter)
    smooth[~cells] = 0
    markers = np.zeros(cells.shape, np.int32)
    step = max(1, round(diameter / _MARKER_DIAMETER))
    markers[::step, ::step] = _domes(smooth[::step, ::step], _NOTCH * diameter)
    markers[~cells] = 0
    alone, count = ndimage.label(cells)
    marked = np.zeros(count + 1, bool)
    marked[alone[markers > 0]] = True
    unmarked = cells & ~marked[alone]
    markers[unmarked] = alone[unmarked] + markers.max()
    pieces = watershed(-smooth, markers, mask=cells)
    present = np.bincount(pieces.ravel()) > 0
    present[0] = False  # a marker may have lost all its pixels; number without gaps
    numbered: np.ndarray = np.where(present, np.cumsum(present), 0)[pieces]
    return numbered.astype(np.int32)


def _domes(height: np.ndarray, depth: float) -> np.ndarray:
    """Number the tops that rise by a depth above every saddle to a higher one."""
    from skimage.measure import label
    from skimage.morphology import reconstruction

    lowered = np.maximum(height - depth, 0)
    tops = height - reconstruction(lowered, height) > 0.6 * depth
    numbered: np.ndarray = label(tops & (height > 0), connectivity=2)
    return numbered
