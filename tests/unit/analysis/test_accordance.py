"""Accordance of two informants, against R, against exact chances, and beyond the names of dyads."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from coder_app.analysis.accordance import NEITHER, find_accordance
from coder_app.analysis.kappa import cohen_kappa
from coder_app.analysis.results import StatsError
from coder_app.analysis.rupture_results import Rupture, Series

R = json.loads((Path(__file__).parents[2] / "reference" / "occurrence.json").read_text())
BOUNDED = settings(max_examples=25, deadline=None)


def make_series(dyad, centrals, n=8, gaps=(), *, analysed=True, types=None):
    """A series over sessions 1 to n with a rupture at each of these, repaired unless told."""
    kinds = types or dict.fromkeys(centrals, "repaired")
    ruptures = tuple(
        Rupture(dyad, "child", at - 1, at, at + 1, "both", kinds[at], None) for at in sorted(centrals)
    )
    scores = tuple(None if number in gaps else 3.0 for number in range(1, n + 1))
    limits = (3.0, 3.0, 3.0, 3.0) if analysed else (None, None, None, None)
    return Series(dyad, tuple(range(1, n + 1)), scores, analysed, n, None, *limits, ruptures)


def both_sides(strata):
    return (
        [make_series(f"D{place}", one["a"]) for place, one in enumerate(strata)],
        [make_series(f"D{place}", one["b"]) for place, one in enumerate(strata)],
    )


def test_coincidence_has_the_exact_p_of_mantelhaen_test_in_r():
    """With dyads as strata and no gaps, drawing centrals anew is that exact test."""
    found = find_accordance(*both_sides(R["strata"]), n_draws=40_000).coincidences[0]
    expected = R["coincidence"]
    assert found.observed == expected["observed"]
    error = np.sqrt(expected["p"] * (1 - expected["p"]) / 40_000)
    assert found.p == pytest.approx(expected["p"], abs=4 * error + 1 / 40_000)


def test_with_gaps_of_both_the_p_is_that_of_all_ways_to_place_the_centrals():
    first = [make_series("D1", {3, 6}, 9, gaps={4}), make_series("D2", {5}, 8, gaps={2})]
    second = [make_series("D1", {6, 8}, 9), make_series("D2", {5}, 8, gaps={7})]
    found = find_accordance(first, second, lags=(0,), n_draws=40_000).coincidences[0]
    chances = np.ones(1)
    expected = 0.0
    for (ours, n, a), (theirs, m, b) in (
        (({2, 3, 6, 7, 8, 9}, 6, 2), ({2, 3, 4, 5, 6, 7, 8, 9}, 8, 2)),
        (({4, 5, 6, 7, 8}, 5, 1), ({2, 3, 4, 5, 6}, 5, 1)),
    ):
        shared = len(ours & theirs)
        counts = np.zeros(a + 1)
        for in_shared in range(a + 1):
            for hits in range(in_shared + 1):
                counts[hits] += hypergeom.pmf(in_shared, n, shared, a) * hypergeom.pmf(hits, m, in_shared, b)
        chances = np.convolve(chances, counts)
        expected += shared * a * b / (n * m)
    assert found.observed == 2
    assert found.expected == pytest.approx(expected)
    assert found.p == pytest.approx(chances[2:].sum(), abs=0.01)


def test_a_session_without_a_score_just_before_counts_as_scored_and_not_as_possible():
    found = find_accordance([make_series("D1", {3}, gaps={5})], [make_series("D1", {3})])
    # One of 8 sessions lacks a score; neither the first session nor the one after the gap can be a central.
    assert (found.sessions.n, found.possible.n) == (7, 5)
    assert (found.sessions.both, found.dyads.both) == (1, 1)


def test_series_that_are_not_analysed_are_no_part_of_it():
    first = [make_series("D1", {3}), make_series("D2", {4}), make_series("D3", {2}, analysed=False)]
    second = [make_series("D1", {7}), make_series("D2", set(), analysed=False), make_series("D3", {2})]
    found = find_accordance(first, second)
    assert (found.n_series_with_rupture, found.n_dyads_any, found.n_dyads_both) == (4, 3, 1)
    assert (found.dyads.n, found.dyads.both, found.sessions.n) == (1, 1, 8)


def test_dyads_that_show_a_rupture_to_both_stand_beside_chance():
    """R: fisher.test(matrix(c(5, 10, 4, 14), 2), alternative = "greater") gives this p."""
    shown = [(True, True)] * 5 + [(True, False)] * 4 + [(False, True)] * 10 + [(False, False)] * 14
    sides = (
        [make_series(f"D{n}", {3} if one[side] else set()) for n, one in enumerate(shown)] for side in (0, 1)
    )
    found = find_accordance(*sides, n_draws=2)
    assert found.dyads_expected == pytest.approx(9 * 15 / 33)
    assert found.dyads_p == pytest.approx(0.372821653689)


def test_centrals_one_session_apart_coincide_within_one_and_not_at_once():
    found = find_accordance([make_series("D1", {3})], [make_series("D1", {4})])
    assert [one.observed for one in found.coincidences] == [0, 1]
    assert found.coincidences[0].p == 1.0
    # Of 7 x 7 pairs of places 7 are the same and 12 are neighbours.
    assert [one.expected for one in found.coincidences] == pytest.approx([7 / 49, 19 / 49])


def test_where_nothing_can_be_said_there_is_a_reason_and_no_figure():
    nobody = find_accordance([make_series("D1", set())], [make_series("D1", set())])
    assert (nobody.dyads.kappa.estimate, nobody.dyads.kappa.reason) == (None, NEITHER)
    assert (nobody.dyads.of_any, nobody.dyads.agreement, nobody.dyads.pabak) == (None, 1.0, 1.0)
    assert (nobody.coincidences[0].p, nobody.coincidences[0].expected) == (None, 0.0)
    nothing = find_accordance([make_series("D1", {2})], [make_series("D2", {2})])
    assert (nothing.dyads.n, nothing.dyads.agreement, nothing.sessions.kappa.estimate) == (0, None, None)
    assert nothing.coincidences[0].expected is None
    one_side = find_accordance(
        [make_series("D1", {3}), make_series("D2", {3})], [make_series("D1", set()), make_series("D2", set())]
    )
    assert (one_side.sessions.kappa.estimate, one_side.sessions.kappa.lower) == (0.0, None)
    assert "one of both shows no rupture" in one_side.sessions.kappa.reason
    with pytest.raises(StatsError, match="dyad D1"):
        find_accordance([make_series("D1", {3})], [make_series("D1", {3}, 9)])


CENTRALS = st.lists(
    st.tuples(st.sets(st.integers(2, 8), max_size=2), st.sets(st.integers(2, 8), max_size=2)),
    min_size=1,
    max_size=8,
)


@BOUNDED
@given(CENTRALS, st.randoms(use_true_random=False))
def test_new_names_and_another_order_of_dyads_change_nothing(strata, random):
    pairs = [{"a": a, "b": b} for a, b in strata]
    first, second = both_sides(pairs)
    order = list(range(len(pairs)))
    random.shuffle(order)
    again = [[replace(side[place], dyad=f"X{9 - place}") for place in order] for side in (first, second)]
    assert find_accordance(first, second, n_draws=200) == find_accordance(*again, n_draws=200)


@BOUNDED
@given(CENTRALS)
def test_kappa_is_that_of_the_same_table_and_swapping_informants_swaps_it(strata):
    first, second = both_sides([{"a": a, "b": b} for a, b in strata])
    found, back = (find_accordance(*sides, n_draws=2) for sides in ((first, second), (second, first)))
    for level in ("dyads", "sessions", "possible"):
        one, other = getattr(found, level), getattr(back, level)
        assert (one.both, one.first_only, one.neither) == (other.both, other.second_only, other.neither)
        table = np.array([[one.both, one.first_only], [one.second_only, one.neither]])
        assert one.kappa.estimate == cohen_kappa(table, np.eye(2)).estimate
        assert one.agreement == pytest.approx((one.both + one.neither) / table.sum())
    assert found.coincidences[0].observed == found.sessions.both == found.possible.both


def test_p_is_uniform_where_the_informants_know_nothing_of_each_other():
    """At most as many p below each level as the level says, but for what chance does to 200 studies."""
    rng = np.random.default_rng(7)
    ps = []
    for _ in range(200):
        strata = [
            {"a": set(rng.choice(np.arange(2, 9), 2, False)), "b": set(rng.choice(np.arange(2, 9), 2, False))}
            for _ in range(8)
        ]
        ps.append(find_accordance(*both_sides(strata), lags=(0,), n_draws=200, seed=3).coincidences[0].p)
    for level in (0.05, 0.2, 0.5):
        share = np.mean(np.array(ps) <= level)
        assert share <= level + 3 * np.sqrt(level * (1 - level) / 200)
    # Few coincidences are possible, so that p has few values; it must not be blunt for that.
    assert np.mean(np.array(ps) <= 0.5) > 0.15


def test_real_coincidence_is_found():
    strata = [{"a": {at}, "b": {at}} for at in (3, 4, 5, 6, 7)]
    assert find_accordance(*both_sides(strata), n_draws=2000).coincidences[0].p == 1 / 2000
