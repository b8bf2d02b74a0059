"""What a coder's queue may show: every field is the coder's own or the same for all coders.

Of a round there is its name, where the lead lets coders read it, and one goal for all rounds together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from flask import url_for
from flask_babel import gettext as _

from coder_app.domain.goal import CountedForm, Week, count_week
from coder_app.services.queue import QueuedAssignment
from coder_app.web.coding.heard_part import per_cent, whole_per_cent
from coder_app.web.coding.stopped_part import Stopped
from coder_app.web.coding.words import clock, when
from coder_app.web.shortcuts import aria_keys, shortcut_words

State = Literal["not started", "in progress", "reopened", "submitted"]
# What has been touched comes before what has not.
_RANK = {"reopened": 0, "in progress": 1, "not started": 2, "submitted": 3}


@dataclass(frozen=True)
class QueueEntry:
    """One of a coder's own assignments; `round_name` is of a round whose name coders may read."""

    mask: str
    instrument: str
    state: State
    length: float
    answered: int
    n_items: int
    url: str
    with_masks: tuple[str, ...] = ()
    heard: int | None = None
    last_worked: str | None = None
    round_name: str | None = None

    @property
    def length_clock(self) -> str:
        """The whole length."""
        return clock(self.length)

    @property
    def heard_words(self) -> str:
        """The share heard as the language writes it."""
        return per_cent(self.heard or 0)

    @property
    def action(self) -> str:
        """The verb on this entry's link."""
        verbs = {"not started": _("Start"), "in progress": _("Continue"), "reopened": _("Open")}
        return verbs.get(self.state) or _("See ratings")


Group = tuple[QueueEntry, ...]


@dataclass(frozen=True)
class CurrentEntry:
    """What comes next, with other open forms of its listening; `stopped` where the coder has been before.

    `keys` open it, as printed on a keyboard and as `aria-keyshortcuts` has them.
    """

    entry: QueueEntry
    others: Group
    peaks_url: str
    stopped: Stopped | None
    keys: str = ""
    aria_keys: str = ""


@dataclass(frozen=True)
class QueueSection:
    """Groups of forms to do: of one announced round, or with no name of all others."""

    name: str | None
    groups: tuple[Group, ...]

    @property
    def size(self) -> int:
        """How many forms there are."""
        return sum(map(len, self.groups))


@dataclass(frozen=True)
class QueuePage:
    """A coder's queue in the coder's own order, which is random and stored."""

    submitted: int
    total: int
    week: Week | None
    current: CurrentEntry | None
    to_do: tuple[QueueSection, ...]
    done: tuple[Group, ...]

    @property
    def n_to_do(self) -> int:
        """How many forms are listed as left."""
        return sum(section.size for section in self.to_do)


def find_current(entries: list[QueuedAssignment]) -> QueuedAssignment | None:
    """Return what the coder last worked on and has not submitted, else what is first, else None."""
    left = [entry for entry in entries if entry.state != "submitted"]
    started = [entry for entry in left if entry.state == "in progress" and entry.worked_at]
    if started:
        return max(started, key=lambda entry: entry.worked_at)
    return left[0] if left else None


def queue_page(
    entries: list[QueuedAssignment],
    now: datetime,
    current: QueuedAssignment | None = None,
    stopped: Stopped | None = None,
) -> QueuePage:
    """Return the queue: what is next, what is left by round where rounds are announced, and what is done."""
    left = [entry for entry in entries if entry.state != "submitted"]
    done = [entry for entry in entries if entry.state == "submitted"]
    forms = [CountedForm(one.round.number, one.round.weekly_goal, one.first_submitted_at) for one in entries]
    others = [one for one in left if current and one.group == current.group and one is not current]
    rest = [entry for entry in left if entry is not current and entry not in others]
    return QueuePage(
        submitted=len(done),
        total=len(entries),
        week=count_week(forms, now),
        current=_current(current, others, stopped, now) if current else None,
        to_do=tuple(_sections(rest, now)),
        done=tuple(_groups(sorted(_together(done), key=_last_worked, reverse=True), now)),
    )


def _current(
    current: QueuedAssignment, others: list[QueuedAssignment], stopped: Stopped | None, now: datetime
) -> CurrentEntry:
    return CurrentEntry(
        entry=_entry(current, now),
        others=tuple(_entry(one, now) for one in others),
        peaks_url=url_for("coding.peaks", assignment=current.public_id),
        stopped=stopped,
        keys=shortcut_words("resume"),
        aria_keys=aria_keys("resume"),
    )


def _sections(entries: list[QueuedAssignment], now: datetime) -> Iterator[QueueSection]:
    """Yield announced rounds in the order in which they were made, and then all else without a name."""
    rounds = {one.round.number: one.round.name for one in entries if one.round.name is not None}
    for number in (*sorted(rounds), None):
        of_round = [
            one for one in entries if (one.round.number if one.round.name is not None else None) == number
        ]
        if of_round:
            groups = sorted(_together(of_round), key=lambda group: min(_RANK[one.state] for one in group))
            yield QueueSection(rounds.get(number), tuple(_groups(groups, now)))


def _together(entries: list[QueuedAssignment]) -> list[list[QueuedAssignment]]:
    """Return the forms of each listening, which lie side by side."""
    return [list(group) for _number, group in groupby(entries, key=lambda one: one.group)]


def _groups(groups: Iterable[list[QueuedAssignment]], now: datetime) -> Iterator[Group]:
    for group in groups:
        yield tuple(_entry(one, now) for one in group)


def _last_worked(group: list[QueuedAssignment]) -> float:
    return max(one.worked_at.timestamp() if one.worked_at else 0.0 for one in group)


def _entry(entry: QueuedAssignment, now: datetime) -> QueueEntry:
    return QueueEntry(
        mask=entry.mask,
        instrument=entry.instrument,
        state=entry.state,
        length=entry.duration,
        answered=entry.answered,
        n_items=entry.n_items,
        url=url_for("coding.rate", assignment=entry.public_id),
        with_masks=entry.with_masks,
        heard=whole_per_cent(entry.heard),
        last_worked=when(entry.worked_at, now) if entry.worked_at else None,
        round_name=entry.round.name,
    )
