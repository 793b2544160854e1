"""Which cell of one search of a slide is which of another one, by their boxes.

The label image of a slide does not fit into memory; boxes of a million cells do.
"""

import numpy as np

from napari_dinobloom.segmentation.matching import SAME_IOU, best_first


def match_boxes(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pair boxes that overlap by half or more, each in one pair only; best first.

    Parameters
    ----------
    before, after
        (n, 4) and (m, 4): left, top, width, height in pixels.

    Returns
    -------
    tuple
        (k,) rows of ``before`` and (k,) rows of ``after``, ascending in the latter.
    """
    from scipy.spatial import cKDTree

    if not len(before) or not len(after):
        return np.empty(0, int), np.empty(0, int)
    before, after = np.asarray(before, float), np.asarray(after, float)
    # Boxes that overlap by half have their middles nearer than the smaller one is wide.
    reach = float(min(before[:, 2:].max(), after[:, 2:].max()))
    trees = cKDTree(_middles(before)), cKDTree(_middles(after))
    near = trees[0].sparse_distance_matrix(trees[1], reach, output_type="ndarray")
    first, second = near["i"].astype(int), near["j"].astype(int)
    iou = _iou(before[first], after[second])
    chosen = best_first(first, second, np.where(iou >= SAME_IOU, iou, 0.0))
    chosen = chosen[np.argsort(second[chosen])]
    return first[chosen], second[chosen]


def _middles(boxes: np.ndarray) -> np.ndarray:
    middles: np.ndarray = boxes[:, :2] + boxes[:, 2:] / 2
    return middles


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, :2], b[:, :2])
    high = np.minimum(a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:])
    common = np.maximum(high - low, 0).prod(axis=1)
    iou: np.ndarray = common / (a[:, 2:].prod(1) + b[:, 2:].prod(1) - common)
    return iou
