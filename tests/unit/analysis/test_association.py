"""Codes against the alliance, as lme4 fits them; planned contrasts as a t test of one number a sequence."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coder_app.analysis.association import associate
from coder_app.analysis.contrasts import PATTERNS, contrast_pattern

# Made by association.R beside it: lmer(code ~ within + between + (1 | dyad)), REML.
CASES = json.loads((Path(__file__).parents[2] / "reference" / "association.json").read_text())


@pytest.mark.parametrize("name", CASES)
def test_slopes_errors_and_variances_are_those_of_lme4(name: str) -> None:
    case = {key: np.array(value) if isinstance(value, list) else value for key, value in CASES[name].items()}
    found = associate(case["code"].astype(float), case["alliance"], case["dyad"])
    assert found.reason is None
    assert (found.n_sessions, found.n_dyads) == (len(case["code"]), len(set(case["dyad"])))
    for slope, df in (("within", found.df), ("between", found.n_dyads - 2)):
        shown, error = getattr(found, slope), case[f"{slope}_error"]
        assert shown.estimate == pytest.approx(case[slope], abs=1e-6)
        half = stats.t.ppf(0.975, df) * error
        assert (shown.lower, shown.upper) == pytest.approx((case[slope] - half, case[slope] + half), abs=1e-5)
    assert found.df == case["df_within"]
    assert found.p == pytest.approx(
        2 * stats.t.sf(abs(case["within"]) / case["within_error"], found.df), abs=1e-5
    )
    assert found.sd_dyads == pytest.approx(case["sd_dyads"], abs=1e-5)
    assert found.sd_residual == pytest.approx(case["sd_residual"], abs=1e-5)
    assert found.r_within.estimate == pytest.approx(case["r_within"], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([2.0, -0.5]), st.integers(-40, 40))
def test_origin_unit_and_names_change_the_slope_as_they_must(seed: int, scale: float, shift: int) -> None:
    generator = np.random.default_rng(seed)
    dyads = np.repeat(np.arange(8), 3)
    alliance, codes = generator.normal(size=24), generator.normal(size=24)
    before = associate(codes, alliance, dyads)
    order = generator.permutation(24)
    after = associate(codes[order] * scale + shift, (alliance[order] - shift) * 2, 100 - dyads[order])
    assert after.within.estimate == pytest.approx(before.within.estimate * scale / 2, rel=1e-6, abs=1e-9)
    assert after.r_within.estimate == pytest.approx(np.sign(scale) * before.r_within.estimate, abs=1e-9)
    assert after.p == pytest.approx(before.p, rel=1e-5, abs=1e-9)


def test_the_interval_within_covers_the_true_slope() -> None:
    generator = np.random.default_rng(4)
    dyads, covered = np.repeat(np.arange(13), 3), 0
    for _ in range(200):
        alliance = generator.normal(size=39)
        codes = 0.7 * alliance + generator.normal(size=13)[dyads] + generator.normal(size=39)
        found = associate(codes, alliance, dyads).within
        covered += found.lower <= 0.7 <= found.upper
    assert 178 <= covered <= 199


@pytest.mark.parametrize(
    ("codes", "alliance", "dyads", "reason"),
    [
        ([], [], [], "0 dyads have a code and a score of one session; 5 are needed"),
        (range(8), range(8), [1, 1, 2, 2, 3, 3, 4, 4], "4 dyads have a code"),
        (range(8), range(8), range(8), "too few dyads have several sessions"),
        (range(18), np.repeat(range(6), 3), np.repeat(range(6), 3), "the alliance scores do not vary within"),
        ([3] * 18, range(18), np.repeat(range(6), 3), "the codes do not vary within"),
    ],
)
def test_what_cannot_be_fitted_is_a_reason_and_no_number(codes, alliance, dyads, reason: str) -> None:
    given = (np.array(list(one), dtype=float) for one in (codes, alliance, dyads))
    found = associate(*given)
    assert reason in found.reason
    assert (found.within.estimate, found.between.estimate, found.p, found.sd_dyads) == (None,) * 4


tables = st.builds(
    lambda seed, n: np.random.default_rng(seed).integers(0, 20, size=(n, 3)).astype(float),
    st.integers(0, 10**6),
    st.integers(3, 10),
)


@settings(deadline=None, max_examples=40)
@given(tables, st.sampled_from(sorted(PATTERNS)))
def test_a_contrast_is_a_t_test_with_all_sign_flips_beside(table: np.ndarray, pattern: str) -> None:
    pre, central, post = table.T
    values = (pre + post) / 2 - central if pattern == "high-low-high" else pre - (central + post) / 2
    found = contrast_pattern(table, pattern)
    assert (found.n, found.n_as_expected) == (len(table), (values > 0).sum())
    assert found.mean.estimate == pytest.approx(values.mean(), abs=1e-12)
    flips = np.array(list(itertools.product((1, -1), repeat=len(values)))) @ values
    assert found.p_exact == pytest.approx(np.mean(np.abs(flips) >= abs(values.sum()) - 1e-9))
    if np.ptp(values) < 1e-9:
        assert found.t is None and found.mean.reason == "all sequences have the same contrast"
        return
    expected = stats.ttest_1samp(values, 0)
    limits = expected.confidence_interval(0.95)
    assert (found.t, found.p, found.df) == pytest.approx(
        (expected.statistic, expected.pvalue, len(table) - 1)
    )
    assert (found.mean.lower, found.mean.upper) == pytest.approx((limits.low, limits.high))
    assert found.d_z == pytest.approx(values.mean() / values.std(ddof=1))


@pytest.mark.parametrize(("n", "shown"), [(0, "0 sequences"), (1, "1 sequence;")])
def test_one_sequence_or_none_has_no_test(n: int, shown: str) -> None:
    found = contrast_pattern(np.full((n, 3), 2.0), "high-low-low")
    assert shown in found.mean.reason
    assert (found.t, found.p, found.p_exact, found.d_z) == (None,) * 4
