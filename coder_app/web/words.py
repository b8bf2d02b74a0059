"""Words for people that several pages put together alike, in the language of the page."""

from collections.abc import Iterable
from datetime import datetime

from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import get_locale, gettext, lazy_gettext

from coder_app.domain.permissions import Role

_ROLES = {
    Role.LEAD: lazy_gettext("lead"),
    Role.CODER: lazy_gettext("coder"),
    Role.ANALYST: lazy_gettext("analyst"),
    Role.CONTACT: lazy_gettext("contact"),
}


def in_words(items: Iterable[object]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *most, last = (str(item) for item in items)
    return gettext("%(first)s and %(last)s", first=", ".join(most), last=last) if most else last


def role_word(role: Role) -> str:
    """Return what a person is called who has a role."""
    return str(_ROLES[role])


def day(at: datetime) -> str:
    """Return a day as people write it, as 18 Nov 2026, in the server's time zone."""
    return format_date(at.astimezone(), "d MMM y", locale=_locale())


def moment(at: datetime) -> str:
    """Return a moment to the minute, as 18 Nov 2026, 12:51 in the server's time zone."""
    return f"{day(at)}, {at.astimezone():%H:%M}"


def short_day(at: datetime) -> str:
    """Return a day of the last months, as 18 Nov, in the server's time zone."""
    return format_date(at.astimezone(), "d MMM", locale=_locale())


def figure(value: float, pattern: str = "#,##0.##") -> str:
    """Return a number as the language writes it: 1.25 or 1,25; a pattern with % makes it a percentage."""
    return format_decimal(value, pattern, locale=_locale())


def _locale() -> str:
    return str(get_locale() or "en")
