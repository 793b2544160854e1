"""One level of a picture that is read by windows and behaves like an array."""

from typing import Any

import numpy as np


class WindowedLevel:
    """Behaves like a (H, W, 3) uint8 array of which only windows are read.

    Slices read a window; whatever else is asked of it reads all of it.

    Attributes
    ----------
    shape
        (H, W, 3).
    tile_shape
        Height and width of what is decoded at once.
    """

    dtype = np.dtype(np.uint8)
    ndim = 3
    shape: tuple[int, int, int]
    tile_shape: tuple[int, int]

    @property
    def size(self) -> int:
        """Numbers in all."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        keys = key if isinstance(key, tuple) else (key,)
        if Ellipsis in keys:
            at = keys.index(Ellipsis)
            fill = (slice(None),) * (4 - len(keys))
            keys = (*keys[:at], *fill, *keys[at + 1 :])
        starts, stops, inner = [], [], []
        for one, length in zip((*keys, slice(None))[:2], self.shape, strict=False):
            start, stop, rest = _bounds(one, length)
            starts.append(start)
            stops.append(stop)
            inner.append(rest)
        window = self.read(starts[0], starts[1], stops[0], stops[1])
        cut: np.ndarray = window[(*inner, *keys[2:])]
        return cut

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.read(0, 0, *self.shape[:2]).astype(dtype or self.dtype, copy=False)

    def read(self, top: int, left: int, bottom: int, right: int) -> np.ndarray:
        """(bottom − top, right − left, 3) uint8; the window lies inside.

        Raises
        ------
        BadInputError
            If it cannot be decoded.
        """
        raise NotImplementedError


def _bounds(key: Any, length: int) -> tuple[int, int, Any]:
    """Start and stop of what a key touches, and the key within that."""
    if isinstance(key, slice):
        start, stop, step = key.indices(length)
        if step > 0:
            return start, max(stop, start), slice(None, None, step)
        touched = range(start, stop, step)
        if not touched:
            return 0, 0, slice(None)
        return touched[-1], start + 1, slice(None, None, step)
    if isinstance(key, (int, np.integer)):
        at = int(key) + (length if key < 0 else 0)
        if not 0 <= at < length:
            raise IndexError(f"{key} lies outside of {length} pixels")
        return at, at + 1, 0
    return 0, length, key
