"""Measures by processor time, which other programs change little, and how slow this machine is meanwhile."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

# Processor time of `_work` on the machine that the limits were set for, idle.
USUAL_SECONDS = 0.004


def measure(function: Callable[[], object], times: int) -> float:
    """Shortest of several runs, in seconds of processor time."""
    return min(_time(function) for _ in range(times))


def measure_both(slow: Callable[[], object], fast: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Shortest run of each, in turns, so that what slows the machine down for a while slows both down.

    The fast one runs ten times in each round.
    """
    pairs = [(_time(slow), measure(fast, 10)) for _ in range(rounds)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def find_slowness() -> float:
    """How many times as long as usual a fixed piece of work takes now, at least 1."""
    numbers = np.random.default_rng(1).normal(size=60_000)
    names = np.array([f"name {number % 300}" for number in range(30_000)], dtype=object)
    return max(1.0, measure(lambda: _work(numbers, names), 15) / USUAL_SECONDS)


def _work(numbers: np.ndarray, names: np.ndarray) -> None:
    """A little of all that statistics are made of."""
    np.sort(numbers)
    pd.factorize(names)
    table = numbers[:40_000].reshape(200, 200)
    table @ table.T
    small = numbers[:60].reshape(20, 3)
    for _ in range(300):
        (small - small.mean(axis=0)).sum(axis=1)
    found: dict[int, int] = {}
    for number in range(10_000):
        found[number % 97] = found.get(number % 97, 0) + number


def _time(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start
