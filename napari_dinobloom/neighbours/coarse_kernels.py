"""Compiled loops over the coarse copy; imports numba, so imported in functions only."""

import numpy as np
from numba import njit

from napari_dinobloom.neighbours.kernels import (
    _SUMS,
    Lists,
    insert,
    key_between,
    widen,
)

# Sums of d terms, each wrong by 2⁻²⁴ of its size, with room to spare.
_UNIT = 1.1 * 2.0**-24
# Keys are computed in double precision and may themselves be this much too small.
_KEY_SLACK = 1e-9
_COSINE_SLACK = 1e-11
_UNDERFLOW = 1e-30


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _write_codes(
    features: np.ndarray,
    i: int,
    scale: float,
    centre: np.ndarray,
    step: np.ndarray,
    inverse_step: np.ndarray,
    codes: np.ndarray,
) -> tuple[float, float]:
    """Round one row to its codes; return |x - x̂|² and |x̂ - centre|²."""
    wrong, size = 0.0, 0.0
    for j in range(centre.shape[0]):
        offset = np.float64(features[i, j]) * scale - centre[j]
        code = np.floor(offset * inverse_step[j] + 0.5)
        code = min(max(code, -127.0), 127.0)
        codes[i, j] = np.int8(code)
        coarse = code * step[j]
        size += coarse * coarse
        wrong += (offset - coarse) * (offset - coarse)
    return wrong, size


@njit(nogil=True, cache=True)
def quantise(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    grid: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Fill codes, error (rounded up) and size of rows; see ``CoarseCopy``."""
    centre, step = grid
    codes, error, size = out
    inverse_step = np.zeros(step.shape[0])
    for j in range(step.shape[0]):
        if step[j] > 0.0:
            inverse_step[j] = 1.0 / step[j]
    for i in rows:
        scale = inverse_norms[i] if cosine else 1.0
        wrong, coarse_size = _write_codes(
            features, i, scale, centre, step, inverse_step, codes
        )
        error[i] = np.sqrt(wrong) * (1.0 + 1e-6) + 1e-30
        size[i] = coarse_size


@njit(nogil=True, cache=True, fastmath=_SUMS)
def _product(codes: np.ndarray, i: int, weights: np.ndarray, a: int) -> float:
    total = np.float32(0.0)
    for j in range(weights.shape[1]):
        total += np.float32(codes[i, j]) * weights[a, j]
    return float(total)


@njit(nogil=True, cache=True)
def offer_near(
    features: np.ndarray,
    inverse_norms: np.ndarray,
    cosine: bool,
    exclude_self: bool,
    lists: Lists,
    slot_row: np.ndarray,
    new_slots: np.ndarray,
    coarse: tuple[np.ndarray, np.ndarray, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    rows: np.ndarray,
    k: int,
    changed: np.ndarray,
    entered: np.ndarray,
) -> None:
    """Offer a few cells to every list, reading only rows that may be near enough.

    A row is skipped when |x̂ - y| > √border + e, hence |x - y|² > border. |x̂ - y|² is
    size + |y - c|² - 2 · product, where the product's rounding error is at most
    (d + 4) · 2⁻²⁴ · |x̂ - c| · |y - c| and that of the others is relative to themselves.
    """
    slots, keys, held, border_key, border_row = lists
    codes, error, size = coarse
    weights, lengths = targets
    unit = _UNIT * (features.shape[1] + 8)
    wide = np.empty(features.shape[1], np.float64)
    for i in rows:
        is_widened = False
        reach = border_key[i] * (1.0 + _KEY_SLACK)
        if cosine:  # of unit vectors |x - y|² = 2 (1 - cos)
            reach = 2.0 * reach + _COSINE_SLACK
        reach = np.sqrt(reach) + np.float64(error[i])
        limit = reach * reach + _UNDERFLOW
        for a in range(new_slots.shape[0]):
            slot = new_slots[a]
            row = slot_row[slot]
            if exclude_self and row == i:
                continue
            if limit < np.inf:
                near = size[i] + lengths[a]
                near -= 2.0 * _product(codes, i, weights, a) + unit * 2.0 * near
                if near > limit:
                    continue
            scale = inverse_norms[i] * inverse_norms[row]
            if not is_widened:
                widen(features, i, wide)
                is_widened = True
            key = key_between(wide, features, row, scale, cosine)
            place = insert(
                slots, keys, held, border_key, border_row, slot_row, i, key, slot
            )
            if place >= 0:
                entered[a, i] = True
                if place < k:
                    changed[i] = True
