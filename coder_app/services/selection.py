"""Which ratings the pages of reliability are of: one round, and the days of first submissions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Round, RoundRecording
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused

MAIN = "main"
# Rounds that bring recordings back to one coder have nobody to agree with.
COMPARED = (MAIN, "training")
SUBMITTED = "submitted"
ROUND, SINCE, UNTIL = KEYS = ("round", "since", "until")
_PUBLIC_ID = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Selection:
    """A round by its public id, None for the main one; first and last day of first submissions, in UTC."""

    round: str | None = None
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise Refused(
                f"The setting since is {self.since} and until is {self.until}; "
                "the first day lies after the last, so that nothing can lie between them."
            )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Selection":
        """Read the settings round, since and until; what is absent or empty narrows nothing."""
        return cls(_read_round(settings), _read_day(settings, SINCE), _read_day(settings, UNTIL))

    def to_settings(self) -> dict[str, str]:
        """Return the settings that say this, without those that narrow nothing."""
        said = {
            ROUND: self.round,
            SINCE: self.since.isoformat() if self.since else None,
            UNTIL: self.until.isoformat() if self.until else None,
        }
        return {name: value for name, value in said.items() if value}

    def holds(self, moments: list[datetime]) -> bool:
        """Say whether all moments, of which there is one, lie on these days."""
        days = [moment.astimezone(UTC).date() for moment in moments]
        if not days:
            return False
        begins = self.since is None or self.since <= min(days)
        return begins and (self.until is None or max(days) <= self.until)

    @property
    def has_days(self) -> bool:
        """Whether the days are narrowed at all."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True)
class RoundChoice:
    """A round with submitted ratings to compare, and how many of its recordings they are of."""

    public_id: str
    name: str
    purpose: str
    n_recordings: int


def list_rounds(db: Session, actor: Actor) -> list[RoundChoice]:
    """Return the rounds in which somebody has submitted a recording of the subset, the oldest first."""
    actor.check_sees(Thing.RATINGS)
    rows = db.execute(
        select(
            Round.public_id,
            Round.name,
            Round.purpose,
            func.count(Assignment.recording_id.distinct()).label("n_recordings"),
        )
        .join(Assignment, (Assignment.study_id == Round.study_id) & (Assignment.round_id == Round.id))
        .join(
            RoundRecording,
            (RoundRecording.study_id == Assignment.study_id)
            & (RoundRecording.round_id == Assignment.round_id)
            & (RoundRecording.recording_id == Assignment.recording_id),
        )
        .where(
            Round.study_id == actor.study_id,
            Round.purpose.in_(COMPARED),
            RoundRecording.in_subset,
            Assignment.state == SUBMITTED,
        )
        .group_by(Round.id, Round.public_id, Round.name, Round.purpose)
        .order_by(Round.id)
    )
    return [RoundChoice(*row) for row in rows]


def _read_round(settings: Mapping[str, Any]) -> str | None:
    value = settings.get(ROUND)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _PUBLIC_ID.fullmatch(value):
        raise Refused(f"The setting round is {value!r}; expected is the id of a round of this study.")
    return value


def _read_day(settings: Mapping[str, Any], name: str) -> date | None:
    value = settings.get(name)
    if value in (None, ""):
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Refused(f"The setting {name} is {value!r}; expected is a day such as 2026-03-31.")
