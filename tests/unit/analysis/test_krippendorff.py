from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coder_app.analysis.krippendorff import LEVELS, krippendorff_alpha
from tests.makers.ratings import read_table, read_values

# R 4.2.2: irr::kripp.alpha and irrCAC::krippen.alpha.raw.
AGREEMENT = read_values("beyond")["results"]["agreement"]
TABLES = st.tuples(st.integers(3, 8), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]))
)
BOUNDED = settings(max_examples=40, deadline=None)
HOLE = np.nan


def point(table, level="ordinal"):
    return krippendorff_alpha(np.asarray(table, dtype=float), level, n_samples=0).estimate


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorffs_table_of_four_observers_has_his_published_values(level, alpha):
    # Krippendorff (2011), section C.
    assert point(read_table("beyond/krippendorff_12x4"), level) == pytest.approx(alpha, abs=5e-4)


def test_his_two_tables_of_two_observers_have_his_published_values():
    # Krippendorff (2011), sections A (two values) and B (five names).
    first = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    assert point(np.transpose(first), "nominal") == pytest.approx(0.095, abs=5e-4)
    second = [["abcde".index(name) for name in names] for names in ("aabbdcccedda", "babbbccceddd")]
    assert point(np.transpose(second), "nominal") == pytest.approx(0.692, abs=5e-4)


@pytest.mark.parametrize("name", ["beyond/krippendorff_12x4", "icc/miss8_of_ord05_fair"])
@pytest.mark.parametrize("level", LEVELS)
def test_tables_with_holes_give_the_values_of_irr(name, level):
    expected = AGREEMENT[name.split("/")[1]][f"irr_kripp_{level}"]
    assert point(read_table(name), level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["ord05_good", "ord04_floor", "coded_once_one_rater"])
@pytest.mark.parametrize(("level", "weights"), [("nominal", "unweighted"), ("interval", "quadratic")])
def test_complete_tables_give_the_values_of_irrcac(name, level, weights):
    # irr 0.84.1 counts half a value too many in complete tables of three raters: its 1 - alpha is 50.5/50
    # of ours and irrCAC's.
    expected = AGREEMENT[name][f"irrCAC_kripp_{weights}"]["coeff.val"]
    found = point(read_table(f"icc/{name}"), level)
    assert found == pytest.approx(expected, abs=5.1e-6)
    assert 1 - AGREEMENT[name][f"irr_kripp_{level}"] == pytest.approx((1 - found) * 50.5 / 50, abs=1e-9)


def count_pairs(table, level):
    """Alpha by its definition: disagreement of pairs within targets over that of all pairs of values."""
    rows = [row[np.isfinite(row)] for row in table]
    rows = [row for row in rows if len(row) > 1]
    values = np.concatenate(rows)

    def differ(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return (a - b) ** 2
        low, high = min(a, b), max(a, b)
        between = ((values >= low) & (values <= high)).sum()
        return (between - ((values == low).sum() + (values == high).sum()) / 2) ** 2

    observed = sum(sum(differ(a, b) for a, b in permutations(row, 2)) / (len(row) - 1) for row in rows)
    expected = sum(differ(a, b) for a, b in permutations(values, 2)) / (len(values) - 1)
    return 1 - observed / expected


@BOUNDED
@given(TABLES, st.sampled_from(LEVELS))
def test_alpha_is_one_minus_observed_over_expected_disagreement_of_pairs(table, level):
    found = krippendorff_alpha(table, level, n_samples=0)
    assume(found.estimate is not None)
    assert found.estimate == pytest.approx(count_pairs(table, level), abs=1e-10)


@BOUNDED
@given(TABLES, st.randoms(use_true_random=False), st.sampled_from(LEVELS))
def test_order_of_targets_and_raters_does_not_matter(table, random, level):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    first, second = point(table, level), point(table[rows][:, columns], level)
    assert first == (None if second is None else pytest.approx(second, abs=1e-12))


@BOUNDED
@given(TABLES)
def test_ordinal_alpha_sees_only_the_order_of_scores(table):
    first, second = point(table), point(np.exp(table))
    assert first == (None if second is None else pytest.approx(second, abs=1e-10))


def test_the_interval_is_that_of_resampled_targets():
    table = read_table("icc/ord05_good")
    found = krippendorff_alpha(table, "interval", n_samples=4000)
    rng = np.random.default_rng(9)
    samples = [point(table[rng.integers(0, 17, 17)], "interval") for _ in range(1500)]
    low, high = np.quantile(samples, (0.025, 0.975))
    # Bias correction lifts both limits a little; the spread is that of the resamples.
    assert found.upper - found.lower == pytest.approx(high - low, abs=0.06)
    assert found.lower < found.estimate < found.upper


def test_targets_that_look_alike_are_resampled_one_by_one():
    # Eight targets of two kinds: counted together, yet each resample still has eight.
    table = np.array([[1, 1], [2, 3]] * 4, dtype=float)
    found = krippendorff_alpha(table, n_samples=2000)
    assert found.lower < found.estimate < found.upper


def test_the_seed_fixes_the_interval():
    table = read_table("icc/ord05_good")
    assert krippendorff_alpha(table) == krippendorff_alpha(table)
    assert krippendorff_alpha(table) != krippendorff_alpha(table, seed=2)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[2, 2], [2, 2]], "no variation"),
        ([[2, 2], [2, 2], [5, HOLE]], "no variation"),
        ([[2, HOLE], [HOLE, 3]], "no target has two ratings"),
        ([[HOLE, HOLE]], "no target has two ratings"),
    ],
)
def test_what_cannot_be_computed_has_a_reason(table, reason):
    found = krippendorff_alpha(np.array(table))
    assert (found.estimate, found.lower, found.upper) == (None, None, None)
    assert found.reason.startswith(reason)


def test_a_score_given_once_has_no_interval():
    found = krippendorff_alpha(read_table("icc/coded_once_one_rater"))
    assert found.estimate == pytest.approx(0, abs=1e-12)
    assert found.lower is None
    assert "not defined in" in found.reason
