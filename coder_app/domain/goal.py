"""How many forms a coder submits in a week, and how many the lead asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True)
class CountedForm:
    """One of a coder's forms: its round, that round's goal for a week, and when it was first submitted."""

    round: int
    weekly_goal: int | None
    submitted_at: datetime | None


@dataclass(frozen=True)
class Week:
    """How many forms a coder has submitted since Monday, of how many that are asked for."""

    done: int
    goal: int


def find_monday(now: datetime) -> datetime:
    """Return when the week of this moment began, by the clock of this machine's time zone."""
    today = now.astimezone().date()
    return datetime.combine(today - timedelta(days=today.weekday()), time()).astimezone()


def count_week(forms: Iterable[CountedForm], now: datetime) -> Week | None:
    """Return the coder's week over all rounds together; None when nothing is asked for or nothing is left.

    No form may tell its round, so forms of rounds with and without a goal count alike, and submitting one
    never changes what is asked for: the goals are those of the rounds that were open when the week began, and
    never more forms than there are. While forms are left there is a goal if any round has one.
    """
    monday, forms = find_monday(now), list(forms)
    due = [form for form in forms if form.submitted_at is None or form.submitted_at >= monday]
    asked = _add_goals(due) or _add_goals(forms)
    if not due or not asked:
        return None
    done = sum(form.submitted_at is not None for form in due)
    return Week(done, min(asked, len(due)))


def _add_goals(forms: Iterable[CountedForm]) -> int:
    return sum({form.round: form.weekly_goal or 0 for form in forms}.values())
