"""Lengths of recordings as leads read them: too rough to know a recording by."""

ROUGH_MINUTES = 5
_MS_A_MINUTE = 60_000


def rough_minutes(milliseconds: int) -> int:
    """Return a length in minutes, rounded down to whole steps of five."""
    return milliseconds // (ROUGH_MINUTES * _MS_A_MINUTE) * ROUGH_MINUTES


def write_rough(minutes: int) -> str:
    """Write a rough length as the step that it is in, 50–55 min."""
    return f"{minutes}–{minutes + ROUGH_MINUTES} min" if minutes else f"under {ROUGH_MINUTES} min"
