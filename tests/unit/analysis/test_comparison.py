"""Series with and without a rupture compared on covariates, against R."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coder_app.analysis.comparison import NUMBERS, WORDS, compare_covariates
from coder_app.analysis.covariates import DYAD, THERAPIST, guess_of_therapist, guess_therapist
from coder_app.analysis.holm import adjust_holm
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.two_groups import (
    NO_SPREAD,
    TOO_FEW,
    compare_counts,
    compare_means,
    correlate,
)
from tests.makers.covariates import read_covariates

REFERENCE = Path(__file__).parents[2] / "reference"
R = json.loads((REFERENCE / "occurrence.json").read_text())
STUDY = REFERENCE / "rupture_study"
X, Y, Z = (np.array(R[name], dtype=float) for name in "xyz")
BOUNDED = settings(max_examples=30, deadline=None)


def check_means(found, expected):
    assert (found.f.f, found.f.df1, found.f.df2, found.f.p) == pytest.approx(
        (expected["f"], expected["df1"], expected["df2"], expected["p"]), rel=1e-9
    )
    assert (found.welch.f, found.welch.df2, found.welch.p) == pytest.approx(
        (expected["welch_f"], expected["welch_df2"], expected["welch_p"]), rel=1e-9
    )
    assert (found.g.estimate, found.g.lower, found.g.upper) == pytest.approx(expected["g"], abs=1e-6)


@pytest.mark.parametrize(("other", "name"), [(Y, "xy"), (Z, "xz")])
def test_f_welch_and_g_with_its_interval_are_those_of_r(other, name):
    check_means(compare_means(X, other), R["means"][name])


@pytest.mark.parametrize("expected", R["counts"], ids=lambda one: str(one["table"]))
def test_chi_square_exact_p_and_odds_ratio_are_those_of_r(expected):
    found = compare_counts(np.array(expected["table"]))
    names = ("chi2", "df", "p_chi2", "p_exact", "cramers_v")
    assert [getattr(found, name) for name in names] == pytest.approx([expected[name] for name in names])
    if "odds_ratio" in expected:
        infinite = [None if part == "Inf" else part for part in expected["odds_ratio"]]
        odds = found.odds_ratio
        for value, wanted in zip((odds.estimate, odds.lower, odds.upper), infinite, strict=True):
            assert value == (None if wanted is None else pytest.approx(wanted, rel=1e-4))
        assert (odds.reason is None) == (None not in infinite)
    else:
        assert (found.odds_ratio.estimate, found.risk_difference.estimate) == (None, None)


def test_p_belongs_to_its_f_where_the_study_prints_another():
    """The study prints p .23, .77, .80, .46, .31, .73 for these F; that of gender is .36 and .30."""
    printed = R["printed_f"]
    ours = stats.f.sf(printed["f"], 1, printed["df2"])
    assert ours == pytest.approx(printed["p"])
    assert [round(p, 2) for p in ours] == [0.23, 0.36, 0.81, 0.46, 0.31, 0.3]


def test_holm_is_that_of_r_and_what_has_no_p_is_no_part_of_the_family():
    given_p, adjusted = R["holm"]["given"], R["holm"]["adjusted"]
    assert adjust_holm(given_p) == pytest.approx(adjusted)
    assert adjust_holm([None, *given_p]) == [None, *map(pytest.approx, adjusted)]


def test_too_little_or_no_variation_gives_a_reason_and_no_figure():
    few, same = compare_means(X[:1], Y), compare_means(np.ones(3), np.full(4, 2.0))
    for found, reason in ((few, TOO_FEW), (same, NO_SPREAD)):
        assert (found.f.f, found.f.p, found.welch.p, found.g.estimate) == (None,) * 4
        assert found.f.reason == found.welch.reason == found.g.reason == reason
    assert correlate(X[:2], Y[:2])[0].reason == "fewer than 3 pairs"
    assert correlate(np.ones(4), X[:4]) == (replace(correlate(np.ones(4), X[:4])[0]), None)
    wide = np.tile([[20, 20]], (9, 1))
    assert compare_counts(wide).p_exact is None
    assert "tables to list" in compare_counts(wide).reason


@pytest.fixture(scope="module")
def people():
    return read_covariates()


@pytest.fixture(scope="module")
def ruptured():
    scores = pd.read_csv(STUDY / "alliance" / "scores_long.csv")
    return {
        one.informant: {series.dyad: bool(series.ruptures) for series in one.series if series.analysed}
        for one in find_ruptures(scores, None, {"WAI-S": 12}).analyses
    }


@pytest.mark.parametrize("informant", ["child", "therapist"])
def test_the_reference_study_is_compared_as_by_r(people, ruptured, informant):
    expected = R["study"][informant]
    assert guess_therapist(people["D001"]) == "therapist"
    of_therapist = guess_of_therapist(people, "therapist")
    assert of_therapist == ("therapist_age", "therapist_experience_years", "therapist_gender")
    found = compare_covariates(ruptured[informant], people, therapist="therapist", of_therapist=of_therapist)
    assert [(one.covariate, one.level) for one in found] == [
        *((name, DYAD) for name in ("child_age", "child_gender", "condition")),
        *((name, THERAPIST) for name in of_therapist),
    ]
    by_name = {one.covariate: one for one in found}
    for name in ("child_age", "child_gender", "therapist_experience_years"):
        check_means(by_name[name].means, expected[name])
        assert by_name[name].p == by_name[name].means.f.p
    age, condition, years = (
        by_name[name] for name in ("child_age", "condition", "therapist_experience_years")
    )
    assert (age.n_with, age.n_with + age.n_without) == (expected["n_with"], expected["n"])
    assert [list(row[1:]) for row in condition.categories] == expected["condition"]["table"]
    assert condition.counts.p_exact == pytest.approx(expected["condition"]["p_exact"])
    n_therapists = (expected["n_therapists_with"], expected["n_therapists"])
    assert (years.n_with, years.n_with + years.n_without) == n_therapists
    related = by_name["therapist_age"]
    shown = (related.share_r.estimate, related.share_r.lower, related.share_r.upper, related.share_p)
    assert shown == pytest.approx(expected["share_with_therapist_age"])
    of_two = compare_covariates(
        ruptured[informant],
        people,
        therapist="therapist",
        of_therapist=("therapist_experience_years",),
        left_out=set(people["D001"]) - {"child_age", "therapist_experience_years", "therapist"},
    )
    assert [one.p_holm for one in of_two] == pytest.approx(expected["holm_of_two"])


def test_names_and_order_of_dyads_change_nothing(people, ruptured):
    of_therapist = guess_of_therapist(people, "therapist")
    names = dict(zip(people, np.random.default_rng(3).permutation(list(people)), strict=True))
    turned = {names[dyad]: values for dyad, values in reversed(people.items())}
    has = {names[dyad]: rupture for dyad, rupture in reversed(ruptured["child"].items())}
    chosen = {"therapist": "therapist", "of_therapist": of_therapist}
    for one, other in zip(
        compare_covariates(ruptured["child"], people, **chosen),
        compare_covariates(has, turned, **chosen),
        strict=True,
    ):
        assert (one.covariate, one.categories, one.n_with) == (
            other.covariate,
            other.categories,
            other.n_with,
        )
        assert one.p == pytest.approx(other.p)


def compare_one(values, has, **chosen):
    dyads = [f"D{place}" for place in range(len(values))]
    known = {dyad: {} if value is None else {"x": value} for dyad, value in zip(dyads, values, strict=True)}
    return compare_covariates(dict(zip(dyads, has, strict=True)), known, **chosen)


@pytest.mark.parametrize(
    ("values", "has", "reason"),
    [
        ([5.0] * 6, [True] * 3 + [False] * 3, "the same for all: 5"),
        (["f", "m", "f"], [True] * 3, "no series without a rupture of which it is known"),
        ([None, None, 1.0, 2.0], [True, True, False, False], "no series with a rupture of which it is known"),
        (
            [f"w{n}" for n in range(11)],
            [True] * 5 + [False] * 6,
            "11 different words; at most 10 are compared",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(values, has, reason):
    (found,) = compare_one(values, has)
    assert (found.reason, found.p, found.p_holm, found.means, found.counts) == (reason, *[None] * 4)


def test_what_is_not_known_is_left_out_and_counted():
    (found,) = compare_one([1.0, None, 3.0, 2.0, 5.0, None], [True, True, True, False, False, False])
    assert (found.kind, found.n_with, found.n_without, found.n_missing) == (NUMBERS, 2, 2, 2)
    assert (found.groups[0].mean, found.groups[1].mean) == (2.0, 3.5)


def test_two_words_have_the_f_of_a_linear_probability_and_three_have_none():
    has = [True, True, True, False, False, False, False]
    (two,) = compare_one([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0], has)
    assert (two.kind, two.categories) == (WORDS, (("0", 1, 3), ("1", 2, 1)))
    ours, theirs = np.array([0, 1, 1.0]), np.array([0, 0, 1.0, 0])
    assert two.means.f.f == pytest.approx(stats.f_oneway(ours, theirs).statistic)
    assert two.counts.risk_difference.estimate == pytest.approx(2 / 3 - 1 / 4)
    (three,) = compare_one(["a", "b", "c", "a", "b", "c", "a"], has)
    assert three.means is None
    assert three.p == three.counts.p_exact


def known_of_therapists():
    """Two dyads of each of four therapists; the first two have a dyad with a rupture."""
    return {
        f"D{who}{number}": {"who": f"T{who}", "age": 30.0 + 5 * who} for who in range(4) for number in (1, 2)
    }


def test_a_therapist_with_several_dyads_counts_once():
    known = known_of_therapists()
    has = {dyad: dyad in ("D01", "D02", "D11") for dyad in known}
    (found,) = compare_covariates(has, known, therapist="who", of_therapist=("age",))
    assert (found.n_with, found.n_without, found.groups[0].mean) == (2, 2, 32.5)
    assert found.share_r.estimate == pytest.approx(np.corrcoef([30, 35, 40, 45], [1, 0.5, 0, 0])[0, 1])


def test_a_therapist_with_two_values_is_named_and_not_compared():
    known = known_of_therapists()
    known["D01"]["age"] = 77.0
    (found,) = compare_covariates(dict.fromkeys(known, True), known, therapist="who", of_therapist=("age",))
    assert found.reason == "differs between the dyads of T0"
    assert (
        guess_of_therapist({d: {"therapist_age": v["age"], "who": v["who"]} for d, v in known.items()}, "who")
        == ()
    )
    (alone,) = compare_covariates(dict.fromkeys(known, True), known, of_therapist=("age",), left_out=("who",))
    assert alone.reason == "no therapist is known"


@BOUNDED
@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=12),
    st.lists(st.integers(-50, 50), min_size=2, max_size=12),
    st.floats(-1e3, 1e3),
)
def test_a_shift_of_all_values_changes_no_f_and_swapping_groups_turns_g(first, second, shift):
    one, other = np.array(first, dtype=float), np.array(second, dtype=float)
    found, back = compare_means(one, other), compare_means(other + shift, one + shift)
    assert (found.f.f is None) == (back.f.f is None)
    if found.f.f is not None and found.f.f < 1e6:
        assert back.f.f == pytest.approx(found.f.f, rel=1e-6, abs=1e-9)
        assert back.g.estimate == pytest.approx(-found.g.estimate, rel=1e-6, abs=1e-9)
        assert (back.g.lower, back.g.upper) == pytest.approx((-found.g.upper, -found.g.lower), abs=1e-5)


@BOUNDED
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5))
def test_the_order_of_words_changes_no_p(rows):
    table = np.array([row for row in rows if sum(row)])
    if len(table) < 2 or not table.sum(axis=0).all():
        return
    found, back = compare_counts(table), compare_counts(table[::-1, ::-1])
    assert found.p_exact == pytest.approx(back.p_exact, abs=1e-10)
    assert 0 < found.p_exact <= 1
    assert 0 <= found.cramers_v <= 1 + 1e-12
    assert math.isclose(found.chi2, back.chi2, abs_tol=1e-9)
