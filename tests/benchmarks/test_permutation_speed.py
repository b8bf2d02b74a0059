"""How much faster blocks of permutations are than one at a time; and ruptures of a whole study."""

import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.designs import find_effect_spaces, reduce_scores
from coder_app.analysis.layout import read_layout
from coder_app.analysis.permutation import permutation_test
from coder_app.analysis.rupture import find_ruptures
from tests.benchmarks.speed import find_slowness

REFERENCE = Path(__file__).parents[1] / "reference"
PERMUTATIONS, LOOPED = 100_000, 4_000


def read_mixed() -> pd.DataFrame:
    names = {"id": "sequence", "type": "rupture_type", "session": "position", "y": "score"}
    return pd.read_csv(REFERENCE / "perm" / "mixed_13x2_9_4.csv").rename(columns=names)


def measure(function: object, times: int) -> float:
    """Shortest of several runs, in seconds."""
    return min(_time(function) for _ in range(times))


def _time(function: object) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def loop(frame: pd.DataFrame, permutations: int) -> None:
    """Count by the formula, one permutation and one effect at a time."""
    layout = read_layout(frame)
    generator = np.random.default_rng(1)
    for space in find_effect_spaces(layout):
        residuals = reduce_scores(space, layout.scores)
        for _ in range(permutations):
            permuted = generator.permutation(residuals)
            numerator, denominator = space.hypothesis.T @ permuted, space.error.T @ permuted
            (numerator @ numerator / space.df[0]) / (denominator @ denominator / space.df[1])


PERMUCO = """
if (!requireNamespace("permuco", quietly = TRUE)) quit(status = 3)
d <- read.csv(commandArgs(TRUE)[1])
for (name in c("id", "type", "session")) d[[name]] <- factor(d[[name]])
run <- function() permuco::aovperm(y ~ type * session + Error(id / session), data = d, np = 100000)
cat(min(replicate(3, system.time(run())[["elapsed"]])))
"""


def time_permuco() -> float | None:
    """Seconds that R permuco takes for the same permutations; None where it is not installed."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    path = REFERENCE / "perm" / "mixed_13x2_9_4.csv"
    done = subprocess.run([rscript, "-e", PERMUCO, str(path)], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


@pytest.mark.benchmark
def test_blocks_of_permutations_beat_a_plain_loop_by_far(capsys: pytest.CaptureFixture) -> None:
    frame = read_mixed()
    blocks = measure(lambda: permutation_test(frame, PERMUTATIONS), 5)
    plain = measure(lambda: loop(frame, LOOPED), 2) * PERMUTATIONS / LOOPED
    with capsys.disabled():
        print(
            f"\nmixed 13 x 2, {PERMUTATIONS} permutations: {blocks:.3f} s, a plain loop {plain:.2f} s, "
            f"ratio {plain / blocks:.0f}"
        )
        permuco = time_permuco()
        if permuco is not None:
            print(f"R permuco {permuco:.2f} s, ratio {permuco / blocks:.0f}")
    assert plain / blocks > 10
    assert permuco is None or permuco / blocks > 20


@pytest.mark.benchmark
def test_the_ruptures_of_a_study_take_no_longer_than_a_few_readings_of_its_file(
    capsys: pytest.CaptureFixture,
) -> None:
    path = REFERENCE / "rupture_study" / "alliance" / "scores_long.csv"
    frame = pd.read_csv(path)
    seconds = measure(lambda: find_ruptures(frame, mean_items={"WAI-S": 12}), 3)
    with capsys.disabled():
        print(f"\nruptures in {len(frame)} scores: {seconds:.3f} s")
    assert seconds < 1


@pytest.mark.benchmark
def test_seventeen_items_take_less_than_a_second(capsys: pytest.CaptureFixture) -> None:
    frame = read_mixed()
    scores = frame["score"].to_numpy()
    items = [frame.assign(score=np.roll(scores, at)) for at in range(17)]
    start = time.process_time()
    for item in items:
        permutation_test(item, PERMUTATIONS)
    seconds = time.process_time() - start
    with capsys.disabled():
        print(f"\n17 items x {PERMUTATIONS} permutations: {seconds:.2f} s of processor time")
    assert seconds < find_slowness()
