import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coder_app.analysis.anova import FORMS, icc_forms
from coder_app.analysis.icc import icc_by_item, measurement_error, name_icc, sum_scores
from coder_app.analysis.mixed import estimate_components
from coder_app.analysis.obstacles import find_obstacle
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
VALUES = json.loads((REFERENCE / "icc.json").read_text())
CASES = VALUES["cases"]
COMPLETE = [name for name, case in CASES.items() if case["complete"]]
INCOMPLETE = [name for name, case in CASES.items() if not case["complete"]]
# Where a package divides 0 by 0, or gives an ICC(A,k) far outside -1 to 1 from a negative denominator.
BEYOND_PACKAGES = {"negative_icc", "negative_icc_mild", "all_three", "all_zero"}


def read_table(name):
    return pd.read_csv(REFERENCE / "icc" / f"{name}.csv").to_numpy(dtype=float)


def to_frame(table, item=None):
    rows = [
        {"target": f"t{i}", "rater": f"r{j}", "score": float(value)}
        for (i, j), value in np.ndenumerate(np.asarray(table, dtype=float))
        if not np.isnan(value)
    ]
    frame = pd.DataFrame(rows, columns=["target", "rater", "score"])
    return frame if item is None else frame.assign(item=item)


def only(table, **options):
    (result,) = icc_by_item(to_frame(table), **options)
    return result


def triple(estimate):
    return (estimate.estimate, estimate.lower, estimate.upper)


def read_study():
    frame = pd.read_csv(REFERENCE / "icc" / "study_17x3x17_long.csv")
    return frame.rename(columns={"session": "target", "coder": "rater"})


def expected_triple(case, form):
    """Values of irr; the interval of ICC(A,k) from psych, whose Spearman-Brown step irr lacks."""
    value = case["irr"][form]
    limits = case["psych_aov"][form] if form == "ICC(A,k)" else value
    return (value["icc"], limits["lower"], limits["upper"])


# --- complete data against R ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in COMPLETE if n not in BEYOND_PACKAGES])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_and_interval_equals_irr_and_psych(name, form):
    found = triple(only(read_table(name)).icc[form])
    for ours, theirs in zip(found, expected_triple(CASES[name], form), strict=True):
        if theirs == "NaN":  # irr divides by 1 - r at r = 1, where the interval is [1, 1]
            assert ours == 1
        else:
            assert ours == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize("item", sorted(VALUES["study_17x3x17"]))
def test_each_item_of_a_whole_study_equals_irr_and_psych(item):
    expected = VALUES["study_17x3x17"][item]
    found = {result.item: result for result in icc_by_item(read_study())}[item]
    for form in FORMS:
        limits = expected["psych_ICC(A,k)_CI"] if form == "ICC(A,k)" else None
        limits = limits or [expected[form]["lower"], expected[form]["upper"]]
        theirs = [expected[form]["icc"], *limits]
        if theirs[0] == "NaN":
            assert triple(found.icc[form]) == (None, None, None)
        else:
            assert triple(found.icc[form]) == pytest.approx(theirs, abs=1e-8)


def test_the_published_table_of_shrout_and_fleiss_gives_its_published_values():
    icc = only(read_table("shrout_fleiss_6x4")).icc
    assert triple(icc["ICC(A,1)"]) == pytest.approx((0.289764, 0.018787, 0.761084), abs=5e-7)
    assert icc["ICC(C,1)"].estimate == pytest.approx(0.714841, abs=5e-7)
    assert icc["ICC(A,k)"].estimate == pytest.approx(0.620051, abs=5e-7)


def test_a_large_offset_costs_no_digits():
    near, far = only(read_table("ord05_good")), only(read_table("large_offset_1e8"))
    for form in FORMS:
        assert triple(far.icc[form]) == pytest.approx(triple(near.icc[form]), abs=1e-12)


# --- edges ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["all_zero", "all_three"])
def test_without_any_variation_there_is_a_reason_and_percent_agreement_but_no_icc(name):
    found = only(read_table(name))
    assert all(triple(value) == (None, None, None) for value in found.icc.values())
    assert found.reason.startswith("no variation")
    assert (found.word, found.percent_agreement, found.n_used) == (None, 1.0, 0)


@pytest.mark.parametrize("name", ["perfect_agreement", "coded_once_all_raters"])
def test_perfect_agreement_is_one_with_an_interval_of_no_width(name):
    found = only(read_table(name))
    assert all(triple(value) == (1, 1, 1) for value in found.icc.values())
    assert (found.word, found.reason) == ("excellent", None)


def test_negative_values_stay_and_an_average_with_a_negative_denominator_is_not_estimable():
    found = only(read_table("negative_icc_mild"))
    for form in ("ICC(A,1)", "ICC(1,1)", "ICC(C,1)", "ICC(1,k)", "ICC(C,k)"):
        assert triple(found.icc[form]) == pytest.approx(
            expected_triple(CASES["negative_icc_mild"], form), abs=1e-8
        )
    assert found.icc["ICC(A,k)"].estimate is None
    assert "denominator" in found.icc["ICC(A,k)"].reason
    assert found.word == "poor"


def test_targets_with_equal_means_give_the_lowest_icc_and_no_average_form():
    found = only(read_table("negative_icc"))
    assert found.icc["ICC(1,1)"].estimate == pytest.approx(-0.5, abs=1e-12)
    assert triple(found.icc["ICC(A,1)"]) == pytest.approx([-0.541284403669725] * 3, abs=1e-12)
    for form in ("ICC(1,k)", "ICC(A,k)", "ICC(C,k)"):
        assert found.icc[form].estimate is None
        assert found.icc[form].reason


def test_raters_who_differ_on_nothing_but_level_have_no_consistency_to_estimate():
    found = only([[1, 2], [1, 2], [1, 2]])
    assert found.icc["ICC(A,1)"].estimate == 0
    assert found.icc["ICC(C,1)"].estimate is None
    assert found.icc["ICC(C,1)"].reason


def test_a_two_by_two_table_of_pure_contradiction_is_not_estimable_and_says_so():
    found = only([[0, 1], [1, 0]])
    assert found.icc["ICC(A,1)"].estimate is None
    assert "denominator" in found.reason
    assert found.word is None


def test_an_undefined_limit_is_none_with_a_reason_while_the_estimate_stays():
    # The lower limit of ICC(A,1) is under -1/(k - 1), where Spearman-Brown has no value.
    found = only([[1, 4], [2, 0], [3, 3]])
    average = found.icc["ICC(A,k)"]
    assert average.estimate == pytest.approx(-0.6 / 0.7, abs=1e-12)
    assert average.lower is None
    assert average.upper == pytest.approx(0.974044, abs=1e-6)
    assert "limit" in average.reason
    assert found.reason is None


@pytest.mark.parametrize("table", [[[1, 2, 3]], [[1], [2], [3]], [[1]]])
def test_one_target_or_one_rater_gives_a_reason(table):
    found = only(table)
    assert "at least 2" in found.reason
    assert all(value.estimate is None for value in found.icc.values())
    assert found.percent_agreement is None or len(table[0]) > 1


def test_an_item_without_any_score_is_listed_with_its_reason():
    frame = pd.concat([to_frame([[1, 2], [3, 3]], "a"), to_frame([[1, 2], [3, 3]], "b").assign(score=np.nan)])
    first, second = icc_by_item(frame)
    assert first.reason is None
    assert (second.item, second.n_targets, second.reason) == ("b", 0, "no scores")


def test_items_come_in_order_of_first_appearance_and_may_differ_in_size():
    parts = [to_frame(read_table(n), n) for n in ("two_sessions", "all_zero", "ord05_good")]
    found = icc_by_item(pd.concat(parts))
    assert [item.item for item in found] == ["two_sessions", "all_zero", "ord05_good"]
    assert [item.n_targets for item in found] == [2, 17, 17]
    assert found[2].icc == only(read_table("ord05_good")).icc


def test_used_targets_are_those_that_any_rater_put_above_the_lowest_point():
    assert only(read_table("coded_once_one_rater")).n_used == 1
    assert only(read_table("coded_once_disagree")).n_used == 2
    frame = to_frame([[2, 2], [3, 3], [4, 5]], "calm")
    assert icc_by_item(frame)[0].n_used == 2
    assert icc_by_item(frame, lowest={"calm": 0})[0].n_used == 3


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.2, "poor"),
        (0.3999999, "poor"),
        (0.40, "fair"),
        (0.5999999, "fair"),
        (0.60, "good"),
        (0.7499999, "good"),
        (0.75, "excellent"),
        (None, None),
    ],
)
def test_words_follow_cicchetti_on_the_unrounded_value(value, word):
    assert name_icc(value) == word


def test_confidence_widens_the_interval():
    wide, narrow = (only(read_table("ord05_good"), confidence=c).icc["ICC(A,1)"] for c in (0.99, 0.9))
    assert wide.lower < narrow.lower < narrow.estimate < narrow.upper < wide.upper


# --- bad frames ----------------------------------------------------------------------------------------


def test_a_target_that_a_rater_rated_twice_is_refused_by_name():
    frame = pd.concat([to_frame([[1, 2], [3, 4]], "x"), to_frame([[1, 2], [3, 4]], "x").iloc[[2]]])
    with pytest.raises(StatsError, match="target t1, rater r0, item x"):
        icc_by_item(frame)


def test_a_missing_column_is_refused_by_name():
    with pytest.raises(StatsError, match="'rater'"):
        icc_by_item(to_frame([[1, 2], [3, 4]]).drop(columns="rater"))


@pytest.mark.parametrize("score", ["three", np.inf])
def test_a_score_that_is_no_number_is_refused(score):
    frame = to_frame([[1, 2], [3, 4]]).astype({"score": object})
    frame.loc[1, "score"] = score
    with pytest.raises(StatsError, match="score"):
        icc_by_item(frame)


# --- properties ----------------------------------------------------------------------------------------

TABLES = st.tuples(st.integers(2, 8), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(0, 5).map(float))
)
BOUNDED = settings(max_examples=40, deadline=None)


def assert_same_icc(first, second):
    for form, value in first.icc.items():
        assert triple(second.icc[form]) == pytest.approx(triple(value), abs=1e-8), form


@BOUNDED
@given(TABLES, st.integers(-50, 50), st.sampled_from([0.5, 2, 10]))
def test_shifting_or_stretching_the_scale_changes_nothing(table, shift, scale):
    assert_same_icc(only(table), only(table * scale + shift))


@BOUNDED
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_raters_does_not_matter(table, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    assert_same_icc(only(table), only(table[rows][:, columns]))


@BOUNDED
@given(TABLES)
def test_an_interval_by_f_holds_its_estimate_and_no_icc_exceeds_one(table):
    # The approximate degrees of freedom of ICC(A,1) can miss the estimate in tables of three targets.
    for form, value in only(table).icc.items():
        if value.estimate is not None:
            assert value.estimate <= 1 + 1e-12
            if "A" not in form:
                assert value.lower - 1e-9 <= value.estimate <= value.upper + 1e-9


@BOUNDED
@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=8).filter(lambda x: len(set(x)) > 1), st.integers(2, 4)
)
def test_raters_who_agree_on_everything_have_an_icc_of_one(scores, raters):
    found = only(np.tile(np.array(scores, dtype=float)[:, None], raters))
    assert all(triple(value) == (1, 1, 1) for value in found.icc.values())
    assert found.percent_agreement == 1


# --- designs with holes --------------------------------------------------------------------------------


def dense_deviance(table, ratios):
    """REML deviance, up to a constant, from the full covariance matrix: slow, and written independently."""
    rows, columns = np.nonzero(np.isfinite(table))
    y = table[rows, columns]
    v = np.eye(len(y)) + ratios[0] * (rows[:, None] == rows) + ratios[1] * (columns[:, None] == columns)
    inverse = np.linalg.inv(v)
    ones = np.ones(len(y))
    information = ones @ inverse @ ones
    rest = y - (ones @ inverse @ y) / information
    determinants = np.linalg.slogdet(v)[1] + np.log(information)
    return determinants + (len(y) - 1) * np.log(rest @ inverse @ rest)


@pytest.mark.parametrize("name", INCOMPLETE)
def test_holes_are_met_with_the_reml_estimates_of_lme4(name):
    expected = CASES[name]["lme4_REML"]
    found = only(read_table(name))
    assert (found.design, found.reason) == ("incomplete", None)
    for ours, theirs in (("ICC(A,1)", "ICC(A,1)"), ("ICC(A,k)", "ICC(A,khat)"), ("ICC(Q,k)", "ICC(Q,khat)")):
        assert found.icc[ours].estimate == pytest.approx(expected[theirs], abs=1e-7)
    components = estimate_components(read_table(name))
    theirs = [expected[f"var_{part}"] for part in ("session", "rater", "resid")]
    assert (components.target, components.rater, components.residual) == pytest.approx(theirs, abs=2e-7)
    for form in ("ICC(1,1)", "ICC(C,1)", "ICC(1,k)", "ICC(C,k)"):
        assert found.icc[form].estimate is None
        assert found.icc[form].reason


@pytest.mark.parametrize("name", INCOMPLETE)
def test_the_bootstrap_interval_is_near_that_of_bootmer_with_as_many_samples(name):
    # 1,000 samples leave a limit uncertain by about .015 on either side.
    boot = json.loads((REFERENCE / "beyond.json").read_text())["results"]["bootMer_parametric_1000_seed1"]
    found = only(read_table(name)).icc["ICC(A,1)"]
    assert [found.lower, found.upper] == pytest.approx(boot[name]["ICC_A1_percentile95"], abs=0.045)
    assert only(read_table(name)).icc["ICC(A,1)"] == found


@pytest.mark.parametrize(
    "name", ["ord05_good", "shrout_fleiss_6x4", "two_sessions", "ord04_good", "ord05_poor"]
)
def test_reml_of_complete_data_equals_lme4(name):
    components = estimate_components(read_table(name))
    theirs = [CASES[name]["lme4_REML"][f"var_{part}"] for part in ("session", "rater", "resid")]
    found = (components.target, components.rater, components.residual)
    assert found == pytest.approx(theirs, rel=2e-7, abs=2e-7)


def test_the_criterion_at_the_estimate_is_that_of_lme4():
    for name in INCOMPLETE:
        table = read_table(name)
        c = estimate_components(table)
        n = np.isfinite(table).sum() - 1
        deviance = dense_deviance(table, (c.target / c.residual, c.rater / c.residual))
        assert deviance + n * (1 + np.log(2 * np.pi / n)) == pytest.approx(
            CASES[name]["lme4_REML"]["REMLcrit"], abs=1e-9
        )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 12), st.integers(2, 5))
def test_no_other_variances_are_likelier_than_those_estimated(seed, n, k):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, 1)) * rng.uniform(0, 2) + rng.normal(size=k) * rng.uniform(0, 1)
    table = table + rng.normal(size=(n, k))
    table[rng.random((n, k)) < 0.25] = np.nan
    table = table[np.isfinite(table).any(axis=1)]
    if table.shape[0] < 2 or find_obstacle(table[:, np.isfinite(table).any(axis=0)]):
        return
    table = table[:, np.isfinite(table).any(axis=0)]
    found = estimate_components(table)
    best = dense_deviance(table, (found.target / found.residual, found.rater / found.residual))
    grid = np.array([0, 0.01, 0.1, 0.3, 1, 3, 10, 100])
    others = [dense_deviance(table, (s, r)) for s in grid for r in grid]
    assert best <= min(others) + 1e-8


def test_one_missing_cell_makes_a_design_incomplete_and_moves_the_icc_little():
    table = read_table("ord05_good")
    full = only(table).icc["ICC(A,1)"].estimate
    table[3, 1] = np.nan
    found = only(table)
    assert (found.design, found.n_targets, found.n_raters) == ("incomplete", 17, 3)
    assert found.icc["ICC(A,1)"].estimate == pytest.approx(full, abs=0.05)


def test_an_empty_score_counts_as_missing():
    frame = to_frame(read_table("ord05_good"))
    frame.loc[4, "score"] = np.nan
    assert icc_by_item(frame)[0].icc == icc_by_item(frame.drop(index=4))[0].icc


def test_raters_whom_no_chain_of_targets_joins_are_named_as_not_connected():
    hole = np.nan
    table = [[1, 2, hole, hole], [3, 3, hole, hole], [hole, hole, 2, 4], [hole, hole, 1, 1]]
    found = only(table)
    assert "not connected" in found.reason
    assert all(value.estimate is None for value in found.icc.values())
    assert found.word is None
    assert found.percent_agreement == 0.5


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1, 2], [3, np.nan], [np.nan, 5]], "too few shared"),
        ([[1, 2, 3], [2, 3, 4], [4, 5, np.nan], [0, 1, 2]], "no residual variation"),
        ([[2, 2], [2, np.nan], [2, 2]], "no variation"),
    ],
)
def test_holes_that_leave_nothing_to_estimate_from_are_explained(table, reason):
    found = only(table)
    assert reason in found.reason
    assert found.icc["ICC(A,1)"].estimate is None


def test_perfect_agreement_with_holes_is_one():
    found = only([[1, 1, np.nan], [3, 3, 3], [2, np.nan, 2], [5, 5, 5]])
    for form in ("ICC(A,1)", "ICC(A,k)", "ICC(Q,k)"):
        assert triple(found.icc[form]) == (1, 1, 1)


def test_shift_and_order_do_not_matter_with_holes_either():
    table = read_table("rotating_pairs_17x4")
    first = only(table).icc["ICC(A,1)"].estimate
    assert only(table[::-1, ::-1] * 3 + 7).icc["ICC(A,1)"].estimate == pytest.approx(first, abs=1e-7)


# --- sums and error of measurement ---------------------------------------------------------------------


@pytest.mark.parametrize(("items", "icc"), [(range(1, 5), 0.531275), (range(7, 14), 0.660200)])
def test_the_icc_of_a_subscale_is_that_of_each_raters_sum(items, icc):
    sums = sum_scores(read_study(), [f"item{i:02d}" for i in items], "subscale")
    (found,) = icc_by_item(sums)
    assert found.item == "subscale"
    assert found.icc["ICC(A,1)"].estimate == pytest.approx(icc, abs=5e-7)


@pytest.mark.parametrize("how", ["empty", "absent"])
def test_a_sum_is_missing_when_one_item_is(how):
    study = read_study()
    gone = (study.target == "s01") & (study.rater == "coder1") & (study["item"] == "item02")
    study = study[~gone] if how == "absent" else study.assign(score=study.score.mask(gone))
    sums = sum_scores(study, ["item01", "item02"], "pair").set_index(["target", "rater"])["score"]
    assert np.isnan(sums["s01", "coder1"])
    assert sums.isna().sum() == 1
    assert icc_by_item(sum_scores(study, ["item01", "item02"], "pair"))[0].design == "incomplete"


def test_error_of_measurement_comes_from_the_variances_of_raters_and_residual():
    # Components of the one-facet study of ord05_good by expected mean squares in R.
    parts = json.loads((REFERENCE / "beyond.json").read_text())["results"]["dstudy_one_facet_ord05_good"]
    (found,) = measurement_error(to_frame(read_table("ord05_good")))
    assert found.sem == pytest.approx(np.sqrt(parts["var_coder"] + parts["var_resid"]), abs=1e-12)
    assert found.sdc == pytest.approx(1.96 * np.sqrt(2) * found.sem, abs=1e-12)


def test_a_negative_variance_of_raters_counts_as_zero_in_the_error_of_measurement():
    (found,) = measurement_error(to_frame(read_table("two_raters")))
    assert found.sem == pytest.approx(np.sqrt(CASES["two_raters"]["mean_squares"]["MSE"]), abs=1e-9)


def test_error_of_measurement_uses_reml_with_holes_and_gives_a_reason_without_variation():
    parts = CASES["rotating_pairs_17x4"]["lme4_REML"]
    (found,) = measurement_error(to_frame(read_table("rotating_pairs_17x4")))
    assert found.sem == pytest.approx(np.sqrt(parts["var_rater"] + parts["var_resid"]), abs=1e-6)
    (nothing,) = measurement_error(to_frame(read_table("all_zero")))
    assert nothing.sem is None
    assert nothing.sdc is None
    assert nothing.reason


# --- speed ---------------------------------------------------------------------------------------------


@pytest.mark.benchmark
def test_all_items_at_once_are_several_times_faster_than_one_by_one():
    study = read_study().pivot(index=["item", "target"], columns="rater", values="score")
    scores = study.to_numpy(dtype=float).reshape(17, 17, 3)

    def best(work):
        times = []
        for _ in range(9):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)

    together = best(lambda: icc_forms(scores))
    apart = best(lambda: [icc_forms(one[None]) for one in scores])
    assert apart > 3 * together
