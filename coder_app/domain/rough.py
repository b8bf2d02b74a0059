"""What tells of the length of recordings as leads read it: too rough to know a recording by."""

ROUGH_MINUTES = 5
_MS_A_MINUTE = 60_000


def rough_minutes(milliseconds: int) -> int:
    """Return a length in minutes, rounded down to whole steps of five."""
    return milliseconds // (ROUGH_MINUTES * _MS_A_MINUTE) * ROUGH_MINUTES


def rough_share(share: float | None) -> float | None:
    """Return a share of a recording in whole hundredths, rounded down.

    Unrounded it is one whole number of milliseconds by another, and tells which lengths are possible.
    """
    # A share of .29 is a little less than that in binary, and 29 hundredths all the same.
    return None if share is None else int(100 * share + 1e-9) / 100


def write_rough(minutes: int) -> str:
    """Write a rough length as the step that it is in, 50–55 min."""
    return f"{minutes}–{minutes + ROUGH_MINUTES} min" if minutes else f"under {ROUGH_MINUTES} min"
