import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.intra import intra_rater_icc
from coder_app.analysis.results import StatsError
from tests.makers.ratings import read_table, read_values, to_ratings

CASES = read_values("icc")["cases"]


def to_occasions(table, rater="anna", item="warmth"):
    """Targets x occasions of one coder."""
    frame = to_ratings(table, item).rename(columns={"rater": "occasion"})
    return frame.assign(rater=rater, occasion=frame["occasion"].str[1:].astype(int) + 1)


def test_the_icc_of_two_occasions_is_that_of_two_raters():
    table = read_table("icc/two_raters")
    (found,) = intra_rater_icc(to_occasions(table))
    theirs = CASES["two_raters"]["irr"]["ICC(A,1)"]
    assert (found.rater, found.item, found.n_targets, found.n_occasions) == ("anna", "warmth", len(table), 2)
    assert [found.icc.estimate, found.icc.lower, found.icc.upper] == pytest.approx(
        [theirs["icc"], theirs["lower"], theirs["upper"]], abs=1e-8
    )


def test_coders_and_items_are_kept_apart():
    rng = np.random.default_rng(2)
    tables = {
        (rater, item): rng.integers(0, 6, (8, 2)).astype(float)
        for rater in ("anna", "bo")
        for item in ("warmth", "play")
    }
    frame = pd.concat([to_occasions(table, *key) for key, table in tables.items()])
    found = {(result.rater, result.item): result for result in intra_rater_icc(frame)}
    assert list(found) == list(tables)
    for key, table in tables.items():
        alone = icc_by_item(to_ratings(table))[0]
        assert found[key].icc == alone.icc["ICC(A,1)"]
        assert found[key].percent_agreement == alone.percent_agreement


def test_recordings_coded_once_do_not_enter():
    table = np.array([[1, 2], [3, 3], [5, 4], [2, np.nan], [np.nan, 4]])
    (found,) = intra_rater_icc(to_occasions(table))
    assert found.n_targets == 3
    assert found.icc == icc_by_item(to_ratings(table[:3]))[0].icc["ICC(A,1)"]


def test_the_shift_is_the_second_occasion_minus_the_first_with_its_t_interval():
    from scipy.stats import ttest_rel

    table = np.array([[1.0, 2], [3, 3], [5, 6], [2, 4], [0, 0], [4, 5]])
    (found,) = intra_rater_icc(to_occasions(table))
    theirs = ttest_rel(table[:, 1], table[:, 0])
    interval = theirs.confidence_interval(0.95)
    assert found.shift.estimate == pytest.approx(5 / 6)
    assert [found.shift.lower, found.shift.upper] == pytest.approx([interval.low, interval.high], abs=1e-12)


def test_the_error_of_one_coder_is_the_spread_within_recordings():
    # Dahlberg's error of two measurements: sqrt(sum of squared differences / 2n).
    table = np.array([[1.0, 2], [3, 3], [5, 6], [2, 4]])
    (found,) = intra_rater_icc(to_occasions(table))
    assert found.sem == pytest.approx(np.sqrt(6 / 8))


def test_the_order_of_rows_does_not_decide_which_occasion_is_first():
    frame = to_occasions([[1, 2], [3, 3], [5, 6], [2, 4]])
    (first,), (second,) = intra_rater_icc(frame), intra_rater_icc(frame.iloc[::-1])
    assert first.shift.estimate == pytest.approx(second.shift.estimate)
    assert second.icc.estimate == pytest.approx(first.icc.estimate)


def test_a_coder_to_whom_nothing_came_back_is_listed_with_the_reason():
    frame = pd.concat([to_occasions([[1, 2], [3, 3], [2, 1]]), to_occasions([[1], [4]], "bo")])
    found = intra_rater_icc(frame)
    assert [result.rater for result in found] == ["anna", "bo"]
    assert (found[1].n_targets, found[1].icc.estimate, found[1].sem) == (0, None, None)
    assert "twice" in found[1].reason


@pytest.mark.parametrize(("table", "reason"), [([[1, 2]], "at least 2"), ([[3, 3], [3, 3]], "no variation")])
def test_what_cannot_be_computed_has_a_reason(table, reason):
    (found,) = intra_rater_icc(to_occasions(table))
    assert found.icc.estimate is None
    assert reason in found.reason
    assert found.percent_agreement is not None


def test_an_occasion_given_twice_and_a_missing_column_are_refused():
    frame = to_occasions([[1, 2], [3, 3]])
    with pytest.raises(StatsError, match="rater anna, item warmth, target t0, occasion 1"):
        intra_rater_icc(pd.concat([frame, frame.iloc[[0]]]))
    with pytest.raises(StatsError, match="'occasion'"):
        intra_rater_icc(frame.drop(columns="occasion"))


def test_without_items_all_rows_are_one_item():
    frame = to_occasions([[1, 2], [3, 3], [5, 4]]).drop(columns="item")
    (found,) = intra_rater_icc(frame)
    assert (found.item, found.n_targets) == (None, 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8), st.integers(2, 3))
def test_a_coder_who_repeats_every_score_agrees_fully(seed, n, occasions):
    scores = np.random.default_rng(seed).permutation(np.arange(n)).astype(float)
    (found,) = intra_rater_icc(to_occasions(np.tile(scores[:, None], occasions)))
    assert (found.icc.estimate, found.percent_agreement, found.sem, found.shift.estimate) == (1, 1, 0, 0)
