"""Platelets among the small pieces: purple specks on glass."""

import numpy as np

SMALLEST_PLATELET = 0.02  # in red-cell areas
LARGEST_PLATELET = 0.4


def looks_like_platelet(
    relative_area: np.ndarray, stain: np.ndarray, red_stain: float
) -> np.ndarray:
    """Which pieces are platelets.

    Parameters
    ----------
    relative_area
        (n,) area in red-cell areas.
    stain
        (n,) mean nuclear stain of each piece.
    red_stain
        Nuclear stain of the darkest part of a typical red cell.

    Returns
    -------
    np.ndarray
        (n,) bool.
    """
    small = (relative_area >= SMALLEST_PLATELET) & (relative_area <= LARGEST_PLATELET)
    purple: np.ndarray = small & (stain > red_stain)
    return purple
