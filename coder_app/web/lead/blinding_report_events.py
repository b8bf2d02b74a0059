"""What happened in a study, as the rows of the report's timeline: for its picture and for its table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coder_app.services.acts import LOCK, UNMASK
from coder_app.services.blinding_report import SEEN_AGAIN, Report
from coder_app.services.blinding_report_trail import (
    ADD,
    ALLOT,
    ANEW,
    AUDIT,
    COMPARE,
    CREATE,
    FREEZE,
    JOINED,
    LOOK_UP,
    MUTE,
    PARTICIPANTS,
    PLAN,
    RATE,
    RECORDINGS,
    RELEASE,
    REOPEN,
    SCORES,
    SUBMIT,
    TAKEN,
    TRAIN,
)
from coder_app.services.emergency import REFUSED as REFUSED_ONE
from coder_app.services.guess_asking import ASK
from coder_app.services.repeat_giving import GIVE
from coder_app.services.repeat_making import SET_UP
from coder_app.services.unmask import REFUSED as REFUSED_ALL
from coder_app.web.lead.blinding_report_details import tell_detail
from coder_app.web.numbers import count

# lane: (name, mark); only lanes on which something happened are drawn, in this order
LANES = {
    "import": ("Imports", "square"),
    "sample": ("Sample, allotment", "circle"),
    "key": ("Key used, sealed", "tick"),
    "mute": ("Muting", "square"),
    "work": ("Rating, submitting", "bar"),
    "reopen": ("Forms reopened", "circle"),
    "emergency": ("Emergency openings", "triangle"),
    "lock": ("Coding locked", "diamond"),
    "plan": ("Plan recorded", "diamond"),
    "guess": ("Guesses asked", "circle"),
    "opened": ("Key opened", "diamond"),
    "linkage": ("Key joined, linkage", "circle"),
    "audit": ("Leak audits", "square"),
}
_ONE_BY_ONE = {
    CREATE: ("sample", "Study created"),
    PARTICIPANTS: ("import", "Participants imported"),
    SCORES: ("import", "Alliance scores imported"),
    RECORDINGS: ("import", "Recordings imported"),
    FREEZE: ("sample", "Sample frozen"),
    RELEASE: ("sample", "Sample released"),
    TRAIN: ("sample", "Training round started"),
    ALLOT: ("sample", "Recordings allotted"),
    LOCK: ("lock", "Coding locked"),
    PLAN: ("plan", "Analysis plan recorded"),
    SET_UP: ("sample", "Recordings drawn that come back to their coder"),
    ASK: ("guess", "Coders asked for guesses"),
    UNMASK: ("opened", "Key opened"),
}
_COUNTED = {
    COMPARE: ("key", "Key asked whether sounds are known"),
    ADD: ("key", "Recordings added to the key"),
    LOOK_UP: ("key", "Key asked for recordings, all together"),
    MUTE: ("mute", "Stretches muted"),
    RATE: ("work", "Ratings given or changed"),
    SUBMIT: ("work", "Forms submitted"),
    ANEW: ("sample", "Codes of recordings drawn anew"),
    GIVE: ("sample", "Recordings given to their coder again"),
    REOPEN: ("reopen", "Forms reopened"),
    SEEN_AGAIN: ("emergency", "Opened recordings looked at again"),
    REFUSED_ONE: ("emergency", "Emergency opening refused"),
    REFUSED_ALL: ("opened", "Opening the key refused"),
    JOINED: ("linkage", "Key joined to compute a result"),
    TAKEN: ("linkage", "Files of joined results taken away"),
    AUDIT: ("audit", "Leak audits on record"),
}


@dataclass(frozen=True)
class Event:
    """One row: something that was done once, or counted between a first and a last time."""

    lane: str
    begins: datetime
    ends: datetime
    what: str
    who: str
    detail: str
    numbers: tuple[int, ...]


def list_events(report: Report) -> tuple[Event, ...]:
    """Return all that happened, in order of time."""
    found = [*_told(report), *_counted(report), *_openings(report), *_linkage(report)]
    # What has no number in the trail follows from what has.
    return tuple(
        sorted(found, key=lambda event: (event.begins, not event.numbers, event.numbers, event.what))
    )


def _told(report: Report) -> Iterator[Event]:
    for step in report.trail.of(*_ONE_BY_ONE):
        lane, what = _ONE_BY_ONE[step.act]
        if step.act == PLAN and step.subject:
            what += f", {step.subject.replace('plan', 'version')}"
        who, numbers = report.alias_of(step.person), report.trail.numbers(step)
        yield Event(lane, step.at, step.at, what, who, tell_detail(step), numbers)


def _counted(report: Report) -> Iterator[Event]:
    trail = report.trail
    for act, (lane, what) in _COUNTED.items():
        span = trail.span(act)
        if span is None:
            continue
        people = sorted({report.alias_of(person) for one, person in trail.spans if one == act})
        who = people[0] if len(people) == 1 else f"{len(people)} people"
        yield Event(
            lane,
            span.first_at,
            span.last_at,
            what,
            who,
            "; ".join(filter(None, (_times(span.n), _more(report, act)))),
            trail.numbers(span),
        )


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def _more(report: Report, act: str) -> str:
    trail, counts = report.trail, report.counts
    if act in (COMPARE, ADD, LOOK_UP) and trail.shows and trail.has_all(act):
        n = sum(step.said("recordings") or 0 for step in trail.of(act))
        return f"{count(n, 'recording')} in all, no join given out"
    if act == MUTE:
        stretches = count(counts.muted_stretches, "stretch", "stretches")
        return f"{stretches} in {count(counts.muted_recordings, 'recording')}"
    if act == REOPEN and counts.resubmitted is not None:
        return f"{count(counts.resubmitted, 'form')} submitted again"
    return ""


def _openings(report: Report) -> Iterator[Event]:
    for one in report.openings:
        for_what = "for a report of concern about a child" if one.step.said("concern") else ""
        code = f"recording {one.code}" if one.code else ""
        yield Event(
            "emergency",
            one.step.at,
            one.step.at,
            "One recording opened in an emergency",
            one.alias,
            "; ".join(filter(None, (code, for_what))),
            report.trail.numbers(one.step),
        )


def _linkage(report: Report) -> Iterator[Event]:
    at = report.counts.first_linkage_at
    if at is not None:
        detail = "no page could show it before; looking at a page is not on record"
        yield Event("linkage", at, at, "Linkage first computed", "coder_app", detail, ())
