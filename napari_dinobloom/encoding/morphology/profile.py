"""How stain changes from the cell's middle to its rim and beyond."""

import numpy as np

from napari_dinobloom.encoding.morphology.outline import centroids, ray_samples
from napari_dinobloom.encoding.morphology.regions import Regions
from napari_dinobloom.encoding.morphology.table import FeatureTable, ratio

RINGS = 8
RAYS = 32
PER_RING = 3


def measure_profiles(table: FeatureTable, regions: Regions) -> None:
    """Add mean and unevenness of the stain in rings from the middle outwards.

    The rings reach to 1.2 radii of the disc that is as large as the cell, so that they
    compare small cells with large ones.
    """
    radius = np.sqrt(regions.cell.sum(axis=(1, 2)) / np.pi)
    steps = (np.arange(RINGS * PER_RING) + 0.5) / (RINGS * PER_RING) * 1.2
    radii = radius[:, None] * steps
    centre = centroids(regions.cell)
    density = _rings(ray_samples(regions.density, centre, radii, RAYS))
    nucleus = _rings(ray_samples(regions.nucleus, centre, radii, RAYS))
    seen = np.where(radius > 0, 1.0, np.nan)[:, None]
    green = density[..., 1]
    blueness = (density[..., 0] - density[..., 2]).mean(axis=1) * seen
    mean, uneven = green.mean(axis=1) * seen, green.std(axis=1) * seen
    share = nucleus.mean(axis=1) * seen
    for ring in range(RINGS):
        where = f"ring {ring + 1} of {RINGS} from the middle to beyond the rim"
        table.add(
            f"ring_{ring + 1}_density", "OD", f"Mean strength of stain in {where}.",
            mean[:, ring],
        )  # fmt: skip
        table.add(
            f"ring_{ring + 1}_basophilia", "OD", f"Mean blueness in {where}.",
            blueness[:, ring],
        )  # fmt: skip
        table.add(
            f"ring_{ring + 1}_unevenness", "OD", f"Spread of stain around {where}.",
            uneven[:, ring],
        )  # fmt: skip
        table.add(
            f"ring_{ring + 1}_nucleus", "", f"Share of nucleus in {where}.",
            share[:, ring],
        )  # fmt: skip
    table.add(
        "central_pallor", "",
        "Stain in the middle over stain near the rim: below 1 in a healthy red cell, "
        "1 in a spherocyte, above in a target cell.",
        ratio(mean[:, 0], np.maximum(mean[:, 4:6].max(axis=1), 1e-3)),
    )  # fmt: skip


def _rings(samples: np.ndarray) -> np.ndarray:
    """Samples along rays averaged into rings, (n, rays, RINGS, …)."""
    n, rays = samples.shape[:2]
    grouped = samples.reshape(n, rays, RINGS, PER_RING, *samples.shape[3:])
    averaged: np.ndarray = grouped.mean(axis=3)
    return averaged
