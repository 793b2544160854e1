"""How many cells of each class, per slide or patient: one pass over the arrays."""

import numpy as np


def count_classes(codes: np.ndarray, n_classes: int) -> np.ndarray:
    """Count each class.

    Parameters
    ----------
    codes
        (n,) integer class per cell, −1 for none.

    Returns
    -------
    (n_classes,) int64.
    """
    # a small integer would overflow at its highest code
    places = codes.astype(np.int64) + 1
    counts: np.ndarray = np.bincount(places, minlength=n_classes + 1)[1:]
    return counts


def count_table(
    codes: np.ndarray, groups: np.ndarray, n_classes: int, n_groups: int
) -> np.ndarray:
    """Count each class in each slide, patient or whatever the groups are.

    Parameters
    ----------
    codes, groups
        (n,) integers, −1 for none.

    Returns
    -------
    (n_groups + 1, n_classes + 1) int64; the last row is the cells without a group, the
    last column those without a class.
    """
    width = n_classes + 1
    # −1 is the last row and the last column
    row = np.where(groups < 0, n_groups, groups).astype(np.int64)
    column = np.where(codes < 0, n_classes, codes)
    counts = np.bincount(row * width + column, minlength=(n_groups + 1) * width)
    table: np.ndarray = counts.reshape(n_groups + 1, width)
    return table
