"""Drift: whether a coder comes to score higher or lower than the others in the course of a study."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.control import Limits, ewma_spread, run_cusum, run_ewma, simulate_limits
from coder_app.analysis.cube import read_cube
from coder_app.analysis.results import StatsError

FEWEST_BASELINE = 5
FIRST = 10
WEIGHT, ALLOWANCE, DECISION = 0.2, 0.5, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class DriftChart:
    """One coder's deviations on one item or subscale, in the order of submission.

    Arrays hold one value a point; deviations, EWMA and limits are in points of the score, the CUSUMs in
    standard deviations of the baseline. Items without an alarm have no limits. Where `reason` is given, the
    deviations are all there is.
    """

    rater: str
    item: str | None
    targets: tuple
    deviations: np.ndarray
    n_baseline: int
    baseline_mean: float | None = None
    baseline_sd: float | None = None
    ewma: np.ndarray | None = None
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    cusum_high: np.ndarray | None = None
    cusum_low: np.ndarray | None = None
    cusum_signals: tuple[int, ...] = ()
    alarm_at: int | None = None
    direction: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DriftStudy:
    """All charts, the limits that they share, and where the baseline came from ("training" or "first")."""

    charts: tuple[DriftChart, ...]
    limits: Limits | None
    baseline: str

    @property
    def alarms(self) -> tuple[DriftChart, ...]:
        """The charts with an alarm."""
        return tuple(chart for chart in self.charts if chart.alarm_at is not None)


def chart_drift(
    frame: pd.DataFrame,
    baseline: pd.DataFrame | None = None,
    alarmed: Collection[str] | None = None,
    false_alarms: float = 0.05,
    seed: int = 1,
) -> DriftStudy:
    """EWMA and CUSUM of each coder's score minus the mean of the others', on each item or subscale.

    Parameters
    ----------
    frame : columns target, rater, item (a subscale's sum or a single item), order (when the coder submitted
        the target: numbers or times), score; NaN = missing. A target counts for a coder if another coder
        scored it too
    baseline : the same columns, of the last training round; without it the first 10 deviations of each
        series serve, and the chart begins after them
    alarmed : items whose charts give alarms, best subscales; all if not given. The others are charted
        without limits
    false_alarms : share of studies without drift that give an alarm on any chart, in (0, 1)
    seed : of the simulation that finds the limit

    Returns
    -------
    DriftStudy
        Charts by item and then by rater. `alarm_at` is the first point at which the EWMA (weight .2) passes
        its limit. The CUSUM (k .5, h 4) is drawn beside it; `limits.cusum_false_alarms` says how often it
        signals without drift. One coder's drift moves the others' charts the other way, by less. Under 5
        deviations in the baseline, or without spread in it, there is a reason.

    Raises
    ------
    StatsError
        A column is missing or an order is empty, or what `cube.read_cube` raises.

    Notes
    -----
    Roberts (1959), Page (1954). The limit is simulated for the numbers of charts, points and baseline values
    at hand (see `control.simulate_limits`).
    """
    series = _read_series(frame)
    before = _read_baseline(baseline)
    pieces = []
    for (item, rater), (targets, values) in series.items():
        if baseline is None:
            own, targets, values = values[:FIRST], targets[FIRST:], values[FIRST:]
        else:
            own = before.get((item, rater), np.empty(0))
        pieces.append(((item, rater), targets, values, own))
    ready = [piece for piece in pieces if _find_reason(piece) is None]
    watched = [piece for piece in ready if alarmed is None or piece[0][0] in alarmed]
    limits = None
    if watched:
        lengths, sizes = (np.array([len(piece[part]) for piece in watched]) for part in (2, 3))
        settings = (WEIGHT, ALLOWANCE, DECISION, false_alarms, seed)
        limits = simulate_limits(lengths, sizes, *settings)
    names = {piece[0] for piece in watched}
    charts = tuple(_draw(piece, limits if piece[0] in names else None) for piece in pieces)
    return DriftStudy(charts, limits, "first" if baseline is None else "training")


def find_driver(study: DriftStudy, alarm: DriftChart, items: Collection[str]) -> str | None:
    """Of a subscale's items, the one on which the coder of an alarm had moved farthest, in baseline SDs.

    Parameters
    ----------
    study : with the charts of the items
    alarm : a chart with an alarm
    items : the items of the subscale

    Returns
    -------
    The item's name, or None if none of them has a chart that reaches the target of the alarm.
    """
    target = alarm.targets[alarm.alarm_at]
    sign = 1 if alarm.direction == "higher" else -1
    moved = {}
    for chart in study.charts:
        known = chart.rater == alarm.rater and chart.item in items and chart.reason is None
        if known and target in chart.targets:
            level = chart.ewma[chart.targets.index(target)] - chart.baseline_mean
            moved[chart.item] = sign * float(level) / chart.baseline_sd
    return max(moved, key=moved.get) if moved else None


def _read_series(frame: pd.DataFrame) -> dict[tuple, tuple[tuple, np.ndarray]]:
    """Targets and deviations by item and rater, in the order of the rater's submission."""
    if "order" not in frame.columns:
        raise StatsError("missing column 'order'; expected target, rater, item, order, score")
    if frame["order"].isna().any():
        raise StatsError(f"column order: empty in {int(frame['order'].isna().sum())} rows")
    cube = read_cube(frame)
    order = np.zeros((len(cube.targets), len(cube.raters)), dtype=int)
    target, rater = (pd.factorize(frame[key].to_numpy())[0] for key in ("target", "rater"))
    np.maximum.at(order, (target, rater), pd.factorize(frame["order"], sort=True)[0])
    given = np.isfinite(cube.scores)
    number = given.sum(axis=2, keepdims=True)
    scores = np.where(given, cube.scores, 0.0)
    others = (scores.sum(axis=2, keepdims=True) - scores) / np.maximum(number - 1, 1)
    deviations = np.where(given & (number > 1), scores - others, np.nan)
    names = np.array(cube.targets, dtype=object)
    found = {}
    for index, item in enumerate(cube.items):
        for column, rater_name in enumerate(cube.raters):
            own = deviations[index, :, column]
            rows = np.flatnonzero(np.isfinite(own))
            rows = rows[np.argsort(order[rows, column], kind="stable")]
            if given[index, :, column].any():
                found[item, rater_name] = (tuple(names[rows].tolist()), own[rows])
    return found


def _read_baseline(frame: pd.DataFrame | None) -> dict[tuple, np.ndarray]:
    if frame is None:
        return {}
    return {key: values for key, (_, values) in _read_series(frame).items()}


def _find_reason(piece: tuple) -> str | None:
    _, _, values, own = piece
    if len(own) < FEWEST_BASELINE:
        return f"{len(own)} recordings in the baseline; at least {FEWEST_BASELINE} are needed"
    if np.ptp(own) < 1e-9:
        return "no spread in the baseline"
    return None if len(values) else "no recordings after the baseline"


def _draw(piece: tuple, limits: Limits | None) -> DriftChart:
    (item, rater), targets, values, own = piece
    reason = _find_reason(piece)
    if reason is not None:
        return DriftChart(rater, item, targets, values, len(own), reason=reason)
    mean, sd = float(own.mean()), float(own.std(ddof=1))
    standard = (values - mean) / sd
    level = run_ewma(standard, WEIGHT)
    high, low = run_cusum(standard, ALLOWANCE)
    lower = upper = alarm_at = direction = None
    if limits is not None:
        reach = limits.ewma * ewma_spread(len(values), WEIGHT)
        lower, upper = mean - sd * reach, mean + sd * reach
        beyond = np.flatnonzero(np.abs(level) > reach)
        if len(beyond):
            alarm_at = int(beyond[0])
            direction = "higher" if level[alarm_at] > 0 else "lower"
    return DriftChart(
        rater,
        item,
        targets,
        values,
        len(own),
        baseline_mean=mean,
        baseline_sd=sd,
        ewma=mean + sd * level,
        lower=lower,
        upper=upper,
        cusum_high=high,
        cusum_low=low,
        cusum_signals=tuple(np.flatnonzero(np.maximum(high, -low) > DECISION).tolist()),
        alarm_at=alarm_at,
        direction=direction,
    )
