"""Chromatin and cytoplasm texture: co-occurrence, local patterns, granules by size."""

import numpy as np
from scipy import ndimage

from napari_dinobloom.encoding.morphology.regions import Regions
from napari_dinobloom.encoding.morphology.table import FeatureTable, ratio

OFFSETS = ((0, 1), (1, 0), (1, 1), (1, -1))
STEPS = (1, 2, 4)
GRANULE_SIGMAS = (0.7, 1.4, 2.8, 5.6)
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
_ONE_STEP = np.roll(np.eye(8, dtype=int), 1, axis=1)


def measure_textures(table: FeatureTable, regions: Regions) -> None:
    """Add co-occurrence, local binary patterns and granule bands of both parts."""
    green = regions.density[..., 1]
    purple = regions.density[..., 1] - regions.density[..., 0]
    parts = {"nucleus": regions.nucleus, "cytoplasm": regions.cytoplasm}
    patterns = {step: _uniform_patterns(green, step) for step in (1, 2)}
    bands = {"green": _bands(green), "purple": _bands(purple)}
    for part, masks in parts.items():
        _add_cooccurrence(table, part, green, masks)
        for step, pattern in patterns.items():
            _add_patterns(table, part, step, pattern, masks)
        for light, band in bands.items():
            _add_granules(table, part, light, band, masks)


def _shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    return np.roll(image, (-down, -right), axis=(1, 2))


def _add_cooccurrence(
    table: FeatureTable, part: str, image: np.ndarray, masks: np.ndarray
) -> None:
    """Contrast, correlation and homogeneity (Haralick, 10.1109/TSMC.1973.4309314)."""
    count = np.maximum(masks.sum(axis=(1, 2)), 1)
    mean = (image * masks).sum(axis=(1, 2)) / count
    away = (image - mean[:, None, None]) * masks
    variance = (away**2).sum(axis=(1, 2)) / count
    for step in STEPS:
        pairs = np.zeros(len(image))
        contrast, together, alike = np.zeros((3, len(image)))
        for down, right in OFFSETS:
            both = masks & _shifted(masks, down * step, right * step)
            apart = (away - _shifted(away, down * step, right * step)) * both
            square = apart * apart
            pairs += both.sum(axis=(1, 2))
            contrast += square.sum(axis=(1, 2))
            together += (away * _shifted(away, down * step, right * step)).sum((1, 2))
            alike += (both / (1 + 400 * square)).sum(axis=(1, 2))
        mean_contrast = ratio(contrast, pairs)
        table.add(
            f"{part}_contrast_{step}", "OD²",
            f"How much the {part} differs {step} px further on: coarse texture is high.",
            mean_contrast,
        )  # fmt: skip
        table.add(
            f"{part}_correlation_{step}", "",
            f"How alike the {part} stays {step} px further on: 1 smooth, 0 grainy.",
            ratio(ratio(together, pairs), np.maximum(variance, 1e-6)),
        )  # fmt: skip
        table.add(
            f"{part}_homogeneity_{step}", "",
            f"Share of the {part} that stays the same {step} px further on.",
            ratio(alike, pairs),
        )  # fmt: skip


def _uniform_patterns(image: np.ndarray, step: int) -> np.ndarray:
    """Rotation-invariant uniform local binary pattern of each pixel, 0 … 9.

    0 … 8 is the number of the 8 neighbours that stain as strongly as the pixel or more,
    where they lie in one run; 9 where they do not (doi:10.1109/TPAMI.2002.1017623). A
    margin of 0.01 OD keeps the camera's noise out.
    """
    bits = [
        _shifted(image, down * step, right * step) >= image + 0.01
        for down, right in _AROUND
    ]
    number = np.zeros(image.shape, dtype=np.uint8)
    changes = np.zeros(image.shape, dtype=np.uint8)
    for index, bit in enumerate(bits):
        number += bit
        changes += bit != bits[index - 1]
    return np.where(changes <= 2, number, np.uint8(9))


def _add_patterns(
    table: FeatureTable, part: str, step: int, pattern: np.ndarray, masks: np.ndarray
) -> None:
    n = len(pattern)
    row = np.repeat(np.arange(n), masks.sum(axis=(1, 2)))
    histogram = np.bincount(row * 10 + pattern[masks], minlength=n * 10).reshape(n, 10)
    share = ratio(histogram, histogram.sum(axis=1)[:, None])
    for code in range(10):
        what = f"with {code} of 8 neighbours darker" if code < 9 else "in mixed spots"
        table.add(
            f"{part}_pattern_{step}_{code}", "",
            f"Share of the {part}'s pixels {what}, {step} px away.",
            share[:, code],
        )  # fmt: skip


def _bands(image: np.ndarray) -> list[np.ndarray]:
    blurred = [image]
    for sigma in GRANULE_SIGMAS:
        blurred.append(ndimage.gaussian_filter(image, (0, sigma, sigma), truncate=2.5))
    return [fine - coarse for fine, coarse in zip(blurred, blurred[1:], strict=False)]


def _add_granules(
    table: FeatureTable,
    part: str,
    light: str,
    bands: list[np.ndarray],
    masks: np.ndarray,
) -> None:
    count = masks.sum(axis=(1, 2))
    what = {"green": "dark", "purple": "pink to purple"}[light]
    for sigma, band in zip(GRANULE_SIGMAS, bands, strict=True):
        inside = band * masks
        strength = np.sqrt(ratio((inside**2).sum(axis=(1, 2)), count))
        table.add(
            f"{part}_{light}_grain_{sigma:g}", "OD",
            f"Strength of {what} grains of about {2 * sigma:.0f} px in the {part}.",
            strength,
        )  # fmt: skip
        if sigma in (1.4, 2.8):
            spots = (inside > 0.05).sum(axis=(1, 2))
            table.add(
                f"{part}_{light}_spots_{sigma:g}", "",
                f"Share of the {part} taken by {what} granules of about "
                f"{2 * sigma:.0f} px.",
                ratio(spots, count),
            )  # fmt: skip
