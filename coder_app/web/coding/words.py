"""Positions and moments in the words of the coder's pages."""

from datetime import datetime

from flask_babel import gettext as _

from coder_app.domain.instruments import Instrument
from coder_app.web.words import short_day


def clock(seconds: float) -> str:
    """Write a position or a length as 31:07, or as 1:31:07 from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def time_of_day(at: datetime) -> str:
    """Write a moment of today in the server's own time zone, as 14:06:32."""
    return at.astimezone().strftime("%H:%M:%S")


def when(at: datetime, now: datetime) -> str:
    """Write a moment as today 14:06, yesterday 14:06 or 3 Mar 14:06."""
    local = at.astimezone()
    days = (now.astimezone().date() - local.date()).days
    time = f"{local:%H:%M}"
    if days == 0:
        return _("today %(time)s", time=time)
    return _("yesterday %(time)s", time=time) if days == 1 else f"{short_day(at)} {time}"


def answer_words(instrument: Instrument, score: int | None, reason: str | None) -> str:
    """Write an answer as it stands on the form: its score with the words beside it, or why there is none."""
    if reason is not None:
        return _("Not codable: %(reason)s", reason=instrument.find_reason(reason).label)
    label = next((anchor.label for anchor in instrument.anchors if anchor.score == score), None)
    return f"{score} ({label})" if label else _("No rating yet")
