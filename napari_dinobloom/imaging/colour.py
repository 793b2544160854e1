"""Colour of a smear: its background, optical density, white balance."""

import numpy as np

from napari_dinobloom.core import BadInputError


def background_colour(rgb: np.ndarray) -> np.ndarray:
    """Colour of the empty slide: the commonest green level of the brighter half.

    A quick estimate for pictures of which at least a tenth is empty; black borders do
    not disturb it.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.

    Returns
    -------
    (3,) float64, 0–255.

    Raises
    ------
    BadInputError
        The picture is not RGB of 8 bit.
    """
    _check(rgb)
    green = rgb[..., 1]
    counts = np.bincount(green.ravel(), minlength=256).astype(float)
    smooth = np.convolve(np.pad(counts, 3, mode="edge"), np.full(7, 1 / 7), "valid")
    half = int(np.median(green[green > 20])) if (green > 20).any() else 0
    level = half + int(np.argmax(smooth[half:]))
    near = np.abs(green.astype(int) - level) <= 3
    colour: np.ndarray = np.median(rgb[near], axis=0).astype(np.float64)
    return colour


def optical_density(rgb: np.ndarray, background: np.ndarray) -> np.ndarray:
    """How much light each pixel takes away: ln((background + 1) / (value + 1)).

    By Beer–Lambert it is proportional to the amount of stain, where the camera is
    linear; a camera's gamma scales it.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    background
        (3,) colour of the empty slide or (H, W, 3) for uneven light, 0–255.

    Returns
    -------
    (H, W, 3) float32; 0 on the background, below 0 where brighter.

    Raises
    ------
    BadInputError
        The picture is not RGB of 8 bit.
    """
    _check(rgb)
    empty = np.log1p(np.asarray(background, dtype=np.float32))
    # 256 logarithms instead of one per pixel
    taken = np.log1p(np.arange(256, dtype=np.float32))
    density: np.ndarray = (empty - taken[rgb]).astype(np.float32)
    return density


def from_optical_density(density: np.ndarray, background: np.ndarray) -> np.ndarray:
    """The picture that has this optical density: the inverse of `optical_density`.

    Parameters
    ----------
    density
        (H, W, 3) float.
    background
        (3,) or (H, W, 3), 0–255.

    Returns
    -------
    (H, W, 3) uint8.
    """
    light = (np.asarray(background, np.float32) + 1) * np.exp(-density) - 1
    rgb: np.ndarray = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return rgb


def white_balance(
    rgb: np.ndarray, background: np.ndarray, target: float = 240.0
) -> np.ndarray:
    """The picture with its background turned to a neutral grey.

    Each channel is multiplied by ``target / background``: a shift of optical density
    to 0 on the background, which no stain vector changes.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    background
        (3,) colour of the empty slide, 0–255.
    target
        Level of all three channels there.

    Returns
    -------
    (H, W, 3) uint8; what would exceed 255 is 255.

    Raises
    ------
    BadInputError
        The picture is not RGB of 8 bit.
    """
    _check(rgb)
    gains = target / np.maximum(np.asarray(background, dtype=np.float64), 1.0)
    levels = np.clip(np.rint(np.arange(256)[:, None] * gains), 0, 255).astype(np.uint8)
    return np.stack([levels[rgb[..., c], c] for c in range(3)], axis=-1)


def _check(rgb: np.ndarray) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or not rgb.size:
        raise BadInputError(
            f"A colour picture is (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}.",
            "Read the picture with imaging.read_picture.",
        )
