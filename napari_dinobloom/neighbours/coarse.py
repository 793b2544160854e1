"""A copy of the cells in one byte per number, to tell which are too far to matter."""

from collections.abc import Callable

import numpy as np

# Below this the features are read from the cache as fast as their copy would be.
WORTH_BYTES = 1 << 25
_SAMPLED = 16_384
# Numbers further out than this many deviations are cut; the row's error says by what.
_REACH = 4.0
# Where squares neither overflow nor vanish in single precision.
_SMALLEST_STEP, _LARGEST_STEP = 1e-12, 1e12
_LARGEST_WEIGHT = 1e25


class CoarseCopy:
    """Features as ``centre + step · code`` with int8 codes, and how wrong each row is.

    Reading it costs a quarter of the memory traffic of the features. With x̂ the coarse
    row and e = |x - x̂| its error, the triangle inequality gives |x - y| ≥ |x̂ - y| - e:
    a row that this proves to lie beyond a border needs not be read.

    Parameters
    ----------
    features
        (n, d) float32, C-contiguous.
    inverse_norms
        (n,) float64; with ``cosine`` rows are brought to length one before.
    spread
        Runs a kernel over rows on threads; see `CellVectors.spread`.
    """

    def __init__(
        self,
        features: np.ndarray,
        inverse_norms: np.ndarray,
        cosine: bool,
        spread: Callable[[Callable[..., None], np.ndarray], list[None]],
    ) -> None:
        from napari_dinobloom.neighbours import coarse_kernels as kernels

        n, d = features.shape
        self.cosine = cosine
        self.centre, self.step = _grid(features, inverse_norms, cosine)
        self.codes = np.empty((n, d), np.int8)
        self.error = np.empty(n, np.float32)
        self.size = np.empty(n, np.float32)
        grid, out = (self.centre, self.step), (self.codes, self.error, self.size)
        spread(
            lambda rows, _: kernels.quantise(
                features, inverse_norms, cosine, grid, rows, out
            ),
            np.arange(n),
        )

    @property
    def usable(self) -> bool:
        """Whether its bounds can be computed in single precision."""
        largest = float(self.step.max(initial=0.0))
        return _SMALLEST_STEP < largest < _LARGEST_STEP

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Codes (n, d) int8, error (n,) and size |x̂ - centre|² (n,) float32."""
        return self.codes, self.error, self.size

    def targets(
        self, features: np.ndarray, inverse_norms: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """What the rows are screened against: weights of the codes, |y - centre|².

        Parameters
        ----------
        features, inverse_norms
            (m, d) float32 and (m,) float64 of the cells that are offered.

        Returns
        -------
        tuple of arrays or None
            (m, d) float32 and (m,) float64; None where single precision cannot hold
            them.
        """
        offset = _lengthened(features, inverse_norms, self.cosine) - self.centre
        weights = offset * self.step
        if not self.usable or np.abs(weights).max(initial=0.0) > _LARGEST_WEIGHT:
            return None
        return weights.astype(np.float32), (offset**2).sum(axis=1)


def _lengthened(
    features: np.ndarray, inverse_norms: np.ndarray, cosine: bool
) -> np.ndarray:
    wide = features.astype(np.float64)
    return wide * inverse_norms[:, None] if cosine else wide


def _grid(
    features: np.ndarray, inverse_norms: np.ndarray, cosine: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Centre and step of each column's codes, (d,) float64, from evenly spread rows."""
    some = slice(None, None, max(1, len(features) // _SAMPLED))
    sample = _lengthened(features[some], inverse_norms[some], cosine)
    return sample.mean(axis=0), sample.std(axis=0) * (_REACH / 127)
