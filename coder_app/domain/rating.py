"""When an answer to an item is accepted, and when it has come too late."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import shorten
from coder_app.domain.segments import WHOLE
from coder_app.domain.sentences import Sentence, say


@dataclass(frozen=True)
class Change:
    """An answer on its way: a score, or a reason why there is none, or neither (cleared).

    `page` names the open page it comes from, `sequence` rises within that page, and `base` is the
    revision of the item that the page knew. `segment` is 0 where the recording is rated as a whole.
    """

    item: str
    score: int | None
    reason: str | None
    page: str
    sequence: int
    base: int
    segment: int = WHOLE


@dataclass(frozen=True)
class Trace:
    """Which change last reached an item, cleared or not."""

    revision: int
    page: str
    sequence: int


class Sent(Protocol):
    """What any change tells of its way here: the page it comes from, its place there, and its base."""

    page: str
    sequence: int
    base: int


class Verdict(StrEnum):
    """What becomes of a change that is valid in itself."""

    ACCEPT = "accept"
    LATE = "late"
    CONFLICT = "conflict"


def find_fault(instrument: Instrument, change: Change) -> Sentence | None:
    """Return why an answer cannot stand on this instrument, None when it can."""
    item = instrument.find_item(change.item)
    if item is None:
        unknown = repr(shorten(change.item))
        return say("%(instrument)s has no item %(item)s.", instrument=instrument.name, item=unknown)
    if change.score is not None and change.reason is not None:
        return say("%(item)s cannot have both a score and a reason for having none.", item=item.label)
    if change.score is not None and change.score not in instrument.scores:
        return say(
            "%(score)s is not on the scale of %(item)s, which goes from %(lowest)s to %(highest)s.",
            score=change.score,
            item=item.label,
            lowest=instrument.lowest,
            highest=instrument.highest,
        )
    if change.reason is not None and instrument.find_reason(change.reason) is None:
        unknown = repr(shorten(change.reason))
        return say("%(reason)s is not a reason that %(name)s knows.", reason=unknown, name=instrument.name)
    return None


def judge(change: Sent, last: Trace | None) -> Verdict:
    """Decide about a change: the highest sequence wins within a page, the current base between pages."""
    if last is not None and last.page == change.page:
        return Verdict.ACCEPT if change.sequence > last.sequence else Verdict.LATE
    known = last.revision if last is not None else 0
    return Verdict.ACCEPT if change.base == known else Verdict.CONFLICT
