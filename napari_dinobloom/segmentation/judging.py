"""Masks that somebody else made: what each cell is, and where its nucleus lies."""

import numpy as np

from napari_dinobloom.segmentation.protocol import Segmentation, Segmenter
from napari_dinobloom.segmentation.smear import SmearSegmenter

_LEAST_NUCLEUS = 0.08
"""Share of a white cell that its nucleus fills at the least; less is a neighbour's."""
_LEAST_AGREED = 0.25
"""Share of a mask that a found cell has to cover to say what it is."""
KIND_UNKNOWN = "other"


def judge(
    rgb: np.ndarray,
    labels: np.ndarray,
    pixel_size_um: float | None = None,
    scores: np.ndarray | None = None,
    by: Segmenter | None = None,
) -> Segmentation:
    """Give kinds and nuclei to masks without them.

    The picture is searched by our own means; a mask is what most of it was found to
    be, and takes over the nuclei that lie in it. Its outline stays as it is.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8; it is not changed.
    labels
        (H, W) int32, 1 … n without a gap.
    scores
        (n,) float32 in 0 … 1, how sure it is that these are cells; 1 unless given.
    by
        Who judges; the built-in segmenter unless given.

    Returns
    -------
    Segmentation
        With the same labels. A mask where nothing was found is of the kind "other".
    """
    count = int(labels.max(initial=0))
    found = (by or SmearSegmenter()).segment(rgb, pixel_size_um)
    area = np.bincount(labels.ravel(), minlength=count + 1)
    held = np.where(found.nuclei > 0, labels, 0)
    nucleus = np.bincount(held.ravel(), minlength=count + 1)
    nucleated = nucleus >= np.maximum(_LEAST_NUCLEUS * area, 1)
    nucleated[0] = False
    best = _most_of_each(labels, found, count)
    kinds = ["wbc" if n else k for n, k in zip(nucleated[1:], best, strict=True)]
    notes = () if np.isfinite(found.red_cell_diameter_px) else found.notes
    return Segmentation(
        labels,
        np.where(nucleated[held], held, 0).astype(np.int32),
        tuple(kinds),
        np.ones(count, np.float32) if scores is None else scores,
        found.red_cell_diameter_px,
        notes,
    )


def _most_of_each(labels: np.ndarray, found: Segmentation, count: int) -> list[str]:
    """The kind that was found in most of each mask; kinds of none are unknown."""
    kinds = ("", "wbc", "rbc", "platelet", "other")
    code = np.array([0, *(kinds.index(kind) for kind in found.kinds)])
    both = labels.astype(np.int64) * len(kinds) + code[found.labels]
    shares = np.bincount(both.ravel(), minlength=(count + 1) * len(kinds))
    shares = shares.reshape(count + 1, len(kinds))[1:]
    area = shares.sum(1)
    top = shares[:, 1:].argmax(1) + 1
    sure = shares[np.arange(count), top] >= np.maximum(_LEAST_AGREED * area, 1)
    # What has the pixels of a white cell but not its nucleus is a part of it.
    return [kinds[t] if s and kinds[t] != "wbc" else KIND_UNKNOWN
            for t, s in zip(top, sure, strict=True)]  # fmt: skip
