"""Where a study stands and what it needs next, from counts alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.models import (
    Assignment,
    AuditHead,
    Dyad,
    InstrumentVersion,
    Recording,
    Round,
    RoundRecording,
    Sample,
    Score,
    Sequence,
    Snapshot,
    Study,
    TeamMember,
)
from coder_app.services import concern, linkage, plan, reopening_answer
from coder_app.services.actor import Actor
from coder_app.services.lock import Forms
from coder_app.services.people import OpenInvitation, list_invitations
from coder_app.services.plan import PlanView
from coder_app.services.progress import CoderProgress, list_progress

EXPIRES_SOON = timedelta(days=3)
IDLE_AFTER = timedelta(days=14)


class Step(StrEnum):
    """The one thing to do next."""

    IMPORT_PARTICIPANTS = "import participants"
    IMPORT_SCORES = "import scores"
    IMPORT_RECORDINGS = "import recordings"
    FREEZE_SAMPLE = "freeze sample"
    INVITE_CODERS = "invite coders"
    ALLOT = "allot"
    CODE = "code"
    LOCK = "lock"
    RECORD_PLAN = "record plan"
    UNMASK = "unmask"
    LINK = "link"
    NONE = "none"


@dataclass(frozen=True)
class Subset:
    """How many recordings of the reliability subset every one of their coders has submitted."""

    done: int
    total: int


@dataclass(frozen=True)
class TrailHead:
    """The end of the audit trail."""

    length: int
    hash: str


@dataclass(frozen=True)
class Standing:
    """The counts of a study; what this viewer must not see is None."""

    phase: Phase
    n_dyads: int
    scores: tuple[tuple[str, int], ...]
    n_recordings: int | None
    frozen_at: datetime | None
    sequences: tuple[tuple[str, int], ...]
    teams: tuple[tuple[str, int], ...] | None
    n_allotted: int | None
    allotted_at: datetime | None
    forms: Forms | None
    subset: Subset | None
    locked_at: datetime | None
    plan: PlanView | None
    unmasked_at: datetime | None
    linked: bool
    trail: TrailHead | None


@dataclass(frozen=True)
class Overview:
    """Where the study stands and, for a lead, what needs action and how far each coder is."""

    standing: Standing
    next_step: Step | None
    invitations: tuple[OpenInvitation, ...]
    expiring: tuple[OpenInvitation, ...]
    not_begun: tuple[CoderProgress, ...]
    idle: tuple[CoderProgress, ...]
    n_reopenings: int
    concerns: concern.Counts | None
    progress: tuple[CoderProgress, ...]


def get_overview(db: Session, actor: Actor) -> Overview:
    """Return where the study stands, as far as this person may know."""
    actor.check_can(Act.SEE_STUDY)
    now = actor.now()
    standing = _standing(db, actor)
    invitations = tuple(list_invitations(db, actor)) if actor.can(Act.INVITE) else ()
    progress = tuple(list_progress(db, actor)) if actor.sees(Thing.PROGRESS) else ()
    at_work = [row for row in progress if row.submitted < row.total] if actor.phase is Phase.CODING else []
    return Overview(
        standing=standing,
        next_step=find_next(standing) if actor.can(Act.ALLOT) else None,
        invitations=invitations,
        expiring=tuple(one for one in invitations if one.expires_at - now < EXPIRES_SOON),
        not_begun=tuple(row for row in at_work if row.last_worked is None),
        idle=tuple(row for row in at_work if row.last_worked and now - row.last_worked > IDLE_AFTER),
        n_reopenings=_count_reopenings(db, actor),
        concerns=concern.count(db, actor) if actor.can(Act.OPEN_RECORDING) else None,
        progress=progress,
    )


def find_next(standing: Standing) -> Step:
    """Return the first step of a study that is not done; the counts are a lead's."""
    if standing.phase is Phase.UNMASKED:
        return Step.NONE if standing.linked else Step.LINK
    if standing.phase is Phase.LOCKED:
        return Step.UNMASK if standing.plan else Step.RECORD_PLAN
    if standing.phase is Phase.CODING:
        return Step.LOCK if standing.forms and standing.forms.complete else Step.CODE
    before_coding = (
        (standing.n_dyads, Step.IMPORT_PARTICIPANTS),
        (standing.scores, Step.IMPORT_SCORES),
        (standing.n_recordings, Step.IMPORT_RECORDINGS),
        (standing.frozen_at, Step.FREEZE_SAMPLE),
        (standing.teams and all(size for _, size in standing.teams), Step.INVITE_CODERS),
    )
    return next((step for done, step in before_coding if not done), Step.ALLOT)


def _count_reopenings(db: Session, actor: Actor) -> int:
    at_work = actor.phase is Phase.CODING and actor.can(Act.ANSWER_REOPENING)
    return reopening_answer.count_open(db, actor) if at_work else 0


def _standing(db: Session, actor: Actor) -> Standing:
    counts = db.execute(_counts(actor)).one()
    sees_progress = actor.sees(Thing.PROGRESS)
    return Standing(
        phase=actor.phase,
        n_dyads=counts.dyads,
        scores=_scores(db, actor),
        n_recordings=counts.recordings if actor.can(Act.IMPORT) else None,
        frozen_at=counts.frozen_at,
        sequences=_sequences(db, actor),
        teams=_teams(db, actor) if actor.can(Act.INVITE) else None,
        n_allotted=counts.allotted if sees_progress else None,
        allotted_at=counts.allotted_at,
        forms=Forms(counts.submitted, counts.forms) if sees_progress else None,
        subset=Subset(counts.subset_done, counts.subset) if actor.sees(Thing.SUBSET) else None,
        locked_at=counts.locked_at,
        plan=plan.find_plan(db, actor),
        unmasked_at=counts.unmasked_at,
        linked=actor.sees(Thing.LINKAGE) and counts.linkages > 0,
        trail=TrailHead(counts.seq, counts.hash) if actor.can(Act.SEE_AUDIT) else None,
    )


def _counts(actor: Actor):
    """Return the query of everything that is one number or one date."""

    def number_of(table: type, *where) -> ScalarSelect[int]:
        return select(func.count(table.id)).where(table.study_id == actor.study_id, *where).scalar_subquery()

    def first(column, table: type) -> ScalarSelect[datetime]:
        return select(func.min(column)).where(table.study_id == actor.study_id).scalar_subquery()

    still_open = aliased(Assignment)
    coded_by_all = ~(
        select(still_open.id)
        .where(
            still_open.study_id == RoundRecording.study_id,
            still_open.round_id == RoundRecording.round_id,
            still_open.recording_id == RoundRecording.recording_id,
            still_open.state != "submitted",
        )
        .exists()
    )
    return (
        select(
            Study.locked_at,
            Study.unmasked_at,
            AuditHead.seq,
            AuditHead.hash,
            number_of(Dyad).label("dyads"),
            number_of(Recording, Recording.use == "study").label("recordings"),
            first(Sample.frozen_at, Sample).label("frozen_at"),
            first(Round.created_at, Round).label("allotted_at"),
            number_of(RoundRecording).label("allotted"),
            number_of(RoundRecording, RoundRecording.in_subset).label("subset"),
            number_of(RoundRecording, RoundRecording.in_subset, coded_by_all).label("subset_done"),
            number_of(Assignment).label("forms"),
            number_of(Assignment, Assignment.state == "submitted").label("submitted"),
            number_of(Snapshot, Snapshot.kind == linkage.KIND).label("linkages"),
        )
        .join(AuditHead, AuditHead.study_id == Study.id)
        .where(Study.id == actor.study_id)
    )


def _scores(db: Session, actor: Actor) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        select(InstrumentVersion.name, func.count(Score.id))
        .join(InstrumentVersion, InstrumentVersion.id == Score.measure_id)
        .where(Score.study_id == actor.study_id)
        .group_by(InstrumentVersion.id, InstrumentVersion.name)
        .order_by(InstrumentVersion.id)
    )
    return tuple((name, count) for name, count in rows)


def _sequences(db: Session, actor: Actor) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        select(Sequence.informant, func.count(Sequence.id))
        .where(Sequence.study_id == actor.study_id)
        .group_by(Sequence.informant)
        .order_by(Sequence.informant)
    )
    return tuple((informant, count) for informant, count in rows)


def _teams(db: Session, actor: Actor) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        select(InstrumentVersion.name, func.count(TeamMember.id))
        .outerjoin(TeamMember, TeamMember.instrument_version_id == InstrumentVersion.id)
        .where(InstrumentVersion.study_id == actor.study_id, InstrumentVersion.kind == CODING)
        .group_by(InstrumentVersion.id, InstrumentVersion.name)
        .order_by(InstrumentVersion.id)
    )
    return tuple((name, count) for name, count in rows)
