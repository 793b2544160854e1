"""Outlines where a cell is half as dark as itself, not where glass ends."""

import numpy as np

_HALF = 0.5
_WIDEST = 0.1  # of a halo, in red-cell diameters; a paler part of a cell is wider
_LEAST = 12  # pixels of cytoplasm that tell its level


def without_halos(
    labels: np.ndarray, nuclei: np.ndarray, strength: np.ndarray, diameter: float
) -> np.ndarray:
    """Take the blurred rim away from cells.

    Whatever is darker than glass helps to find pale cells, but a lens smears a dark
    cell's edge onto the glass beside it, so that its outline lies too far out. The true
    edge is where the light is halfway between the cell's own level and the glass.

    Parameters
    ----------
    labels
        (H, W) int32, cells numbered 1 … n.
    nuclei
        (H, W) int32, nuclei of white cells, with the same numbers.
    strength
        (H, W) float, density strength.
    diameter
        Of a red cell, in pixels.

    Returns
    -------
    np.ndarray
        (H, W) int32; no cell is lost.
    """
    from scipy import ndimage

    if not labels.any():
        return labels
    inside = labels > 0
    level = _own_level(labels, nuclei, strength)
    width = max(1, round(_WIDEST * diameter))
    deep = ndimage.binary_erosion(inside, iterations=width, border_value=1)
    halo = inside & ~deep & (nuclei == 0) & (strength < _HALF * level[labels])
    trimmed = np.where(halo, 0, labels)
    lost = np.bincount(trimmed.ravel(), minlength=len(level)) == 0
    kept: np.ndarray = np.where(lost[labels], labels, trimmed)
    return kept


def _own_level(
    labels: np.ndarray, nuclei: np.ndarray, strength: np.ndarray
) -> np.ndarray:
    """Mean strength of each cell, of cytoplasm where there is any; (n + 1,)."""
    from scipy import ndimage

    count = int(labels.max()) + 1
    # Light of the nucleus spills over the cytoplasm next to it.
    spill = ndimage.binary_dilation(nuclei > 0, iterations=2)
    plain = np.where(spill, 0, labels)
    few = np.bincount(plain.ravel(), minlength=count) < _LEAST
    plain = np.where(few[labels], labels, plain)
    # Each pixel weighs as much as it is dark: the halo is what is not to be measured.
    weight, owner = strength.ravel().astype(float), plain.ravel()
    total = np.bincount(owner, weight, count)
    level: np.ndarray = np.bincount(owner, weight**2, count) / np.maximum(total, 1e-9)
    return level
