"""The rim of each nucleus at the picture's own sharpness."""

import numpy as np

from napari_dinobloom.segmentation.background import Background
from napari_dinobloom.segmentation.optical_density import (
    nuclear_stain,
    optical_density,
)

_BAND = 0.07  # half its width, in red-cell diameters: about two pixels where sought
_SMOOTH = 0.006
_SEEN = 30  # pixels
FINER = 1.2
"""Times more pixels a side than where nuclei were sought; less gains nothing."""


def sharpen_rims(
    rgb: np.ndarray,
    glass: Background,
    labels: np.ndarray,
    nuclei: np.ndarray,
    splits: np.ndarray,
    diameter: float,
) -> np.ndarray:
    """Draw the rims of nuclei anew, near where they were found on a smaller picture.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    glass
        Light of the empty glass of the same picture.
    labels, nuclei
        (H, W) int32, cells and their nuclei with the same numbers.
    splits
        (n + 1,) float, nuclear stain at which the nucleus of each cell ends.
    diameter
        Of a red cell, in pixels of the picture.

    Returns
    -------
    np.ndarray
        (H, W) int32 nuclei.
    """
    from scipy import ndimage

    sharp = nuclei.copy()
    band, sigma = _BAND * diameter, _SMOOTH * diameter
    height, width = labels.shape
    margin = int(band) + 2
    for k, box in enumerate(ndimage.find_objects(nuclei), start=1):
        if box is None:
            continue
        window = tuple(
            slice(max(0, s.start - margin), min(size, s.stop + margin))
            for s, size in zip(box, (height, width), strict=True)
        )
        rows, columns = (
            (np.arange(s.start, s.stop, dtype=np.float32) + 0.5) / size
            for s, size in zip(window, (height, width), strict=True)
        )
        light = glass.at(rows[:, None], columns[None, :])
        density = optical_density(rgb[window], light)
        density = ndimage.gaussian_filter(density, (sigma, sigma, 0))
        cell, before = labels[window] == k, nuclei[window] == k
        padded = np.pad(before, 1, mode="edge")
        deep = ndimage.distance_transform_edt(padded)[1:-1, 1:-1] > band
        close = ndimage.distance_transform_edt(~padded)[1:-1, 1:-1] <= band
        darker = _darker(density, deep, cell & ~close, splits[k])
        after = cell & (deep | (close & darker))
        if after.sum() > 0.5 * before.sum():
            sharp[window][before] = 0
            sharp[window][after] = k
    return sharp


def _darker(
    density: np.ndarray, nucleus: np.ndarray, cytoplasm: np.ndarray, split: float
) -> np.ndarray:
    """Pixels nearer to the nucleus' colour than to its cytoplasm's; (h, w) bool.

    Along the line from one colour to the other the grain of the camera weighs least.
    Where either is hardly seen, nuclear stain tells.
    """
    if min(nucleus.sum(), cytoplasm.sum()) < _SEEN:
        return np.asarray(nuclear_stain(density) > split)
    dark, pale = (np.median(density[m], axis=0) for m in (nucleus, cytoplasm))
    # A lens blurs light, not density: the edge is a little below the middle of both.
    light = -np.log(0.5 * (np.exp(-dark) + np.exp(-pale)))
    edge = 0.5 * (0.5 * (dark + pale) + light)
    towards = dark - pale
    return np.asarray((density - edge) @ towards > 0)
