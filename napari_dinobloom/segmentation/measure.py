"""One row of numbers per cell of a segmentation."""

import numpy as np

from napari_dinobloom.segmentation.protocol import Segmentation
from napari_dinobloom.segmentation.shapes import moments


def measure(segmentation: Segmentation) -> dict[str, np.ndarray]:
    """Where each cell is, how large it is and what it was taken for.

    Returns
    -------
    dict
        Columns of n rows, row i for label i + 1: ``label`` int32, ``class`` str,
        ``x``, ``y`` float64 (centroid, pixels), ``left``, ``top``, ``width``,
        ``height`` int32 (box, pixels), ``area_px``, ``nucleus_area_px`` int64,
        ``score`` float32, ``cut_by_border`` bool: the border of the picture or the
        dark rim of an ocular field goes through the cell.
    """
    from scipy import ndimage

    labels, count = segmentation.labels, len(segmentation)
    boxes = ndimage.find_objects(labels, max_label=count)
    top = np.array([b[0].start for b in boxes], np.int32)
    left = np.array([b[1].start for b in boxes], np.int32)
    bottom = np.array([b[0].stop for b in boxes], np.int32)
    right = np.array([b[1].stop for b in boxes], np.int32)
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    nucleus = np.bincount(segmentation.nuclei.ravel(), minlength=count + 1)[1:]
    y, x = moments(labels)[:, 1:3].T / np.maximum(area, 1)
    height, width = labels.shape
    cut = (top == 0) | (left == 0) | (bottom == height) | (right == width)
    if segmentation.at_rim is not None:
        cut = cut | segmentation.at_rim
    return {
        "label": np.arange(1, count + 1, dtype=np.int32),
        "class": np.array(segmentation.kinds, dtype=str),
        "x": x,
        "y": y,
        "left": left,
        "top": top,
        "width": right - left,
        "height": bottom - top,
        "area_px": area.astype(np.int64),
        "nucleus_area_px": nucleus.astype(np.int64),
        "score": segmentation.scores,
        "cut_by_border": cut,
    }
