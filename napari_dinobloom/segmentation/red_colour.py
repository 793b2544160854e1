"""The colour that red cells have under this stain, apart from how dark they are."""

from dataclasses import dataclass

import numpy as np

from napari_dinobloom.segmentation.optical_density import median_and_spread

_NARROWEST = 0.12  # tangent of the angle; camera noise alone spreads colours that far
_SPREADS = 3.0


@dataclass(frozen=True, slots=True)
class RedColour:
    """A cone round the direction of the red cells' optical density.

    Parameters
    ----------
    axis
        (3,) unit vector.
    limit
        Tangent of the cone's half angle.
    """

    axis: np.ndarray
    limit: float

    def alike(self, density: np.ndarray) -> np.ndarray:
        """Which pixels of (…, 3) density lie in the cone, however pale; (…) bool."""
        alike: np.ndarray = slopes(density, self.axis) < self.limit
        return alike


def slopes(density: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Tangent of the angle between (…, 3) densities and an axis; inf behind it."""
    along = density @ axis.astype(density.dtype)
    across = np.sqrt(np.maximum(np.einsum("...c,...c", density, density) - along**2, 0))
    tangent = np.full(along.shape, np.inf, across.dtype)
    np.divide(across, along, out=tangent, where=along > 1e-6)
    return tangent


def red_colour(density: np.ndarray, red: np.ndarray) -> RedColour:
    """Colour of red cells from places most of which are red cell.

    Parameters
    ----------
    density
        (…, 3) optical density.
    red
        (…) bool, the places; at least one.
    """
    places = np.flatnonzero(red)
    samples = density.reshape(-1, 3)[places[:: max(1, len(places) // 50_000)]]
    lengths = np.linalg.norm(samples, axis=1)
    solid = samples[lengths >= 0.8 * np.median(lengths)]
    norms = np.linalg.norm(solid, axis=1, keepdims=True)
    axis = np.median(solid / np.maximum(norms, 1e-6), axis=0)
    axis /= max(float(np.linalg.norm(axis)), 1e-6)
    slope = slopes(solid, axis)
    middle, spread = median_and_spread(slope[np.isfinite(slope)])
    return RedColour(axis, max(middle + _SPREADS * spread, _NARROWEST))
