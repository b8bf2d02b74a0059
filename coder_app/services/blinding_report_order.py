"""Checks of what came before what: plan, lock, key and the last rating."""

from coder_app.services.acts import LOCK, UNMASK
from coder_app.services.blinding_report_check import Check, Grounds, Outcome, before, hidden
from coder_app.services.blinding_report_facts import Counts
from coder_app.services.blinding_report_trail import PLAN, RATE, REOPEN, SUBMIT, Span, Step, Trail
from coder_app.services.blinding_report_words import count, moment


def plan_before_key(grounds: Grounds) -> Check:
    """Say whether the plan came before the key."""
    trail, statement = grounds.trail, "The analysis plan was on record before the key was opened"
    opened = trail.last(UNMASK)
    late = [step for step in trail.of(PLAN) if opened and step.seq > opened.seq]
    if late:
        return Check(
            statement,
            Outcome.FAILED,
            f"{count(len(late), 'version')} of the plan came after the key was opened.",
            trail.numbers(opened, *late),
        )
    return before(trail, statement, trail.last(PLAN), opened, ("a recorded plan", "an opening of the key"))


def plan_as_hashed(grounds: Grounds) -> Check:
    """Say whether the stored plans are those of the trail, and whether the key was opened on the newest."""
    statement, trail = "The plan that is stored now is the one whose hash is in the trail", grounds.trail
    if not grounds.plans:
        return Check(statement, Outcome.NOT_YET, "No plan is recorded.")
    if not trail.shows:
        return hidden(statement)
    recorded = {step.said("sha256") for step in trail.of(PLAN)}
    opened = trail.last(UNMASK)
    named = opened.said("plan") if opened else None
    wrong = [
        version
        for version, (stored, computed) in enumerate(grounds.plans, start=1)
        if stored != computed or stored not in recorded
    ]
    steps = (*trail.of(PLAN), opened)
    if wrong:
        said = ", ".join(map(str, wrong))
        return Check(
            statement,
            Outcome.FAILED,
            f"Version {said} has another hash than the trail.",
            trail.numbers(*steps),
        )
    if named not in (None, grounds.plans[-1][0]):
        return Check(
            statement, Outcome.FAILED, "The key was opened on another version.", trail.numbers(*steps)
        )
    n = len(grounds.plans)
    said = f"{count(n, 'version')}, hashed again just now; the newest is {grounds.plans[-1][0]}."
    return Check(statement, Outcome.HELD, said, trail.numbers(*steps))


def lock_before_key(grounds: Grounds) -> Check:
    """Say whether the lock came before the key."""
    trail = grounds.trail
    return before(
        trail,
        "Coding was locked before the key was opened",
        trail.last(LOCK),
        trail.last(UNMASK),
        ("a lock", "an opening of the key"),
    )


def nothing_after_lock(grounds: Grounds) -> Check:
    """Say whether any work on forms came after the lock, in the trail or in the rows."""
    statement, trail = "No rating changed and no form was submitted or reopened after the lock", grounds.trail
    locked = trail.last(LOCK)
    if locked is None:
        return Check(statement, Outcome.NOT_YET, "Coding is not locked.")
    late = trail.span(RATE, SUBMIT, REOPEN)
    counts = grounds.counts
    if (late and late.n_late) or counts.rated_late or counts.submitted_late:
        said = (
            f"After the lock the trail has {late.n_late if late else 0:,} such acts; "
            f"{counts.rated_late:,} ratings and {counts.submitted_late:,} submissions have a later time."
        )
        first = (late.first_late,) if trail.shows and late and late.first_late else ()
        return Check(statement, Outcome.FAILED, said, (*trail.numbers(locked), *first))
    return Check(statement, Outcome.HELD, _last_work(late, counts), _around(trail, late, locked))


def nothing_after_key(grounds: Grounds) -> Check:
    """Say whether any rating came after the key."""
    statement, trail = "Nothing was rated after the key was opened", grounds.trail
    opened = trail.last(UNMASK)
    if opened is None:
        return Check(statement, Outcome.NOT_YET, "The key is sealed.")
    work = trail.span(RATE, SUBMIT)
    if work and work.last > opened.seq:
        return Check(
            statement,
            Outcome.FAILED,
            "Acts of rating stand after it in the trail.",
            _around(trail, work, opened),
        )
    return Check(statement, Outcome.HELD, _last_work(work, grounds.counts), _around(trail, work, opened))


def _last_work(work: Span | None, counts: Counts) -> str:
    if work is None:
        return "The trail has no act of rating at all."
    times = [at for at in (counts.last_rated_at, counts.last_submitted_at) if at]
    rows = f"; the newest stored one is of {moment(max(times))}" if times else ""
    return f"The last of {count(work.n, 'such act')} was on {moment(work.last_at)}{rows}."


def _around(trail: Trail, work: Span | None, step: Step) -> tuple[int, ...]:
    return tuple(sorted({work.last, step.seq} if work else {step.seq})) if trail.shows else ()
