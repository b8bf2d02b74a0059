import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.icc_bootstrap import bootstrap_icc
from coder_app.analysis.resampling import bca_limits, draw_counts
from tests.makers.ratings import read_study, read_table, to_ratings


def only(table, **options):
    (found,) = bootstrap_icc(to_ratings(table), **options).values()
    return found


def triple(value):
    return (value.estimate, value.lower, value.upper)


def test_estimates_are_those_of_the_analysis_of_variance():
    found = bootstrap_icc(read_study(), n_samples=200)
    for item in icc_by_item(read_study()):
        expected = item.icc["ICC(A,1)"].estimate
        assert found[item.item].estimate == (None if expected is None else pytest.approx(expected, abs=1e-12))


def resample_slowly(table, n_samples, confidence):
    """The same interval by resampled tables one at a time and SciPy's BCa."""
    from scipy.stats import bootstrap

    def icc(rows, axis):
        rows = np.asarray(rows)
        flat = rows.reshape(-1, rows.shape[-1])
        found = [icc_by_item(to_ratings(table[row.astype(int)]))[0].icc["ICC(A,1)"].estimate for row in flat]
        return np.array(found, dtype=float).reshape(rows.shape[:-1])

    result = bootstrap(
        (np.arange(len(table)),),
        icc,
        n_resamples=n_samples,
        confidence_level=confidence,
        method="BCa",
        rng=np.random.default_rng(4),
    )
    return result.confidence_interval


def test_the_interval_is_near_scipys_bca_of_resampled_tables():
    table = read_table("icc/ord05_good")
    theirs = resample_slowly(table, 1500, 0.9)
    found = only(table, n_samples=20_000, confidence=0.9)
    assert [found.lower, found.upper] == pytest.approx([theirs.low, theirs.high], abs=0.03)


def test_bca_equals_scipy_on_the_same_resamples():
    from scipy.stats import bootstrap

    data = np.random.default_rng(1).exponential(size=25)
    theirs = bootstrap((data,), np.var, n_resamples=999, method="BCa", rng=np.random.default_rng(2))
    without_one = np.array([np.var(np.delete(data, i)) for i in range(25)])
    found = bca_limits(theirs.bootstrap_distribution, np.var(data), without_one, 0.95, np.ones(25))
    assert found == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)


def test_the_seed_fixes_the_interval():
    table = read_table("icc/ord05_good")
    first, again, other = (only(table, n_samples=500, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_blocks_of_resamples_are_the_resamples_drawn_at_once(monkeypatch):
    whole = np.concatenate(list(draw_counts(np.ones(7), 50, 3)))
    monkeypatch.setattr("coder_app.analysis.resampling.BLOCK", 70)
    parts = list(draw_counts(np.ones(7), 50, 3))
    assert len(parts) == 5
    assert (np.concatenate(parts) == whole).all()
    assert (whole.sum(axis=1) == 7).all()


def test_items_of_different_size_and_items_without_an_icc_stand_side_by_side():
    names = ("two_sessions", "all_zero", "ord05_good", "rotating_pairs_17x4")
    frame = pd.concat([to_ratings(read_table(f"icc/{name}"), name) for name in names])
    found = bootstrap_icc(frame, n_samples=300)
    assert list(found) == list(names)
    assert "no variation" in found["all_zero"].reason
    assert "complete data" in found["rotating_pairs_17x4"].reason
    assert found["ord05_good"] == only(read_table("icc/ord05_good"), n_samples=300)


def test_an_item_that_varies_on_one_target_has_no_interval():
    # 36 % of resamples leave that target out and have no variation.
    found = only(read_table("icc/coded_once_all_raters"), n_samples=400)
    assert found.estimate == 1
    assert found.lower is None
    assert "not defined in" in found.reason


def test_perfect_agreement_has_an_interval_of_no_width():
    assert triple(only(read_table("icc/perfect_agreement"), n_samples=200)) == pytest.approx((1, 1, 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(-40, 40), st.sampled_from([0.5, 3]))
def test_shift_and_scale_do_not_matter_and_limits_are_in_order(seed, shift, scale):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 5, (9, 1)) + rng.integers(0, 3, (9, 3)).astype(float)
    first, second = (only(t, n_samples=200) for t in (table, table * scale + shift))
    if first.lower is not None:
        assert triple(second) == pytest.approx(triple(first), abs=1e-7)
        assert -1 <= first.lower <= first.upper <= 1 + 1e-12
