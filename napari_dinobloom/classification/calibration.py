"""Whether a stated probability can be believed, and one number that mends it."""

import numpy as np

from napari_dinobloom.core import BadInputError

_SMALLEST = 1e-7


def expected_calibration_error(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = 15
) -> float:
    """Mean gap between confidence and accuracy (Guo et al., arXiv 1706.04599).

    Parameters
    ----------
    probabilities
        (n, C); rows sum to 1.
    truth
        (n,) class index.
    bins
        Equal parts of 0…1 into which the confidences fall; (low, high].

    Returns
    -------
    float
        0 (perfect) to 1.

    Raises
    ------
    BadInputError
        If the shapes do not fit or there is no cell.
    """
    _check(probabilities, truth)
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == truth
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gap = np.bincount(place, correct.astype(float) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(truth))


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Find the temperature with the least negative log-likelihood, in 0.05…20.

    Above 1, the probabilities were too sure. Fit it on cells that neither trained the
    classifier nor are reported on. Zeros, as kNN gives, count as 1e-7.
    """
    from scipy.optimize import minimize_scalar

    _check(probabilities, truth)
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        softened = apply_temperature(probabilities, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(softened[rows, truth], 1e-300)).mean())

    bounds = (np.log(0.05), np.log(20.0))
    best = minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(best.x))


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, C) float64 probabilities whose logits are divided by the temperature."""
    if not temperature > 0:
        raise BadInputError(f"A temperature is above 0; got {temperature}.")
    logits = np.log(np.maximum(probabilities.astype(float), _SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _check(probabilities: np.ndarray, truth: np.ndarray) -> None:
    if probabilities.ndim != 2 or len(probabilities) != len(truth):
        raise BadInputError(
            f"Probabilities {probabilities.shape} and classes {truth.shape} "
            "do not belong together."
        )
    if not len(truth):
        raise BadInputError("There is no cell to calibrate on.", "Label some cells.")
