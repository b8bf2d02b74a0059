"""What a form needs beside its answers to be submitted, and which submissions a lead should look at."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.heard import Stretch

OPEN_STATES = ("not started", "in progress", "reopened")
FEWEST_WORDS = 3
LONGEST_REASON = 500
# Nobody has heard a recording in less than half its length, whatever the speed.
FAST = 0.5


class Flag(StrEnum):
    """Why a lead should look at a submission."""

    FAST = "fast"
    LITTLE_HEARD = "little heard"


def needs_reason(settings: CodingSettings, heard: float | None) -> bool:
    """Say whether a form needs a written reason when this share was heard; None is a share not known."""
    return settings.minimum_heard > 0 and (heard is None or heard < settings.minimum_heard)


def is_said(text: str) -> bool:
    """Say whether a text is more than a word or two."""
    return len(text.split()) >= FEWEST_WORDS


def tidy(text: str) -> str:
    """Return a text of several lines as it is kept; PostgreSQL keeps no NUL."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def find_unheard(stretches: Iterable[Stretch], duration_ms: int) -> tuple[Stretch, ...]:
    """Return the stretches of a recording that others, in order and apart from each other, leave out."""
    ends = [0, *(edge for stretch in stretches for edge in stretch), duration_ms]
    return tuple((start, end) for start, end in zip(ends[::2], ends[1::2], strict=True) if start < end)


def find_flags(
    *, number: int, why_less: str | None, started: datetime | None, submitted: datetime, duration_ms: int
) -> tuple[Flag, ...]:
    """Return what is remarkable about a submission; a later one need not take as long as listening does."""
    flags = []
    if number == 1 and started is not None:
        worked_ms = (submitted - started).total_seconds() * 1000
        if worked_ms < FAST * duration_ms:
            flags.append(Flag.FAST)
    if why_less is not None:
        flags.append(Flag.LITTLE_HEARD)
    return tuple(flags)
