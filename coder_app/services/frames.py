"""Rows for the analyses: submitted ratings as target, rater, item and score, under recording codes."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.visibility import Thing
from coder_app.models import (
    Assignment,
    InstrumentVersion,
    Rating,
    Recording,
    Round,
    RoundRecording,
    User,
)
from coder_app.services.actor import Actor

Row = tuple[str, str, str, int | None]


@dataclass(frozen=True)
class SubsetRatings:
    """The reliability subset of one instrument: recordings that the whole team has submitted.

    `rows` are (recording code, coder, item code, score); a score of None was not codable.
    """

    instrument: Instrument
    coders: tuple[str, ...]
    n_subset: int
    n_recordings: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class PrimaryRatings:
    """The primary coders' ratings of one instrument: (recording id, coder, item code, score)."""

    instrument: Instrument
    rows: tuple[tuple[int, str, str, int | None], ...]


def list_subset_ratings(db: Session, actor: Actor) -> list[SubsetRatings]:
    """Return the subset's ratings for every instrument of the main round."""
    actor.check_sees(Thing.RATINGS)
    return [_subset_ratings(db, actor, version) for version in _coding_versions(db, actor)]


def list_primary_ratings(db: Session, actor: Actor) -> list[PrimaryRatings]:
    """Return the primary coders' submitted ratings of the main round, for the linkage."""
    actor.check_sees(Thing.LINKAGE)
    found = []
    for version in _coding_versions(db, actor):
        rows = db.execute(
            select(Assignment.recording_id, User.name, Rating.item, Rating.score)
            .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
            .join(User, User.id == Assignment.user_id)
            .join(Round, Round.id == Assignment.round_id)
            .where(*_submitted(actor, version.id), Assignment.is_primary)
            .order_by(Assignment.recording_id, Rating.item)
        )
        found.append(PrimaryRatings(parse_instrument(version.definition), tuple(tuple(row) for row in rows)))
    return found


def _subset_ratings(db: Session, actor: Actor, version: InstrumentVersion) -> SubsetRatings:
    assigned = db.execute(
        select(Recording.code, User.id, User.name, Assignment.state, Assignment.id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(
            RoundRecording,
            (RoundRecording.round_id == Assignment.round_id)
            & (RoundRecording.recording_id == Assignment.recording_id),
        )
        .join(Round, Round.id == Assignment.round_id)
        .join(User, User.id == Assignment.user_id)
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.instrument_version_id == version.id,
            Round.purpose == "main",
            RoundRecording.in_subset,
        )
        .order_by(Recording.code, User.name, User.id)
    ).all()
    labels = _label_coders({row.id: row.name for row in assigned})
    open_codes = {row.code for row in assigned if row.state != "submitted"}
    codes = {row.code for row in assigned}
    kept = {row[4]: (row.code, labels[row.id]) for row in assigned if row.code not in open_codes}
    rows = db.execute(
        select(Rating.assignment_id, Rating.item, Rating.score)
        .join(Assignment, Assignment.id == Rating.assignment_id)
        .where(*_submitted(actor, version.id))
        .order_by(Rating.assignment_id, Rating.item)
    )
    return SubsetRatings(
        instrument=parse_instrument(version.definition),
        coders=tuple(labels.values()),
        n_subset=len(codes),
        n_recordings=len(codes - open_codes),
        rows=tuple(
            sorted(
                (*kept[row.assignment_id], row.item, row.score) for row in rows if row.assignment_id in kept
            )
        ),
    )


def _label_coders(names: dict[int, str]) -> dict[int, str]:
    """Two coders of one name must stay two columns."""
    labels: dict[int, str] = {}
    for user_id, name in names.items():
        twins = sum(label.split(" (")[0] == name for label in labels.values())
        labels[user_id] = f"{name} ({twins + 1})" if twins else name
    return labels


def _submitted(actor: Actor, version_id: int) -> tuple:
    return (
        Assignment.study_id == actor.study_id,
        Assignment.instrument_version_id == version_id,
        Assignment.state == "submitted",
    )


def _coding_versions(db: Session, actor: Actor) -> list[InstrumentVersion]:
    return list(
        db.scalars(
            select(InstrumentVersion)
            .where(InstrumentVersion.study_id == actor.study_id, InstrumentVersion.kind == "coding")
            .order_by(InstrumentVersion.id)
        )
    )
