"""Dates of a column: how people and programs write them, with one order of day and month for all of it."""

import datetime
import re
from collections.abc import Iterable

from coder_app.domain.problems import ProblemLog

DAY_FIRST, MONTH_FIRST = "day-month-year", "month-day-year"

_TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})" + _TIME)
_COMPACT = re.compile(r"((?:19|2[01])[0-9]{2})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})" + _TIME)
_NAMED = re.compile(r"([0-9]{1,2})[-. ]+([^\W\d_]{3,9})[-. ,]+([0-9]{4}|[0-9]{2})" + _TIME)
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,9})[-. ]+([0-9]{1,2})[-. ,]+([0-9]{4})" + _TIME)
_SERIAL = re.compile(r"([2-7][0-9]{4})(?:[.,][0-9]+)?")
# Excel's count of days, right from March 1900 on.
_BEFORE_SERIALS = datetime.date(1899, 12, 30)

# By their first three letters, in English, Dutch, German and French where these tell them apart.
_STARTS = [
    "jan",
    "feb fév",
    "mar mrt maa mär",
    "apr avr",
    "may mei mai",
    "jun",
    "jul",
    "aug aoû",
    "sep",
    "oct okt",
    "nov",
    "dec dez déc",
]
_MONTHS = {start: number for number, starts in enumerate(_STARTS, start=1) for start in starts.split()}
_MONTHS_OF_FOUR = {"juin": 6, "juil": 7}
_EXPECTED = "Write dates as 2018-02-21 or 21-02-2018."
# As the C library and most programs do.
_LAST_OF_2000 = 68


class NotADate(ValueError):  # noqa: N818 - reads as the sentence that it is
    """A text that cannot be read as one date; the message is a sentence for the person whose file it is."""


def looks_like_serial(text: str) -> bool:
    """Whether a text is a number by which Excel may mean a date."""
    return _SERIAL.fullmatch(text) is not None


class DateColumn:
    """The dates of one column.

    21-02-2018 shows that the day comes first, 02/21/2018 that the month does, and this then holds for the
    whole column. Where no date shows it, the day is taken first, and `remarks` says so.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._day_first = self._month_first = self._either = self._short = ""
        self.notice(texts)

    def notice(self, texts: Iterable[str]) -> None:
        """Learn the order of day and month from more texts of the column."""
        for text in texts:
            found = _YEAR_LAST.fullmatch(text)
            if not found:
                continue
            first, second = int(found[1]), int(found[3])
            if first > 12 >= second:
                self._day_first = self._day_first or text
            elif second > 12 >= first:
                self._month_first = self._month_first or text
            elif first != second:
                self._either = self._either or text
            if len(found[4]) == 2:
                self._short = self._short or text

    @property
    def order(self) -> str | None:
        """The order that the dates show, None where they show none or both."""
        if bool(self._day_first) == bool(self._month_first):
            return None
        return DAY_FIRST if self._day_first else MONTH_FIRST

    def remarks(self) -> tuple[tuple[str, str], ...]:
        """Return what a person should know of how the dates were read, each with a date that shows it."""
        found = []
        if self.order == MONTH_FIRST:
            said = f"The dates were read as month-day-year, as {self._month_first} shows."
            found.append((self._month_first, said))
        elif self._either and not self._day_first and not self._month_first:
            found.append((self._either, self._unsure()))
        if self._short:
            said = f"The years of two digits were read as 19{_LAST_OF_2000 + 1} to 20{_LAST_OF_2000}."
            found.append((self._short, f"{said} {self._short} is {self._try(self._short)}."))
        return tuple(found)

    def warn(self, row: int, column: str, log: ProblemLog) -> None:
        """Note the remarks at the header of the column."""
        for text, said in self.remarks():
            log.warn(row, column, text, said)

    def read(self, text: str) -> str | None:
        """Return the date as YYYY-MM-DD, None where there is none, or raise NotADate with a sentence."""
        if text == "" or text.casefold() in ("na", "n/a", "."):
            return None
        if found := _YEAR_FIRST.fullmatch(text):
            return _iso(text, int(found[1]), int(found[3]), int(found[4]))
        if found := _YEAR_LAST.fullmatch(text):
            return self._read_year_last(text, int(found[1]), int(found[3]), _year(found[4]))
        if found := _COMPACT.fullmatch(text):
            return _iso(text, int(found[1]), int(found[2]), int(found[3]))
        if found := _NAMED.fullmatch(text):
            return _iso(text, _year(found[3]), _month(text, found[2]), int(found[1]))
        if found := _NAMED_FIRST.fullmatch(text):
            return _iso(text, _year(found[3]), _month(text, found[1]), int(found[2]))
        if found := _SERIAL.fullmatch(text):
            day = _BEFORE_SERIALS + datetime.timedelta(days=int(found[1]))
            raise NotADate(
                f"“{text}” is a number by which Excel may mean {day.isoformat()}. "
                "Give the column the format of a date in Excel and save the file again."
            )
        raise NotADate(f"“{text}” is not a date. {_EXPECTED}")

    def _read_year_last(self, text: str, first: int, second: int, year: int) -> str:
        if first > 12 or second > 12 or first == second:
            # Only one way to read it, or none.
            day, month = (second, first) if second > 12 else (first, second)
        elif self._day_first and self._month_first:
            raise NotADate(
                f"“{text}” may be day-month or month-day: the column has {self._day_first} and "
                f"{self._month_first}. {_EXPECTED}"
            )
        else:
            day, month = (second, first) if self._month_first else (first, second)
        return _iso(text, year, month, day)

    def _unsure(self) -> str:
        return (
            "No date of the column shows whether its dates are day-month or month-day. They were read as "
            f"day-month-year: {self._either} is {self._try(self._either)}. If that is wrong, write dates as "
            "2018-02-21."
        )

    def _try(self, text: str) -> str:
        try:
            return self.read(text) or "no date"
        except NotADate:
            return "no date"


def _year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return number + (2000 if number <= _LAST_OF_2000 else 1900)


def _month(text: str, name: str) -> int:
    folded = name.casefold()
    number = _MONTHS_OF_FOUR.get(folded[:4]) or _MONTHS.get(folded[:3])
    if number is None:
        raise NotADate(f"“{text}” is not a date. {_EXPECTED}")
    return number


def _iso(text: str, year: int, month: int, day: int) -> str:
    if not 1900 <= year <= 2100:
        raise NotADate(f"“{text}” is not a date between 1900 and 2100. {_EXPECTED}")
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        raise NotADate(f"“{text}” is not a date of the calendar. {_EXPECTED}") from None
