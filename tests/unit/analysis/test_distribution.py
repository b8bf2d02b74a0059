"""Ruptures over treatment, beside where they could have been found."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.distribution import NO_RUPTURES, ONE_PLACE, distribute
from coder_app.analysis.proportion import wilson
from tests.unit.analysis.test_accordance import make_series

BOUNDED = settings(max_examples=25, deadline=None)


def test_a_rupture_counts_at_its_central_session_by_type_beside_the_scores_that_could_have_been_one():
    types = {3: "repaired", 6: None}
    found = distribute(
        [
            make_series("D1", {3, 6}, 8, gaps={4}, types=types),
            make_series("D2", {3}, 6, types={3: "unrepaired"}),
            make_series("D3", {2}, analysed=False),
        ]
    )
    shown = [(one.place, one.exposed, one.ruptures, one.repaired, one.unrepaired) for one in found.sessions]
    assert shown == [
        (1, 0, 0, 0, 0),  # nothing is before the first session
        (2, 2, 0, 0, 0),
        (3, 2, 2, 1, 1),
        (4, 1, 0, 0, 0),  # D1 has a gap here,
        (5, 1, 0, 0, 0),  # so that nothing is just before this one
        (6, 2, 1, 0, 0),
        (7, 1, 0, 0, 0),
        (8, 1, 0, 0, 0),
    ]
    third = found.sessions[2]
    assert third.rate == wilson(2, 2)
    assert third.expected == pytest.approx(2 / 5 + 1 / 5)
    assert found.sessions[5].unclassified == 1
    assert found.sessions[0].rate.estimate is None


def test_thirds_are_of_each_dyads_own_sessions():
    found = distribute([make_series("D1", {3}, 9), make_series("D2", {3}, 3)])
    # The third session ends the first third of nine sessions and is the last third of three.
    assert [(one.exposed, one.ruptures) for one in found.parts] == [(2, 1), (4, 0), (4, 1)]


def test_p_is_that_of_all_ways_to_place_the_ruptures():
    series = [make_series("D1", {2}, 4), make_series("D2", {2}, 4), make_series("D3", {3}, 5, gaps={2})]
    found = distribute([series[0], series[1], make_series("D3", {5}, 5, gaps={3})], n_draws=40_000)
    places = ({2, 3, 4}, {2, 3, 4}, {2, 5})
    expected = {at: sum((at in one) / len(one) for one in places) for at in (2, 3, 4, 5)}

    def chi2(ways):
        return sum((ways.count(at) - expected[at]) ** 2 / expected[at] for at in expected)

    own = chi2((2, 2, 5))
    all_ways = [chi2(ways) for ways in product(*places)]
    assert found.over_sessions.chi2 == pytest.approx(own)
    exact = np.mean([value >= own - 1e-9 for value in all_ways])
    assert found.over_sessions.p == pytest.approx(exact, abs=0.01)


def test_without_ruptures_or_without_another_place_there_is_a_reason_and_no_p():
    none = distribute([make_series("D1", set())])
    assert (none.over_sessions.chi2, none.over_sessions.p, none.over_sessions.reason) == (
        None,
        None,
        NO_RUPTURES,
    )
    alone = distribute([make_series("D1", {2}, 2)])
    assert (alone.over_sessions.p, alone.over_sessions.reason) == (None, ONE_PLACE)
    nothing = distribute([make_series("D1", {2}, analysed=False)])
    assert (nothing.sessions, [one.exposed for one in nothing.parts]) == ((), [0, 0, 0])


@BOUNDED
@given(
    st.lists(st.tuples(st.sets(st.integers(2, 8), max_size=3), st.integers(8, 12)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_counts_add_up_and_names_and_order_change_nothing(shapes, random):
    series = [make_series(f"D{place}", centrals, n) for place, (centrals, n) in enumerate(shapes)]
    found = distribute(series, n_draws=200)
    for places in (found.sessions, found.parts):
        assert sum(one.ruptures for one in places) == sum(len(centrals) for centrals, _ in shapes)
        assert sum(one.expected for one in places) == pytest.approx(sum(one.ruptures for one in places))
        assert sum(one.exposed for one in places) == sum(n - 1 for _, n in shapes)
    renamed = [make_series(f"X{9 - place}", centrals, n) for place, (centrals, n) in enumerate(shapes)]
    random.shuffle(renamed)
    again = distribute(renamed, n_draws=200)
    assert (again.over_sessions, again.parts) == (found.over_sessions, found.parts)


def test_p_is_uniform_where_ruptures_fall_anywhere_and_small_where_they_do_not():
    rng = np.random.default_rng(11)
    ps = []
    for _ in range(200):
        series = [make_series(f"D{n}", {int(rng.integers(2, 11))}, 10) for n in range(12)]
        ps.append(distribute(series, n_draws=100, seed=5).over_sessions.p)
    for level in (0.05, 0.2, 0.5):
        share = np.mean(np.array(ps) <= level)
        assert abs(share - level) <= 3.5 * np.sqrt(level * (1 - level) / 200) + 0.02
    early = distribute([make_series(f"D{n}", {2}, 10) for n in range(12)], n_draws=1000)
    assert early.over_sessions.p == early.over_parts.p == 0.001
