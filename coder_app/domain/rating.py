"""When an answer to an item is accepted, and when it has come too late."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import shorten
from coder_app.domain.segments import WHOLE


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


def find_fault(instrument: Instrument, change: Change) -> str | None:
    """Return why an answer cannot stand on this instrument, None when it can."""
    item = instrument.find_item(change.item)
    if item is None:
        return f"{instrument.name} has no item {shorten(change.item)!r}."
    if change.score is not None and change.reason is not None:
        return f"{item.label} cannot have both a score and a reason for having none."
    if change.score is not None and change.score not in instrument.scores:
        scale = f"{instrument.lowest} to {instrument.highest}"
        return f"{change.score} is not on the scale of {item.label}, which goes from {scale}."
    if change.reason is not None and instrument.find_reason(change.reason) is None:
        return f"{shorten(change.reason)!r} is not a reason that {instrument.name} knows."
    return None


def judge(change: Sent, last: Trace | None) -> Verdict:
    """Decide about a change: the highest sequence wins within a page, the current base between pages."""
    if last is not None and last.page == change.page:
        return Verdict.ACCEPT if change.sequence > last.sequence else Verdict.LATE
    known = last.revision if last is not None else 0
    return Verdict.ACCEPT if change.base == known else Verdict.CONFLICT
