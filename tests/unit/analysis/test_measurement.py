"""Intervals of the standard error of measurement."""

import numpy as np
import pytest
from scipy.stats import chi2

from coder_app.analysis.incomplete import NO_INTERVAL
from coder_app.analysis.measurement import NO_ERROR, measurement_error
from tests.makers.ratings import to_ratings

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def squares(table: np.ndarray) -> tuple[float, float]:
    """Mean squares of raters and residual, from sums written out."""
    n, k = table.shape
    raters = n * ((table.mean(axis=0) - table.mean()) ** 2).sum() / (k - 1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return raters, (rest**2).sum() / ((n - 1) * (k - 1))


def test_the_interval_is_that_of_a_chi_square_with_satterthwaites_degrees_of_freedom():
    """The reference case of Shrout & Fleiss (1979), 6 x 4, by the formula on paper."""
    table = SHROUT_FLEISS
    n, k = table.shape
    msc, mse = squares(table)
    variance = msc / n + mse * (n - 1) / n
    df = variance**2 / ((msc / n) ** 2 / (k - 1) + (mse * (n - 1) / n) ** 2 / ((n - 1) * (k - 1)))
    (found,) = measurement_error(to_ratings(table), 0.90)
    assert found.sem == pytest.approx(variance**0.5)
    assert found.sem_lower == pytest.approx((df * variance / chi2.ppf(0.95, df)) ** 0.5)
    assert found.sem_upper == pytest.approx((df * variance / chi2.ppf(0.05, df)) ** 0.5)
    assert found.sdc_upper == pytest.approx(1.96 * 2**0.5 * found.sem_upper)
    assert found.interval_reason is None


def test_without_variance_between_raters_the_interval_is_that_of_the_residual():
    table = np.array([[1.0, 2.0], [4.0, 3.0], [6.0, 7.0], [9.0, 8.0]])
    msc, mse = squares(table)
    assert msc < mse
    (found,) = measurement_error(to_ratings(table))
    assert found.sem_lower == pytest.approx((3 * mse / chi2.ppf(0.975, 3)) ** 0.5)


def test_intervals_hold_the_true_error_in_about_nineteen_of_twenty():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(200):
        table = rng.normal(0, 1, (20, 1)) + rng.normal(0, 0.3, (1, 6)) + rng.normal(0, 0.7, (20, 6))
        (found,) = measurement_error(to_ratings(table))
        held.append(found.sem_lower <= (0.3**2 + 0.7**2) ** 0.5 <= found.sem_upper)
    assert 0.89 <= np.mean(held) <= 1.0


def test_with_holes_the_interval_comes_from_simulated_ratings_if_they_are_asked_for():
    table = SHROUT_FLEISS.copy()
    (whole,) = measurement_error(to_ratings(table))
    table[0, 0] = np.nan
    (found,) = measurement_error(to_ratings(table), n_bootstrap=500)
    assert found.sem_lower < found.sem < found.sem_upper
    assert found.sem == pytest.approx(whole.sem, rel=0.1)
    (none,) = measurement_error(to_ratings(table), n_bootstrap=0)
    assert (none.sem_lower, none.interval_reason) == (None, NO_INTERVAL)


def test_raters_who_never_differ_have_an_error_of_zero_and_no_interval():
    (found,) = measurement_error(to_ratings(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])))
    assert (found.sem, found.sdc, found.sem_lower, found.interval_reason) == (0, 0, None, NO_ERROR)
