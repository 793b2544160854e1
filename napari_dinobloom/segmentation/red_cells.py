"""Red cells: the rest of the foreground, cut where cells touch or overlap."""

import numpy as np

from napari_dinobloom.segmentation.discs import Discs
from napari_dinobloom.segmentation.morphology import (
    box_of,
    depth,
    with_neighbours,
)
from napari_dinobloom.segmentation.peaks import reconstructed
from napari_dinobloom.segmentation.shapes import (
    as_ellipses,
    ellipses,
    moments,
)
from napari_dinobloom.segmentation.smoothing import smoothed

_NOTCH = 0.03  # depth of the waist that parts two cells, in red-cell diameters
_MARKER_DIAMETER = 11.0  # pixels per red cell that suffice to find where clumps part
_CLEARLY_SEEN = 0.3  # of an outline: its disc is cell, though the middle be as glass
_BEYOND = 1.2  # radii up to which what is stained belongs to a disc
_CRUMB = 0.25  # in red-cell areas: less beside a disc is part of its cell
_LEANING = 0.3  # of a crumb's surroundings that must be one cell
_ONE_CELL = 1.1  # in red-cell areas: an oval cell up to that size is not two
_OVAL = 0.97  # fullness of one
_SLICE = 0.7  # in red-cell areas: less beside a cell may be its other end
_LARGEST_WHOLE = 1.7  # in red-cell areas, of a cell with its other end
_NEARLY_OVAL = 0.955
_SLIM, _STOUT = 0.5, 0.75  # short over long axis; two cells half covered have 0.66
_USUAL_WHOLE = 1.25  # in red-cell areas; two cells half covered take up 1.5


def part_red_cells(
    rest: np.ndarray, free: np.ndarray, discs: Discs, diameter: float
) -> np.ndarray:
    """Cut the foreground into red cells, round ones along their outlines.

    Where discs overlap, the cut is the line on which their outlines cross. A clearly
    seen disc is filled, so that a pallor that is open to the glass is no bay. What no
    disc explains is cut at its waists.

    Parameters
    ----------
    rest
        (H, W) bool, foreground without white cells, pallors filled.
    free
        (H, W) bool, pixels that a red cell may take.
    discs
        Round outlines, of red cells and perhaps of others.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) int32, one number per piece, small ones included.
    """
    owner, filled = _owners(discs, rest.shape)
    body = rest | (filled & free)
    owner[~body] = 0
    owner = _whole_ovals(owner, body, diameter)
    pieces = split_red_cells(body & (owner == 0), diameter)
    pieces = np.where(pieces > 0, pieces + len(discs), owner)
    pieces = _without_crumbs(pieces, len(discs), diameter)
    return _numbered(_without_slices(pieces, diameter))


def _owners(discs: Discs, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Which disc each pixel belongs to (1 … n, 0 for none), and which are filled."""
    nearest = np.full(shape, np.inf, np.float32)
    owner, filled = np.zeros(shape, np.int32), np.zeros(shape, bool)
    for k in range(len(discs)):
        row, column, radius = discs.rows[k], discs.columns[k], discs.radii[k]
        reach = _BEYOND * radius
        top, left = max(0, int(row - reach)), max(0, int(column - reach))
        window = (
            slice(top, max(top, int(row + reach) + 2)),
            slice(left, max(left, int(column + reach) + 2)),
        )
        height, width = nearest[window].shape
        y = np.arange(top, top + height)[:, None] - row
        x = np.arange(left, left + width)[None, :] - column
        squared = y * y + x * x
        # Places of equal power to two circles lie on the line through their crossings.
        power = squared - radius**2
        mine = (squared <= reach**2) & (power < nearest[window])
        nearest[window][mine] = power[mine]
        owner[window][mine] = k + 1
        if discs.seen[k] >= _CLEARLY_SEEN:
            filled[window] |= squared <= radius**2
    return owner, filled


def _whole_ovals(owner: np.ndarray, body: np.ndarray, diameter: float) -> np.ndarray:
    """Give pieces of the foreground that are one oval cell to one disc."""
    from scipy import ndimage

    alone, count = ndimage.label(body)
    if count == 0:
        return owner
    area, _, fullness = ellipses(alone)
    largest = _ONE_CELL * np.pi / 4 * diameter**2
    whole = np.concatenate([[False], (area <= largest) & (fullness > _OVAL)])
    inside = whole[alone] & (owner > 0)
    largest_number = np.zeros(count + 1, np.int32)
    np.maximum.at(largest_number, alone[inside], owner[inside])
    one_owner: np.ndarray = np.where(whole[alone], largest_number[alone], owner)
    return one_owner


def _without_crumbs(pieces: np.ndarray, n_discs: int, diameter: float) -> np.ndarray:
    """Add what is small and leans on the cell of a disc to that cell."""
    from scipy import ndimage

    area = np.bincount(pieces.ravel())
    small = area < _CRUMB * np.pi / 4 * diameter**2
    joined = pieces.copy()
    for k, box in enumerate(ndimage.find_objects(pieces), start=1):
        if box is None or k <= n_discs or not small[k]:
            continue
        around = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in box)
        crumb = pieces[around] == k
        ring = with_neighbours(crumb) & ~crumb
        beside = pieces[around][ring]
        beside = beside[(beside > 0) & (beside <= n_discs)]
        if len(beside) > _LEANING * ring.sum():
            joined[around][crumb] = np.bincount(beside).argmax()
    return joined


def _without_slices(pieces: np.ndarray, diameter: float) -> np.ndarray:
    """Give an oval cell back the end that its disc does not reach.

    A disc fits one end of an oval cell and leaves a slice at the other. Two cells that
    lie over each other have bays where their outlines cross; a cell and its own end
    have none. What the picture's border cuts has lost its shape and stays.
    """
    from scipy import ndimage

    unit = np.pi / 4 * diameter**2
    area = np.bincount(pieces.ravel())
    open_ended = np.zeros(len(area), bool)
    for side in (0, -1):
        open_ended[pieces[side]] = open_ended[pieces[:, side]] = True
    small = np.flatnonzero((area > 0) & (area < _SLICE * unit) & ~open_ended)
    boxes, sums = ndimage.find_objects(pieces), moments(pieces)
    joined = pieces.copy()
    for k in small[np.argsort(area[small], kind="stable")]:
        if k == 0 or boxes[k - 1] is None:
            continue
        around = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in boxes[k - 1])
        here = joined[around] == k
        ring = with_neighbours(here) & ~here
        beside = joined[around][ring]
        beside = beside[beside > 0]
        if len(beside) <= _LEANING * ring.sum():
            continue
        other = int(np.bincount(beside).argmax())
        both = sums[k - 1] + sums[other - 1]
        size, axes, fullness = (m[0] for m in as_ellipses(both[None]))
        usual = size < _USUAL_WHOLE * unit
        if (
            size < _LARGEST_WHOLE * unit
            and fullness > _NEARLY_OVAL
            and axes[1] > (_SLIM if usual else _STOUT) * axes[0]
        ):
            joined[around][here] = other
            sums[k - 1], sums[other - 1] = 0, both
            boxes[other - 1] = _spanning(around, boxes[other - 1])
    return joined


def _spanning(
    one: tuple[slice, ...], other: tuple[slice, ...] | None
) -> tuple[slice, ...]:
    """The box round two boxes."""
    if other is None:
        return one
    return tuple(
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(one, other, strict=True)
    )


def _numbered(pieces: np.ndarray) -> np.ndarray:
    """The same pieces, numbered 1 … n without a gap."""
    present = np.bincount(pieces.ravel()) > 0
    present[0] = False
    numbered: np.ndarray = np.where(present, np.cumsum(present), 0)[pieces]
    return numbered.astype(np.int32)


def split_red_cells(cells: np.ndarray, diameter: float) -> np.ndarray:
    """Cut the foreground into red cells at the waists of its clumps.

    Parameters
    ----------
    cells
        (H, W) bool, foreground without white cells, pallors filled.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) int32, one number per piece, small ones included.
    """
    box = box_of(cells, 0)
    pieces = np.zeros(cells.shape, np.int32)
    if box is not None:
        pieces[box] = _split(cells[box], diameter)
    return pieces


def _split(cells: np.ndarray, diameter: float) -> np.ndarray:
    from scipy import ndimage
    from skimage.segmentation import watershed

    inside = depth(np.pad(cells, 1, mode="edge"))[1:-1, 1:-1]
    smooth = smoothed(inside.astype(np.float32), 0.05 * diameter)
    smooth[~cells] = 0
    markers = np.zeros(cells.shape, np.int32)
    step = max(1, round(diameter / _MARKER_DIAMETER))
    markers[::step, ::step] = _domes(smooth[::step, ::step], _NOTCH * diameter)
    markers[~cells] = 0
    alone, count = ndimage.label(cells)
    marked = np.zeros(count + 1, bool)
    marked[alone[markers > 0]] = True
    unmarked = cells & ~marked[alone]
    markers[unmarked] = alone[unmarked] + markers.max()
    pieces = watershed(-smooth, markers, mask=cells)
    return _numbered(pieces)  # a marker may have lost all its pixels


def _domes(height: np.ndarray, rise: float) -> np.ndarray:
    """Number the tops that rise so far above every saddle to a higher one."""
    from skimage.measure import label

    lowered = np.maximum(height - rise, 0)
    tops = height - reconstructed(lowered, height) > 0.6 * rise
    numbered: np.ndarray = label(tops & (height > 0), connectivity=2)
    return numbered
