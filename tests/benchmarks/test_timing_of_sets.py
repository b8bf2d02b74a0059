"""A page's time does not tell whether a recording is one that every coder codes.

Two databases are the same but for that: in one, each recording of the coder is in the set, in the other
none is. The same pages are asked for in both, one right after the other, which first being drawn for each
pair, and the pairs in an order that is drawn too. What is compared is the difference within a pair, so that
neither the load of the machine nor what else a recording is made of counts. Told are the median difference
with a bootstrap interval, and a permutation test that turns the sign of each difference around at random. The
times count as equal when the 90 % interval of the median difference lies within 5 % of the page's median
time: two one-sided tests at 5 %. The time is the processor's, since nothing here waits for anything else.
"""

import gc
import random
import sqlite3
import statistics
import time
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pytest

from coder_app.config import sqlite_url
from coder_app.db import Database
from coder_app.leakaudit.copy import DATABASE, copy_database
from coder_app.leakaudit.personas import CODER
from coder_app.leakaudit.side import Request, Side
from tests.makers.audited import audited_study

pytestmark = pytest.mark.benchmark

WARM_UP = 20
PAIRS = 250
BOUND = 0.05
RESAMPLES = 4_000


@dataclass(frozen=True)
class Compared:
    """How the times of one page compare, in ms; `low` and `high` bound the median difference (90 %)."""

    page: float
    difference: float
    low: float
    high: float
    p: float

    @property
    def is_equal(self) -> bool:
        """Whether the interval lies within the bound."""
        return -BOUND * self.page < self.low and self.high < BOUND * self.page


@pytest.fixture(scope="module")
def sides(empty_sqlite, tmp_path_factory):
    """The same coder in a study where every own recording is in the set, and in one where none is."""
    folder = tmp_path_factory.mktemp("timing")
    with audited_study(empty_sqlite, folder) as study:
        who, ground, opened = study.find(CODER), study.ground, []
        for name, flag in (("in", 1), ("out", 0)):
            path = folder / name / DATABASE
            path.parent.mkdir()
            copy_database(ground.settings.data_dir / DATABASE, path)
            with closing(sqlite3.connect(path)) as db:
                db.execute("UPDATE round_recording SET in_subset = ?", (flag,))
                db.commit()
            opened.append(Database(sqlite_url(path)))
        settings = [
            replace(ground.settings, database_url=sqlite_url(folder / n / DATABASE)) for n in ("in", "out")
        ]
        yield who, [Side(one, db, who, ground.now) for one, db in zip(settings, opened, strict=True)]
        for database in opened:
            database.dispose()


def pages_of(who, side: Side) -> dict[str, list[str]]:
    with closing(sqlite3.connect(side.database.engine.url.database)) as db:
        own = db.execute(
            "SELECT public_id FROM assignment WHERE user_id = ? AND state <> 'submitted'", (who.user_id,)
        ).fetchall()
    return {
        "the queue": [f"/studies/{who.study}/coding"],
        "the rating page": [f"/coding/{public_id}" for (public_id,) in own],
        "the waveform": [f"/coding/{public_id}/peaks" for (public_id,) in own],
    }


def timed(side: Side, url: str) -> float:
    """Return how many milliseconds of processor time an answer takes."""
    request = Request(1, "GET", url)
    begun = time.thread_time()
    exchange = side.send(request)
    took = (time.thread_time() - begun) * 1000
    assert exchange.status == 200
    return took


def measure(sides: list[Side], urls: list[str], draw: random.Random) -> tuple[list[float], list[float]]:
    """Return the times in the set and out of it, pair by pair."""
    for number in range(WARM_UP):
        for side in sides:
            timed(side, urls[number % len(urls)])
    pairs: list[tuple[float, float]] = []
    for _ in range(PAIRS):
        url, order = draw.choice(urls), draw.sample((0, 1), 2)
        times = {which: timed(sides[which], url) for which in order}
        pairs.append((times[0], times[1]))
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def compare(inside: list[float], outside: list[float], seed: int) -> Compared:
    """Compare the times of pairs."""
    draw, differences = np.random.default_rng(seed), np.subtract(inside, outside)
    resampled = np.median(draw.choice(differences, (RESAMPLES, len(differences))), axis=1)
    low, high = np.quantile(resampled, (0.05, 0.95))
    # Means of what is clipped: a pause of the machine must not decide.
    clipped = np.clip(differences, *np.quantile(differences, (0.05, 0.95)))
    turned = (draw.choice((-1, 1), (RESAMPLES, len(clipped))) * clipped).mean(axis=1)
    p = (1 + int((abs(turned) >= abs(clipped.mean())).sum())) / (1 + RESAMPLES)
    return Compared(statistics.median(outside), float(np.median(differences)), float(low), float(high), p)


@pytest.mark.parametrize("page", ["the queue", "the rating page", "the waveform"])
def test_the_time_of_a_page_does_not_tell_who_codes_a_recording(page, sides):
    who, both = sides
    urls = pages_of(who, both[0])[page]
    gc.disable()
    try:
        found = compare(*measure(both, urls, random.Random(page)), seed=1)
    finally:
        gc.enable()
    print(
        f"\n{page}: {found.page:.2f} ms; in the set less outside: median {found.difference * 1000:+.0f} µs, "
        f"90 % interval {found.low * 1000:+.0f} to {found.high * 1000:+.0f} µs "
        f"(equal within ±{BOUND * found.page * 1000:.0f} µs), p = {found.p:.2f}, {PAIRS} pairs"
    )
    assert found.is_equal


def test_a_difference_of_a_tenth_would_be_found():
    draw = random.Random(1)
    outside = [draw.gauss(5.0, 0.5) for _ in range(PAIRS)]
    inside = [one + draw.gauss(0.5, 0.5) for one in outside]
    found = compare(inside, outside, seed=1)
    assert not found.is_equal
    assert found.p < 0.01
