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
    Step,
)
from coder_app.services.emergency import REFUSED as REFUSED_ONE
from coder_app.services.guess_asking import ASK
from coder_app.services.repeat_giving import GIVE
from coder_app.services.repeat_making import SET_UP
from coder_app.services.unmask import REFUSED as REFUSED_ALL
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
        who, numbers = report.alias_of(step.person), report.trail.numbers(step)
        yield Event(lane, step.at, step.at, what, who, _detail(report, step), numbers)


def _detail(report: Report, step: Step) -> str:
    said = step.said
    if step.payload is None:
        return ""
    details = {
        PARTICIPANTS: lambda: count(said("dyads"), "dyad"),
        SCORES: lambda: f"{count(said('values'), 'score')} of {count(said('dyads'), 'dyad')}",
        RECORDINGS: lambda: _imported(step),
        TRAIN: lambda: f"{count(said('recordings'), 'recording')}, {count(said('forms'), 'form')}",
        ALLOT: lambda: (
            f"{count(said('recordings'), 'recording')}, {said('subset'):,} of them to every coder, "
            f"{count(said('forms'), 'form')}; seed {said('seed')}"
        ),
        SET_UP: lambda: f"share {said('share'):g}, {said('least_days')} days apart; seed {said('seed')}",
        LOCK: lambda: f"{count(said('forms'), 'form')}, all submitted",
        PLAN: lambda: f"version {(step.subject or '').removeprefix('plan ')}: SHA-256 {said('sha256')}",
        ASK: lambda: f"{count(said('coders'), 'coder')}, {said('each')} recordings each; seed {said('seed')}",
        UNMASK: lambda: f"on version {said('version')} of the plan; reason: “{said('reason')}”",
    }
    return details[step.act]() if step.act in details else ""


def _imported(step: Step) -> str:
    practice = step.said("practice")
    more = f", {practice:,} of them for practice" if practice else ""
    return count(step.said("imported"), "recording") + more


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
