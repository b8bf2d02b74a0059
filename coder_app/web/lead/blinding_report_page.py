"""What the blinding report shows, on the page and in the file: the same for the same study."""

from dataclasses import dataclass

import coder_app
from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.services.blinding_report import Report
from coder_app.services.blinding_report_audits import AuditRun, list_audits
from coder_app.services.blinding_report_check import Check, Outcome
from coder_app.services.blinding_report_checks import count_outcomes
from coder_app.services.blinding_report_limits import Limit, list_limits
from coder_app.services.blinding_report_people import Member
from coder_app.services.blinding_report_trail import AUDIT
from coder_app.services.blinding_report_words import count, day, moment
from coder_app.web.lead.blinding_page import BlindingPage, show
from coder_app.web.lead.blinding_report_events import Event, list_events
from coder_app.web.lead.blinding_report_matrix import Matrix, make_matrix
from coder_app.web.lead.blinding_report_timeline import Timeline, draw_timeline

COMMAND = "python3 -m coder_app"


@dataclass(frozen=True)
class PersonRow:
    """One person: alias, name where names are shown, and when what was true."""

    alias: str
    name: str | None
    roles: str
    scales: str
    forms: str
    closed_out: str
    told: str


@dataclass(frozen=True)
class ReportPage:
    """The whole report; `names` says whether names stand beside aliases."""

    report: Report
    version: str
    names: bool
    as_of: str
    summary: str
    verified: str
    command: str
    people: tuple[PersonRow, ...]
    matrix: Matrix
    timeline: Timeline | None
    events: tuple[Event, ...]
    checks: tuple[Check, ...]
    audits: tuple[AuditRun, ...]
    n_audits: int
    guesses: BlindingPage | None
    asked: str
    why_no_guesses: str
    limits: tuple[Limit, ...]


def make_page(report: Report, *, names: bool) -> ReportPage:
    """Return the page; nothing in it depends on when it is made."""
    events = list_events(report)
    content = report.guesses.content
    return ReportPage(
        report=report,
        version=coder_app.__version__,
        names=names,
        as_of=moment(report.head_at) if report.head_at and report.shows else "",
        summary=_summarise(report.checks),
        verified=_verified(report),
        command=_command(report),
        people=tuple(_person(member, names=names) for member in report.members),
        matrix=make_matrix(report),
        timeline=draw_timeline(report.phases, events, report.head_at),
        events=events,
        checks=report.checks,
        audits=list_audits(report.trail),
        n_audits=report.trail.count(AUDIT),
        guesses=show(content) if content else None,
        asked=_asked(report),
        why_no_guesses=_why_no_guesses(report),
        limits=list_limits(report),
    )


def _summarise(checks: tuple[Check, ...]) -> str:
    """Say how many checks had which outcome, the failed ones always."""
    found = dict(count_outcomes(checks))
    found.setdefault(Outcome.FAILED, 0)
    told = ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome if outcome in found)
    return f"Of {len(checks)} checks: {told}."


def _verified(report: Report) -> str:
    chain = report.chain
    if chain.broken_at is None:
        return "Whole: every entry is joined to the one before."
    if not report.shows:
        return "Broken."
    return f"Broken at entry {chain.broken_at:,}; what stands before it is as it was written."


def _command(report: Report) -> str:
    noted = f" --noted {report.chain.length}:{report.chain.head}" if report.shows else ""
    return f"{COMMAND} check{noted}"


def _person(member: Member, *, names: bool) -> PersonRow:
    roles = "; ".join(f"{role} since {moment(since)}" for role, since in member.roles)
    left = f"; account closed {day(member.disabled_at)}" if member.disabled_at else ""
    told = [
        *([f"heard recordings under codes {count(member.heard, 'time')}"] if member.heard else []),
        *([f"opened {count(member.opened, 'recording')} in an emergency"] if member.opened else []),
    ]
    return PersonRow(
        alias=member.alias,
        name=member.name if names else None,
        roles=roles + left,
        scales=", ".join(member.scales) or "–",
        forms=_forms(member),
        closed_out=_closed_out(member),
        told="; ".join(told) or "–",
    )


def _forms(member: Member) -> str:
    if member.forms is None:
        return "–"
    submitted = member.forms.n_submitted
    return f"{member.forms.n:,}" if submitted is None else f"{submitted:,} of {member.forms.n:,}"


def _forms(member: Member) -> str:
    if member.forms is None:
        return "–"
    submitted = member.forms.n_submitted
    return f"{member.forms.n:,} given" if submitted is None else f"{submitted:,} of {member.forms.n:,}"


def _closed_out(member: Member) -> str:
    """Say from when to when a lead who codes was kept from codes, ratings and lengths."""
    if not (member.has(Role.LEAD) and member.has(Role.CODER)):
        return "–"
    if member.forms is None:
        return "not yet: nothing is allotted"
    lead_since = next(since for role, since in member.roles if role is Role.LEAD)
    begins = moment(max(member.forms.given_at, lead_since))
    if member.forms.n_submitted is None:
        return f"from {begins} on"
    last = member.forms.last_submitted_at
    return f"{begins} to {moment(last)}" if last else f"since {begins}"


def _asked(report: Report) -> str:
    guesses = report.guesses
    if guesses.asked is None:
        return ""
    told = f"{guesses.answered:,} of {count(guesses.drawn, 'answer')} are in"
    return f"The coders were asked on {moment(guesses.asked.at)}; {told}."


def _why_no_guesses(report: Report) -> str:
    guesses, phase = report.guesses, report.phase
    if guesses.asked is None:
        if phase is Phase.UNMASKED:
            return "The coders were not asked before the key opened; what they would guess now says nothing."
        if phase is Phase.LOCKED:
            return "The coders have not been asked yet; they can be until the key opens."
        return "Coders are asked once coding is locked; earlier the question would teach what to listen for."
    if phase is not Phase.UNMASKED:
        return f"{_asked(report)} Nobody sees them before the key opens."
    return f"{_asked(report)} The indices are not computed yet."
