"""What the rows of a study say of its masks, recordings, draws and times; each fact from one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, exists, func, select
from sqlalchemy.orm import Session

from coder_app.domain.allocation import draw_subset
from coder_app.domain.shares import TellingTeamsError, allot_teams
from coder_app.domain.visibility import Thing
from coder_app.models import (
    Assignment,
    Import,
    Mute,
    Note,
    Rating,
    Recording,
    Round,
    RoundRecording,
    Sequence,
    Snapshot,
    Study,
    Submission,
)
from coder_app.services import linkage
from coder_app.services.actor import Actor
from coder_app.services.frames import MAIN
from coder_app.services.marks import is_opened, is_recognised
from coder_app.services.team import list_teams

# Kept from a lead who still codes, as the acts behind them are.
_OF_WORK = (
    "last_rated_at", "last_submitted_at", "notes", "submissions", "resubmitted", "not_reported_heard",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Numbers of rows; lengths, and what others do on their forms, are None to who must not know them."""

    forms: int
    masks: int
    shared_masks: int
    masks_like_codes: int
    recordings: int
    practice: int
    ungiven: int
    different_files: int
    shortest_ms: int | None
    longest_ms: int | None
    opened: int
    recognised: int
    muted_recordings: int
    muted_stretches: int
    recording_imports: int
    sequences: int
    dyads: int
    notes: int | None
    submissions: int | None
    resubmitted: int | None
    not_reported_heard: int | None
    rated_late: int
    submitted_late: int
    last_rated_at: datetime | None
    last_submitted_at: datetime | None
    first_linkage_at: datetime | None


@dataclass(frozen=True)
class Redrawn:
    """The draws of the main round, made once more from the stored seed and order, beside what is stored."""

    seed: int
    share: float
    n_recordings: int
    n_subset: int
    n_forms: int
    same_subset: bool
    same_forms: bool


def count_rows(db: Session, actor: Actor) -> Counts:
    """Return all counts, in one query."""
    study = actor.study_id

    def number_of(table: type, *conditions: Any):
        return select(func.count()).select_from(table).where(table.study_id == study, *conditions)

    def one(column: Any, table: type, *conditions: Any):
        return select(column).select_from(table).where(table.study_id == study, *conditions)

    shared = (
        one(Assignment.mask, Assignment)
        .group_by(Assignment.mask)
        .having(func.count(distinct(Assignment.user_id)) > 1)
        .subquery()
    )
    code = exists().where(Recording.study_id == study, Recording.code == Assignment.mask)
    is_given = exists().where(Assignment.study_id == study, Assignment.recording_id == Recording.id)
    locked_at = select(Study.locked_at).where(Study.id == study).scalar_subquery()
    queries = {
        "forms": number_of(Assignment),
        "masks": one(func.count(distinct(Assignment.mask)), Assignment),
        "shared_masks": select(func.count()).select_from(shared),
        "masks_like_codes": number_of(Assignment, code),
        "recordings": number_of(Recording),
        "practice": number_of(Recording, Recording.use == "practice"),
        "ungiven": number_of(Recording, Recording.use == "study", ~is_given),
        "different_files": one(func.count(distinct(Recording.sha256)), Recording),
        "shortest_ms": one(func.min(Recording.duration_ms), Recording),
        "longest_ms": one(func.max(Recording.duration_ms), Recording),
        "opened": number_of(Recording, is_opened(actor)),
        "recognised": number_of(Assignment, is_recognised(actor)),
        "muted_recordings": one(func.count(distinct(Mute.recording_id)), Mute, Mute.applied_at.is_not(None)),
        "muted_stretches": number_of(Mute, Mute.applied_at.is_not(None)),
        "recording_imports": number_of(Import, Import.kind == "recordings", Import.state == "done"),
        "sequences": number_of(Sequence),
        "dyads": one(func.count(distinct(Sequence.dyad_id)), Sequence),
        "notes": number_of(Note, Note.removed_at.is_(None)),
        "submissions": number_of(Submission),
        "resubmitted": one(func.count(distinct(Submission.assignment_id)), Submission, Submission.number > 1),
        "not_reported_heard": number_of(Submission, Submission.heard_share.is_(None)),
        "rated_late": number_of(Rating, Rating.rated_at > locked_at),
        "submitted_late": number_of(Submission, Submission.submitted_at > locked_at),
        "last_rated_at": one(func.max(Rating.rated_at), Rating),
        "last_submitted_at": one(func.max(Submission.submitted_at), Submission),
        "first_linkage_at": one(func.min(Snapshot.computed_at), Snapshot, Snapshot.kind == linkage.KIND),
    }
    row = db.execute(select(*(query.scalar_subquery().label(name) for name, query in queries.items()))).one()
    found = row._asdict()
    if not actor.sees(Thing.RATINGS):
        found |= dict.fromkeys(_OF_WORK)
    if not actor.sees(Thing.RECORDINGS):
        found |= dict.fromkeys(("shortest_ms", "longest_ms"))
    return Counts(**found)


def redraw(db: Session, actor: Actor) -> Redrawn | None:
    """Make the draws of the main round once more; None without a round, or to who must not see its subset."""
    made = db.execute(
        select(Round.id, Round.seed, Round.share).where(
            Round.study_id == actor.study_id, Round.purpose == MAIN
        )
    ).first()
    if made is None or not actor.sees(Thing.SUBSET):
        return None
    # The order that the draws were made from: that of the random names in the store.
    rows = db.execute(
        select(RoundRecording.recording_id, RoundRecording.in_subset)
        .join(Recording, Recording.id == RoundRecording.recording_id)
        .where(RoundRecording.study_id == actor.study_id, RoundRecording.round_id == made.id)
        .order_by(Recording.storage_name)
    ).all()
    recordings = [row.recording_id for row in rows]
    subset = frozenset(row.recording_id for row in rows if row.in_subset)
    stored = {
        (row.instrument_version_id, row.recording_id, row.user_id, row.is_primary)
        for row in db.execute(
            select(
                Assignment.instrument_version_id,
                Assignment.recording_id,
                Assignment.user_id,
                Assignment.is_primary,
            ).where(Assignment.study_id == actor.study_id, Assignment.round_id == made.id)
        )
    }
    again = draw_subset(recordings, made.share, made.seed)
    return Redrawn(
        seed=made.seed,
        share=made.share,
        n_recordings=len(recordings),
        n_subset=len(subset),
        n_forms=len(stored),
        same_subset=again == subset,
        same_forms=_allot_again(db, actor, recordings, again, made.seed) == stored,
    )


def _allot_again(
    db: Session, actor: Actor, recordings: list[int], subset: frozenset[int], seed: int
) -> set[tuple[int, int, int, bool]] | None:
    teams = list_teams(db, actor)
    if not all(team.coders for team in teams):
        return None
    coders = {team.instrument: [user_id for user_id, _ in team.coders] for team in teams}
    try:
        allotted = allot_teams(recordings, subset, coders, seed)
    except TellingTeamsError:
        return None
    return {
        (team.instrument_version_id, one.recording, one.coder, one.is_primary)
        for team in teams
        for one in allotted[team.instrument]
    }
