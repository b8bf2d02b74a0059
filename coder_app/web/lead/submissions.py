"""Submitted forms that a lead should look at."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template

from coder_app.domain.permissions import Act
from coder_app.domain.rough import write_rough
from coder_app.domain.submission import FAST, Flag
from coder_app.services import flagged
from coder_app.services.flagged import FlaggedForm
from coder_app.web.access import actor, allowed, database
from coder_app.web.numbers import percent
from coder_app.web.words import moment

blueprint = Blueprint("submissions", __name__)


@dataclass(frozen=True)
class FlaggedRow:
    """One remarkable submission in words."""

    coder: str
    mask: str
    instrument: str
    submitted: str
    again: bool
    worked: str
    length: str
    heard: str
    flags: tuple[str, ...]
    why_less: str | None


@blueprint.get("/studies/<study>/submissions")
@allowed(Act.SEE_PROGRESS)
def submissions(study: str):
    """Show the submissions that were fast, or made with little heard."""
    with database().read() as db:
        found = flagged.list_flagged(db, actor())
    return render_template(
        "lead/submissions.html",
        rows=[_row(form) for form in found],
        fast=percent(FAST),
        asked=percent(actor().coding_settings.minimum_heard),
    )


def _row(form: FlaggedForm) -> FlaggedRow:
    words = {
        Flag.FAST: "fast",
        Flag.LITTLE_HEARD: "little heard" if form.heard is not None else "share not known",
    }
    return FlaggedRow(
        coder=form.coder,
        mask=form.mask,
        instrument=form.instrument,
        submitted=moment(form.submitted_at),
        again=form.number > 1,
        worked=_minutes(form.worked),
        length=write_rough(form.minutes),
        heard=percent(form.heard) if form.heard is not None else "not known",
        flags=tuple(words[flag] for flag in form.flags),
        why_less=form.why_less,
    )


def _minutes(time: timedelta | None) -> str:
    """Write a time as 0:48 or 52:40, in minutes and seconds, or in hours and minutes from ten hours on."""
    if time is None:
        return "not known"
    seconds = max(0, int(time.total_seconds()))
    if seconds >= 36_000:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{seconds // 60}:{seconds % 60:02d} min"
