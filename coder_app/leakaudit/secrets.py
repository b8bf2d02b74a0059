"""Gathers what one coder must not know from the database itself, so that new rows are covered at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import (
    Assignment,
    Audit,
    AuditPayload,
    Dyad,
    Import,
    Invitation,
    Membership,
    Plan,
    Recording,
    Round,
    User,
)

SHORTEST = 4


@dataclass(frozen=True)
class Secret:
    """One text that must not reach the coder, and what it is."""

    kind: str
    text: str


def list_secrets(db: Session, study_id: int, user_id: int) -> list[Secret]:
    """Return what a coder of this study must not know, without what the coder does know."""
    known = _known(db, study_id, user_id)
    found = {
        secret
        for secret in _gather(db, study_id, user_id)
        if len(secret.text) >= SHORTEST and secret.text not in known and not secret.text.isdecimal()
    }
    return sorted(found, key=lambda secret: (secret.kind, secret.text))


def _known(db: Session, study_id: int, user_id: int) -> set[str]:
    user = db.get_one(User, user_id)
    own = db.execute(
        select(Assignment.mask, Assignment.public_id).where(
            Assignment.study_id == study_id, Assignment.user_id == user_id
        )
    )
    return {user.name, user.user_name, user.public_id} | {text for row in own for text in row}


def _gather(db: Session, study_id: int, user_id: int) -> Iterator[Secret]:
    yield from _columns(db, study_id)
    for row in db.execute(
        select(Assignment.mask, Assignment.public_id).where(
            Assignment.study_id == study_id, Assignment.user_id != user_id
        )
    ):
        yield Secret("another coder's mask", row.mask)
        yield Secret("another coder's assignment", row.public_id)
    for user in db.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.study_id == study_id, User.id != user_id)
    ):
        yield Secret("another person's name", user.name)
        yield Secret("another person's public id", user.public_id)
    for covariates in db.scalars(select(Dyad.covariates).where(Dyad.study_id == study_id)):
        for value in covariates.values():
            if isinstance(value, str) and len(value) >= 12:
                yield Secret("a covariate", value)
    for payload in db.scalars(
        select(AuditPayload.payload)
        .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
        # A rating's reason is a code of the instrument, which every coder knows.
        .where(AuditPayload.study_id == study_id, Audit.act.not_in(("rate", "find conflict")))
        .order_by(AuditPayload.seq)
    ):
        if payload and "reason" in payload and isinstance(payload["reason"], str):
            yield Secret("a reason in the trail", payload["reason"])


def _columns(db: Session, study_id: int) -> Iterator[Secret]:
    for kind, column, table in (
        ("a recording code", Recording.code, Recording),
        ("a storage name", Recording.storage_name, Recording),
        ("a recording's public id", Recording.public_id, Recording),
        ("a recording's hash", Recording.sha256, Recording),
        ("a dyad", Dyad.code, Dyad),
        ("a round", Round.name, Round),
        ("a round's public id", Round.public_id, Round),
        ("an invited person", Invitation.name, Invitation),
        ("a hash of the trail", Audit.hash, Audit),
        ("the plan's hash", Plan.sha256, Plan),
    ):
        for text in db.scalars(select(column).where(table.study_id == study_id)):
            yield Secret(kind, text)
    # A folder of recordings keeps no name of its own, only the word "recordings".
    named = select(Import.file_name).where(Import.study_id == study_id, Import.kind != "recordings")
    for text in db.scalars(named):
        yield Secret("an imported file", text)
