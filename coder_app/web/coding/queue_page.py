"""What a coder's queue may show: every field is the coder's own or the same for all coders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import url_for
from flask_babel import gettext as _

from coder_app.services.queue import QueuedAssignment
from coder_app.web.coding.words import clock, when

State = Literal["not started", "in progress", "reopened", "submitted"]


@dataclass(frozen=True)
class QueueEntry:
    """One of a coder's own assignments."""

    mask: str
    instrument: str
    state: State
    length: float
    answered: int
    n_items: int
    url: str
    with_masks: tuple[str, ...] = ()
    peaks_url: str | None = None
    last_worked: str | None = None

    @property
    def length_clock(self) -> str:
        """The whole length."""
        return clock(self.length)

    @property
    def action(self) -> str:
        """The verb on this entry's link."""
        verbs = {"not started": _("Start"), "in progress": _("Continue"), "reopened": _("Open")}
        return verbs.get(self.state) or _("See ratings")


@dataclass(frozen=True)
class QueuePage:
    """A coder's queue in the coder's own order, which is random and stored."""

    submitted: int
    total: int
    current: QueueEntry | None
    to_do: tuple[QueueEntry, ...]
    done: tuple[QueueEntry, ...]


def queue_page(entries: list[QueuedAssignment], now: datetime) -> QueuePage:
    """Return the queue: what was last worked on first, then the rest in the stored order."""
    open_entries = [entry for entry in entries if entry.state != "submitted"]
    done = [entry for entry in entries if entry.state == "submitted"]
    started = [entry for entry in open_entries if entry.state == "in progress" and entry.worked_at]
    current = max(started, key=lambda entry: entry.worked_at, default=None)
    if current is None and open_entries:
        current = open_entries[0]
    rest = [entry for entry in open_entries if entry is not current]
    return QueuePage(
        submitted=len(done),
        total=len(entries),
        current=_entry(current, now) if current else None,
        to_do=tuple(_entry(entry, now) for entry in rest),
        done=tuple(_entry(entry, now) for entry in done),
    )


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
        peaks_url=url_for("coding.peaks", assignment=entry.public_id),
        last_worked=when(entry.worked_at, now) if entry.worked_at else None,
    )
