import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.analysis.results import Estimate
from coder_app.analysis.words import Words, name_icc, name_interval

ORDER = {
    "cicchetti": ["poor", "fair", "good", "excellent"],
    "koo_li": ["poor", "moderate", "good", "excellent"],
}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.2, "poor"),
        (0.4999999, "poor"),
        (0.50, "moderate"),
        (0.7499999, "moderate"),
        (0.75, "good"),
        (0.90, "good"),
        (0.9000001, "excellent"),
        (1.0, "excellent"),
        (None, None),
    ],
)
def test_koo_and_li_call_point_nine_good_and_more_excellent(value, word):
    assert name_icc(value, "koo_li") == word


def test_both_ends_of_an_interval_get_a_word():
    assert name_interval(Estimate(0.74, 0.39, 0.9)) == Words("good", "poor", "excellent")
    assert name_interval(Estimate(0.74, 0.39, 0.9), "koo_li") == Words("moderate", "poor", "good")


def test_a_limit_that_is_not_there_has_no_word():
    assert name_interval(Estimate(0.5, None, 0.7, "why")) == Words("fair", None, "good")


@pytest.mark.parametrize("scheme", ORDER)
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_higher_value_never_has_a_lower_word(scheme, first, second):
    low, high = sorted((first, second))
    words = ORDER[scheme]
    assert words.index(name_icc(low, scheme)) <= words.index(name_icc(high, scheme))
