"""White cells: the cytoplasm round each nucleus."""

import numpy as np

from napari_dinobloom.segmentation.optical_density import median_and_spread

_REACH = 0.8  # how far cytoplasm may lie from its nucleus, in red-cell diameters
_SMALLEST_RED = 0.22  # inscribed radius that makes a patch a red cell, in diameters


def grow_cytoplasm(
    density: np.ndarray,
    cells: np.ndarray,
    nuclei: np.ndarray,
    glass_covariance: np.ndarray,
    diameter: float,
) -> np.ndarray:
    """Give each nucleus its cytoplasm.

    Cytoplasm is what differs from glass, is near a nucleus and is no red cell. Red
    cells are told by the direction of their colour, not its strength, so that a pale
    red cell stays one.

    Parameters
    ----------
    density
        (H, W, 3) optical density, smoothed.
    cells
        (H, W) bool, foreground with the pallors filled.
    nuclei
        (H, W) int32, one number per white cell.
    glass_covariance
        (3, 3) of the density of empty glass.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) int32, the white cells with the numbers of their nuclei.
    """
    from scipy import ndimage

    if not nuclei.any():
        return np.zeros_like(nuclei)
    away, (rows, columns) = ndimage.distance_transform_edt(
        nuclei == 0, return_indices=True
    )
    near = away <= _REACH * diameter
    stained = (cells | _unlike_glass(density, glass_covariance)) & near
    red = _red_cells_nearby(density, cells, nuclei, away, diameter)
    body = (stained & ~red) | (nuclei > 0)
    body = _open(body, 0.09 * diameter) | (nuclei > 0)
    owner = np.where(body, nuclei[rows, columns], 0)
    grown = np.zeros_like(nuclei)
    for k, box in enumerate(ndimage.find_objects(owner), start=1):
        if box is None:
            continue
        window = _widen(box, round(0.3 * diameter), nuclei.shape)
        whole = _tidy(owner[window] == k, nuclei[window] == k, diameter)
        free = (grown[window] == 0) & ((owner[window] == k) | (owner[window] == 0))
        free &= ~red[window] | (nuclei[window] == k)
        grown[window][(whole & free) | (nuclei[window] == k)] = k
    return grown


def _unlike_glass(density: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Pixels that no empty glass looks like, though they may be paler than cells."""
    inverse = np.linalg.inv(covariance).astype(np.float32)
    distance = np.einsum("...i,ij,...j->...", density, inverse, density, optimize=True)
    darker = density.sum(-1) > 0
    unlike: np.ndarray = (distance > 3.5**2) & darker
    return unlike


def _red_cells_nearby(
    density: np.ndarray,
    cells: np.ndarray,
    nuclei: np.ndarray,
    away: np.ndarray,
    diameter: float,
) -> np.ndarray:
    """Patches with the red cells' colour, of their size; (H, W) bool."""
    far = cells & (away > _REACH * diameter)
    if far.sum() < 0.5 * diameter**2:
        far = cells & (away > 0.35 * diameter)
    if far.sum() < 0.1 * diameter**2:
        return np.zeros(cells.shape, bool)
    alike = cells & (nuclei == 0) & _like_red(density, density[far])
    core = _open(alike, _SMALLEST_RED * diameter)
    patches = _reach_within(core, alike, 0.12 * diameter)
    return patches


def _like_red(density: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Pixels whose colour points where the samples' colour points; (H, W) bool."""
    lengths = np.linalg.norm(samples, axis=1)
    solid = samples[lengths > np.median(lengths) * 0.8]
    axis = np.median(solid / np.linalg.norm(solid, axis=1, keepdims=True), axis=0)
    axis /= np.linalg.norm(axis)
    slope = _slope(solid, axis)
    middle, spread = median_and_spread(slope)
    limit = max(middle + 3 * spread, 0.12)
    along = density @ axis.astype(np.float32)
    across = np.sqrt(np.maximum(np.square(density).sum(-1) - along**2, 0))
    alike: np.ndarray = across < limit * np.maximum(along, 0)
    return alike


def _slope(samples: np.ndarray, axis: np.ndarray) -> np.ndarray:
    along = samples @ axis
    across = np.sqrt(np.maximum(np.square(samples).sum(1) - along**2, 0))
    ratio: np.ndarray = across / np.maximum(along, 1e-6)
    return ratio


def _open(mask: np.ndarray, radius: float) -> np.ndarray:
    """Morphological opening with a disc, through distance maps: any radius, one cost."""
    from scipy import ndimage

    kept = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    core = kept > radius
    if not core.any():
        return np.zeros_like(mask)
    opened: np.ndarray = ndimage.distance_transform_edt(~core) <= radius
    return opened


def _reach_within(core: np.ndarray, mask: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage

    if not core.any():
        return core
    reached: np.ndarray = mask & (ndimage.distance_transform_edt(~core) <= radius)
    return reached


def _widen(box: tuple[slice, slice], margin: int, shape: tuple) -> tuple[slice, slice]:
    rows, columns = (
        slice(max(0, s.start - margin), min(size, s.stop + margin))
        for s, size in zip(box, shape, strict=True)
    )
    return rows, columns


def _tidy(body: np.ndarray, nucleus: np.ndarray, diameter: float) -> np.ndarray:
    """One piece, holding its nucleus, without bays or whiskers; (h, w) bool."""
    from scipy import ndimage

    parts, _ = ndimage.label(body | nucleus)
    held = np.unique(parts[nucleus])
    whole = np.isin(parts, held[held > 0])
    radius = 0.16 * diameter
    margin = int(np.ceil(radius)) + 1
    padded = np.pad(whole, margin)
    closed = ~_open(~padded, radius)
    closed = ndimage.binary_fill_holes(closed)
    smooth = _open(closed, 0.12 * diameter)[margin:-margin, margin:-margin]
    tidy: np.ndarray = smooth | nucleus
    return tidy
