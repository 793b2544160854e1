"""How far each cell is from the cells in hand, feature by feature."""

import numpy as np

from napari_dinobloom.study import FeatureMatrix

MOST_POINTS = 16
"""Above this, distance is that to the middle of the cells in hand."""
AT_ONCE = 8192


def nearness(
    matrix: FeatureMatrix, cell_ids: np.ndarray, in_hand: np.ndarray
) -> np.ndarray:
    """Squared distance of each cell to the nearest of those in hand.

    Features are scaled as the matrix says. Of more than `MOST_POINTS` cells in hand
    the distance to their middle is taken.

    Parameters
    ----------
    cell_ids
        (n,) int64: for which cells.
    in_hand
        (m,) int64.

    Returns
    -------
    (n,) float32, nan where a cell has no features, or none in hand has.
    """
    far = np.full(len(cell_ids), np.nan, np.float32)
    rows, place = _places(matrix.cell_ids, cell_ids)
    mine, _ = _places(matrix.cell_ids, in_hand)
    if not len(rows) or not len(mine):
        return far
    scale = _Scale(matrix)
    points = scale(matrix.values[mine])
    if len(points) > MOST_POINTS:
        points = points.mean(axis=0, keepdims=True)
    whole = len(rows) == len(matrix) and bool((rows == np.arange(len(rows))).all())
    for start in range(0, len(rows), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        some = scale(matrix.values[part] if whole else matrix.values[rows[part]])
        far[place[part]] = _least_distance(some, points)
    return far


class _Scale:
    """Brings raw rows to what distances are taken in, some at a time."""

    def __init__(self, matrix: FeatureMatrix) -> None:
        self._mean: np.ndarray = np.zeros(1, np.float32)
        self._factor: np.ndarray = np.ones(1, np.float32)
        if matrix.scaling == "standard":
            self._mean, self._factor = _mean_and_factor(matrix.values)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """(n, d) float32; what could not be measured lies in the middle."""
        out: np.ndarray = (values - self._mean) * self._factor
        if not np.isfinite(out.sum()):  # seldom, and replacing takes its time
            np.nan_to_num(out, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return out


def _mean_and_factor(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(d,) mean and one over the deviation; zero for a constant feature."""
    count, total, squares = (np.zeros(values.shape[1]) for _ in range(3))
    known_first = np.where(np.isfinite(values[:1]), values[:1], 0)[0]
    for start in range(0, len(values), AT_ONCE):
        some = values[start : start + AT_ONCE]
        # from a value of the feature itself: no digits are lost where it is large
        moved = some - known_first
        if np.isfinite(moved.sum()):
            count += len(moved)
        else:
            known = np.isfinite(some)
            moved = np.where(known, moved, 0)
            count += known.sum(axis=0)
        total += moved.sum(axis=0, dtype=np.float64)
        squares += np.einsum("ij,ij->j", moved, moved)
    count = np.maximum(count, 1)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    mean = mean + known_first
    constant = deviation <= 1e-6 * np.abs(mean)
    factor = 1 / np.where(constant, np.inf, np.where(deviation > 0, deviation, np.inf))
    return mean.astype(np.float32), factor.astype(np.float32)


def _least_distance(rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n,) float32, squared: only the order is asked for."""
    squares = np.einsum("ij,ij->i", rows, rows)[:, None] - 2 * (rows @ points.T)
    least: np.ndarray = (squares + (points**2).sum(axis=1)).min(axis=1)
    return np.asarray(np.maximum(least, 0), np.float32)


def _places(ids: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of those wanted that are among ids, and their places among the wanted."""
    if not len(ids) or not len(wanted):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    order = None if bool((np.diff(ids) > 0).all()) else np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)
    rows = at if order is None else order[at]
    found = ids[rows] == wanted
    return rows[found], np.flatnonzero(found)
