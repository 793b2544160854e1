"""Outlines where a cell is half as dark as itself, not where glass ends."""

import numpy as np

from napari_dinobloom.segmentation.morphology import grown_in_steps

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
    inside = labels > 0
    if not inside.any():
        return labels
    level = _own_level(labels, nuclei, strength, inside)
    width = max(1, round(_WIDEST * diameter))
    rim = np.flatnonzero(inside & grown_in_steps(~inside, width) & (nuclei == 0))
    owner = labels.ravel()[rim]
    pale = strength.ravel()[rim] < _HALF * level[owner]
    rim, owner = rim[pale], owner[pale]
    area = np.bincount(labels[inside], minlength=len(level))
    left = area - np.bincount(owner, minlength=len(level))
    trimmed = labels.copy()
    trimmed.ravel()[rim[left[owner] > 0]] = 0
    return trimmed


def _own_level(
    labels: np.ndarray, nuclei: np.ndarray, strength: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """Mean strength of each cell, of cytoplasm where there is any; (n + 1,)."""
    owner, weight = labels[inside], strength[inside].astype(float)
    count = int(owner.max()) + 1
    # Light of the nucleus spills over the cytoplasm next to it.
    plain = ~grown_in_steps(nuclei > 0, 2)[inside]
    few = np.bincount(owner[plain], minlength=count) < _LEAST
    plain |= few[owner]
    owner, weight = owner[plain], weight[plain]
    # Each pixel weighs as much as it is dark: the halo is what is not to be measured.
    total = np.bincount(owner, weight, count)
    level: np.ndarray = np.bincount(owner, weight**2, count) / np.maximum(total, 1e-9)
    return level
