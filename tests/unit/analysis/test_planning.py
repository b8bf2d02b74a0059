import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.analysis.planning import expected_width, n_targets
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
