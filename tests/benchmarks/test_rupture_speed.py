"""Ruptures in 100,000 series at once: how long, how much memory, and how much faster than one after another.

Limits in seconds hold for the machine that they were set for; elsewhere they are longer by as much as a fixed
piece of work takes longer (`speed.find_slowness`).
"""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.detection import detect
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_results import RuptureSettings
from tests.benchmarks.speed import find_slowness, measure
from tests.plain_ruptures import find_plainly

SERIES, SESSIONS, LOOPED = 100_000, 12, 400
KINDS = {"totals": None, "means of 12 items": 12, "decimals": None}
SETTINGS = RuptureSettings()


def make_scores(kind: str, series: int = SERIES) -> np.ndarray:
    """Series end to end, from a seed, with one score in twelve missing."""
    generator = np.random.default_rng(1)
    totals = np.clip(np.rint(generator.normal(40, 5, series * SESSIONS)), 12, 60)
    scores = {
        "totals": totals,
        "means of 12 items": np.round(totals / 12, 4),
        "decimals": np.round(generator.normal(4, 0.5, series * SESSIONS), 3),
    }[kind]
    scores[generator.random(len(scores)) < 1 / 12] = np.nan
    return scores


def as_frame(scores: np.ndarray) -> pd.DataFrame:
    n = len(scores) // SESSIONS
    dyads = np.repeat(np.array([f"D{number}" for number in range(n)], dtype=object), SESSIONS)
    sessions = np.tile(np.arange(1, SESSIONS + 1), n)
    return pd.DataFrame(
        {"dyad": dyads, "session": sessions, "informant": "child", "measure": "M", "score": scores}
    )


@pytest.mark.benchmark
@pytest.mark.parametrize("kind", KINDS)
def test_ruptures_in_a_hundred_thousand_series_take_under_two_seconds(
    kind: str, capsys: pytest.CaptureFixture
) -> None:
    scores, lengths = make_scores(kind), np.full(SERIES, SESSIONS)
    n_items = KINDS[kind]
    seconds = measure(lambda: detect(scores, lengths, SETTINGS, n_items), 2)
    slowness = find_slowness()
    some = as_frame(scores[: LOOPED * SESSIONS])
    mean_items = {"M": n_items} if n_items else {}
    plain = measure(lambda: find_plainly(some, SETTINGS, mean_items), 2) * SERIES / LOOPED
    with capsys.disabled():
        print(
            f"\nruptures in {SERIES:,} series of {SESSIONS}, {kind}: {seconds:.2f} s "
            f"(limit 2 s x {slowness:.2f}), a plain loop {plain:.0f} s, ratio {plain / seconds:.0f}"
        )
    assert seconds < 2 * slowness
    assert plain / seconds > 20


@pytest.mark.benchmark
def test_a_hundred_thousand_series_are_read_from_rows_and_told_one_by_one_in_seconds(
    capsys: pytest.CaptureFixture,
) -> None:
    frame = as_frame(make_scores("totals"))
    seconds = measure(lambda: find_ruptures(frame, SETTINGS), 1)
    slowness = find_slowness()
    with capsys.disabled():
        print(f"\nfrom {len(frame):,} rows to a report: {seconds:.2f} s (limit 6 s x {slowness:.2f})")
    assert seconds < 6 * slowness


@pytest.mark.benchmark
def test_memory_does_not_grow_with_what_is_worked_on_in_between(capsys: pytest.CaptureFixture) -> None:
    # What stays is 8 bytes a score twice or thrice over; what comes and goes belongs to one block.
    scores, lengths = make_scores("means of 12 items"), np.full(SERIES, SESSIONS)
    detect(scores[: 100 * SESSIONS], lengths[:100], SETTINGS, 12)
    tracemalloc.start()
    detect(scores, lengths, SETTINGS, 12)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with capsys.disabled():
        print(
            f"\nruptures in {len(scores):,} scores: {peak / 1e6:.0f} MB at most, "
            f"{peak / len(scores):.0f} bytes a score"
        )
    assert peak < 80 * len(scores)
