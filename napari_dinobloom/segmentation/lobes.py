"""Which lobes make one nucleus."""

import numpy as np

_WIDEST_NUCLEUS = 2.0  # in red-cell diameters, over all lobes
_LOBE_GAP = 0.45  # in red-cell diameters
_WHOLE_NUCLEUS = 0.75  # of a red-cell area: a round lobe as large is a whole nucleus


def join_lobes(lobes: np.ndarray, cells: np.ndarray, diameter: float) -> np.ndarray:
    """Which nucleus each lobe belongs to; (largest label + 1,) int, 0 for none.

    Lobes are joined, nearest first, when cell lies between them, they fit a circle
    that one white cell may fill, and they are not two whole round nuclei.
    """
    from scipy.spatial import cKDTree
    from skimage.measure import regionprops

    props = regionprops(lobes)
    if len(props) < 2:
        return np.arange(int(lobes.max()) + 1)
    area = float(np.pi / 4 * diameter**2)
    groups = {p.label: [p] for p in props}
    owner = np.arange(int(lobes.max()) + 1)
    outlines = {p.label: _outline(p) for p in props}
    pairs = []
    middles = cKDTree([p.centroid for p in props])
    near = middles.query_pairs(_WIDEST_NUCLEUS * diameter, output_type="ndarray")
    for i, j in near[np.lexsort(near.T[::-1])].tolist():
        a, b = props[i], props[j]
        gap, start, end = _nearest(outlines[a.label], outlines[b.label])
        if gap <= _LOBE_GAP * diameter:
            pairs.append((gap, a, b, start, end))
    for _, a, b, start, end in sorted(pairs, key=lambda pair: pair[0]):
        first, second = int(owner[a.label]), int(owner[b.label])
        if first == second or not _is_cell_between(cells, start, end):
            continue
        if all(_is_whole(groups[k], area) for k in (first, second)):
            continue
        together = groups[first] + groups[second]
        points = np.concatenate([outlines[p.label] for p in together])
        if _span(points) > _WIDEST_NUCLEUS * diameter:
            continue
        groups[first] = together
        owner[owner == second] = first
    return owner


def _outline(lobe: object) -> np.ndarray:
    """Pixels of a lobe's border, thinned to some sixty points; (n, 2)."""
    from scipy import ndimage

    mask = lobe.image  # type: ignore[attr-defined]  # skimage is untyped here
    edge = mask & ~ndimage.binary_erosion(mask)
    points = np.argwhere(edge) + np.asarray(lobe.bbox[:2])  # type: ignore[attr-defined]  # as above
    return points[:: max(1, len(points) // 60)]


def _nearest(a: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    squared = np.square(a[:, None] - b[None]).sum(-1)
    i, j = np.unravel_index(int(squared.argmin()), squared.shape)
    return float(np.sqrt(squared[i, j])), a[i], b[j]


def _is_cell_between(cells: np.ndarray, start: np.ndarray, end: np.ndarray) -> bool:
    steps = np.linspace(0, 1, 12)[:, None]
    path = np.rint(start + (end - start) * steps).astype(int)
    return float(cells[path[:, 0], path[:, 1]].mean()) > 0.7


def _is_whole(lobes: list, area: float) -> bool:
    return len(lobes) == 1 and (
        lobes[0].area > _WHOLE_NUCLEUS * area and lobes[0].solidity > 0.92
    )


def _span(points: np.ndarray) -> float:
    """Largest distance between two of the points."""
    thin = points[:: max(1, len(points) // 150)]
    return float(np.sqrt(np.square(thin[:, None] - thin[None]).sum(-1).max()))
