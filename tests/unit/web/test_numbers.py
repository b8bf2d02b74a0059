"""Numbers as the pages print them: APA's way, never a bare 0 or NaN for what is not there."""

import pytest

from coder_app.web.numbers import (
    coefficient,
    count,
    decimal,
    decimal_interval,
    estimate_or_reason,
    interval,
    p_value,
    percent,
)


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.0009999, "< .001"), (0.001, ".001"), (0.0235, ".024"), (0.5, ".500"), (1.0, "1.000"), (None, "–")],
)
def test_a_p_has_three_decimals_and_no_leading_zero_and_is_never_zero(value, printed):
    assert p_value(value) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.714, ".71"),
        (-0.2, "−.20"),
        (-0.001, ".00"),
        (0.0, ".00"),
        (0.999, "1.00"),
        (-1.2, "−1.20"),
        (None, "–"),
    ],
)
def test_a_coefficient_has_two_decimals_and_a_true_minus(value, printed):
    assert coefficient(value) == printed


def test_an_agreement_near_one_can_be_printed_with_a_third_decimal():
    assert coefficient(0.998, 3) == ".998"


@pytest.mark.parametrize(
    ("value", "printed"), [(8.947, "8.95"), (-0.004, "0.00"), (-1.5, "−1.50"), (0, "0.00"), (None, "–")]
)
def test_points_and_f_keep_their_leading_zero(value, printed):
    assert decimal(value) == printed


def test_intervals_need_both_ends():
    assert interval(-0.0187, 0.761) == "[−.02, .76]"
    assert interval(0.2, None) == interval(None, 0.4) == "–"
    assert decimal_interval(1, 2.346) == "[1.00, 2.35]"
    assert decimal_interval(None, None) == "–"


@pytest.mark.parametrize(
    ("share", "printed"),
    [(0.4902, "49%"), (0.0, "0%"), (1.0, "100%"), (0.999, "> 99%"), (0.001, "< 1%"), (None, "–")],
)
def test_only_everything_is_a_hundred_per_cent(share, printed):
    assert percent(share) == printed


def test_things_are_counted_in_words():
    assert count(1, "entry", "entries") == "1 entry"
    assert count(1847, "score") == "1,847 scores"


def test_what_cannot_be_computed_is_said_in_words():
    nothing = {"estimate": None, "lower": None, "upper": None, "reason": None}
    assert estimate_or_reason(nothing, "no variation: all scores are the same") == (
        "no variation: all scores are the same"
    )
    assert estimate_or_reason(None, None) == "not computed"
    half = {"estimate": 0.5, "lower": None, "upper": None, "reason": "a limit is not defined"}
    assert estimate_or_reason(half, None) == ".50, a limit is not defined"
    whole = {"estimate": 0.5, "lower": 0.2, "upper": 0.7, "reason": None}
    assert estimate_or_reason(whole, None) == ".50, 95% CI [.20, .70]"
