"""The demo's alliance scores: steady series with gaps, and ruptures planted in some of them.

Scores wander about a dyad's own level evenly rather than in a bell, whose tails alone would show about as
many ruptures as are planted.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from coder_app.demo.planting import InformantShape, Planted, plant

SHORTEST_RUN = 7
SHALLOW_ONE_IN = 4
# With this one the default settings find the planted ruptures and no others.
SEED = 5


@dataclass(frozen=True)
class ScoreRow:
    """One row of the file of scores."""

    dyad: str
    session: int
    date: str
    informant: str
    measure: str
    score: float


@dataclass(frozen=True)
class Scores:
    """The rows, what was planted in them, and when each dyad's treatment sessions were."""

    rows: tuple[ScoreRow, ...]
    planted: tuple[Planted, ...]
    held_on: dict[tuple[str, int], date]


def draw_scores(
    dyads: Sequence[str], shapes: tuple[InformantShape, InformantShape], n_shared: int, seed: int
) -> Scores:
    """Draw two informants' scores of these dyads; in `n_shared` dyads their ruptures share a session."""
    draw = random.Random(f"scores {seed}")
    analysed = _draw_analysed(draw, dyads, shapes, n_shared)
    any_analysed = set().union(*analysed)
    lengths = {dyad: _draw_length(draw, dyad in any_analysed) for dyad in dyads}
    planted: list[Planted] = []
    for shape, of_shape in zip(shapes, analysed, strict=True):
        planted += plant(draw, shape, of_shape, lengths, planted, n_shared)
    held_on = {(dyad, session): day for dyad in dyads for session, day in _draw_dates(draw, lengths[dyad])}
    rows = []
    for shape, of_shape in zip(shapes, analysed, strict=True):
        for dyad in dyads:
            own = [one for one in planted if (one.dyad, one.informant) == (dyad, shape.informant)]
            series = _draw_series(draw, shape, lengths[dyad], dyad in of_shape, own)
            rows += [
                ScoreRow(
                    dyad, session, held_on[dyad, session].isoformat(), shape.informant, shape.measure, score
                )
                for session, score in series
            ]
    return Scores(tuple(sorted(rows, key=lambda row: (row.dyad, row.session))), tuple(planted), held_on)


def _draw_analysed(
    draw: random.Random, dyads: Sequence[str], shapes: tuple[InformantShape, ...], n_shared: int
) -> list[list[str]]:
    """Return for each informant the dyads with a long enough run; those that share a session come first."""
    shared = draw.sample(dyads, n_shared)
    rest = [dyad for dyad in dyads if dyad not in shared]
    return [shared + draw.sample(rest, shape.n_analysed - n_shared) for shape in shapes]


def _draw_length(draw: random.Random, is_analysed: bool) -> int:
    return draw.choice((10, 11, 12, 12, 12)) if is_analysed else draw.randint(4, 12)


def _draw_dates(draw: random.Random, count: int) -> Iterator[tuple[int, date]]:
    day = date(2019, 1, 7) + timedelta(days=draw.randrange(3 * 365))
    for session in range(1, count + 1):
        yield session, day
        day += timedelta(days=draw.choice((7, 7, 7, 7, 14)))


def _draw_series(
    draw: random.Random, shape: InformantShape, length: int, is_analysed: bool, planted: list[Planted]
) -> Iterator[tuple[int, float]]:
    gaps = _draw_gaps(draw, shape, length, planted) if is_analysed else _draw_break(draw, length)
    level = round(draw.gauss(*shape.level))
    is_shallow = len(planted) == 1 and draw.randrange(SHALLOW_ONE_IN) == 0
    noise, depths = (shape.noise - 1, (shape.shallow,)) if is_shallow else (shape.noise, shape.depths)
    away = dict(enumerate(_draw_wander(draw, noise, length), start=1))
    for one in planted:
        away |= _draw_rupture(draw, noise, depths, one)
    for session in range(1, length + 1):
        if session not in gaps:
            points = level + away[session]
            yield session, round(points / shape.n_items, 4) if shape.is_mean else float(points)


def _draw_wander(draw: random.Random, noise: int, length: int) -> list[int]:
    """Return how far each score is from the level: every distance about equally often, in a random order."""
    distances = range(-noise, noise + 1)
    away = [*distances] * (length // len(distances)) + draw.sample(distances, length % len(distances))
    return draw.sample(away, length)


def _draw_rupture(
    draw: random.Random, noise: int, depths: tuple[int, ...], planted: Planted
) -> dict[int, int]:
    """Return how far scores are from the level around a rupture: up, deep down, and back up or not."""
    pre, central, post = planted.sessions
    depth = draw.choice(depths)
    after = draw.randint(0, noise) if planted.is_repaired else 1 - depth
    return {pre: draw.randint(1, noise), central: -depth, post: after}


def _draw_gaps(draw: random.Random, shape: InformantShape, length: int, planted: list[Planted]) -> set[int]:
    """Return sessions without a score that leave a run long enough and every rupture whole."""
    kept = {session for one in planted for session in one.sessions}
    gaps: set[int] = set()
    for session in draw.sample(range(1, length + 1), draw.randint(0, shape.n_gaps)):
        if session not in kept and _longest_run(length, gaps | {session}) >= SHORTEST_RUN:
            gaps.add(session)
    return gaps


def _draw_break(draw: random.Random, length: int) -> set[int]:
    """Return sessions without a score that leave no run long enough."""
    gaps = set(draw.sample(range(1, length + 1), draw.randint(0, 2)))
    if length < SHORTEST_RUN:
        return gaps
    return gaps | {draw.randint(max(1, length - SHORTEST_RUN + 1), SHORTEST_RUN)}


def _longest_run(length: int, gaps: set[int]) -> int:
    ends = [0, *sorted(gaps), length + 1]
    return max(end - start - 1 for start, end in pairwise(ends))
