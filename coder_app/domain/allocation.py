"""Who codes what: the reliability subset and the shares of a team, drawn from a seed."""

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Recording = TypeVar("Recording", bound=Hashable)
Coder = TypeVar("Coder", bound=Hashable)


@dataclass(frozen=True)
class Allotment(Generic[Recording, Coder]):
    """One recording for one coder; the primary coder's score is the one that is linked."""

    recording: Recording
    coder: Coder
    is_primary: bool


def subset_size(count: int, share: float) -> int:
    """Return how many of `count` recordings the whole team codes: the share, rounded half up, at least 1."""
    if not 0 <= share <= 1:
        raise ValueError("the share must lie between 0 and 1")
    if count == 0 or share == 0:
        return 0
    return max(1, int(count * share + 0.5))


def draw_subset(recordings: Sequence[Recording], share: float, seed: int) -> frozenset[Recording]:
    """Draw the recordings that a whole team codes; `recordings` must be in an order without meaning."""
    return frozenset(random.Random(f"subset {seed}").sample(recordings, subset_size(len(recordings), share)))


def allot(
    recordings: Sequence[Recording],
    subset: frozenset[Recording],
    coders: Sequence[Coder],
    seed: int,
    team: str,
) -> list[Allotment[Recording, Coder]]:
    """Give the subset to every coder and share the rest evenly; draw a primary coder for each recording.

    Shares differ by one recording at most, among primaries of the subset too. `team` keeps the
    draws of two teams with one seed apart.
    """
    if not coders:
        raise ValueError("a team needs at least one coder")
    draw = random.Random(f"allot {seed} {team}")
    common = [recording for recording in recordings if recording in subset]
    rest = [recording for recording in recordings if recording not in subset]
    allotted = [
        Allotment(recording, coder, coder == primary)
        for recording, primary in _deal(common, coders, draw)
        for coder in coders
    ]
    return allotted + [Allotment(recording, coder, True) for recording, coder in _deal(rest, coders, draw)]


def _deal(
    recordings: Sequence[Recording], coders: Sequence[Coder], draw: random.Random
) -> list[tuple[Recording, Coder]]:
    shuffled = draw.sample(recordings, len(recordings))
    dealers = draw.sample(coders, len(coders))
    return [(recording, dealers[turn % len(dealers)]) for turn, recording in enumerate(shuffled)]
