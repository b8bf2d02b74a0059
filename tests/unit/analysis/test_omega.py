import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.correlations import correlate, sum_products
from coder_app.analysis.factor import LARGEST_LOADING, fit_minres, minres_loadings
from coder_app.analysis.omega import omega_total
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = json.loads((REFERENCE / "omega.json").read_text())["cases"]
BOOTSTRAP = json.loads((REFERENCE / "omega_bootstrap_numpy.json").read_text())
# psych stops its optimiser early: its own criterion is higher than ours, by up to 5e-12 in "weak".
PROPER = {
    "syn_17x4_heywood": 5e-7,
    "syn_17x4_small": 5e-8,
    "syn_51x4_duplicate_item": 5e-8,
    "syn_51x4_one_reversed": 2e-7,
    "syn_51x4_weak": 1e-5,
    "syn_51x7_good": 1e-7,
    "syn_study_17x3_4items": 5e-8,
    "syn_study_17x3_4items_missing": 5e-8,
    "syn_study_17x3_7items": 5e-8,
}


def read_table(name):
    return pd.read_csv(REFERENCE / CASES[name]["file"]).to_numpy(dtype=float)


def to_frame(table, raters=1):
    """Rows in runs of `raters` are the raters of one target."""
    rows = [
        (f"t{i // raters}", f"r{i % raters}", f"i{j + 1}", value)
        for (i, j), value in np.ndenumerate(np.asarray(table, dtype=float))
    ]
    return pd.DataFrame(rows, columns=["target", "rater", "item", "score"])


def only_point(table, raters=1):
    return omega_total(to_frame(table, raters), bootstrap=0)


def criterion(correlations, loadings):
    rest = correlations - np.outer(loadings, loadings)
    return (rest[np.tril_indices(len(loadings), -1)] ** 2).sum()


@pytest.mark.parametrize("name", PROPER)
def test_omega_and_loadings_equal_psych_with_one_factor_and_no_flipping(name):
    expected = CASES[name]["psych_omega_nf1_noflip"]
    found = only_point(read_table(name))
    assert found.omega_total == pytest.approx(expected["omega_tot"], abs=PROPER[name])
    assert list(found.loadings.values()) == pytest.approx(expected["loadings"], abs=30 * PROPER[name])
    assert found.heywood is False


@pytest.mark.parametrize("name", [n for n in PROPER if n != "syn_study_17x3_4items_missing"])
def test_our_minimum_is_no_higher_than_the_one_psych_stops_at(name):
    correlations = np.array(CASES[name]["cor"])
    theirs = np.array(CASES[name]["psych_omega_nf1_noflip"]["loadings"])
    ours = minres_loadings(correlations[None])[0]
    assert criterion(correlations, ours) <= criterion(correlations, theirs) + 1e-15


@pytest.mark.parametrize(
    "name", [n for n in PROPER if isinstance(CASES[n]["MBESS_omega_ml"].get("est"), float)]
)
def test_the_second_line_equals_the_ratio_of_mbess(name):
    expected = CASES[name]["MBESS_omega_ml"]["est"]
    found = only_point(read_table(name))
    if expected > 1:  # lavaan did not converge there, and MBESS reports 248.67
        assert found.ml_ratio is None
        assert "no proper solution" in found.reason
    else:
        assert found.ml_ratio == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("name", ["syn_17x4_small", "syn_51x7_good", "syn_study_17x3_4items"])
def test_alpha_beside_it_is_raw(name):
    assert only_point(read_table(name)).alpha == pytest.approx(CASES[name]["psych_alpha"]["raw"], abs=1e-10)


def test_missing_cells_leave_pairwise_correlations_and_a_warning():
    table = read_table("syn_study_17x3_4items_missing")
    found = only_point(table, raters=3)
    assert found.omega_total == pytest.approx(0.867226, abs=5e-7)
    assert found.n_rows == 51
    assert any("4 missing" in warning for warning in found.warnings)
    listwise = only_point(table[np.isfinite(table).all(axis=1)])
    assert listwise.omega_total == pytest.approx(0.862162, abs=5e-7)


def test_a_uniqueness_at_its_bound_is_a_heywood_case_and_said():
    found = only_point(read_table("syn_51x4_negative_cov"))
    assert found.heywood is True
    assert max(map(abs, found.loadings.values())) == pytest.approx(np.sqrt(0.995))
    assert any("Heywood case: i1" in warning for warning in found.warnings)
    assert found.omega_total is not None


def test_no_item_is_reversed_and_a_negative_loading_is_named():
    found = only_point(read_table("syn_51x4_one_reversed"))
    assert found.loadings["i3"] == pytest.approx(-0.730702, abs=1e-5)
    assert found.warnings == ("negative loading: i3 (no item is reversed)",)


def test_a_constant_item_is_dropped_and_named():
    table = read_table("syn_51x4_constant_item")
    found = only_point(table)
    assert found.dropped_items == ("i4",)
    assert found.n_items == 3
    assert found.omega_total == only_point(table[:, :3]).omega_total


def test_an_item_nobody_scored_is_dropped_and_the_others_keep_their_names():
    table = read_table("syn_51x7_good")[:, :4]
    table[:, 0] = np.nan
    found = only_point(table)
    assert found.dropped_items == ("i1",)
    assert list(found.loadings) == ["i2", "i3", "i4"]
    assert found.omega_total == pytest.approx(only_point(table[:, 1:]).omega_total, abs=1e-12)


def test_two_items_do_not_identify_a_factor_and_only_alpha_is_given():
    found = omega_total(to_frame(read_table("syn_51x2_two_items")), bootstrap=50)
    assert (found.omega_total, found.lower, found.upper, found.ml_ratio, found.heywood) == (None,) * 5
    assert "not identified" in found.reason
    assert found.alpha == pytest.approx(CASES["syn_51x2_two_items"]["psych_alpha"]["raw"], abs=1e-10)


def test_items_that_were_never_scored_together_are_named():
    table = read_table("syn_51x7_good")[:, :3].copy()
    table[:25, 0] = np.nan
    table[25:, 1] = np.nan
    found = only_point(table)
    assert found.omega_total is None
    assert "items i1 and i2" in found.reason


def test_correlations_that_cancel_out_leave_no_omega():
    x = np.arange(20.0)
    table = np.column_stack([x, -x, x % 7, -(x % 7)])
    found = only_point(table)
    assert found.omega_total is None
    assert "sum to 0 or less" in found.reason


def test_an_empty_frame_gives_a_reason():
    found = omega_total(to_frame(np.empty((0, 0))))
    assert found.omega_total is None
    assert found.reason
    assert found.n_rows == 0


def test_a_cell_scored_twice_is_refused_by_name():
    frame = to_frame(read_table("syn_17x4_small"))
    with pytest.raises(StatsError, match="target t0, rater r0, item i1"):
        omega_total(pd.concat([frame, frame.iloc[[0]]]))


# --- interval ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOOTSTRAP)
def test_the_interval_resamples_recordings_not_rows(name):
    # 2,000 samples leave a limit uncertain by about .006; rows would put it .03 to .05 higher.
    expected = BOOTSTRAP[name]
    found = omega_total(to_frame(read_table(name), raters=3))
    limits = [found.lower, found.upper]
    assert limits == pytest.approx(expected["cluster_bootstrap_17_sessions"]["percentile95"], abs=0.015)
    by_row = omega_total(to_frame(read_table(name)))
    assert [by_row.lower, by_row.upper] == pytest.approx(expected["row_bootstrap"]["percentile95"], abs=0.015)
    assert by_row.lower > found.lower


def test_the_seed_fixes_the_interval():
    frame = to_frame(read_table("syn_study_17x3_4items"), raters=3)
    first, again, other = (omega_total(frame, bootstrap=200, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first.lower != other.lower


def test_the_order_of_rows_in_the_file_does_not_change_the_estimate():
    frame = to_frame(read_table("syn_study_17x3_4items"), raters=3)
    mixed = frame.sample(frac=1, random_state=3)
    assert omega_total(mixed, bootstrap=0).omega_total == pytest.approx(
        omega_total(frame, bootstrap=0).omega_total, abs=1e-10
    )


def test_without_a_rater_column_each_target_is_a_row():
    table = read_table("syn_17x4_small")
    bare = omega_total(to_frame(table).drop(columns="rater"), bootstrap=100)
    assert bare == omega_total(to_frame(table), bootstrap=100)


def test_one_recording_has_no_interval_and_the_reason_is_given():
    table = read_table("syn_17x4_small")
    found = omega_total(to_frame(table, raters=17), bootstrap=100)
    assert found.omega_total is not None
    assert found.lower is None
    assert "at least 2 targets" in found.reason


def test_an_interval_is_withheld_when_many_resamples_have_no_omega():
    table = read_table("syn_51x7_good")[:, :3].copy()
    table[:, 2] = 0
    table[0, 2] = 1  # 37 % of resamples leave out the one recording on which the item varies
    found = omega_total(to_frame(table), bootstrap=300)
    assert found.omega_total is not None
    assert found.lower is None
    assert "undefined in" in found.reason


@pytest.mark.parametrize("holes", [False, True])
def test_a_weighted_resample_equals_the_correlations_of_its_rows(holes):
    rng = np.random.default_rng(4)
    table = rng.integers(0, 5, size=(24, 3)).astype(float)
    if holes:
        table[rng.random(table.shape) < 0.15] = np.nan
    targets = np.repeat(np.arange(8), 3)
    weights = rng.multinomial(8, np.full(8, 1 / 8), size=5)
    found = correlate(sum_products(table, targets), weights.astype(float))
    for sample, counts in zip(found, weights, strict=True):
        rows = np.repeat(np.arange(24), counts[targets])
        assert sample == pytest.approx(pd.DataFrame(table[rows]).corr().to_numpy(), abs=1e-10)


# --- properties ----------------------------------------------------------------------------------------

LOADINGS = st.lists(st.floats(0.1, 0.95), min_size=3, max_size=8)


@settings(max_examples=50, deadline=None)
@given(LOADINGS)
def test_loadings_that_fit_exactly_are_recovered(loadings):
    loadings = np.array(loadings)
    correlations = np.outer(loadings, loadings)
    np.fill_diagonal(correlations, 1)
    assert minres_loadings(correlations[None])[0] == pytest.approx(loadings, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 7))
def test_no_nearby_loadings_within_the_bounds_fit_better(seed, p):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(15, p)) + rng.uniform(0, 2) * rng.normal(size=(15, 1))
    correlations = np.corrcoef(table, rowvar=False)
    found = minres_loadings(correlations[None])[0]
    assert np.abs(found).max() <= LARGEST_LOADING + 1e-12
    nearby = found + rng.normal(scale=1e-3, size=(200, p))
    nearby = np.clip(nearby, -LARGEST_LOADING, LARGEST_LOADING)
    assert criterion(correlations, found) <= min(criterion(correlations, n) for n in nearby) + 1e-12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(-30, 30), st.sampled_from([0.5, 4]))
def test_shift_and_scale_of_an_item_leave_omega_as_it_is(seed, shift, scale):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 6, size=(20, 1)) + rng.integers(0, 4, size=(20, 4)).astype(float)
    moved = table.copy()
    moved[:, 0] = moved[:, 0] * scale + shift
    assert only_point(moved).omega_total == pytest.approx(only_point(table).omega_total, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_many_matrices_at_once_give_what_each_gives_alone(seed):
    rng = np.random.default_rng(seed)
    tables = rng.normal(size=(6, 17, 4)) + rng.normal(size=(6, 17, 1))
    correlations = np.stack([np.corrcoef(table, rowvar=False) for table in tables])
    together = minres_loadings(correlations)
    apart = np.stack([minres_loadings(one[None])[0] for one in correlations])
    assert together == pytest.approx(apart, abs=1e-7)


@pytest.mark.benchmark
def test_resamples_fitted_together_are_many_times_faster_than_one_by_one():
    table = read_table("syn_study_17x3_7items")
    sums = sum_products(table, np.repeat(np.arange(17), 3))
    weights = np.random.default_rng(1).multinomial(17, np.full(17, 1 / 17), size=2000).astype(float)
    correlations = correlate(sums, weights)
    start = time.perf_counter()
    minres_loadings(correlations)
    together = time.perf_counter() - start
    start = time.perf_counter()
    for one in correlations[:100]:
        minres_loadings(one[None])
    apart = 20 * (time.perf_counter() - start)
    assert apart > 10 * together


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 5))
def test_every_fit_converges_even_where_the_factor_is_hardly_there(seed, p):
    rng = np.random.default_rng(seed)
    tables = rng.normal(size=(20, 8, p))
    correlations = np.stack([np.corrcoef(table, rowvar=False) for table in tables])
    assert fit_minres(correlations)[1].all()


def test_a_bent_valley_is_followed_to_its_end_at_the_bound():
    # One item nearly uncorrelated with two others: the residuals fall by 6e-5 along the whole way.
    correlations = np.array([[[1, 0.56834072, -0.00716115], [0.56834072, 1, 0], [-0.00716115, 0, 1]]])
    loadings, converged = fit_minres(correlations)
    assert converged.all()
    assert loadings[0] == pytest.approx([LARGEST_LOADING, 0.56975, -0.00541], abs=1e-5)


def test_a_fit_that_did_not_converge_is_no_omega_and_said(monkeypatch):
    monkeypatch.setattr(
        "coder_app.analysis.omega.fit_minres", lambda r: (fit_minres(r)[0], np.zeros(len(r), dtype=bool))
    )
    found = only_point(read_table("syn_51x7_good"))
    assert (found.omega_total, found.heywood) == (None, None)
    assert found.reason == "minres did not converge"


def test_resamples_whose_fit_did_not_converge_are_not_counted(monkeypatch):
    def half(correlations):
        return fit_minres(correlations)[0], np.arange(len(correlations)) % 2 == 0

    monkeypatch.setattr("coder_app.analysis.omega.fit_minres", half)
    found = omega_total(to_frame(read_table("syn_51x7_good")), bootstrap=100)
    assert found.omega_total is not None
    assert found.lower is None
    assert "undefined in 50 of 100" in found.reason


def test_a_search_that_ends_on_a_slope_is_said_not_to_have_converged(monkeypatch):
    from scipy.optimize import minimize

    def hurried(*args, **options):
        return minimize(*args, **(options | {"options": {"maxiter": 2}}))

    monkeypatch.setattr("coder_app.analysis.ml_factor.minimize", hurried)
    found = only_point(read_table("syn_51x7_good"))
    assert found.ml_ratio is None
    assert "no ML ratio: the one-factor model did not converge" in found.reason
    assert found.omega_total is not None
