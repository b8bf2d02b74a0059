import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri

from coder_app.analysis.gwet import count_categories, gwet_by_item
from coder_app.analysis.kappa import cohen_kappa
from coder_app.analysis.krippendorff import krippendorff_alpha
from coder_app.analysis.light import mean_kappa
from coder_app.analysis.weights import agreement_weights
from tests.makers.ratings import read_table

HOLE = np.nan
BOUNDED = settings(max_examples=40, deadline=None)
TABLES = st.tuples(st.integers(3, 8), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]))
)


def light(table, kind="quadratic", points=6, units=None):
    weights = agreement_weights(range(points), kind)
    return mean_kappa(np.asarray(table, dtype=float), 0, weights, units=units)


@pytest.mark.parametrize(
    ("name", "kind", "mean", "lowest", "highest"),
    [
        # R 4.2.2, psych 2.2.9: cohen.kappa(x)$av.wt and $av.kappa, and the pairs of both. Where a point of
        # the scale was not given, as in ord04_floor, psych's weights leave it out.
        ("ord05_good", "quadratic", 0.7077448, 0.6263736, 0.8384372),
        ("ord05_good", "identity", 0.2554418, 0.2165899, 0.3259912),
        ("ord04_floor", "identity", 0.4458658, 0.4171429, 0.5000000),
        ("miss8_of_ord05_fair", "quadratic", 0.345655, 0.2539683, 0.42461538),
        ("miss8_of_ord05_fair", "identity", 0.05627728, -0.01694915, 0.12195122),
    ],
)
def test_the_mean_of_all_pairs_and_its_ends_equal_psych(name, kind, mean, lowest, highest):
    found = light(read_table(f"icc/{name}"), kind)
    assert found.kappa.estimate == pytest.approx(mean, abs=5e-7)
    assert (found.lowest, found.highest) == pytest.approx((lowest, highest), abs=5e-7)
    assert (found.n_pairs, found.n_all) == (3, 3)


@pytest.mark.parametrize("kind", ["identity", "linear", "quadratic"])
def test_for_two_raters_the_interval_is_that_of_their_kappa(kind):
    table = read_table("icc/ord05_good")[:, :2]
    joint = np.zeros((6, 6))
    np.add.at(joint, tuple(table.astype(int).T), 1)
    expected = cohen_kappa(joint, agreement_weights(range(6), kind))
    found = light(table, kind).kappa
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        (expected.estimate, expected.lower, expected.upper), abs=1e-12
    )


def test_the_standard_error_is_that_of_resampled_targets():
    table = np.tile(read_table("icc/ord05_good"), (6, 1))
    rng = np.random.default_rng(4)
    samples = [light(table[rng.integers(0, 102, 102)]).kappa.estimate for _ in range(600)]
    found = light(table).kappa
    error = (found.upper - found.estimate) / ndtri(0.975)
    assert error == pytest.approx(np.std(samples), rel=0.1)


@BOUNDED
@given(TABLES)
def test_the_mean_lies_between_its_ends_and_the_order_of_raters_does_not_matter(table):
    found, turned = light(table), light(table[:, ::-1])
    if found.kappa.estimate is None:
        assert found.kappa.reason
        assert found.n_pairs == 0
        return
    assert found.lowest - 1e-12 <= found.kappa.estimate <= found.highest + 1e-12
    assert turned.kappa.estimate == pytest.approx(found.kappa.estimate, abs=1e-12)
    assert (found.kappa.lower is None) == (turned.kappa.lower is None)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[2, 2, 2], [2, 2, 2]], "both raters gave one and the same score"),
        ([[1, HOLE], [HOLE, 2]], "share no target"),
        ([[HOLE, HOLE]], "share no target"),
        ([[1], [2]], "share no target"),
    ],
)
def test_what_cannot_be_computed_has_a_reason(table, reason):
    found = light(table)
    assert (found.kappa.estimate, found.lowest, found.highest, found.n_pairs) == (None, None, None, 0)
    assert reason in found.kappa.reason


def test_a_pair_without_variation_is_left_out_and_counted():
    found = light([[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert (found.n_pairs, found.n_all) == (2, 3)
    assert found.kappa.estimate == pytest.approx(0, abs=1e-12)
    assert found.kappa.lower is None
    assert "one score only" in found.kappa.reason


# --- targets that were not drawn one by one ------------------------------------------------------------


def test_every_target_a_unit_of_its_own_changes_no_interval():
    table = read_table("icc/miss8_of_ord05_fair")
    own = np.arange(len(table))
    counts = count_categories(table[None], range(6))
    (plain,), (units,) = gwet_by_item(counts, range(6)), gwet_by_item(counts, range(6), units=own)
    assert (units.estimate, units.lower, units.upper) == pytest.approx(
        (plain.estimate, plain.lower, plain.upper), abs=1e-12
    )
    assert light(table, units=own).kappa.lower == pytest.approx(light(table).kappa.lower, abs=1e-12)


def test_copies_of_a_target_tell_no_more_than_the_target_itself():
    """Each target four times over, as one unit: the intervals stay those of the targets."""
    table = read_table("icc/ord05_good")
    copies, units = np.repeat(table, 4, axis=0), np.repeat(np.arange(17), 4)
    for figure in (
        lambda scores, of: gwet_by_item(count_categories(scores[None], range(6)), range(6), units=of)[0],
        lambda scores, of: light(scores, units=of).kappa,
    ):
        once, again, naive = figure(table, None), figure(copies, units), figure(copies, None)
        assert again.estimate == pytest.approx(once.estimate, abs=1e-12)
        assert again.upper - again.lower == pytest.approx(once.upper - once.lower, abs=1e-9)
        assert naive.upper - naive.lower < 0.6 * (once.upper - once.lower)


def test_alpha_is_resampled_by_unit():
    table = read_table("icc/ord05_good")
    copies, units = np.repeat(table, 4, axis=0), np.repeat(np.arange(17), 4)
    once = krippendorff_alpha(table)
    again, naive = krippendorff_alpha(copies, units=units), krippendorff_alpha(copies)
    assert again.upper - again.lower == pytest.approx(once.upper - once.lower, rel=0.12)
    assert naive.upper - naive.lower < 0.7 * (once.upper - once.lower)
