"""Where a study stands, from counts alone."""

from dataclasses import dataclass
from datetime import datetime

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
from coder_app.services import linkage, plan
from coder_app.services.actor import Actor
from coder_app.services.frames import MAIN
from coder_app.services.lock import Forms
from coder_app.services.plan import PlanView


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
    """The counts of a study; what this viewer must not see is None.

    `forms` are all, `training` those of training rounds, `repeats` those that came back to their coder. All
    are None for a lead who still has recordings to code, to whom they would tell when others submit and, with
    each own form, which of these it is.
    """

    phase: Phase
    n_dyads: int
    scores: tuple[tuple[str, int], ...]
    n_recordings: int | None
    n_opened: int
    frozen_at: datetime | None
    sequences: tuple[tuple[str, int], ...]
    teams: tuple[tuple[str, int], ...] | None
    n_allotted: int | None
    allotted_at: datetime | None
    forms: Forms | None
    training: Forms | None
    repeats: Forms | None
    subset: Subset | None
    locked_at: datetime | None
    plan: PlanView | None
    unmasked_at: datetime | None
    linked: bool
    trail: TrailHead | None

    @property
    def main(self) -> Forms | None:
        """The forms of the main round."""
        if self.forms is None or self.training is None or self.repeats is None:
            return self.forms
        others = (self.training, self.repeats)
        return Forms(
            self.forms.submitted - sum(one.submitted for one in others),
            self.forms.total - sum(one.total for one in others),
        )


def get_standing(db: Session, actor: Actor) -> Standing:
    """Return where the study stands, as far as this person may know."""
    actor.check_can(Act.SEE_STUDY)
    counts = db.execute(_counts(actor)).one()
    sees_progress = actor.sees(Thing.PROGRESS)
    sees_forms = sees_progress and actor.sees(Thing.FORMS)
    return Standing(
        phase=actor.phase,
        n_dyads=counts.dyads,
        scores=_scores(db, actor),
        n_recordings=counts.recordings if actor.can(Act.IMPORT) else None,
        n_opened=counts.opened,
        frozen_at=counts.frozen_at,
        sequences=_sequences(db, actor),
        teams=_teams(db, actor) if actor.can(Act.INVITE) else None,
        n_allotted=counts.allotted if sees_progress else None,
        allotted_at=counts.allotted_at,
        forms=Forms(counts.submitted, counts.forms) if sees_forms else None,
        training=Forms(counts.training_submitted, counts.training_forms) if sees_forms else None,
        repeats=Forms(counts.repeats_submitted, counts.repeats) if sees_forms else None,
        subset=Subset(counts.subset_done, counts.subset) if actor.sees(Thing.SUBSET) else None,
        locked_at=counts.locked_at,
        plan=plan.find_plan(db, actor),
        unmasked_at=counts.unmasked_at,
        linked=actor.sees(Thing.LINKAGE) and counts.linkages > 0,
        # How long the trail is tells a lead who codes when others rate.
        trail=TrailHead(counts.seq, counts.hash)
        if actor.can(Act.SEE_AUDIT) and actor.sees(Thing.RATINGS)
        else None,
    )


def _counts(actor: Actor):
    """Return the query of everything that is one number or one date."""

    def number_of(table: type, *where) -> ScalarSelect[int]:
        return select(func.count(table.id)).where(table.study_id == actor.study_id, *where).scalar_subquery()

    def first(column, table: type, *where) -> ScalarSelect[datetime]:
        return select(func.min(column)).where(table.study_id == actor.study_id, *where).scalar_subquery()

    main_round = select(Round.id).where(Round.study_id == actor.study_id, Round.purpose == MAIN)
    placed = RoundRecording.round_id.in_(main_round)
    repeats = select(Round.id).where(Round.study_id == actor.study_id, Round.of_round_id.is_not(None))
    comes_back = Assignment.round_id.in_(repeats)
    trains = Assignment.round_id.not_in(main_round) & ~comes_back
    submitted = Assignment.state == "submitted"
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
            number_of(Recording, Recording.opened_at.is_not(None)).label("opened"),
            first(Sample.frozen_at, Sample).label("frozen_at"),
            first(Round.created_at, Round, Round.purpose == MAIN).label("allotted_at"),
            number_of(RoundRecording, placed).label("allotted"),
            number_of(RoundRecording, placed, RoundRecording.in_subset).label("subset"),
            number_of(RoundRecording, placed, RoundRecording.in_subset, coded_by_all).label("subset_done"),
            number_of(Assignment).label("forms"),
            number_of(Assignment, submitted).label("submitted"),
            number_of(Assignment, trains).label("training_forms"),
            number_of(Assignment, trains, submitted).label("training_submitted"),
            number_of(Assignment, comes_back).label("repeats"),
            number_of(Assignment, comes_back, submitted).label("repeats_submitted"),
            number_of(Snapshot, Snapshot.kind == linkage.KIND).label("linkages"),
        )
        .join(AuditHead, AuditHead.study_id == Study.id)
        .where(Study.id == actor.study_id)
    )


def _scores(db: Session, actor: Actor) -> tuple[tuple[str, int], ...]:
    rows = db.execute(
        select(InstrumentVersion.name, func.count(Score.id))
        .join(InstrumentVersion, InstrumentVersion.id == Score.measure_id)
        .where(Score.study_id == actor.study_id, Score.subscale == "")
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
