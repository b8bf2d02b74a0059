"""Stretches of a recording: how their ends are written, and which of them can be muted together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

# The ends are written to a tenth of a second, so the last one may lie this far behind the sound.
RESOLUTION_MS = 100
MOST_STRETCHES = 200

_POSITION = re.compile(r"(?:(?:([0-9]{1,2}):)?([0-9]{1,3}):)?([0-9]{1,5})(?:[.,]([0-9]{1,3}))?", re.ASCII)


class StretchError(ValueError):
    """Stretches that cannot be muted; the text tells people why."""


@dataclass(frozen=True, order=True)
class Stretch:
    """A part of a recording, in milliseconds from its beginning."""

    start_ms: int
    end_ms: int

    def __str__(self) -> str:
        return f"{write_position(self.start_ms)} to {write_position(self.end_ms)}"


def check_stretches(stretches: Iterable[Stretch], duration_ms: int) -> tuple[Stretch, ...]:
    """Return the stretches in order; raise StretchError unless each lies in the recording and apart."""
    found = sorted(stretches)
    if not found:
        raise StretchError("There is no stretch to mute.")
    if len(found) > MOST_STRETCHES:
        raise StretchError(f"At most {MOST_STRETCHES} stretches of a recording can be muted at once.")
    for stretch in found:
        if stretch.start_ms >= stretch.end_ms:
            raise StretchError(f"The stretch {stretch} is empty: it has to end after it begins.")
        if stretch.start_ms < 0 or stretch.end_ms > duration_ms:
            raise StretchError(
                f"The stretch {stretch} leaves the recording, which is {write_position(duration_ms)} long."
            )
    for first, second in pairwise(found):
        if second.start_ms < first.end_ms:
            raise StretchError(f"The stretches {first} and {second} overlap; make one of them.")
    return tuple(found)


def fit_stretch(stretch: Stretch, duration_ms: int) -> Stretch:
    """Cut an end that lies behind the recording by no more than the rounding of how it is written."""
    if 0 < stretch.end_ms - duration_ms < RESOLUTION_MS:
        return Stretch(stretch.start_ms, duration_ms)
    return stretch


def read_position(text: str) -> int | None:
    """Return the milliseconds that 83.4, 1:23.4 or 0:01:23.4 stands for, None for what is no position."""
    match = _POSITION.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    if (minutes is not None and int(seconds) > 59) or (hours is not None and int(minutes) > 59):
        return None
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "").ljust(3, "0"))


def write_position(milliseconds: int) -> str:
    """Write a position as 01:23.4, or as 1:01:23.4 from an hour on, to the nearest tenth of a second."""
    tenths = (milliseconds + 50) // 100
    hours, minutes, seconds = tenths // 36_000, tenths // 600 % 60, tenths // 10 % 60
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    return f"{ahead}:{seconds:02d}.{tenths % 10}"
