"""What a coder has heard of a recording: stretches in milliseconds, put together from many reports."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Stretch = tuple[int, int]

# What a pause, a step or a lost report leaves out is shorter; it keeps the list of stretches short, too.
JOINED_MS = 1000


@dataclass(frozen=True)
class Report:
    """What a page tells from time to time: stretches that were played, and where it stands since `ago_ms`."""

    stretches: tuple[Stretch, ...]
    position_ms: int
    speed: float
    ago_ms: int


class Fault(StrEnum):
    """Why a report cannot be true."""

    REVERSED = "a stretch ends before it begins"
    OUTSIDE = "outside the recording"
    TOO_FAST = "faster than the lead allows"


def find_fault(report: Report, duration_ms: int, fastest: float) -> Fault | None:
    """Return why a report cannot be true of a recording, None when it can."""
    if any(start > end for start, end in report.stretches):
        return Fault.REVERSED
    times = [report.position_ms, *(time for stretch in report.stretches for time in stretch)]
    if min(times) < 0 or max(times) > duration_ms:
        return Fault.OUTSIDE
    return Fault.TOO_FAST if report.speed > fastest else None


def unite(stretches: Iterable[Stretch], duration_ms: int) -> tuple[Stretch, ...]:
    """Return the stretches in order and apart; their order, and how often each comes, make no difference.

    A second or less between two stretches, or between one and an end of the recording, counts as heard.
    """
    united: list[Stretch] = []
    for start, end in sorted(stretches):
        before = united[-1] if united else None
        if before and start - before[1] <= JOINED_MS:
            united[-1] = (before[0], max(before[1], end))
        else:
            united.append((start if start > JOINED_MS else 0, end))
    if united and duration_ms - united[-1][1] <= JOINED_MS:
        united[-1] = (united[-1][0], duration_ms)
    return tuple(united)


def share_heard(stretches: Iterable[Stretch], start_ms: int, end_ms: int) -> float:
    """Return the share, 0 to 1, of the time from `start_ms` to `end_ms` that lies in united stretches."""
    heard = sum(max(0, min(end, end_ms) - max(start, start_ms)) for start, end in stretches)
    return heard / (end_ms - start_ms)
