"""Which cell of one label image is which cell of another one of the same picture."""

from dataclasses import dataclass

import numpy as np

SAME_IOU = 0.5
"""From here on two outlines are one cell. Cells of one image do not overlap, so above a
half each has one partner at most, whatever the order in which they are looked at: two
partners would together cover more than the whole cell."""
CENTRED_IOU = 0.25
"""Enough where the middle of each lies in the other: a nucleus and its whole cell, or a
cell with and without the rim that another threshold gave it. A half or a third of a
clump that was taken apart does not hold the clump's middle, or is not nearest to it."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Cells that are in both images, each in one pair only.

    Parameters
    ----------
    before, after
        (k,) int32, their values in the two images; ascending in ``after``.
    is_same
        (k,) bool, whether every pixel of cell and nucleus is where it was.
    """

    before: np.ndarray
    after: np.ndarray
    is_same: np.ndarray


def match_cells(
    before: np.ndarray,
    after: np.ndarray,
    nuclei_before: np.ndarray,
    nuclei_after: np.ndarray,
) -> Matching:
    """Pair the cells of two label images by the overlap of their masks.

    Best overlaps first. Among outlines that cover each other by more than half this is
    the assignment with the greatest total overlap (see `SAME_IOU`); the rest are pairs
    with a common middle, of which a third claimant is rare enough not to be haggled
    with.

    Parameters
    ----------
    before, after
        (H, W) int32, 0 elsewhere.
    nuclei_before, nuclei_after
        (H, W) int32; the nucleus of cell i carries i.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if before.shape != after.shape:
        raise ValueError(f"label images of shapes {before.shape} and {after.shape}")
    first, second, common = overlaps(before, after)
    sizes = np.bincount(before.ravel()), np.bincount(after.ravel())
    iou = common / (sizes[0][first] + sizes[1][second] - common)
    middles = _middles(before), _middles(after)
    centred = (after[middles[0][first, 0], middles[0][first, 1]] == second) & (
        before[middles[1][second, 0], middles[1][second, 1]] == first
    )
    wanted = (iou >= SAME_IOU) | (centred & (iou >= CENTRED_IOU))
    chosen = best_first(first, second, np.where(wanted, iou, 0.0))
    chosen = chosen[np.argsort(second[chosen])]
    first, second, iou = first[chosen], second[chosen], iou[chosen]
    same = (iou == 1) & _same_nucleus(nuclei_before, nuclei_after, first, second)
    return Matching(first.astype(np.int32), second.astype(np.int32), same)


def overlaps(
    before: np.ndarray, after: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of each pair of cells that shares pixels, and how many; (m,) each."""
    from scipy.sparse import coo_matrix

    both = (before > 0) & (after > 0)
    ones = np.ones(int(both.sum()), np.int64)
    shape = int(before.max(initial=0)) + 1, int(after.max(initial=0)) + 1
    counts = coo_matrix((ones, (before[both], after[both])), shape).tocsr().tocoo()
    return counts.row, counts.col, counts.data


def _middles(labels: np.ndarray) -> np.ndarray:
    """(n + 1, 2) int, row and column nearest to the centroid of each value."""
    rows, columns = np.nonzero(labels)
    owner = labels[rows, columns]
    n = int(labels.max(initial=0)) + 1
    size = np.maximum(np.bincount(owner, minlength=n), 1)
    middle = [np.bincount(owner, at, n) / size for at in (rows, columns)]
    return np.rint(np.stack(middle, axis=1)).astype(int)


def best_first(first: np.ndarray, second: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Indices of pairs, each value used once; the worthiest are taken first."""
    taken: tuple[set[int], set[int]] = set(), set()
    chosen = []
    for i in np.argsort(-worth, kind="stable").tolist():
        if not worth[i]:
            break
        a, b = int(first[i]), int(second[i])
        if a not in taken[0] and b not in taken[1]:
            taken[0].add(a)
            taken[1].add(b)
            chosen.append(i)
    return np.array(chosen, int)


def _same_nucleus(
    before: np.ndarray, after: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """(k,) bool, whether the nuclei of each pair are the same pixels."""
    n = int(max(before.max(initial=0), first.max(initial=0))) + 1
    partner = np.zeros(n, np.int64)
    partner[first] = second
    differ = partner[before] != after
    # a pixel that differs speaks against both cells to which it belongs
    old = np.bincount(before[differ], minlength=n)
    m = int(max(after.max(initial=0), second.max(initial=0))) + 1
    new = np.bincount(after[differ], minlength=m)
    same: np.ndarray = (old[first] == 0) & (new[second] == 0)
    return same
