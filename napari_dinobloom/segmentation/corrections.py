"""Corrections of label images by hand: arrays in, new arrays out.

In every function ``labels`` is (H, W) int32, 0 where there is no cell, and ``nuclei``
the same, the nucleus of cell i carrying i. A path is (n, 2) float of (y, x) in pixels,
pixel centres on whole numbers. What cannot be done raises `BadInputError` with a
sentence for the person at the mouse.
"""

import numpy as np

from napari_dinobloom.core import BadInputError

SMALLEST_PX = 9
"""A region of fewer pixels is a slip of the hand."""
_CRUMB = 0.04
"""A part of a split below this share of the cell stays with its neighbour."""
_COVERS = 0.5
"""Whoever draws over more than that of another cell means that one."""
_WIDEST_GAP = 0.5
"""Cells farther apart than this share of the smaller one's width are not one cell."""

_LENGTHENED = 0.5
"""A line may be drawn on to the edge by that share of what was drawn in the cell."""

Images = tuple[np.ndarray, np.ndarray]


def region_inside(
    path: np.ndarray, shape: tuple[int, int], what: str = "cell"
) -> np.ndarray:
    """(H, W) bool: the pixels a closed path runs round, its own among them.

    Parameters
    ----------
    what
        What was to be drawn round, for the person who drew.

    Raises
    ------
    BadInputError
        If it encloses next to nothing.
    """
    from skimage.draw import polygon

    inside: np.ndarray = np.zeros(shape, bool)
    if len(path) > 2:
        inside[polygon(path[:, 0], path[:, 1], shape=shape)] = True
        inside[_pixels_of(np.concatenate([path, path[:1]]), shape)] = True
    if inside.sum() < SMALLEST_PX:
        raise BadInputError(
            "The line encloses nothing.", f"Draw once round the whole {what}."
        )
    return inside


def draw_cell(
    labels: np.ndarray, nuclei: np.ndarray, value: int, region: np.ndarray
) -> Images:
    """Let a region be the cell of this value; a new one, or in place of its outline.

    A drawn outline stops where another cell begins. Of what is left the largest piece
    counts. The nucleus is cut to the new outline.

    Raises
    ------
    BadInputError
        If most of another cell would be covered, or hardly anything is left.
    """
    others = region & (labels != 0) & (labels != value)
    names, counts = np.unique(labels[others], return_counts=True)
    for other, covered in zip(names.tolist(), counts.tolist(), strict=True):
        if covered > _COVERS * int((labels == other).sum()):
            raise BadInputError(
                "There is another cell under this outline.",
                "Draw that one anew, or delete it first.",
            )
    own = _largest_piece(region & ~others)
    if own.sum() < SMALLEST_PX:
        raise BadInputError(
            "Between the other cells nothing is left of this outline.",
            "Delete or redraw the cell that lies there first.",
        )
    new = np.where(labels == value, 0, labels)
    new[own] = value
    return new, np.where((nuclei == value) & ~own, 0, nuclei)


def draw_nucleus(
    labels: np.ndarray, nuclei: np.ndarray, value: int, region: np.ndarray
) -> Images:
    """Let what of a region lies in the cell be its nucleus.

    Raises
    ------
    BadInputError
        If the region lies beside the cell.
    """
    inside = region & (labels == value)
    if inside.sum() < SMALLEST_PX:
        raise BadInputError(
            "This line lies beside the cell.", "Draw round the nucleus inside the cell."
        )
    new = np.where(nuclei == value, 0, nuclei)
    new[inside] = value
    return labels, new


def erase_cells(labels: np.ndarray, nuclei: np.ndarray, values: np.ndarray) -> Images:
    """Take cells away with their nuclei."""
    gone = np.isin(labels, values)
    return np.where(gone, 0, labels), np.where(gone, 0, nuclei)


def merge_cells(labels: np.ndarray, nuclei: np.ndarray, values: np.ndarray) -> Images:
    """Join cells that lie beside each other; all get the first value.

    A seam or narrow gap between them is closed, as far as it is free.

    Raises
    ------
    BadInputError
        If they are not neighbours.
    """
    from napari_dinobloom.segmentation.morphology import closed

    first, parts = int(values[0]), np.isin(labels, values)
    rows, columns = _box_of(parts, 2)
    window = labels[rows, columns]
    gap = _gap_between(window, values)
    whole = parts[rows, columns]
    if gap > 0:
        whole = closed(whole, gap / 2 + 1.0) & ((window == 0) | whole)
    new, new_nuclei = labels.copy(), nuclei.copy()
    new[rows, columns][whole] = first
    new_nuclei[np.isin(nuclei, values)] = first
    return new, new_nuclei


def cell_under(labels: np.ndarray, path: np.ndarray) -> int:
    """The value of the cell in which most of a path runs, 0 where in none."""
    return _commonest(labels[_pixels_of(path, labels.shape)])


def cell_in(labels: np.ndarray, region: np.ndarray) -> int:
    """The value of the cell that has most of a region, 0 where none has any."""
    return _commonest(labels[region])


def split_cell(
    labels: np.ndarray,
    nuclei: np.ndarray,
    value: int,
    path: np.ndarray,
    new_values: int,
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Part a cell along a path; one that ends just inside goes on to the edge.

    Parameters
    ----------
    new_values
        The first of the values that the smaller parts get; the largest keeps its own.

    Returns
    -------
    labels, nuclei
    values
        Of the new parts.

    Raises
    ------
    BadInputError
        If the path does not part the cell, or too little of it was drawn.
    """
    from scipy import ndimage

    drawn, lacking = lengths_of_cut(labels, value, path)
    if lacking > _LENGTHENED * drawn:
        raise BadInputError(
            "This line is too short: it ends inside the cell.",
            "Draw it across the cell, from one edge to the other.",
        )
    cell = labels == value
    box = _box_of(cell, 2)
    window = cell[box]
    corner = np.array([box[0].start, box[1].start])
    wall = np.zeros(window.shape, bool)
    wall[_pixels_of(_to_the_edge(path - corner, window), window.shape)] = True
    parts, n = ndimage.label(window & ~wall)
    sizes = np.bincount(parts.ravel(), minlength=n + 1)[1:]
    least = max(SMALLEST_PX, _CRUMB * window.sum())
    large = 1 + np.flatnonzero(sizes >= least)
    if len(large) < 2:
        raise BadInputError(
            "This line does not part the cell.",
            "Draw it across the cell, from one edge to the other.",
        )
    # the line itself and crumbs go to the part that is nearest
    unowned = ~np.isin(parts, large)
    _, (rows, columns) = ndimage.distance_transform_edt(unowned, return_indices=True)
    parts = np.where(window, parts[rows, columns], 0)
    sizes = np.bincount(parts.ravel(), minlength=n + 1)
    by_size = sorted(large.tolist(), key=lambda part: -int(sizes[part]))
    added = list(range(new_values, new_values + len(large) - 1))
    number = np.zeros(n + 1, np.int32)
    number[by_size] = [value, *added]
    new, new_nuclei = labels.copy(), nuclei.copy()
    new[box][window] = number[parts][window]
    nucleus = window & (nuclei[box] == value)
    new_nuclei[box][nucleus] = number[parts][nucleus]
    return new, new_nuclei, added


def lengths_of_cut(
    labels: np.ndarray, value: int, path: np.ndarray
) -> tuple[float, float]:
    """How far a path runs in a cell, and how much it lacks to the edges, in pixels."""
    cell = labels == value
    box = _box_of(cell, 2)
    window, corner = cell[box], np.array([box[0].start, box[1].start])
    inside = path - corner
    drawn = float(window[_pixels_of(inside, window.shape)].sum())
    whole = _to_the_edge(inside, window)
    if len(whole) == len(inside):
        return drawn, 0.0
    ends = whole[[0, -1]] - inside[[0, -1]]
    return drawn, float(np.hypot(*ends.T).sum())


# -- parts -----------------------------------------------------------------------


def _commonest(values: np.ndarray) -> int:
    """The commonest value but 0, else 0."""
    values = values[values > 0]
    return int(np.bincount(values).argmax()) if len(values) else 0


def _largest_piece(region: np.ndarray) -> np.ndarray:
    """The largest connected part, without the holes that nobody else lies in."""
    from scipy import ndimage

    pieces, n = ndimage.label(region)
    if n < 2:
        return region
    largest: np.ndarray = pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()
    return largest


def _box_of(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The box round a mask that is not empty, and some pixels more."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def _gap_between(labels: np.ndarray, values: np.ndarray) -> float:
    """The widest gap that has to be closed to join all, in pixels; 0 if they touch.

    Raises
    ------
    BadInputError
        If one is too far off to be a part of the same cell.
    """
    from scipy import ndimage

    joined, left, widest = labels == values[0], list(values[1:]), 0.0
    while left:
        away = ndimage.distance_transform_edt(~joined)
        near = {value: float(away[labels == value].min()) for value in left}
        value = min(near, key=lambda v: near[v])
        width = np.sqrt(min(joined.sum(), (labels == value).sum()))
        gap = max(near[value] - 1.0, 0.0)
        if gap > _WIDEST_GAP * width:
            raise BadInputError(
                "These cells do not lie beside each other.",
                "Take neighbours in hand that are parts of one cell.",
            )
        widest = max(widest, gap)
        joined = joined | (labels == value)
        left.remove(value)
    return widest


def _to_the_edge(path: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """The path, gone on with straight at the ends that lie inside the cell."""
    if len(path) < 2 or np.hypot(*(path[-1] - path[0])) < 1e-6:
        return path
    reach = max(2, len(path) // 5)
    start = _ray(path[0], path[0] - path[min(reach, len(path) - 1)], cell)
    end = _ray(path[-1], path[-1] - path[max(-reach - 1, -len(path))], cell)
    return np.concatenate([[start], path, [end]])


def _ray(point: np.ndarray, direction: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Where one leaves the cell on the way from a point; the point if outside."""
    length = float(np.hypot(*direction))
    step = direction / length if length else np.zeros(2)
    for k in range(sum(cell.shape) if length else 0):
        there = point + k * step
        y, x = np.rint(there).astype(int)
        inside = 0 <= y < cell.shape[0] and 0 <= x < cell.shape[1]
        if not inside or not cell[y, x]:
            return there
    return point


def _pixels_of(
    path: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels on a path, each step by the shorter way.

    Two parts on both sides of it touch at corners at most.
    """
    steps = np.maximum(np.abs(np.diff(path, axis=0)).max(axis=1, initial=0), 1e-9)
    dense = [path[:1]]
    for start, end, far in zip(path[:-1], path[1:], steps, strict=True):
        n = int(np.ceil(2 * far)) + 1
        dense.append(start + np.linspace(0, 1, n + 1)[1:, None] * (end - start))
    at = np.unique(np.rint(np.concatenate(dense)).astype(int), axis=0)
    inside = ((at >= 0) & (at < np.array(shape[:2]))).all(axis=1)
    return at[inside, 0], at[inside, 1]
