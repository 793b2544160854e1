"""COCO's masks as run lengths: column by column, background first."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_dinobloom.core import BadInputError
from napari_dinobloom.imaging.foreign.shapes import Mask

_MOST_RUNS = 20_000_000


def mask_of(segmentation: Any, size: tuple[int, int]) -> Mask | None:
    """The pixels that run lengths give; None where there are none.

    Parameters
    ----------
    segmentation
        ``{"size": [height, width], "counts": …}``; the counts are a list of numbers,
        or the text into which the COCO program packs them.
    size
        (height, width) of the picture.

    Raises
    ------
    BadInputError
        If the lengths do not fill that picture.
    """
    counts = segmentation.get("counts")
    if segmentation.get("size") != list(size):
        raise BadInputError(
            f"Run lengths are of a picture of the size {segmentation.get('size')}, "
            f"not {list(size)}."
        )
    if isinstance(counts, bytes | str):
        counts = unpacked(counts if isinstance(counts, bytes) else counts.encode())
    try:
        runs = np.array(counts, np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInputError("Run lengths are no whole numbers.") from error
    fits = runs.ndim == 1 and len(runs) and runs.min() >= 0
    if not fits or runs.max() > size[0] * size[1] or runs.sum() != size[0] * size[1]:
        raise BadInputError("Run lengths do not add up to the picture's pixels.")
    ends = np.cumsum(runs)
    firsts, lasts = ends[:-1:2], ends[1::2]
    firsts, lasts = firsts[lasts > firsts], lasts[lasts > firsts]
    if not len(firsts):
        return None
    height = size[0]
    left, right = int(firsts[0] // height), int((lasts[-1] - 1) // height) + 1
    # The columns from the first to the last, one after the other.
    flat = np.zeros((right - left) * height + 1, np.int8)
    np.add.at(flat, firsts - left * height, 1)
    np.add.at(flat, lasts - left * height, -1)
    columns = np.cumsum(flat[:-1], dtype=np.int8).reshape(right - left, height).T > 0
    rows = np.flatnonzero(columns.any(1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return Mask(top, left, columns[top:bottom].copy())


def unpacked(text: bytes) -> Sequence[int]:
    """Run lengths out of COCO's text: six bits a letter, differences to two before.

    Raises
    ------
    BadInputError
        If it is no such text.
    """
    if len(text) > _MOST_RUNS:
        raise BadInputError(f"A mask has {len(text):,} letters of run lengths.")
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = letter - 48
        if not 0 <= bits < 64 or shift > 30:
            raise BadInputError("A mask's packed run lengths are damaged.")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift:
        raise BadInputError("A mask's packed run lengths are cut short.")
    return counts
