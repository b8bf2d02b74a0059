"""Numbers and moments as the blinding report's sentences write them; all moments are in UTC."""

from datetime import datetime


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number of things: 1 form, 202 forms."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moment(at: datetime) -> str:
    """Write a moment to the minute: 13 Jan 2025, 09:10."""
    return f"{day(at)}, {at:%H:%M}"


def day(at: datetime) -> str:
    """Write a day: 13 Jan 2025."""
    return f"{at.day} {at:%b %Y}"
