import numpy as np
import pytest

from napari_dinobloom.classification import (
    apply_temperature,
    expected_calibration_error,
    fit_temperature,
)
from napari_dinobloom.core import BadInputError


def test_the_error_of_four_cells_by_hand():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    truth = np.array([0, 1, 1, 1])
    # bins: .9 twice, half right → |1 - 1.8|; .6 right → .4; .8 right → .2; over 4
    assert expected_calibration_error(p, truth) == pytest.approx(1.4 / 4)


def test_a_temperature_that_was_planted_is_found():
    rng = np.random.default_rng(0)
    honest = rng.dirichlet(np.ones(4), 20_000)
    truth = np.array([rng.choice(4, p=row) for row in honest])
    too_sure = apply_temperature(honest, 1 / 2.5)
    # 20,000 draws fix it to about 2 %
    assert fit_temperature(too_sure, truth) == pytest.approx(2.5, rel=0.05)
    mended = apply_temperature(too_sure, fit_temperature(too_sure, truth))
    assert expected_calibration_error(mended, truth) < 0.02
    assert expected_calibration_error(too_sure, truth) > 0.1


def test_votes_of_zero_do_not_end_in_infinity():
    p = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert np.isfinite(fit_temperature(p, np.array([0, 1, 1])))


@pytest.mark.parametrize("n", [0, 3])
def test_nothing_to_calibrate_on_is_refused(n):
    with pytest.raises(BadInputError):
        expected_calibration_error(np.zeros((0, 2)), np.zeros(n, int))
