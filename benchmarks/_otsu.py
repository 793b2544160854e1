"""What a beginner would do: thresholds by Otsu and connected components."""

import numpy as np

from napari_dinobloom.segmentation import Segmentation


def otsu(rgb: np.ndarray) -> Segmentation:
    """Darkest of three Otsu classes in green is white cell, the middle one red."""
    from skimage.filters import threshold_multiotsu
    from skimage.measure import label

    low, high = threshold_multiotsu(rgb[..., 1], 3)
    dark = label(rgb[..., 1] < low)
    middle = label((rgb[..., 1] >= low) & (rgb[..., 1] < high))
    smallest = 0.002 * dark.size
    out = np.zeros(dark.shape, np.int32)
    kinds: list[str] = []
    for parts, kind in ((dark, "wbc"), (middle, "rbc")):
        for k in np.flatnonzero(np.bincount(parts.ravel()) > smallest):
            if k:
                kinds.append(kind)
                out[parts == k] = len(kinds)
    nuclei = np.where(
        np.isin(out, [k for k, kind in enumerate(kinds, 1) if kind == "wbc"]), out, 0
    )
    scores = np.ones(len(kinds), np.float32)
    return Segmentation(
        out, nuclei.astype(np.int32), tuple(kinds), scores, float("nan")
    )
