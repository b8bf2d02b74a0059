"""Who may do what: roles, acts, and the one table that joins them."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A role that a person has in a study; one person can have several."""

    LEAD = "lead"
    CODER = "coder"
    ANALYST = "analyst"
    # The study's safeguarding contact, who is told of concerns and never codes.
    CONTACT = "contact"


class Act(StrEnum):
    """What can be done in a study."""

    SEE_STUDY = "see study"
    IMPORT = "import"
    SEE_ALLIANCE = "see alliance"
    FREEZE_SAMPLE = "freeze sample"
    INVITE = "invite"
    ALLOT = "allot"
    RATE = "rate"
    SEE_PROGRESS = "see progress"
    SEE_RELIABILITY = "see reliability"
    LOCK = "lock"
    ASK_GUESSES = "ask guesses"
    RECORD_PLAN = "record plan"
    UNMASK = "unmask"
    SEE_LINKAGE = "see linkage"
    SEE_AUDIT = "see audit"
    SET_UP_CODING = "set up coding"
    ANSWER_REOPENING = "answer reopening"
    ANSWER_CONCERN = "answer concern"
    OPEN_RECORDING = "open one recording"


_LEAD, _CODER, _ANALYST = frozenset({Role.LEAD}), frozenset({Role.CODER}), frozenset({Role.ANALYST})
_CONTACT = frozenset({Role.CONTACT})

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.SEE_STUDY: _LEAD | _ANALYST,
    Act.IMPORT: _LEAD,
    Act.SEE_ALLIANCE: _LEAD | _ANALYST,
    Act.FREEZE_SAMPLE: _LEAD,
    Act.INVITE: _LEAD,
    Act.ALLOT: _LEAD,
    Act.RATE: _CODER,
    Act.SEE_PROGRESS: _LEAD,
    Act.SEE_RELIABILITY: _LEAD | _ANALYST,
    Act.LOCK: _LEAD,
    Act.ASK_GUESSES: _LEAD,
    Act.RECORD_PLAN: _LEAD,
    Act.UNMASK: _LEAD,
    Act.SEE_LINKAGE: _LEAD | _ANALYST,
    Act.SEE_AUDIT: _LEAD,
    Act.SET_UP_CODING: _LEAD,
    Act.ANSWER_REOPENING: _LEAD,
    Act.ANSWER_CONCERN: _CONTACT,
    Act.OPEN_RECORDING: _LEAD | _CONTACT,
}


class NotAllowed(Exception):  # noqa: N818 - reads as the sentence that it is
    """A person asked for something that none of their roles allows."""


def can(roles: Collection[Role], act: Act) -> bool:
    """Say whether any of these roles allows the act."""
    return not ALLOWED[act].isdisjoint(roles)


def check_can(roles: Collection[Role], act: Act) -> None:
    """Raise NotAllowed unless one of these roles allows the act."""
    if not can(roles, act):
        raise NotAllowed(f"none of the roles {sorted(roles)} allows to {act}")
