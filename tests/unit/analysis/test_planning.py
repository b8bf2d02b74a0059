import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.analysis.planning import (
    expected_width,
    n_raters,
    n_raters_for_mean,
    n_targets,
    n_targets_to_test,
)
from coder_app.analysis.planning_bias import n_targets_with_bias, simulated_width
from coder_app.analysis.results import StatsError

BEYOND = json.loads((Path(__file__).parents[2] / "reference" / "beyond.json").read_text())["results"]
ICCS = st.floats(0, 0.95)
RATERS = st.integers(3, 8)
WIDTHS = st.floats(0.05, 0.9)


@pytest.mark.parametrize("plan", BEYOND["sample_size_bonett"])
def test_the_number_of_targets_equals_bonetts(plan):
    # R function of Bonett (2002) as in ICC.Sample.Size and presize.
    icc, raters, width = (float(value) for value in re.findall(r"=([\d.]+)", plan))
    assert n_targets(icc, int(raters), width) == BEYOND["sample_size_bonett"][plan]["bonett2002_n"]


@pytest.mark.parametrize("icc", BEYOND["precision_bonett_n17_k3"])
def test_the_width_that_17_targets_give_equals_bonetts(icc):
    expected = BEYOND["precision_bonett_n17_k3"][icc]
    assert expected_width(float(icc), 3, 17) == pytest.approx(expected, abs=1e-9)


@given(ICCS, RATERS, WIDTHS)
def test_the_number_found_is_the_smallest_that_is_precise_enough(icc, raters, width):
    n = n_targets(icc, raters, width)
    assert expected_width(icc, raters, n) <= width + 1e-9
    assert n == 2 or expected_width(icc, raters, n - 1) > width - 1e-9


@given(ICCS, RATERS, WIDTHS)
def test_more_raters_or_a_wider_interval_never_take_more_targets(icc, raters, width):
    assert n_targets(icc, raters, width) >= n_targets(icc, raters, width * 1.1)
    if icc <= 0.5:
        assert n_targets(icc, raters, width) >= n_targets(icc, raters + 1, width)


def test_more_confidence_takes_more_targets():
    assert n_targets(0.7, 3, 0.2, confidence=0.99) > n_targets(0.7, 3, 0.2) == 68


@pytest.mark.parametrize(
    ("icc", "raters", "width", "confidence"),
    [
        (1, 3, 0.2, 0.95),
        (-0.1, 3, 0.2, 0.95),
        (math.nan, 3, 0.2, 0.95),
        (0.7, 1, 0.2, 0.95),
        (0.7, 3, 0, 0.95),
        (0.7, 3, 2, 0.95),
        (0.7, 3, 0.2, 1),
    ],
)
def test_values_outside_their_range_are_refused(icc, raters, width, confidence):
    with pytest.raises(StatsError, match="expected"):
        n_targets(icc, raters, width, confidence)


def test_one_target_has_no_width():
    with pytest.raises(StatsError, match="expected 2 or more"):
        expected_width(0.7, 3, 1)


@pytest.mark.parametrize("plan", BEYOND["sample_size_test_ICC.Sample.Size"])
def test_the_number_of_targets_for_a_test_equals_that_of_icc_sample_size(plan):
    # R: ICC.Sample.Size::calculateIccSampleSize, one-tailed, alpha .05, power .8.
    icc, least, raters = (float(value) for value in re.findall(r"=([\d.]+)", plan))
    expected = BEYOND["sample_size_test_ICC.Sample.Size"][plan]
    assert n_targets_to_test(icc, least, int(raters)) == expected


def test_two_sides_more_power_or_a_nearer_icc_take_more_targets():
    n = n_targets_to_test(0.75, 0.4, 3)
    assert n_targets_to_test(0.75, 0.4, 3, sides=2) > n
    assert n_targets_to_test(0.75, 0.4, 3, power=0.9) > n
    assert n_targets_to_test(0.75, 0.5, 3) > n


@pytest.mark.parametrize(
    ("icc", "least", "power", "sides"), [(0.4, 0.4, 0.8, 1), (0.7, 0.4, 1, 1), (0.7, 0.4, 0.8, 3)]
)
def test_a_test_of_nothing_is_refused(icc, least, power, sides):
    with pytest.raises(StatsError, match="expected"):
        n_targets_to_test(icc, least, 3, power, sides=sides)


@given(ICCS, st.integers(10, 200), WIDTHS)
def test_the_number_of_raters_found_is_the_smallest_that_is_precise_enough(icc, targets, width):
    k = n_raters(icc, targets, width)
    if k is None:
        assert expected_width(icc, 100, targets) > width
    else:
        assert expected_width(icc, k, targets) <= width
        assert k == 2 or expected_width(icc, k - 1, targets) > width


def test_few_targets_give_no_narrow_interval_with_any_number_of_raters():
    assert n_raters(0.7, 20, 0.2) is None
    assert n_raters(0.7, 68, 0.2) == 3


@pytest.mark.parametrize(
    ("icc", "wanted", "raters"), [(0.5, 0.75, 3), (0.7, 0.9, 4), (0.8, 0.8, 1), (0.9, 0.5, 1)]
)
def test_so_many_raters_make_a_mean_reliable(icc, wanted, raters):
    assert n_raters_for_mean(icc, wanted) == raters
    assert raters * icc / (1 + (raters - 1) * icc) >= wanted - 1e-12


def test_a_perfect_or_worthless_rating_is_not_planned_with():
    for icc, wanted in ((0, 0.8), (1, 0.8), (0.5, 1)):
        with pytest.raises(StatsError, match="between 0 and 1"):
            n_raters_for_mean(icc, wanted)


def test_without_bias_the_simulated_width_is_bonetts():
    assert simulated_width(0.7, 3, 68) == pytest.approx(expected_width(0.7, 3, 68), abs=0.005)


def test_bias_between_raters_widens_the_interval_much():
    # Simulated for these plans with an independent program: .20 and .32.
    assert simulated_width(0.7, 3, 68) == pytest.approx(0.20, abs=0.005)
    assert simulated_width(0.7, 3, 68, bias=0.1) == pytest.approx(0.32, abs=0.01)
    assert simulated_width(0.7, 6, 68, bias=0.1) < simulated_width(0.7, 3, 68, bias=0.1)


@pytest.mark.parametrize("bias", [-0.1, 0.3, 0.5])
def test_bias_that_leaves_no_residual_is_refused(bias):
    with pytest.raises(StatsError, match="bias"):
        simulated_width(0.7, 3, 20, bias)


def test_the_number_with_bias_is_the_smallest_that_is_precise_enough():
    n = n_targets_with_bias(0.7, 6, 0.3, bias=0.1)
    assert simulated_width(0.7, 6, n, bias=0.1) <= 0.3 < simulated_width(0.7, 6, n - 1, bias=0.1)
    # Without bias it is Bonett's number, up to the simulation.
    assert n_targets_with_bias(0.7, 3, 0.2) == pytest.approx(n_targets(0.7, 3, 0.2), abs=3)


def test_with_bias_few_raters_give_no_narrow_interval_with_any_number_of_targets():
    assert n_targets_with_bias(0.7, 3, 0.2, bias=0.1) is None
    assert n_targets_with_bias(0.7, 3, 0.3, bias=0.1, most=50) is None


def test_a_width_that_no_interval_has_is_refused_before_anything_is_simulated():
    with pytest.raises(StatsError, match="width 0"):
        n_targets_with_bias(0.7, 3, 0)
