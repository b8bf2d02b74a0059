"""Words for people that several pages put together alike."""

from collections.abc import Iterable
from datetime import datetime


def in_words(items: Iterable[object]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *most, last = (str(item) for item in items)
    return f"{', '.join(most)} and {last}" if most else last


def day(at: datetime) -> str:
    """Return a day as people write it, in the server's time zone."""
    local = at.astimezone()
    return f"{local.day} {local:%b %Y}"


def moment(at: datetime) -> str:
    """Return a moment to the minute, as 18 Nov 2026, 12:51 in the server's time zone."""
    return f"{day(at)}, {at.astimezone():%H:%M}"
