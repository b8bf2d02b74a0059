"""What a check of the blinding report is, and what all of them are computed from."""

from dataclasses import dataclass
from enum import StrEnum

from coder_app.domain.phases import Phase
from coder_app.services.blinding_report_facts import Counts, Redrawn
from coder_app.services.blinding_report_people import Member
from coder_app.services.blinding_report_trail import Step, Trail


class Outcome(StrEnum):
    """What a check found."""

    HELD = "held"
    FAILED = "did not hold"
    NOT_YET = "not yet"
    UNKNOWN = "not on record"
    HIDDEN = "not shown to you yet"


@dataclass(frozen=True)
class Check:
    """One statement: what was found, why, and at which numbers of the trail that stands."""

    statement: str
    outcome: Outcome
    evidence: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """What the checks are computed from; `plans` are (hash, hash of the stored content), by version."""

    phase: Phase
    trail: Trail
    members: tuple[Member, ...]
    counts: Counts
    redrawn: Redrawn | None
    plans: tuple[tuple[str, str], ...]


def before(
    trail: Trail, statement: str, first: Step | None, then: Step | None, names: tuple[str, str]
) -> Check:
    """Say whether one act stands before another in the trail."""
    if first is None and then is None:
        return Check(statement, Outcome.NOT_YET, f"So far there is neither {names[0]} nor {names[1]}.")
    numbers = trail.numbers(first, then)
    if then is None:
        return Check(
            statement, Outcome.NOT_YET, f"So far there is {names[0]}, and not yet {names[1]}.", numbers
        )
    if first is None or first.seq > then.seq:
        return Check(
            statement, Outcome.FAILED, f"Before {names[1]} the trail does not have {names[0]}.", numbers
        )
    passed = then.at - first.at
    hours = passed.total_seconds() / 3600
    between = f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} hours"
    return Check(
        statement, Outcome.HELD, f"{between} lie between the two acts, which stand in this order.", numbers
    )


def hidden(statement: str) -> Check:
    """Return what a viewer gets who must not know the outcome yet."""
    return Check(
        statement, Outcome.HIDDEN, "You still have recordings to code; it is shown when all are submitted."
    )
