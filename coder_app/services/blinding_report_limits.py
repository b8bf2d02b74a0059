"""What no program can close, what this study's rows say of it, and what its lab has said."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act, Role
from coder_app.domain.rough import rough_minutes, write_rough
from coder_app.domain.submission import tidy
from coder_app.domain.visibility import Thing
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.blinding_report import Report
from coder_app.services.blinding_report_trail import (
    ALLOT,
    ANEW,
    READ_CONCERN,
    RECORDINGS,
    STATE,
    Step,
    Trail,
)
from coder_app.services.blinding_report_words import count, day
from coder_app.services.errors import Refused

LONGEST = 1000
NOTHING = "Nothing is stored about it."
LATER = "more is shown when you have submitted your own recordings."
# The list of docs/blinding.md.
LIMITS = {
    "length": "Length",
    "later": "Few recordings imported later",
    "voices": "Voices",
    "tape": "What is said on the tape",
    "muter": "Whoever mutes",
    "contact": "The safeguarding contact",
    "backups": "Backups made before muting or removal",
    "heard": "What the browser reports as heard",
    "texts": "Free texts",
    "neighbours": "Neighbours in the queue",
    "name": "The name of the study",
    "talk": "Talk",
    "server": "The server",
    "originals": "Originals",
}


@dataclass(frozen=True)
class Limit:
    """One thing that stays open: what is stored about it here, and what the lab said."""

    code: str
    title: str
    fact: str
    said: str | None


def list_limits(report: Report) -> tuple[Limit, ...]:
    """Return all that stays open, with what this study's rows say of it."""
    facts, said = _facts(report), read_said(report.trail)
    return tuple(Limit(code, title, facts[code], said.get(code)) for code, title in LIMITS.items())


def read_said(trail: Trail) -> Mapping[str, str]:
    """Return what the lab said last, by the code of what it is about."""
    last = trail.last(STATE)
    return (last.said("said") or {}) if last else {}


def say_for_lab(db: Session, actor: Actor, texts: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Put what the lab says into the trail, all of it together; return whether anything changed."""
    actor.check_can(Act.SEE_AUDIT)
    actor.check_sees(Thing.RATINGS)
    said = {code: text for code in LIMITS if (text := tidy(texts.get(code, "")))}
    for code, text in said.items():
        if len(text) > LONGEST:
            raise Refused(f"{LIMITS[code]}: this is longer than {LONGEST:,} characters.")
    if said == dict(before):
        return False
    audit.record(db, actor, STATE, actor.study_public_id, said=said)
    return True


def _facts(report: Report) -> dict[str, str]:
    counts, trail = report.counts, report.trail
    muted, recognised = counts.muted_recordings, counts.recognised
    n_queues = sum(member.forms is not None for member in report.members)
    return {
        "length": _say_lengths(report),
        "later": f"{_say_imports(trail)} {count(counts.practice, 'recording')} for practice, "
        f"{counts.ungiven:,} of the study that no coder has.",
        "voices": _say_voices(report),
        "tape": f"{count(counts.muted_stretches, 'stretch', 'stretches')} in {count(muted, 'recording')} "
        f"muted; {count(recognised, 'form')} marked as recognised before the lock.",
        "muter": _say_hearers(report),
        "contact": _say_contact(report),
        "backups": f"{count(muted, 'recording')} had another sound before. {_say_codes(trail)}",
        "heard": _say_heard(report),
        "texts": _say_texts(report),
        "neighbours": f"{count(n_queues, 'queue')}, each in a random order of its own.",
        "name": f"“{report.study}” stands on every coder’s page.",
        "talk": NOTHING,
        "server": f"The key lies in this installation’s {report.database} database.",
        "originals": NOTHING,
    }


def _say_lengths(report: Report) -> str:
    counts = report.counts
    if not counts.recordings:
        return "No recording is imported."
    if counts.shortest_ms is None or counts.longest_ms is None:
        return f"{count(counts.recordings, 'recording')}; {LATER}"
    shortest, longest = (write_rough(rough_minutes(ms)) for ms in (counts.shortest_ms, counts.longest_ms))
    return f"{count(counts.recordings, 'recording')}; the shortest {shortest}, the longest {longest}."


def _say_imports(trail: Trail) -> str:
    steps, allotted = trail.of(RECORDINGS), trail.first(ALLOT)
    if not steps:
        return "No recording is imported."
    late = sum(allotted is not None and step.seq > allotted.seq for step in steps)
    after = f" {late or 'None'} of them after the allotment." if allotted else ""
    told = "; ".join(_say_import(step) for step in steps)
    return f"{count(trail.count(RECORDINGS), 'import')} of recordings: {told}.{after}"


def _say_import(step: Step) -> str:
    n = step.said("imported")
    return day(step.at) if n is None else f"{n:,} on {day(step.at)}"


def _say_codes(trail: Trail) -> str:
    drawn = trail.span(ANEW)
    if drawn is None:
        return "Codes are those of the import."
    return f"Codes were drawn anew {count(drawn.n, 'time')}, the last on {day(drawn.last_at)}."


def _say_contact(report: Report) -> str:
    contacts = [member for member in report.members if member.has(Role.CONTACT)]
    if not contacts:
        return "Nobody has this role."
    heard = sum(member.heard for member in contacts)
    return (
        f"{', '.join(member.alias for member in contacts)}: concerns read "
        f"{count(report.trail.count(READ_CONCERN), 'time')}, recordings heard {count(heard, 'time')}."
    )


def _say_voices(report: Report) -> str:
    counts = report.counts
    if not counts.sequences:
        return "No sample is frozen."
    return f"{count(counts.sequences, 'sequence')} of {count(counts.dyads, 'dyad')}, three recordings each."


def _say_hearers(report: Report) -> str:
    hearers = [member for member in report.members if member.heard]
    if not hearers:
        return "Nobody is on record as having heard a recording under its code."
    told = ", ".join(f"{member.alias} ({count(member.heard, 'time')})" for member in hearers)
    n = sum(member.has(Role.CODER) for member in hearers)
    return f"On record as having heard recordings under their codes: {told}; {n or 'none'} of them code."


def _say_heard(report: Report) -> str:
    counts = report.counts
    if counts.submissions is None or counts.not_reported_heard is None:
        return LATER.capitalize()
    return (
        f"{counts.not_reported_heard or 'None'} of {count(counts.submissions, 'submission')} came without a "
        "report of what was heard."
    )


def _say_texts(report: Report) -> str:
    trail, notes = report.trail, report.counts.notes
    told = [
        count(trail.count("ask to reopen"), "request to reopen", "requests to reopen"),
        count(trail.count("change guidance"), "change of guidance", "changes of guidance"),
    ]
    return "; ".join([*told, *([] if notes is None else [count(notes, "note")])]) + "."
