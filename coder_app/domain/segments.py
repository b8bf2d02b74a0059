"""Cutting a recording into stretches that are rated one by one, the same for all coders."""

from collections.abc import Iterable
from dataclasses import dataclass

WHOLE = 0


@dataclass(frozen=True)
class Stretch:
    """One segment by its number, from 1, and where it lies in the recording."""

    number: int
    start_ms: int
    end_ms: int


def cut(duration_ms: int, length_ms: int) -> tuple[Stretch, ...]:
    """Return the segments of a recording: each as long as the first, but for the last.

    A rest shorter than half a segment belongs to the last one, and a recording shorter than a segment is one.
    """
    if duration_ms < 0 or length_ms <= 0:
        raise ValueError("a recording has a duration, and a segment a length")
    full, rest = divmod(duration_ms, length_ms)
    count = max(1, full + (2 * rest >= length_ms))
    ends = [number * length_ms for number in range(1, count)] + [duration_ms]
    starts = [0, *ends[:-1]]
    return tuple(
        Stretch(number, start, end) for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    )


def mean_score(scores: Iterable[int | None]) -> float | None:
    """Return the mean of the segments that could be coded, None where none could."""
    coded = [score for score in scores if score is not None]
    return sum(coded) / len(coded) if coded else None


def name_place(segment: int, item: str) -> str:
    """Return an item's name within a form: its code, after its segment where there are several."""
    return f"{segment}/{item}" if segment != WHOLE else item


def read_place(name: str) -> tuple[int, str]:
    """Return segment and item of a name that `name_place` made."""
    segment, slash, item = name.rpartition("/")
    return (int(segment), item) if slash else (WHOLE, item)
