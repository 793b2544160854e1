"""Chromatin and cytoplasm texture: co-occurrence, local patterns, granules by size."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import ndimage

from napari_dinobloom.encoding.morphology.regions import Regions
from napari_dinobloom.encoding.morphology.table import FeatureTable, ratio

OFFSETS = ((0, 1), (1, 0), (1, 1), (1, -1))
STEPS = (1, 2, 4)
MARGIN = max(STEPS)
BOXES = (3, 5, 9, 17)
"""Sides of the boxes whose means are subtracted to leave grains of one size, px."""

_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The pixels of one part of each cell, as flat indices into a padded stack."""

    at: np.ndarray
    row: np.ndarray
    inside: np.ndarray
    width: int
    n: int

    @classmethod
    def of(cls, masks: np.ndarray) -> "_Pixels":
        padded = _padded(masks)
        inside = padded.ravel()
        at = np.flatnonzero(inside)
        return cls(
            at,
            at // (padded.shape[1] * padded.shape[2]),
            inside,
            padded.shape[2],
            len(masks),
        )

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sum over each cell's pixels, (n,)."""
        return np.bincount(self.row, weights=values, minlength=self.n)

    def neighbour(self, down: int, right: int) -> np.ndarray:
        """Flat index of each pixel's neighbour."""
        shifted: np.ndarray = self.at + down * self.width + right
        return shifted


def _padded(images: np.ndarray) -> np.ndarray:
    return np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))


def measure_textures(table: FeatureTable, regions: Regions) -> None:
    """Add co-occurrence, local binary patterns and granule bands of both parts."""
    green = regions.density[..., 1]
    purple = regions.density[..., 1] - regions.density[..., 0]
    bands = {"green": _bands(green), "purple": _bands(purple)}
    flat = _padded(green).ravel()
    for part, masks in (("nucleus", regions.nucleus), ("cytoplasm", regions.cytoplasm)):
        pixels = _Pixels.of(masks)
        _add_cooccurrence(table, part, flat, pixels)
        _add_patterns(table, part, flat, pixels)
        for light, band in bands.items():
            _add_granules(table, part, light, [image[masks] for image in band], pixels)


def _add_cooccurrence(
    table: FeatureTable, part: str, flat: np.ndarray, pixels: _Pixels
) -> None:
    """Contrast, correlation and homogeneity (Haralick, 10.1109/TSMC.1973.4309314)."""
    count = pixels.total(np.ones(len(pixels.at)))
    mean = ratio(pixels.total(flat[pixels.at]), count)
    away = flat[pixels.at] - mean[pixels.row]
    variance = ratio(pixels.total(away**2), count)
    for step in STEPS:
        pairs, contrast, together, alike = np.zeros((4, pixels.n))
        for down, right in OFFSETS:
            other = pixels.neighbour(down * step, right * step)
            both = pixels.inside[other].astype(float)
            other_away = flat[other] - mean[pixels.row]
            square = (away - other_away) ** 2
            pairs += pixels.total(both)
            contrast += pixels.total(square * both)
            together += pixels.total(away * other_away * both)
            alike += pixels.total(both / (1 + 400 * square))
        table.add(
            f"{part}_contrast_{step}", "OD²",
            f"How much the {part} differs {step} px further: coarse texture is high.",
            ratio(contrast, pairs),
        )  # fmt: skip
        table.add(
            f"{part}_correlation_{step}", "",
            f"How alike the {part} stays {step} px further: 1 smooth, 0 grainy.",
            ratio(ratio(together, pairs), np.maximum(variance, 1e-6)),
        )  # fmt: skip
        table.add(
            f"{part}_homogeneity_{step}", "",
            f"Share of the {part} that stays the same {step} px further.",
            ratio(alike, pairs),
        )  # fmt: skip


def _uniform_patterns(flat: np.ndarray, pixels: _Pixels, step: int) -> np.ndarray:
    """Rotation-invariant uniform local binary pattern of each pixel, 0 … 9.

    0 … 8 is the number of the 8 neighbours that stain more strongly than the pixel,
    where they lie in one run; 9 where they do not (doi:10.1109/TPAMI.2002.1017623). A
    margin of 0.01 OD keeps the camera's noise out.
    """
    level = flat[pixels.at] + 0.01
    bits = [
        flat[pixels.neighbour(down * step, right * step)] >= level
        for down, right in _AROUND
    ]
    number = np.sum(bits, axis=0)
    changes = np.sum([bits[i] != bits[i - 1] for i in range(8)], axis=0)
    return np.where(changes <= 2, number, 9)


def _add_patterns(
    table: FeatureTable, part: str, flat: np.ndarray, pixels: _Pixels
) -> None:
    n = pixels.n
    for step in (1, 2):
        code = _uniform_patterns(flat, pixels, step)
        histogram = np.bincount(pixels.row * 10 + code, minlength=n * 10)
        share = ratio(*_parts_and_whole(histogram.reshape(n, 10)))
        for number in range(10):
            what = f"with {number} of 8 neighbours darker"
            what = what if number < 9 else "in mixed spots"
            table.add(
                f"{part}_pattern_{step}_{number}", "",
                f"Share of the {part}'s pixels {what}, {step} px away.",
                share[:, number],
            )  # fmt: skip


def _parts_and_whole(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return counts, counts.sum(axis=1, keepdims=True)


def _bands(image: np.ndarray) -> list[np.ndarray]:
    """Differences of box means: what is left are grains between two sizes."""
    blurred = [image]
    blurred += [ndimage.uniform_filter(image, (1, box, box)) for box in BOXES]
    return [fine - coarse for fine, coarse in pairwise(blurred)]


def _add_granules(
    table: FeatureTable,
    part: str,
    light: str,
    bands: list[np.ndarray],
    pixels: _Pixels,
) -> None:
    count = pixels.total(np.ones(len(pixels.at)))
    what = {"green": "dark", "purple": "pink to purple"}[light]
    for box, band in zip(BOXES, bands, strict=True):
        table.add(
            f"{part}_{light}_grain_{box}", "OD",
            f"Strength of {what} grains of up to {box} px in the {part}.",
            np.sqrt(ratio(pixels.total(band**2), count)),
        )  # fmt: skip
        if box in (5, 9):
            table.add(
                f"{part}_{light}_spots_{box}", "",
                f"Share of the {part} taken by {what} granules of up to {box} px.",
                ratio(pixels.total(band > 0.05), count),
            )  # fmt: skip
