"""From stain to picture: light through the slide, lens, sensor, file."""

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from napari_dinobloom.imaging.synthetic.laboratories import Laboratory

Array = np.ndarray

MARK = "synthetic smear, napari-dinobloom"
"""Stands in every synthetic file, as JPEG comment and in EXIF, for ever."""

_EXIF_DESCRIPTION, _EXIF_SOFTWARE = 270, 305
_EXIF_X_RESOLUTION, _EXIF_Y_RESOLUTION, _EXIF_UNIT, _CENTIMETRE = 282, 283, 296, 3
_GREY = np.array([0.30, 0.59, 0.11], np.float32)


def photograph(
    amounts: Array,
    laboratory: Laboratory,
    strengths: Array,
    rng: np.random.Generator,
) -> Array:
    """The picture that a laboratory's camera takes.

    Parameters
    ----------
    amounts
        (H, W, 5) of stain.
    laboratory
        Whose camera.
    strengths
        (5,) factor on each stain in this smear.
    rng
        Random numbers.

    Returns
    -------
    (H, W, 3) uint8, not yet through JPEG.
    """
    camera = laboratory.camera
    densities = np.asarray(laboratory.stain.rows(), np.float32) * camera.gamma
    scale = np.asarray(strengths, np.float32)[:, None]
    light = np.exp(-(amounts @ (densities * scale)))
    light = _blurred(light, laboratory, rng)
    light *= _illumination(light.shape[:2], laboratory, rng)[..., None]
    shown = np.clip(light, 1e-5, None) ** np.float32(1 / camera.gamma)
    shown *= _background(laboratory, rng)
    if camera.saturation != 1.0:
        grey = (shown @ _GREY)[..., None]
        shown = grey + camera.saturation * (shown - grey)
    if camera.sharpen:
        soft = ndimage.gaussian_filter(shown, (1.6, 1.6, 0), truncate=2.5)
        shown = shown + camera.sharpen * (shown - soft)
    shown += _noise(shown, camera.noise, rng)
    picture: Array = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return picture


def to_jpeg(rgb: Array, quality: int, pixel_size_um: float) -> bytes:
    """A JPEG file that says that it is synthetic, and its pixel size."""
    exif = Image.Exif()
    exif[_EXIF_DESCRIPTION] = MARK
    exif[_EXIF_SOFTWARE] = "napari-dinobloom"
    # JFIF's own density ends at 65535 per inch, which is 0.39 µm
    per_cm = 10_000 / pixel_size_um
    exif[_EXIF_X_RESOLUTION] = exif[_EXIF_Y_RESOLUTION] = per_cm
    exif[_EXIF_UNIT] = _CENTIMETRE
    file = io.BytesIO()
    Image.fromarray(rgb).save(
        file, "JPEG", quality=quality, comment=MARK.encode(), exif=exif
    )
    return file.getvalue()


def from_jpeg(jpeg: bytes) -> Array:
    """The pixels that come back out of a JPEG file, (H, W, 3) uint8."""
    return np.array(Image.open(io.BytesIO(jpeg)))


def _background(laboratory: Laboratory, rng: np.random.Generator) -> Array:
    balance = 1 + 0.15 * laboratory.wander * rng.standard_normal(3)
    colour: Array = (np.asarray(laboratory.background) * balance).astype(np.float32)
    return colour


def _blurred(light: Array, laboratory: Laboratory, rng: np.random.Generator) -> Array:
    """Point spread, focus, and the colours a little apart."""
    camera, um = laboratory.camera, laboratory.pixel_size_um
    focus = abs(rng.normal(0, camera.defocus_um))
    channels = []
    for channel, wider in zip(range(3), (1.08, 1.0, 1.12), strict=True):
        sigma = wider * np.hypot(camera.blur_um, focus) / um
        plane = ndimage.gaussian_filter(light[..., channel], sigma, truncate=3.0)
        if channel != 1 and camera.colour_shift_px:
            turn = rng.uniform(0, 2 * np.pi)
            step = camera.colour_shift_px * np.array([np.sin(turn), np.cos(turn)])
            plane = ndimage.shift(plane, step, order=1, mode="nearest")
        channels.append(plane)
    return np.stack(channels, axis=-1)


def _illumination(
    shape: tuple[int, ...], laboratory: Laboratory, rng: np.random.Generator
) -> Array:
    camera = laboratory.camera
    y, x = np.meshgrid(
        np.linspace(-1, 1, shape[0], dtype=np.float32),
        np.linspace(-1, 1, shape[1], dtype=np.float32),
        indexing="ij",
    )
    turn = rng.uniform(0, 2 * np.pi)
    off = rng.normal(0, 0.25, 2)
    tilt = 0.5 * camera.tilt * (x * np.cos(turn) + y * np.sin(turn))
    corners = camera.vignette * ((x - off[0]) ** 2 + (y - off[1]) ** 2) / 2
    falloff: Array = (1 - tilt - corners).astype(np.float32)
    return falloff


def _noise(shown: Array, level: float, rng: np.random.Generator) -> Array:
    """Shot noise, spread a little by demosaicing, the same grain in part for all."""
    height, width, _ = shown.shape
    grain = rng.standard_normal((height, width, 3), dtype=np.float32)
    grain += rng.standard_normal((height, width, 1), dtype=np.float32)
    grain = ndimage.gaussian_filter(grain, (0.55, 0.55, 0), truncate=2.0)
    noise: Array = level * grain * np.sqrt(np.clip(shown, 4, 255) / 255)
    return noise
