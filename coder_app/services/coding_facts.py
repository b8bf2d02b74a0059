"""How the ratings came about: rounds, how the subset was drawn, training, and what broke the blind."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coder_app.models import Assignment, Round, RoundRecording
from coder_app.services import marks
from coder_app.services.actor import Actor
from coder_app.services.selection import MAIN, SUBMITTED, Selection

TRAINING = "training"


def describe_coding(db: Session, actor: Actor, selection: Selection) -> dict[str, Any]:
    """Return what a paper says of the coding, in counts; whoever sees ratings may have it."""
    marked = marks.get_marks(db, actor)
    is_chosen = Round.public_id == selection.round if selection.round else Round.purpose == MAIN
    return {
        "rounds": _describe_rounds(db, actor, is_chosen),
        "training": _describe_training(db, actor),
        "n_opened": len(marked.opened),
        "n_recognised": marked.n_recognised,
    }


def _describe_rounds(db: Session, actor: Actor, is_chosen: ColumnElement[bool]) -> list[dict[str, Any]]:
    in_subset = func.count(RoundRecording.id).filter(RoundRecording.in_subset)
    rows = db.execute(
        select(
            *(Round.name, Round.purpose, Round.seed, Round.share),
            func.count(RoundRecording.id).label("n_recordings"),
            in_subset.label("n_subset"),
        )
        .join(
            RoundRecording,
            (RoundRecording.study_id == Round.study_id) & (RoundRecording.round_id == Round.id),
        )
        .where(Round.study_id == actor.study_id, is_chosen)
        .group_by(Round.id, Round.name, Round.purpose, Round.seed, Round.share)
        .order_by(Round.id)
    )
    return [dict(row) for row in rows.mappings()]


def _describe_training(db: Session, actor: Actor) -> dict[str, int]:
    """Count what was submitted in rounds of training."""
    row = db.execute(
        select(
            func.count(Assignment.round_id.distinct()),
            func.count(Assignment.recording_id.distinct()),
            func.count(Assignment.user_id.distinct()),
        )
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.state == SUBMITTED,
            Round.purpose == TRAINING,
        )
    ).one()
    return dict(zip(("n_rounds", "n_recordings", "n_coders"), row, strict=True))
