"""All that a coder's page may show: a template gets one of these and nothing else.

Every field is a coder's own or the same for all coders. Times arrive as text, in words.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["not started", "in progress", "reopened", "submitted"]

SPEEDS = (0.75, 1.0, 1.25, 1.5)
NOT_CODABLE = "not-codable"


def clock(seconds: float) -> str:
    """Write a position or a length as 31:07, or as 1:31:07 from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def speeds_up_to(cap: float) -> tuple[float, ...]:
    """Return the speeds that a coder may listen at, of which 1 is always one."""
    return tuple(speed for speed in SPEEDS if speed <= max(cap, 1.0))


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
    peaks_url: str | None = None
    last_worked: str | None = None

    @property
    def length_clock(self) -> str:
        """The whole length."""
        return clock(self.length)

    @property
    def action(self) -> str:
        """The verb on this entry's link."""
        verbs = {"not started": "Start", "in progress": "Continue", "reopened": "Open"}
        return verbs.get(self.state, "See ratings")


@dataclass(frozen=True)
class QueuePage:
    """A coder's queue in the coder's own order, which is random and stored."""

    submitted: int
    total: int
    current: QueueEntry | None
    to_do: tuple[QueueEntry, ...]
    done: tuple[QueueEntry, ...]


@dataclass(frozen=True)
class Player:
    """The audio of one assignment."""

    audio_url: str
    peaks_url: str
    duration: float
    speeds: tuple[float, ...]

    @property
    def clock(self) -> str:
        """The whole length."""
        return clock(self.duration)


@dataclass(frozen=True)
class ItemField:
    """One item as a radio group: a score, or a reason why there is none, or neither."""

    code: str
    number: int
    label: str
    description: str
    anchors: tuple[tuple[int, str], ...]
    score: int | None = None
    reason: str | None = None
    revision: int = 0
    reason_missing: bool = False
    error: str | None = None

    @property
    def answered(self) -> bool:
        """Whether the item counts as rated: a score of 0 does, the absence of a rating does not."""
        return self.score is not None or self.reason is not None

    @property
    def not_codable(self) -> bool:
        """Whether "Not codable" is the choice to show, its reason given or still missing."""
        return self.reason is not None or self.reason_missing

    @property
    def keys(self) -> tuple[int, int] | None:
        """The lowest and highest score that one digit can answer."""
        digits = [score for score, _ in self.anchors if 0 <= score <= 9]
        return (min(digits), max(digits)) if digits else None


@dataclass(frozen=True)
class RatingPage:
    """The form for one recording and one instrument."""

    mask: str
    instrument: str
    instrument_title: str
    items: tuple[ItemField, ...]
    reasons: tuple[tuple[str, str], ...]
    player: Player
    save_url: str
    form_url: str
    check_url: str
    queue_url: str
    sign_in_url: str

    @property
    def answered(self) -> int:
        """The number of items that count as rated."""
        return sum(item.answered for item in self.items)

    @property
    def total(self) -> int:
        """The number of items."""
        return len(self.items)

    @property
    def next_item(self) -> ItemField | None:
        """The first item that is still open."""
        return next((item for item in self.items if not item.answered), None)

    @property
    def errors(self) -> tuple[ItemField, ...]:
        """The items whose answer was refused."""
        return tuple(item for item in self.items if item.error)


@dataclass(frozen=True)
class AnswerRow:
    """One item's answer as it stands; `url` leads to the item in the form."""

    number: int
    label: str
    score: int | None
    words: str | None
    url: str | None = None

    @property
    def missing(self) -> bool:
        """Whether neither a score nor a reason stands here."""
        return self.score is None and self.words is None


@dataclass(frozen=True)
class CheckPage:
    """All answers before they are submitted."""

    mask: str
    instrument: str
    rows: tuple[AnswerRow, ...]
    player: Player
    rate_url: str
    submit_url: str
    queue_url: str
    error: str | None = None

    @property
    def missing(self) -> tuple[AnswerRow, ...]:
        """The items that still need a rating."""
        return tuple(row for row in self.rows if row.missing)


@dataclass(frozen=True)
class SubmittedPage:
    """The answers after they were submitted, to read only."""

    mask: str
    instrument: str
    rows: tuple[AnswerRow, ...]
    submitted: str | None
    queue_url: str
