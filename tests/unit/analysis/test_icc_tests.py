"""F tests, what was used, rare items, the scale, and raters who are not connected."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import f as f_distribution

from coder_app.analysis.anova import FORMS
from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.icc_results import MEANINGS, withhold_rare
from coder_app.analysis.results import StatsError
from tests.makers.ratings import read_table, read_values, to_ratings

CASES = read_values("icc")["cases"]
TESTED = [
    name
    for name, case in CASES.items()
    if case["complete"] and isinstance(case["psych_aov"]["ICC(A,1)"]["F"], float)
]
TABLES = st.tuples(st.integers(2, 8), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 5).map(float))
)
HOLE = np.nan


def only(table, **options):
    (result,) = icc_by_item(to_ratings(table), **options)
    return result


@pytest.mark.parametrize("name", [name for name in TESTED if CASES[name]["mean_squares"]["MSE"] > 1e-9])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_f_test_of_psych(name, form):
    theirs = CASES[name]["psych_aov"][form]
    ours = only(read_table(f"icc/{name}")).tests[form]
    assert ours.f == pytest.approx(theirs["F"], rel=1e-8, abs=1e-12)
    assert (ours.df1, ours.df2) == (theirs["df1"], theirs["df2"])
    assert ours.p == pytest.approx(theirs["p"], rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("form", ["ICC(1,1)", "ICC(C,1)", "ICC(C,k)"])
def test_one_way_and_consistency_tests_are_those_of_irr_too(form):
    theirs = CASES["ord05_good"]["irr"][form]
    ours = only(read_table("icc/ord05_good")).tests[form]
    found = (ours.f, ours.df1, ours.df2, ours.p)
    assert found == pytest.approx(tuple(theirs[name] for name in ("F", "df1", "df2", "p")), rel=1e-8)


def test_bias_between_raters_is_tested_apart():
    squares = CASES["ord05_good"]["mean_squares"]
    bias = only(read_table("icc/ord05_good")).bias
    assert bias.f == pytest.approx(squares["MSC"] / squares["MSE"], rel=1e-12)
    assert (bias.df1, bias.df2) == (2, 32)
    assert bias.p == pytest.approx(f_distribution.sf(bias.f, 2, 32), rel=1e-10)


def test_without_residual_variation_there_is_no_f_and_the_reason_says_so():
    found = only(read_table("icc/perfect_agreement"))
    assert (found.tests["ICC(A,1)"].f, found.tests["ICC(A,1)"].p) == (None, None)
    assert "error term is 0" in found.tests["ICC(A,1)"].reason
    assert found.icc["ICC(A,1)"].estimate == 1


@settings(max_examples=40, deadline=None)
@given(TABLES)
def test_a_test_refutes_zero_exactly_where_the_interval_of_consistency_excludes_it(table):
    # p is one-sided: the 90 % interval's lower limit is above 0 where p < .05.
    found = only(table, confidence=0.9)
    test, value = (found.tests or {}).get("ICC(C,1)"), found.icc["ICC(C,1)"]
    if test is not None and test.p is not None and abs(test.p - 0.05) > 1e-9:
        assert (test.p < 0.05) == (value.lower > 0)


def test_designs_with_holes_have_no_analysis_of_variance_to_test_by():
    found = only(read_table("icc/rotating_pairs_17x4"))
    assert (found.tests, found.bias) == (None, None)


def test_every_form_has_its_meaning_in_words():
    found = only(read_table("icc/rotating_pairs_17x4"))
    assert set(found.icc) == set(MEANINGS)
    assert MEANINGS["ICC(A,1)"] == "two-way, absolute agreement, single rater"


# --- what was used -------------------------------------------------------------------------------------


def test_of_complete_data_it_is_said_that_nothing_is_missing():
    found = only(read_table("icc/ord05_good"))
    assert (found.n_ratings, found.n_full, found.n_single) == (51, 17, 0)
    assert found.used == "51 ratings of 17 targets by 3 raters, none missing; analysis of variance"


def test_of_data_with_holes_it_is_said_what_is_missing_and_that_all_is_used():
    found = only([[1, 2, 3], [2, HOLE, 2], [HOLE, 4, HOLE], [0, 1, 1], [5, 4, 4]])
    assert (found.n_ratings, found.n_full, found.n_single) == (12, 3, 1)
    assert found.used == (
        "12 ratings of 5 targets by 3 raters; 2 targets lack a rating, 1 have one only; all used, by REML"
    )


def test_without_an_icc_nothing_is_said_to_be_used():
    assert only(read_table("icc/all_zero")).used == "51 ratings of 17 targets by 3 raters; no ICC"


def test_raters_whom_nothing_connects_are_named_by_group():
    table = [[1, 2, HOLE, HOLE], [3, 3, HOLE, HOLE], [HOLE, HOLE, 2, 4], [HOLE, HOLE, 1, 1]]
    found = only(table)
    assert found.groups == (("r0", "r1"), ("r2", "r3"))
    assert "not connected" in found.reason
    assert "2 groups" in found.reason


def test_one_shared_target_connects_groups():
    table = [[1, 2, HOLE, HOLE], [3, 3, 2, HOLE], [HOLE, HOLE, 2, 4], [HOLE, HOLE, 1, 1], [4, 5, 5, 4]]
    found = only(table)
    assert (found.groups, found.reason) == ((), None)


# --- rare items ----------------------------------------------------------------------------------------


def test_a_rare_items_icc_is_withheld_with_the_reason_and_agreement_stays():
    found = only(read_table("icc/coded_once_one_rater"))
    withheld = withhold_rare(found)
    assert found.reason is None
    assert withheld.reason == ("rare: 1 of 17 targets were rated above the lowest point; an ICC needs 2")
    assert {value.estimate for value in withheld.icc.values()} == {None}
    assert (withheld.word, withheld.tests, withheld.bias) == (None, None, None)
    assert withheld.percent_agreement == found.percent_agreement


@pytest.mark.parametrize(("fewest", "withheld"), [(2, False), (3, True)])
def test_how_few_are_too_few_is_a_setting(fewest, withheld):
    found = only(read_table("icc/coded_once_disagree"))
    assert found.n_used == 2
    assert (withhold_rare(found, fewest) != found) == withheld


def test_an_item_that_has_a_reason_already_keeps_it():
    found = only(read_table("icc/all_zero"))
    assert withhold_rare(found) == found
    assert replace(found, n_used=0) == found


# --- the scale -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [-1, 6])
def test_a_score_off_the_scale_is_refused_by_place_and_value(score):
    frame = to_ratings([[1, 2], [score, 4], [3, 3]], "warmth")
    with pytest.raises(
        StatsError, match=rf"target t1, rater r0, item warmth: score {score} is not on the scale 0 to 5"
    ):
        icc_by_item(frame, scales={"warmth": (0, 5)})


def test_the_scales_lowest_point_decides_what_counts_as_used():
    frame = to_ratings([[2, 2], [3, 3], [4, 5]], "calm")
    assert icc_by_item(frame, scales={"calm": (0, 5)})[0].n_used == 3
    assert icc_by_item(frame, scales={"other": (0, 5)})[0].n_used == 2


# --- frames --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["category", "object"])
def test_how_names_are_stored_does_not_matter(kind):
    frame = to_ratings(read_table("icc/ord05_good"), "x")
    other = frame.astype(dict.fromkeys(("target", "rater", "item"), kind))
    assert icc_by_item(other) == icc_by_item(frame)


def test_an_empty_name_is_refused_with_the_number_of_rows():
    frame = to_ratings([[1, 2], [3, 4]], "x")
    frame.loc[2, "rater"] = None
    with pytest.raises(StatsError, match="column rater: empty in 1 rows"):
        icc_by_item(frame)


def test_a_frame_without_rows_has_no_items():
    assert icc_by_item(to_ratings(np.empty((0, 0)), "x")) == ()


def test_scores_of_pandas_own_integers_with_missing_values_are_read():
    frame = to_ratings([[1, 2], [3, 3], [5, 4]])
    frame = frame.assign(score=frame.score.astype("Int64"))
    frame.loc[0, "score"] = pd.NA
    (found,) = icc_by_item(frame)
    assert (found.design, found.n_ratings) == ("incomplete", 5)


def test_every_figure_is_json_without_nan():
    for name in ("ord05_good", "negative_icc", "all_zero", "rotating_pairs_17x4"):
        found = only(read_table(f"icc/{name}"))
        values = [[v.estimate, v.lower, v.upper] for v in found.icc.values()]
        json.dumps([values, found.percent_agreement], allow_nan=False)
