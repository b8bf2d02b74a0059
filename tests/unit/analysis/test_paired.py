"""Wilcoxon's signed-rank test: exact with ties, as scipy where scipy is exact."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coder_app.analysis.paired import rank_signed


@given(st.lists(st.integers(-500, 500).filter(bool), min_size=3, max_size=12, unique_by=abs))
def test_without_ties_p_is_scipys_exact_p(differences):
    values = np.array(differences) / 8
    assert rank_signed(values) == pytest.approx(stats.wilcoxon(values, method="exact").pvalue, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_with_ties_p_is_the_share_of_all_sign_flips(seed):
    values = np.random.default_rng(seed).integers(-3, 4, 8).astype(float)
    kept = values[values != 0]
    ranks = stats.rankdata(abs(kept))
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(kept))).reshape(len(kept), -1)
    sums = abs(ranks @ signs)
    expected = np.mean(sums >= abs(ranks @ np.sign(kept)) - 1e-9)
    assert rank_signed(values) == pytest.approx(expected, abs=1e-12)


def test_beyond_forty_differences_the_approximation_takes_over():
    values = np.random.default_rng(1).normal(0.2, 1, 60)
    assert rank_signed(values) == pytest.approx(stats.wilcoxon(values.round(10)).pvalue, abs=1e-12)


def test_thirteen_tied_differences_take_no_time():
    began = time.perf_counter()
    rank_signed(np.array([1, 1, 2, 2, -1, 3, 3, -2, 1, 1, 4, 4, -4], dtype=float))
    assert time.perf_counter() - began < 0.2
