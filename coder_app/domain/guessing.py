"""Asking coders, after all coding, what they take recordings to have been: answers, draw and excerpt."""

import random
from collections.abc import Hashable, Sequence
from enum import StrEnum
from typing import TypeVar

FEWEST, USUAL, MOST = 5, 10, 30
EXCERPT_MS = 60_000

Recording = TypeVar("Recording", bound=Hashable)
Answer = TypeVar("Answer", bound=StrEnum)


class Position(StrEnum):
    """Where a coder takes a recording to stand in its sequence."""

    PRE = "pre"
    CENTRAL = "central"
    POST = "post"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What a coder takes to have become of the rupture."""

    REPAIRED = "repaired"
    UNREPAIRED = "unrepaired"
    UNKNOWN = "unknown"


def read_answer(kind: type[Answer], text: str | None) -> Answer | None:
    """Return the answer that a text names, or None: only "unknown" stands for "don't know"."""
    return kind(text) if text in list(kind) else None


def draw_recordings(recordings: Sequence[Recording], count: int, seed: int, coder: str) -> list[Recording]:
    """Draw recordings for one coder in a random order; `recordings` must be in an order without meaning.

    `coder` keeps the draws of several coders with one seed apart.
    """
    return random.Random(f"guesses {seed} {coder}").sample(recordings, min(count, len(recordings)))


def cut_excerpt(duration_ms: int) -> tuple[int, int]:
    """Return where the excerpt begins and ends: a minute from the middle on, or what there is of it."""
    start = duration_ms // 2
    return start, min(duration_ms, start + EXCERPT_MS)
