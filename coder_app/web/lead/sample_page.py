"""What the pages of the sample show: every rupture with its box, frozen sequences beside those of today."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from coder_app.services.sample_changes import (
    GONE,
    MOVED,
    REFOUND,
    RELIMITED,
    RESCORED,
    RETYPED,
    UNCHANGED,
    SampleChanges,
    SequenceChange,
)
from coder_app.services.sample_proposal import LONGEST_REASON, NO_TYPE, Candidate, SampleProposal
from coder_app.web.lead.sample_words import say_change
from coder_app.web.numbers import count
from coder_app.web.words import in_words

NO_REASON_YET = "no reason given yet"


@dataclass(frozen=True)
class Choice:
    """What a person has ticked, and the reasons given for what could be coded and is not ticked."""

    offered: frozenset[str]
    reasons: Mapping[str, str]
    errors: Mapping[str, str]

    def apply(self, proposal: SampleProposal) -> SampleProposal:
        """Return what would be frozen, reasons given or not."""
        known = {key: why[:LONGEST_REASON] for key, why in self.reasons.items() if key in proposal.complete}
        return proposal.leave_out({key: why or NO_REASON_YET for key, why in known.items()})


NOTHING_CHOSEN = Choice(frozenset(), {}, {})


@dataclass(frozen=True)
class Row:
    """A rupture that could or could not be chosen; `place` tells its fields apart in the page."""

    place: int
    one: Candidate
    can: bool
    taken: bool
    why_not: str
    reason: str
    error: str | None

    @property
    def named(self) -> str:
        """The rupture in words, for who hears the page."""
        return f"{self.one.dyad}, {self.one.informant}, session {self.one.central}"


@dataclass(frozen=True)
class Group:
    """The ruptures of one informant and measure."""

    informant: str
    measure: str
    rows: tuple[Row, ...]

    @property
    def words(self) -> str:
        """How many there are, can be coded and are taken."""
        can = sum(row.can for row in self.rows)
        taken = sum(row.taken for row in self.rows)
        return f"{count(len(self.rows), 'rupture')}, {can} complete with recordings, {taken} taken"


@dataclass(frozen=True)
class ChangedRow:
    """A frozen sequence beside what today's scores say of it."""

    one: SequenceChange
    tone: str
    what: tuple[str, ...]


def read_choice(form: MultiDict[str, str]) -> Choice:
    """Return what the form says; what was offered and is not ticked needs a reason."""
    offered = frozenset(form.getlist("offered"))
    left = sorted(offered - set(form.getlist("take")))
    reasons = {key: form.get(f"why {key}", "").strip() for key in left}
    errors = {key: why for key, reason in reasons.items() if (why := _error(reason))}
    return Choice(offered, reasons, errors)


def list_groups(proposal: SampleProposal, choice: Choice = NOTHING_CHOSEN) -> list[Group]:
    """Return every rupture, by informant and measure; what can be coded is ticked unless it was unticked."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for place, one in enumerate(proposal.candidates, 1):
        can = one.key in proposal.complete
        row = Row(
            place=place,
            one=one,
            can=can,
            taken=can and one.key not in choice.reasons,
            why_not="" if can else _why_not(one),
            reason=choice.reasons.get(one.key, ""),
            error=choice.errors.get(one.key),
        )
        groups.setdefault((one.informant, one.measure), []).append(row)
    return [Group(*key, tuple(rows)) for key, rows in groups.items()]


def list_changes(changes: SampleChanges) -> list[ChangedRow]:
    """Return the sequences of which anything has changed, the gravest changes first."""
    order = [GONE, RETYPED, MOVED, REFOUND, RESCORED, RELIMITED]
    rows = [
        ChangedRow(one, _tone(one), tuple(say_change(one))) for one in changes.rows if one.state != UNCHANGED
    ]
    return sorted(rows, key=lambda row: order.index(row.one.state))


def _why_not(one: Candidate) -> str:
    """What is not classifiable may lack recordings besides."""
    if one.because != NO_TYPE or not one.not_recorded:
        return f"no: {one.left_out}"
    sessions = "sessions" if len(one.not_recorded) > 1 else "session"
    return f"no: {one.left_out}; no recording of {sessions} {in_words(one.not_recorded)} either"


def _error(reason: str) -> str | None:
    if not reason:
        return "Say why it is left out, or tick it again."
    if len(reason) > LONGEST_REASON:
        return f"At most {LONGEST_REASON} characters; these are {len(reason)}."
    return None


def _tone(one: SequenceChange) -> str:
    return "warning" if one.state in (GONE, RETYPED, MOVED, REFOUND) else "none"
