"""Dates of a column: ISO or day-month-year, and never a guess between day and month."""

import datetime
import re
from collections.abc import Iterable

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})")
_EXPECTED = "Write dates as 2018-02-21 or 21-02-2018."


class NotADate(ValueError):  # noqa: N818 - reads as the sentence that it is
    """A text that cannot be read as one date; the message is a sentence for the person whose file it is."""


class DateColumn:
    """The dates of one column.

    21-02-2018 and 21.02.2018 are day-month-year, unless the column holds a date that can only be
    month-day-year; 03/04/2018 is written both ways in the world, so the column must hold one that can only be
    day-month-year.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._day_first: set[str] = set()
        self._month_first: set[str] = set()
        for text in texts:
            found = _YEAR_LAST.fullmatch(text)
            if found and int(found[1]) > 12:
                self._day_first.add(found[2])
            elif found and int(found[3]) > 12:
                self._month_first.add(found[2])

    def read(self, text: str) -> str | None:
        """Return the date as YYYY-MM-DD, None where there is none, or raise NotADate with a sentence."""
        if text == "" or text.casefold() in ("na", "n/a", "."):
            return None
        if found := _ISO.fullmatch(text):
            return _iso(text, int(found[1]), int(found[2]), int(found[3]))
        if found := _YEAR_LAST.fullmatch(text):
            first, mark, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
            if first <= 12 and second <= 12 and first != second and self._is_ambiguous(mark):
                raise NotADate(f"“{text}” may be day-month or month-day. {_EXPECTED}")
            return _iso(text, year, second, first)
        raise NotADate(f"“{text}” is not a date. {_EXPECTED}")

    def _is_ambiguous(self, mark: str) -> bool:
        return mark in self._month_first or (mark == "/" and mark not in self._day_first)


def _iso(text: str, year: int, month: int, day: int) -> str:
    if not 1900 <= year <= 2100:
        raise NotADate(f"“{text}” is not a date between 1900 and 2100. {_EXPECTED}")
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        raise NotADate(f"“{text}” is not a date of the calendar. {_EXPECTED}") from None
