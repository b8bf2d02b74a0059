import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.mixed import Components, simulate_components
from coder_app.analysis.obstacles import find_obstacle, group_raters
from coder_app.analysis.patterns import find_design, simulate_sums, sum_ratings

VARIANCES = (1.2, 0.5, 0.7)


def draw_given(seed=0, n=40, k=4):
    given = np.random.default_rng(seed).random((n, k)) < 0.7
    return given[given.any(axis=1)]


def flatten(sums):
    parts = (sums.total, sums.square, sums.shared, sums.by_rater, sums.within)
    return np.concatenate([part.reshape(len(sums.within), -1) for part in parts], axis=1)


def test_sums_drawn_from_their_distributions_are_spread_like_sums_of_drawn_ratings():
    given = draw_given()
    design, index = find_design(given)
    rng = np.random.default_rng(5)
    slow = []
    for _ in range(4000):
        target, rater, residual = (np.sqrt(v) * rng.standard_normal(s) for v, s in zip(
            VARIANCES, ((len(given), 1), given.shape[1], given.shape), strict=True
        ))  # fmt: skip
        scores = np.where(given, target + rater + residual, np.nan)
        slow.append(flatten(sum_ratings(design, index, scores))[0])
    slow = np.array(slow)
    fast = flatten(simulate_sums(design, VARIANCES, 40_000, rng))
    used = slow.std(axis=0) > 0
    assert (fast.std(axis=0) > 0).tolist() == used.tolist()
    spread = slow.std(axis=0)[used]
    assert np.abs(slow.mean(axis=0) - fast.mean(axis=0))[used] / spread == pytest.approx(0, abs=0.09)
    assert fast.std(axis=0)[used] / spread == pytest.approx(1, abs=0.08)
    apart = np.corrcoef(slow[:, used].T) - np.corrcoef(fast[:, used].T)
    assert apart == pytest.approx(0, abs=0.09)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 5))
def test_sums_by_level_add_up_to_all_ratings(seed, n, k):
    given = draw_given(seed, n, k)
    scores = np.where(given, np.random.default_rng(seed).normal(size=given.shape), np.nan)
    if not len(given):
        return
    design, index = find_design(given)
    sums = sum_ratings(design, index, scores)
    assert design.n_ratings == given.sum()
    assert sums.total.sum() == pytest.approx(np.nansum(scores), abs=1e-9)
    assert sums.by_rater[0] == pytest.approx(np.nansum(scores, axis=0), abs=1e-9)
    squares = sums.within[0] + (sums.square / design.level_number).sum()
    assert squares == pytest.approx(np.nansum(scores**2), abs=1e-9)
    assert np.einsum("lkk->k", design.level_pairs) == pytest.approx(given.sum(axis=0))


def test_simulated_variances_do_not_take_longer_arrays_for_more_targets():
    # Ten thousand targets of three patterns: a design of three rows.
    given = np.tile(np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool), (3334, 1))
    design, _ = find_design(given)
    assert design.given.shape == (3, 3)
    target, rater = simulate_components(given, Components(1.0, 0.2, 0.5), 50, 1)
    # With so many targets their variance is all but known; that of three raters is not.
    assert target == pytest.approx(np.full(50, 2.0), rel=0.1)
    assert rater.std() > 0.1


def test_groups_of_raters_are_numbered_from_zero_in_order_of_their_first_rater():
    given = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 0]], dtype=bool)
    assert group_raters(given).tolist() == [0, 1, 1, 0]
    assert "2 groups" in find_obstacle(np.where(given, np.arange(12).reshape(3, 4), np.nan))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_scores_that_targets_and_raters_explain_fully_are_found_whatever_the_holes(seed):
    rng = np.random.default_rng(seed)
    given = draw_given(seed, 12, 4)
    table = rng.normal(size=(len(given), 1)) + rng.normal(size=4)
    exact = np.where(given, table, np.nan)[:, given.any(axis=0)]
    near = exact + 0.01 * rng.normal(size=exact.shape)
    reason = find_obstacle(near)
    if reason is None:
        assert "no residual variation" in find_obstacle(exact)
    else:
        assert "not connected" in reason or "too few" in reason
