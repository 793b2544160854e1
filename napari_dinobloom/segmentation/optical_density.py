"""Light as dye: optical density, and the feature in which nuclei stand out."""

import numpy as np


def log_light(rgb: np.ndarray) -> np.ndarray:
    """Natural logarithm of (H, W, 3) uint8 light, float32; black counts as 1."""
    table = np.log(np.maximum(np.arange(256), 1)).astype(np.float32)
    light: np.ndarray = table[rgb]
    return light


def optical_density(rgb: np.ndarray, background: np.ndarray) -> np.ndarray:
    """How much light each channel lost against the empty glass.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    background
        (H, W, 3) float32, `log_light` of the empty glass at each pixel.

    Returns
    -------
    np.ndarray
        (H, W, 3) float32 in natural units; 0 is glass, negative is brighter than it.
    """
    light = log_light(rgb)
    density: np.ndarray = np.subtract(background, light, out=light)
    return density


def strength(density: np.ndarray) -> np.ndarray:
    """Length of the density vector, counting only light that was lost; (H, W)."""
    lost = np.maximum(density, 0)
    length: np.ndarray = np.sqrt(np.einsum("...c,...c", lost, lost))
    return length


def nuclear_stain(density: np.ndarray) -> np.ndarray:
    """Red plus green minus blue density, (H, W): high where thiazine dyes bind DNA.

    Haemoglobin and eosin absorb blue and green, azure absorbs red and green, so the
    sum cancels red cells; no single channel does that under every stain.
    """
    stain: np.ndarray = density[..., 0] + density[..., 1] - density[..., 2]
    return stain


def median_and_spread(values: np.ndarray) -> tuple[float, float]:
    """Median, and the standard deviation that the median absolute deviation implies."""
    middle = float(np.median(values))
    return middle, 1.4826 * float(np.median(np.abs(values - middle)))
