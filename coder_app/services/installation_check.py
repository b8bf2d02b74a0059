"""Checks the whole installation's trails: every link of every study, and heads that were noted elsewhere."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import Audit, Study, User
from coder_app.services.audit import ChainState, check_chain


@dataclass(frozen=True)
class TrailCheck:
    """One study's trail: the state of its chain, and what the first broken link says of itself."""

    study: str
    public_id: str
    chain: ChainState
    broken_link: str | None


@dataclass(frozen=True)
class NotedHead:
    """The end of a trail as an export or a backup has printed it."""

    seq: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "NotedHead":
        """Read "812:3f0c..."; raise ValueError when it is not a number and a hash."""
        seq, _, hash_ = text.partition(":")
        if not (seq.isdecimal() and len(hash_) == 64 and set(hash_) <= set("0123456789abcdef")):
            raise ValueError(f"{text!r} is not a number of an act and its hash, such as 812:3f0c…")
        return cls(int(seq), hash_)


def check_trails(db: Session) -> list[TrailCheck]:
    """Verify the trail of every study, by name."""
    studies = db.execute(select(Study.id, Study.name, Study.public_id).order_by(Study.name, Study.id)).all()
    checks = []
    for study in studies:
        chain = check_chain(db, study.id)
        broken = None if chain.broken_at is None else _describe(db, study.id, chain.broken_at)
        checks.append(TrailCheck(study.name, study.public_id, chain, broken))
    return checks


def find_noted(db: Session, noted: NotedHead) -> str | None:
    """Return the name of the study whose trail still has the noted end, None when it was cut or rewritten."""
    return db.scalars(
        select(Study.name)
        .join(Audit, Audit.study_id == Study.id)
        .where(Audit.seq == noted.seq, Audit.hash == noted.hash)
    ).first()


def _describe(db: Session, study_id: int, seq: int) -> str:
    row = db.execute(
        select(Audit.act, Audit.at, User.name)
        .outerjoin(User, User.public_id == Audit.actor)
        .where(Audit.study_id == study_id, Audit.seq == seq)
    ).first()
    if row is None:
        return f"act {seq} is missing"
    when = f"{row.at:%Y-%m-%d %H:%M} UTC"
    return f"act {seq} ({row.act}, {when}, {row.name or 'coder_app'}) is not as it was written"
