"""Words for people that several pages put together alike."""

from collections.abc import Iterable


def in_words(items: Iterable[object]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *most, last = (str(item) for item in items)
    return f"{', '.join(most)} and {last}" if most else last


def count_of(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: "1 form", "1,847 scores"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
