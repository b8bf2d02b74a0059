"""The picture of a recording from its peaks: played and ahead, heard stretches, flags of notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BOX_WIDTH, BOX_HEIGHT = 1000.0, 40.0
MOST_BARS = 280
THIN = 1.2


@dataclass(frozen=True)
class HeardStretch:
    """A stretch of the track under the picture, in per cent of the whole length."""

    x: float
    width: float


@dataclass(frozen=True)
class Waveform:
    """Two paths of bars in a box of 1000 by 40 and, in per cent, all that lies over and under them."""

    played: str
    ahead: str
    bar: float
    position: float | None
    heard: tuple[HeardStretch, ...]
    flags: tuple[float, ...]
    reason: str | None


def waveform(
    peaks: Sequence[int],
    length: float,
    position: float | None = None,
    heard: Sequence[tuple[float, float]] = (),
    notes: Sequence[float] = (),
    most_bars: int = MOST_BARS,
) -> Waveform:
    """Draw the peaks of a recording of `length` seconds; position, heard and notes are in seconds too."""
    if not peaks or length <= 0:
        return Waveform("", "", 0.0, None, (), (), "no picture of the sound")
    bars = _fewer(peaks, most_bars)
    highest = max(bars) or 1
    slot = BOX_WIDTH / len(bars)
    split = 0.0 if position is None else BOX_WIDTH * _share(position, length) / 100
    played, ahead = [], []
    for i, peak in enumerate(bars):
        middle = (i + 0.5) * slot
        half = max(THIN, 0.5 * BOX_HEIGHT * peak / highest)
        line = f"M{middle:.1f} {BOX_HEIGHT / 2 - half:.1f}V{BOX_HEIGHT / 2 + half:.1f}"
        (played if middle <= split else ahead).append(line)
    return Waveform(
        "".join(played),
        "".join(ahead),
        round(slot * 0.6, 2),
        None if position is None else _share(position, length),
        tuple(_stretch(start, end, length) for start, end in heard if end > start),
        tuple(_share(note, length) for note in notes),
        None,
    )


def _fewer(peaks: Sequence[int], most: int) -> list[int]:
    """Join neighbours until there are few enough bars to see; the louder of the joined counts."""
    if len(peaks) <= most:
        return [abs(peak) for peak in peaks]
    edges = [round(i * len(peaks) / most) for i in range(most + 1)]
    return [max(abs(peak) for peak in peaks[a:b]) for a, b in pairwise(edges)]


def _share(seconds: float, length: float) -> float:
    return round(100 * min(max(seconds, 0.0), length) / length, 2)


def _stretch(start: float, end: float, length: float) -> HeardStretch:
    x = _share(start, length)
    return HeardStretch(x, round(_share(end, length) - x, 2))
