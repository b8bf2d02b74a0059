"""Codes of recordings, drawn anew as long as no coder has the recording.

Whoever compares the list of codes before and after an import knows which recordings are the new ones, and
whoever has heard one knows it under its code. So all recordings that no coder has get other codes and other
addresses together, with each import and right before coders get any of them; nothing keeps the old ones.
"""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from coder_app.domain.masking import draw_masks
from coder_app.models import Assignment, Recording
from coder_app.services import audit
from coder_app.services.actor import Actor


def draw_anew(db: Session, actor: Actor) -> None:
    """Give every recording that no coder has another code and public id; the trail says how many.

    To be called before anything is written to the audit trail: muting locks a recording first and the trail
    after it.
    """
    rows = db.scalars(
        select(Recording)
        .where(Recording.study_id == actor.study_id, ~is_released())
        .order_by(Recording.id)
        .with_for_update()
    ).all()
    # None of the old codes among the new ones: an old code is nobody's.
    codes = draw_masks(len(rows), taken_names(db, actor), actor.tools.token_bytes)
    for row, code in zip(rows, codes, strict=True):
        row.code, row.public_id = code, actor.tools.token_hex()
    db.flush()
    audit.record(db, actor, "draw codes anew", recordings=len(rows))


def is_released() -> ColumnElement[bool]:
    """Return, for a query over recordings, whether a coder has been given the recording."""
    return exists().where(Assignment.study_id == Recording.study_id, Assignment.recording_id == Recording.id)


def taken_names(db: Session, actor: Actor) -> set[str]:
    """Return every code and mask of the study."""
    codes = db.scalars(select(Recording.code).where(Recording.study_id == actor.study_id))
    masks = db.scalars(select(Assignment.mask).where(Assignment.study_id == actor.study_id))
    return {*codes, *masks}
