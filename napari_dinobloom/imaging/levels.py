"""Grey levels of any pixel type as the 8 bit that every method here works on."""

import numpy as np

TWELVE_BIT = 4095


def to_eight_bit(pixels: np.ndarray) -> tuple[np.ndarray, str]:
    """Pixels as uint8, and a sentence on what was done (empty for 8 bit).

    - 8 bit is taken as it is; boolean becomes 0 and 255.
    - Wider integers: where nothing lies above 255 they are 8 bit in a wide file; up to
      4095 they are the 12 bit of a camera, scaled by 4095; beyond, by the type's full
      range (65535 for 16 bit).
    - Floating point: 0…1 is scaled by 255, 0…255 taken as it is, anything else is
      stretched from its smallest to its largest value. NaN becomes 0.

    Parameters
    ----------
    pixels
        Array of any shape, boolean, integer or floating point.

    Returns
    -------
    uint8 array of the same shape, and the note.
    """
    if pixels.dtype == np.uint8:
        return pixels, ""
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255), "one bit per pixel"
    if np.issubdtype(pixels.dtype, np.integer):
        return _from_integers(pixels)
    return _from_floats(np.asarray(pixels, dtype=np.float64))


def _from_integers(pixels: np.ndarray) -> tuple[np.ndarray, str]:
    bits = 8 * pixels.dtype.itemsize
    highest = int(pixels.max(initial=0))
    if highest <= 255:
        return np.clip(pixels, 0, 255).astype(np.uint8), f"8 bit stored as {bits} bit"
    if highest <= TWELVE_BIT:
        return _scaled(pixels, TWELVE_BIT), f"12 of {bits} bit, scaled from 0…4095"
    top = int(np.iinfo(pixels.dtype).max)
    return _scaled(pixels, top), f"{bits} bit, scaled from 0…{top}"


def _from_floats(pixels: np.ndarray) -> tuple[np.ndarray, str]:
    pixels = np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0)
    pixels = np.clip(pixels, -1e300, 1e300)  # so that their difference is finite
    low, high = float(pixels.min(initial=0.0)), float(pixels.max(initial=0.0))
    if low >= 0 and high <= 1:
        return _scaled(pixels, 1.0), "floating point, scaled from 0…1"
    if low >= 0 and high <= 255:
        return _scaled(pixels, 255.0), "floating point, taken as 0…255"
    note = f"floating point, stretched from {low:g}…{high:g}"
    return _scaled(pixels - low, high - low), note


def _scaled(pixels: np.ndarray, top: float) -> np.ndarray:
    # single precision is enough for integers and halves the memory
    wide = pixels.astype(np.float32) if pixels.dtype.kind in "iu" else pixels
    grey = np.divide(wide, top) * 255
    eight: np.ndarray = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return eight
