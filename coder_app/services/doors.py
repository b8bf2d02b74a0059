"""The doors into the demo: a coder's into the study being coded, the lead's into the finished one."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Dyad, Membership, Study
from coder_app.services.errors import NotFound


@dataclass(frozen=True)
class Door:
    """Who comes in by it, and the study that it opens."""

    user_id: int
    study_public_id: str


@dataclass(frozen=True)
class DemoSize:
    """What the demo's finished study is made of.

    Not how many recordings: a coder who has coded more than there are would know that some came back.
    """

    n_dyads: int
    n_coders: int


def find_door(db: Session, role: Role) -> Door:
    """Return the door for a lead or a coder, or raise NotFound; only synthetic studies have one."""
    member = (
        select(Membership.user_id, Study.public_id)
        .join(Study, Study.id == Membership.study_id)
        .where(Study.synthetic, Membership.role == role)
        .order_by(Study.id, Membership.user_id)
    )
    if role is Role.CODER:
        # Somebody who has something left to rate, so that the door leads to a recording.
        member = member.where(
            Study.phase == Phase.CODING,
            select(Assignment.id)
            .where(
                Assignment.study_id == Study.id,
                Assignment.user_id == Membership.user_id,
                Assignment.state != "submitted",
            )
            .exists(),
        )
    else:
        member = member.where(Study.phase == Phase.UNMASKED)
    row = db.execute(member).first()
    if row is None:
        raise NotFound
    return Door(*row)


def find_size(db: Session) -> DemoSize | None:
    """Return the size of the demo's finished study, once there is one."""
    study_id = db.scalars(
        select(Study.id).where(Study.synthetic, Study.phase == Phase.UNMASKED).order_by(Study.id)
    ).first()
    if study_id is None:
        return None
    coders = select(Membership.id).where(Membership.study_id == study_id, Membership.role == Role.CODER)
    counts = [
        select(func.count()).select_from(of.subquery()).scalar_subquery()
        for of in (
            select(Dyad.id).where(Dyad.study_id == study_id),
            coders,
        )
    ]
    return DemoSize(*db.execute(select(*counts)).one())
