import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.control import ewma_spread, run_cusum, run_ewma, simulate_limits
from coder_app.analysis.drift import chart_drift, find_driver
from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.results import StatsError
from coder_app.analysis.rolling import icc_over_order
from tests.makers.ratings import read_table, read_values, to_ratings

# R 4.2.2: qcc 2.7, ewma() and cusum() with the centre and SD given.
QCC = read_values("beyond")["results"]["drift"]


def make_rounds(seed=1, n=60, shift=0.0, after=20, items=("play",)):
    """Ratings of a training round and a main round; from target `after` on, r1 scores higher by `shift`."""
    rng = np.random.default_rng(seed)
    frames = []
    for number, start in ((20, n), (n, after)):
        for item in items:
            scores = rng.normal(3, 1, (number, 1)) + rng.normal(0, 0.5, (number, 3))
            scores[start:, 1] += shift if number == n else 0
            frame = to_ratings(scores, item)
            frames.append(frame.assign(order=frame["target"].str[1:].astype(int)))
    half = len(items)
    return pd.concat(frames[half:]), pd.concat(frames[:half])


# --- the charts against R ------------------------------------------------------------------------------


def test_ewma_and_its_limits_equal_qcc():
    theirs, sd = QCC["ewma"], QCC["sd"]
    values = np.array(QCC["deviations"]) / sd
    found = run_ewma(values, theirs["lambda"]) * sd
    reach = theirs["L"] * sd * ewma_spread(len(values), theirs["lambda"])
    assert found == pytest.approx(theirs["z"], abs=1e-12)
    assert reach == pytest.approx(theirs["upper"], abs=1e-12)
    assert (np.flatnonzero(np.abs(found) > reach) + 1).tolist() == theirs["signal"]


def test_cusum_equals_qcc():
    theirs = QCC["cusum"]
    high, low = run_cusum(np.array(QCC["deviations"]) / QCC["sd"], theirs["k"])
    assert high == pytest.approx(theirs["pos"], abs=1e-9)
    assert low == pytest.approx(theirs["neg"], abs=1e-9)


def run_studies(n_studies, charts, n, n_baseline, seed):
    """Charts of normal values without drift, standardised by their own baseline: written independently."""
    rng = np.random.default_rng(seed)
    before = rng.normal(size=(n_studies, charts, n_baseline))
    values = rng.normal(size=(n_studies, charts, n))
    values = (values - before.mean(axis=2, keepdims=True)) / before.std(axis=2, ddof=1, keepdims=True)
    return values


@pytest.mark.parametrize(("charts", "n", "n_baseline"), [(6, 17, 20), (2, 40, 10)])
def test_one_study_in_twenty_without_drift_gives_an_alarm(charts, n, n_baseline):
    limits = simulate_limits(np.full(charts, n), np.full(charts, n_baseline))
    values = run_studies(3000, charts, n, n_baseline, seed=8)
    alarms = (np.abs(run_ewma(values)) / ewma_spread(n) > limits.ewma).any(axis=(1, 2))
    assert alarms.mean() == pytest.approx(0.05, abs=0.015)
    high, low = run_cusum(values)
    signals = (np.maximum(high, -low) > 4).any(axis=(1, 2)).mean()
    assert limits.cusum_false_alarms == pytest.approx(signals, abs=0.03)


def test_a_fixed_limit_of_27_would_alarm_far_too_often():
    values = run_studies(1000, 6, 17, 10, seed=2)
    assert (np.abs(run_ewma(values)) / ewma_spread(17) > 2.7).any(axis=(1, 2)).mean() > 0.3


def test_more_charts_longer_charts_and_shorter_baselines_take_wider_limits():
    def limit(charts, n, n_baseline):
        return simulate_limits(np.full(charts, n), np.full(charts, n_baseline)).ewma

    assert limit(1, 20, 20) < limit(6, 20, 20) < limit(6, 60, 20) < limit(6, 60, 10)


def test_charts_of_unequal_length_are_simulated_as_they_are():
    mixed = simulate_limits(np.array([5, 40]), np.array([20, 20])).ewma
    short = simulate_limits(np.array([5, 5]), np.array([20, 20])).ewma
    long = simulate_limits(np.array([40, 40]), np.array([20, 20])).ewma
    assert short < mixed < long


# --- drift of coders -----------------------------------------------------------------------------------


def test_a_coder_who_drifts_gives_an_alarm_that_names_coder_item_and_direction():
    main, training = make_rounds(shift=1.5)
    study = chart_drift(main, training)
    assert study.baseline == "training"
    (chart,) = [chart for chart in study.alarms if chart.rater == "r1"]
    assert (chart.item, chart.direction) == ("play", "higher")
    assert 20 <= chart.alarm_at <= 35
    assert chart.targets[chart.alarm_at] == f"t{chart.alarm_at}"
    assert chart.ewma[chart.alarm_at] > chart.upper[chart.alarm_at]


def test_one_coders_drift_moves_the_others_the_other_way_by_less():
    study = chart_drift(*make_rounds(shift=1.5))
    last = {chart.rater: chart.ewma[-1] - chart.baseline_mean for chart in study.charts}
    assert last["r1"] > 0 > max(last["r0"], last["r2"])
    assert last["r1"] > -min(last["r0"], last["r2"])


def test_coders_who_do_not_drift_give_no_alarm():
    study = chart_drift(*make_rounds())
    assert study.alarms == ()
    assert len(study.charts) == 3


def test_deviations_are_from_the_mean_of_the_others():
    main, training = make_rounds()
    chart = chart_drift(main, training).charts[0]
    wide = main.pivot(index="order", columns="rater", values="score").sort_index()
    expected = wide["r0"] - (wide["r1"] + wide["r2"]) / 2
    assert chart.deviations == pytest.approx(expected.to_numpy())
    before = training.pivot(index="order", columns="rater", values="score")
    before = before["r0"] - (before["r1"] + before["r2"]) / 2
    assert (chart.baseline_mean, chart.baseline_sd) == pytest.approx((before.mean(), before.std()))
    assert chart.n_baseline == 20


def test_points_stand_in_each_coders_own_order_of_submission():
    main, training = make_rounds()
    own = main.assign(order=np.where(main["rater"] == "r1", -main["order"], main["order"]))
    charts = {chart.rater: chart for chart in chart_drift(own, training).charts}
    assert charts["r1"].targets == charts["r0"].targets[::-1]


def test_times_serve_as_order():
    main, training = make_rounds()
    start = pd.Timestamp("2024-03-01")
    timed = main.assign(order=start + pd.to_timedelta(main["order"], unit="h"))
    first, second = chart_drift(main, training).charts[0], chart_drift(timed, training).charts[0]
    assert first.targets == second.targets


def test_without_a_training_round_the_first_ten_deviations_serve_and_are_not_charted():
    main, _ = make_rounds()
    study = chart_drift(main)
    chart = study.charts[0]
    assert study.baseline == "first"
    assert (chart.n_baseline, len(chart.deviations), chart.targets[0]) == (10, 50, "t10")


def test_targets_that_nobody_else_scored_are_left_out():
    main, training = make_rounds()
    alone = main[~((main["target"] == "t5") & (main["rater"] != "r0"))]
    charts = {chart.rater: chart for chart in chart_drift(alone, training).charts}
    assert "t5" not in charts["r0"].targets
    assert len(charts["r0"].targets) == 59


def test_items_are_charted_without_limits_and_the_one_that_moved_is_named():
    items = ("warm", "play")
    main, training = make_rounds(seed=4, items=items)
    main = main.assign(
        score=main["score"]
        + 1.5 * ((main["item"] == "play") & (main["rater"] == "r1") & (main["order"] >= 20))
    )
    both = [pd.concat([part, add_up(part)]) for part in (main, training)]
    study = chart_drift(*both, alarmed=["sum"])
    assert {chart.item for chart in study.alarms} == {"sum"}
    for chart in study.charts:
        assert (chart.upper is None) == (chart.item != "sum")
        assert chart.ewma is not None
    alarm = next(chart for chart in study.alarms if chart.rater == "r1")
    assert find_driver(study, alarm, items) == "play"
    assert find_driver(study, alarm, ["other"]) is None


def add_up(frame):
    keys = ["target", "rater", "order"]
    return frame.groupby(keys, as_index=False)["score"].sum().assign(item="sum")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda frame: frame[frame["order"] < 4], "4 recordings in the baseline"),
        (lambda frame: frame.assign(score=2.0), "no spread"),
    ],
)
def test_a_poor_baseline_leaves_the_deviations_and_a_reason(change, reason):
    main, training = make_rounds()
    study = chart_drift(main, change(training))
    assert study.limits is None
    for chart in study.charts:
        assert reason in chart.reason
        assert (chart.ewma, chart.alarm_at) == (None, None)
        assert len(chart.deviations) == 60


def test_an_order_that_is_not_there_is_refused():
    main, training = make_rounds()
    with pytest.raises(StatsError, match="'order'"):
        chart_drift(main.drop(columns="order"), training)
    with pytest.raises(StatsError, match="empty in 180 rows"):
        chart_drift(main.assign(order=np.nan), training)


def test_the_seed_fixes_the_limit():
    rounds = make_rounds(n=15)
    first, again, other = (chart_drift(*rounds, seed=seed).limits for seed in (1, 1, 2))
    assert first == again
    assert first != other


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(-20, 20), st.sampled_from([0.5, 2]))
def test_shift_and_stretch_of_the_scale_move_no_alarm(seed, shift, scale):
    main, training = make_rounds(seed=seed, n=25, shift=2)
    moved = [part.assign(score=part["score"] * scale + shift) for part in (main, training)]
    first, second = chart_drift(main, training), chart_drift(*moved)
    assert [c.alarm_at for c in first.charts] == [c.alarm_at for c in second.charts]


# --- ICC over the order of coding ----------------------------------------------------------------------


def in_order(table):
    frame = to_ratings(table, "play")
    return frame.assign(order=frame["target"].str[1:].astype(int))


def test_each_window_has_the_icc_of_its_recordings():
    table = read_table("icc/ord05_good")
    found = icc_over_order(in_order(table), window=10)
    assert [(window.first, window.last) for window in found] == [(f"t{i}", f"t{i + 9}") for i in range(8)]
    for start, window in enumerate(found):
        expected = icc_by_item(to_ratings(table[start : start + 10]))[0].icc["ICC(A,1)"]
        values = (window.icc.estimate, window.icc.lower, window.icc.upper)
        assert values == pytest.approx((expected.estimate, expected.lower, expected.upper), abs=1e-12)


def test_a_recording_stands_where_its_last_coder_submitted_it():
    frame = in_order(read_table("icc/ord05_good"))
    late = (frame["target"] == "t0") & (frame["rater"] == "r2")
    found = icc_over_order(frame.assign(order=frame["order"].mask(late, 99)), window=16)
    assert [(window.first, window.last) for window in found] == [("t1", "t16"), ("t2", "t0")]


def test_targets_with_a_hole_are_left_out():
    table = read_table("icc/ord05_good")
    table[3, 1] = np.nan
    assert icc_over_order(in_order(table), window=16)[0].n_targets == 16
    assert icc_over_order(in_order(table), window=17) == ()


def test_a_window_without_variation_has_a_reason():
    (found,) = icc_over_order(in_order(np.full((5, 3), 2.0)), window=5)
    assert (found.icc.estimate, found.icc.reason) == (None, "no ICC: no variation in this window")


def test_long_studies_get_sixty_windows_up_to_the_last_recording():
    rng = np.random.default_rng(1)
    found = icc_over_order(in_order(rng.normal(size=(400, 1)) + rng.normal(size=(400, 2))), window=20)
    assert len(found) == 60
    assert (found[0].first, found[-1].last) == ("t0", "t399")


def test_windows_of_two_are_refused():
    with pytest.raises(StatsError, match="window of 2"):
        icc_over_order(in_order([[1, 2], [2, 3]]), window=2)
