"""The course of the alliance: means by session, growth as lme4 fits it, informants beside each other."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.course import Course, mean_by_number, read_courses
from coder_app.analysis.growth import fit_growth
from coder_app.analysis.informants import compare_informants, correlate

REFERENCE = Path(__file__).parents[2] / "reference"
# Written by tests/reference/course.R.
R = json.loads((REFERENCE / "course.json").read_text())


@pytest.fixture(scope="module")
def courses():
    frame = pd.read_csv(REFERENCE / "rupture_study/alliance/scores_long.csv")
    return {course.informant: course for course in read_courses(frame)}


def frame_of(rows, attendance=()):
    frame = pd.DataFrame(rows, columns=["dyad", "session", "informant", "measure", "score"])
    frame["attendance"] = [dict(attendance).get((row[0], row[1])) for row in rows]
    return frame


def course_of(table, informant="child"):
    """A course from rows of scores, None for a gap."""
    scores = np.array([[np.nan if score is None else score for score in row] for row in table], dtype=float)
    dyads = tuple(f"D{dyad:03d}" for dyad in range(len(scores)))
    return Course(informant, "TASC", dyads, np.arange(1, scores.shape[1] + 1), scores)


def noisy(n_dyads, n_numbers, seed, slope=0.5):
    rng = np.random.default_rng(seed)
    lines = rng.normal(20, 3, (n_dyads, 1)) + slope * np.arange(n_numbers)
    return lines + rng.normal(0, 1, (n_dyads, n_numbers))


@pytest.mark.parametrize("informant", ["child", "therapist"])
def test_growth_is_that_of_lme4(courses, informant):
    course, expected = courses[informant], R["growth"][informant]
    found = fit_growth(course.numbers, course.scores)
    assert (found.n_dyads, found.n_scores, found.df) == (expected["n_dyads"], expected["n_scores"], 88)
    assert found.start == pytest.approx(expected["start"], rel=1e-6)
    assert found.slope.estimate == pytest.approx(expected["slope"], rel=1e-6)
    # qt(.975, 88)
    reach = found.slope.upper - found.slope.estimate
    assert reach == pytest.approx(1.98728984609388 * expected["error"], rel=1e-5)
    for name in ("sd_start", "sd_slope", "correlation", "sd_residual"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-4), name
    assert found.between.estimate == pytest.approx(expected["between"], rel=1e-6)
    assert found.at_edge == (informant == "therapist")


def test_growth_is_that_of_the_sleep_study_which_lme4_was_published_with():
    expected = R["sleepstudy"]
    found = fit_growth(np.arange(1, 11), np.array(expected["table"]))
    # Bates et al. (2015), p. 20: Days 10.467 (1.546), SD 24.740 and 5.922, correlation .07, residual 25.592.
    assert found.slope.estimate == pytest.approx(10.467, abs=5e-4)
    for name in ("start", "sd_start", "sd_slope", "correlation", "sd_residual"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-4), name


def test_means_have_the_intervals_of_a_t_test(courses):
    for informant, course in courses.items():
        expected = R["means"][informant]
        for point in mean_by_number(course):
            of_r = expected[str(point.number)]
            assert point.n == of_r["n"]
            assert (point.mean.estimate, point.mean.lower, point.mean.upper) == pytest.approx(
                (of_r["mean"], of_r["lower"], of_r["upper"])
            )


def test_informants_are_correlated_between_and_within_dyads_and_at_each_session_as_by_r(courses):
    found = compare_informants(courses["child"], courses["therapist"])
    for name in ("between", "within"):
        expected, one = R[name], getattr(found, name)
        assert one.n == expected["n"]
        assert (one.r.estimate, one.r.lower, one.r.upper, one.p) == pytest.approx(
            (expected["r"], expected["lower"], expected["upper"], expected["p"])
        )
    assert found.within.df == R["within"]["df"]
    assert found.pooled.n == R["pooled"]["n"]
    assert found.pooled.r.estimate == pytest.approx(R["pooled"]["r"])
    for number, one in found.by_number:
        expected = R["numbers"][str(number)]
        assert one.n == expected["n"]
        assert (one.r.estimate, one.r.lower) == pytest.approx((expected["r"], expected["lower"]))


def test_sessions_of_a_parent_alone_leave_before_sessions_are_numbered():
    rows = [("D1", session, "child", "TASC", 30.0 + session) for session in (1, 2, 3, 4, 6)]
    alone = {("D1", 1): "parent alone", ("D1", 3): "Parent-alone"}
    (course,) = read_courses(frame_of(rows, alone))
    given = {
        int(number): score
        for number, score in zip(course.numbers, course.scores[0], strict=True)
        if np.isfinite(score)
    }
    # Session 2 is the first, 4 the second; 5 has no row but counts, so 6 is the fourth.
    assert given == {1: 32.0, 2: 34.0, 4: 36.0}


def test_what_cannot_be_computed_has_a_reason_and_no_number():
    one_session = course_of([[20.0 + dyad] for dyad in range(12)])
    assert fit_growth(one_session.numbers, one_session.scores).reason.startswith("0 dyads have two scores")
    few = course_of(noisy(9, 5, 1))
    assert "9 dyads" in fit_growth(few.numbers, few.scores).reason
    constant = course_of(np.full((12, 5), 3.0))
    flat = fit_growth(constant.numbers, constant.scores)
    assert (flat.reason, flat.slope.estimate) == ("all scores are the same", None)
    assert flat.between.reason == "all scores are the same"
    assert mean_by_number(constant)[0].mean.lower is None
    thin = course_of([[1.0 * dyad, 2.0 + dyad % 3] for dyad in range(12)])
    assert "too few" in fit_growth(thin.numbers, thin.scores).reason
    straight = course_of([[dyad + (1 + dyad % 4) * number for number in range(5)] for dyad in range(12)])
    assert "on a line" in fit_growth(straight.numbers, straight.scores).reason
    apart = compare_informants(course_of([[1.0, None]] * 12), course_of([[None, 2.0]] * 12, "therapist"))
    assert apart.reason == "no treatment session was scored by both"
    assert apart.between.r.estimate is None and apart.by_number == ()
    level = compare_informants(constant, course_of(noisy(12, 5, 2), "therapist"))
    assert "do not vary" in level.between.r.reason and "within dyads" in level.within.r.reason
    assert level.pooled.r.estimate is None


def test_a_correlation_has_no_number_below_ten_pairs():
    x = np.arange(9.0)
    found = correlate(x, x**2, 0.95, "dyads")
    assert (found.r.estimate, found.r.reason) == (None, "9 dyads; 10 are needed")
    assert correlate(np.arange(10.0), np.arange(10.0) ** 2, 0.95, "dyads").r.estimate is not None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 50), shift=st.floats(-100, 100))
def test_correlations_do_not_hang_on_the_scale_of_a_measure(seed, factor, shift):
    table, other = noisy(14, 9, seed), noisy(14, 9, seed + 1)
    holes = np.random.default_rng(seed).random(table.shape) < 0.15
    table[holes] = np.nan
    before = compare_informants(course_of(table), course_of(other, "therapist"))
    after = compare_informants(course_of(table * factor + shift), course_of(other, "therapist"))
    for name in ("between", "within", "pooled"):
        one, two = getattr(before, name), getattr(after, name)
        assert two.r.estimate == pytest.approx(one.r.estimate, abs=1e-9)
        assert -1 <= two.r.lower <= two.r.estimate <= two.r.upper <= 1
    swapped = compare_informants(course_of(other, "therapist"), course_of(table))
    assert swapped.within.r.estimate == pytest.approx(before.within.r.estimate)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), slope=st.floats(-2, 2))
def test_growth_of_scores_that_are_turned_around_or_stretched_is_turned_and_stretched(seed, slope):
    numbers, table = np.arange(1, 7), noisy(12, 6, seed, slope)
    one, two = fit_growth(numbers, table), fit_growth(numbers, 10 - 4 * table)
    assert two.slope.estimate == pytest.approx(-4 * one.slope.estimate, rel=1e-4, abs=1e-5)
    assert two.sd_residual == pytest.approx(4 * one.sd_residual, rel=1e-4)
    assert two.between.estimate == pytest.approx(one.between.estimate, abs=1e-5)
    # Complete tables: the mean of the dyads' own slopes.
    own = np.polyfit(numbers, table.T, 1)[0]
    assert one.slope.estimate == pytest.approx(own.mean(), abs=1e-6)
