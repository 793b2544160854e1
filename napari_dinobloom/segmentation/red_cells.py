"""Red cells: the rest of the foreground, cut where cells touch."""

import numpy as np

_NOTCH = 0.03  # depth of the waist that parts two cells, in red-cell diameters
_SMALLEST = 0.15  # a fragment smaller than this share of a red cell is none


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
    from skimage.measure import label
    from skimage.morphology import reconstruction
    from skimage.segmentation import watershed

    if not cells.any():
        return np.zeros(cells.shape, np.int32)
    inside = ndimage.distance_transform_edt(np.pad(cells, 1, mode="edge"))[1:-1, 1:-1]
    smooth = ndimage.gaussian_filter(inside, 0.05 * diameter)
    # A disc of more than a red cell's radius tells nothing new about where cells part.
    smooth = np.where(cells, smooth, 0)
    floor = np.maximum(smooth - _NOTCH * diameter, 0)
    domes = (smooth - reconstruction(floor, smooth)) > 0.6 * _NOTCH * diameter
    markers = label(domes & cells, connectivity=2)
    alone = label(cells, connectivity=1)
    marked = np.zeros(int(alone.max()) + 1, bool)
    marked[np.unique(alone[markers > 0])] = True
    unmarked = np.where(marked[alone], 0, alone)
    markers = np.where(unmarked > 0, unmarked + markers.max(), markers)
    pieces: np.ndarray = watershed(-smooth, markers, mask=cells).astype(np.int32)
    return pieces
