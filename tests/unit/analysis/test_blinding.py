import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coder_app.analysis.blinding import ANALYTIC, DONT_KNOW, OF_CODERS, TOO_NARROW, find_blinding
from coder_app.analysis.blinding_indices import bang_error, bang_index, james_error, james_index
from coder_app.analysis.results import StatsError

# Rows: guessed treatment, guessed placebo, "don't know"; columns: treatment, placebo.
CRISP = [[82, 27], [25, 29], [170, 83]]
INVESTIGATORS = [[48, 22], [4, 30], [330, 319]]
COORDINATORS = [[94, 52], [11, 44], [289, 284]]
PATIENTS = [[143, 104], [14, 57], [188, 175]]

ARMS = ("treatment", "placebo")
POSITIONS = ("pre", "central", "post")
BOUNDED = settings(max_examples=60, deadline=None)
TABLES = st.integers(2, 4).flatmap(
    lambda k: arrays(float, (k + 1, k), elements=st.integers(0, 30).map(float))
)


def frame_of(counts, answers=ARMS, coder=None):
    """A row an answer; each from a coder of its own unless `coder` tells who gave it."""
    guesses = [*answers, DONT_KNOW]
    rows = [
        (arm, guess)
        for guess, row in zip(guesses, counts, strict=True)
        for arm, count in zip(answers, row, strict=True)
        for _ in range(int(count))
    ]
    return pd.DataFrame(
        [((coder(i) if coder else i), arm, guess) for i, (arm, guess) in enumerate(rows)],
        columns=["coder", "arm", "guess"],
    )


def of_coders(*tables, answers=ARMS):
    """All answers of several coders, a table of counts each."""
    frames = [frame_of(table, answers, lambda _, name=name: name) for name, table in enumerate(tables)]
    return pd.concat(frames, ignore_index=True)


def analytic(counts, answers=ARMS, **settings_):
    return find_blinding(frame_of(counts, answers), answers, bootstrap=0, **settings_)


def test_the_crisp_trial_gives_the_figures_of_bi():
    # Counts: Bang, Ni & Davis (2004), table 7, as the manual of R's BI prints them; expected: the formulas of
    # BI::BI 1.2.0, worked out apart. The paper gives the limits of one-sided intervals of Bang's index.
    found = analytic(CRISP)
    assert [found.james.estimate, found.james.lower, found.james.upper] == pytest.approx(
        [0.747928, 0.705323, 0.790532], abs=1e-6
    )
    one_sided = analytic(CRISP, confidence=0.90)
    bang = [(arm.bang.estimate, arm.bang.lower, arm.bang.upper) for arm in one_sided.arms]
    assert bang == [
        pytest.approx((0.205776, 0.147816, 0.263736), abs=1e-5),
        pytest.approx((0.014388, -0.074142, 0.102919), abs=1e-5),
    ]


def test_the_investigators_of_houweling_2014_give_the_figures_of_bi():
    # Houweling et al. (2014), table 2, as BI::BI and BlindingIndex.jl print it: estimate, limits.
    found = analytic(INVESTIGATORS)
    rows = [found.james, *(arm.bang for arm in found.arms)]
    assert [tuple(round(x, 3) for x in (row.estimate, row.lower, row.upper)) for row in rows] == [
        (0.896, 0.875, 0.918),
        (0.115, 0.080, 0.150),
        (0.022, -0.016, 0.060),
    ]
    assert round(james_error(np.array(INVESTIGATORS, float)), 3) == 0.011
    assert [round(bang_error(np.array(INVESTIGATORS, float), arm), 3) for arm in (0, 1)] == [0.018, 0.019]


def james_of_1996(counts):
    """Estimate and standard error of James' index by the formulas of the paper (p. 1424), sum by sum."""
    p = np.asarray(counts, float) / np.sum(counts)
    k = p.shape[1]
    weights = 0.5 * (1 - np.eye(k))
    guess, arm, unknown = p[:-1].sum(axis=1), p[:-1].sum(axis=0), p[-1].sum()
    cells = [(i, j) for i in range(k) for j in range(k)]
    observed = sum(weights[i, j] * p[i, j] for i, j in cells) / (1 - unknown)
    expected = sum(weights[i, j] * guess[i] * arm[j] for i, j in cells) / (1 - unknown) ** 2
    kappa = (observed - expected) / expected
    terms = [
        p[i, j]
        * (1 - unknown) ** 2
        * (
            (1 - unknown) * weights[i, j]
            - (1 + kappa) * sum(weights[r, j] * guess[r] + weights[i, r] * arm[r] for r in range(k))
        )
        ** 2
        for i, j in cells
    ]
    first = sum(terms) / (4 * (expected * (1 - unknown) ** 2) ** 2)
    second = unknown * (1 - unknown) - (1 - unknown) * (1 + kappa) * (
        unknown + (1 - unknown) * (1 + kappa) / 4
    )
    return (1 + unknown + (1 - unknown) * kappa) / 2, np.sqrt((first + second) / np.sum(counts))


@pytest.mark.parametrize("counts", [CRISP, INVESTIGATORS, COORDINATORS, PATIENTS])
def test_james_index_and_error_equal_the_papers_sums(counts):
    estimate, error = james_of_1996(counts)
    assert james_index(np.array(counts, float)) == pytest.approx(estimate, abs=1e-12)
    assert james_error(np.array(counts, float)) == pytest.approx(error, abs=1e-12)


@BOUNDED
@given(TABLES)
def test_the_error_of_james_index_is_that_of_the_delta_method_for_any_number_of_arms(counts):
    assume((counts[:-1].sum(axis=0) > 0).all())
    shares = counts / counts.sum()
    step = 1e-6
    slopes = np.zeros_like(shares)
    for place in np.ndindex(shares.shape):
        move = np.zeros_like(shares)
        move[place] = step
        slopes[place] = (james_index(shares + move) - james_index(np.abs(shares - move))) / (
            2 * step if shares[place] else step
        )
    variance = (shares * slopes**2).sum() - (shares * slopes).sum() ** 2
    expected = np.sqrt(max(variance, 0) / counts.sum())
    assert james_error(counts) == pytest.approx(expected, abs=2e-4)


@BOUNDED
@given(TABLES)
def test_indices_stay_within_their_range_and_intervals_hold_the_estimate(counts):
    answers = tuple("abcd"[: counts.shape[1]])
    found = find_blinding(frame_of(counts, answers, coder=lambda i: i % 4), answers, bootstrap=200)
    ranges = [(found.james, 0)] + [(arm.bang, -1 / (len(answers) - 1)) for arm in found.arms]
    for index, lowest in ranges:
        if index.estimate is None:
            assert index.reason
            assert index.lower is index.upper is index.method is None
            continue
        assert lowest - 1e-12 <= index.estimate <= 1 + 1e-12
        assert (index.lower is None) == (index.upper is None) == (index.reason is not None)
        if index.lower is not None:
            assert lowest - 1e-12 <= index.lower <= index.estimate + 1e-12
            assert index.estimate - 1e-12 <= index.upper <= 1 + 1e-12


@BOUNDED
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(counts, randomness):
    k = counts.shape[1]
    order = randomness.sample(range(k), k)
    moved = counts[[*order, k]][:, order]
    np.testing.assert_allclose(james_index(moved), james_index(counts), atol=1e-12)
    for new, old in enumerate(order):
        np.testing.assert_allclose(bang_index(moved, new), bang_index(counts, old), atol=1e-12)


@pytest.mark.parametrize("answers", [ARMS, POSITIONS])
def test_only_dont_know_is_full_blinding_by_james_and_chance_by_bang(answers):
    counts = np.zeros((len(answers) + 1, len(answers)))
    counts[-1] = 7
    found = analytic(counts, answers)
    assert found.james.estimate == 1
    assert [arm.bang.estimate for arm in found.arms] == [0] * len(answers)
    assert found.n_guessed == 0


@pytest.mark.parametrize("answers", [ARMS, POSITIONS])
def test_all_right_is_0_by_james_and_1_by_bang(answers):
    found = analytic(np.vstack([9 * np.eye(len(answers)), np.zeros(len(answers))]), answers)
    assert found.james.estimate == pytest.approx(0, abs=1e-12)
    assert [arm.bang.estimate for arm in found.arms] == [1] * len(answers)


def test_all_wrong_about_two_arms_is_minus_1_by_bang():
    found = analytic([[0, 6], [6, 0], [0, 0]])
    assert [arm.bang.estimate for arm in found.arms] == [-1, -1]
    assert found.james.estimate == 1


def test_all_wrong_about_three_arms_is_minus_a_half_by_bang():
    counts = np.vstack([1 - np.eye(3), np.zeros(3)]) * 5
    assert [arm.bang.estimate for arm in analytic(counts, POSITIONS).arms] == [-0.5] * 3


def test_by_chance_bang_is_0_whatever_the_number_of_answers_and_the_taste_for_one():
    for k in (2, 3, 4):
        counts = np.vstack([np.full((k, k), 8.0), np.full((1, k), 3.0)])
        assert [float(bang_index(counts, arm)) for arm in range(k)] == pytest.approx([0] * k, abs=1e-12)
    # Guesses that favour one arm, but know nothing: James' kappa is 0.
    assert james_index(np.array([[20.0, 20.0], [5.0, 5.0], [0.0, 0.0]])) == pytest.approx(0.5, abs=1e-12)


def test_guessing_at_random_is_close_to_chance():
    draws = np.random.default_rng(4)
    truth, guess = (draws.choice(POSITIONS, 6000) for _ in range(2))
    frame = pd.DataFrame({"coder": draws.integers(0, 12, 6000), "arm": truth, "guess": guess})
    found = find_blinding(frame, POSITIONS)
    assert found.james.estimate == pytest.approx(0.5, abs=0.02)
    for arm in found.arms:
        assert arm.bang.estimate == pytest.approx(0, abs=0.05)
        assert arm.bang.lower < 0.03 and arm.bang.upper > -0.03


def test_bang_for_three_answers_is_the_share_right_beyond_chance_times_the_share_who_guessed():
    counts = [[6, 1, 1], [2, 5, 3], [2, 4, 1], [10, 0, 5]]
    found = analytic(counts, POSITIONS)
    arm = found.arms[0]
    assert (arm.name, arm.n, arm.n_guessed, arm.n_right) == ("pre", 20, 10, 6)
    assert arm.bang.estimate == pytest.approx((3 * 0.6 - 1) / 2 * 0.5, abs=1e-12)
    assert found.counts == tuple(tuple(row) for row in counts)


def test_the_answers_of_few_coders_are_resampled_by_coder():
    tables = [[[6, 2], [1, 5], [3, 3]], [[1, 1], [2, 0], [7, 9]], [[4, 4], [4, 4], [2, 2]]]
    found = find_blinding(of_coders(*tables), ARMS)
    assert found.n_coders == 3
    assert {index.method for index in (found.james, *(arm.bang for arm in found.arms))} == {OF_CODERS}
    assert found.james.caution is None
    assert find_blinding(of_coders(*tables), ARMS) == found


def test_resampled_coders_widen_the_interval_when_coders_differ():
    knowing, ignorant = [[20, 0], [0, 20], [0, 0]], [[0, 0], [0, 0], [20, 20]]
    frame = of_coders(knowing, knowing, ignorant, ignorant, ignorant)
    by_coder, as_independent = find_blinding(frame, ARMS), find_blinding(frame, ARMS, bootstrap=0)
    for clustered, single in (
        (by_coder.james, as_independent.james),
        (by_coder.arms[0].bang, as_independent.arms[0].bang),
    ):
        assert clustered.estimate == single.estimate
        assert clustered.upper - clustered.lower > 3 * (single.upper - single.lower)


def test_one_answer_a_coder_gives_about_the_analytic_interval():
    resampled, single = find_blinding(frame_of(CRISP), ARMS), analytic(CRISP)
    assert resampled.james.method, single.james.method == (OF_CODERS, ANALYTIC)
    assert resampled.james.lower == pytest.approx(single.james.lower, abs=0.005)
    assert resampled.arms[0].bang.upper == pytest.approx(single.arms[0].bang.upper, abs=0.005)


def test_with_two_coders_the_interval_is_analytic_and_said_to_be_too_narrow():
    found = find_blinding(of_coders([[6, 2], [1, 5], [3, 3]], [[1, 1], [2, 0], [7, 9]]), ARMS)
    assert found.james.method == ANALYTIC
    assert found.james.caution == found.arms[0].bang.caution == TOO_NARROW


def test_only_coders_who_answered_about_an_arm_count_for_its_interval():
    about_both, about_one = [[3, 1], [1, 2], [2, 2]], [[2, 0], [1, 0], [3, 0]]
    found = find_blinding(of_coders(about_both, about_both, about_one, about_one), ARMS)
    assert [arm.bang.n_coders for arm in found.arms] == [4, 2]
    assert [arm.bang.method for arm in found.arms] == [OF_CODERS, ANALYTIC]


def test_without_answers_nothing_is_computed():
    found = find_blinding(frame_of(np.zeros((3, 2))), ARMS)
    assert (found.n, found.james.estimate, found.james.reason) == (0, None, "there are no answers")
    assert [arm.bang.reason for arm in found.arms] == [f"there is no answer about {arm}" for arm in ARMS]


def test_an_arm_without_answers_leaves_james_out_and_the_other_arms_in():
    found = analytic([[5, 0], [2, 0], [3, 0]])
    assert found.james.estimate is None
    assert found.james.reason == "there is no answer about placebo"
    assert found.arms[0].bang.estimate == pytest.approx(0.3)
    assert found.arms[1].bang.estimate is None


def test_guesses_of_one_arm_that_all_belong_to_it_have_no_james_index():
    found = analytic([[5, 0], [0, 0], [3, 4]])
    assert found.james.estimate is None
    assert "chance cannot be told from knowledge" in found.james.reason
    assert found.arms[0].bang.estimate == pytest.approx(5 / 8)


def test_answers_that_all_count_the_same_have_no_interval():
    found = analytic([[0, 0], [0, 0], [4, 4]])
    for index in (found.james, *(arm.bang for arm in found.arms)):
        assert index.lower is index.upper is None
        assert index.reason == "no interval: all answers count the same"


def test_coders_that_are_all_alike_have_no_resampled_interval():
    found = find_blinding(of_coders(*[[[2, 1], [1, 2], [1, 1]]] * 4), ARMS)
    assert found.james.estimate is not None
    assert found.james.reason == "no interval: the index is the same in all resamples of coders"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"guess": "left"}, "guess 'left' is none of treatment, placebo, don't know"),
        ({"arm": DONT_KNOW}, 'arm "don\'t know" is none of treatment, placebo'),
        ({"coder": None}, "column coder: empty in"),
    ],
)
def test_answers_that_are_none_are_refused(change, message):
    with pytest.raises(StatsError, match=message):
        find_blinding(frame_of(CRISP).assign(**change), ARMS)


def test_a_missing_column_is_named():
    with pytest.raises(StatsError, match="missing column 'guess'"):
        find_blinding(frame_of(CRISP).drop(columns="guess"), ARMS)


@pytest.mark.parametrize("answers", [("treatment",), ("treatment", "treatment"), ("treatment", DONT_KNOW)])
def test_fewer_than_two_answers_are_refused(answers):
    with pytest.raises(StatsError, match="at least 2 different answers"):
        find_blinding(frame_of(CRISP), answers)
