"""Gives coders the recordings that are due to come back, once a day and by nobody's hand.

Had a lead to press a button, a lead who codes would know that what is new in the own queue is a repeat. The
worker does it, unseen, and the new forms come anywhere among those that are not begun.
"""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.domain.allocation import Allotment
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Round, RoundRecording, Study
from coder_app.services import audit
from coder_app.services.actor import Actor, Tools, Viewer
from coder_app.services.acts import hold_phase
from coder_app.services.repeat_making import REPEAT, find_round, list_drawn
from coder_app.services.round_making import Order, add_forms, hold_waiting

GIVE = "give out repeats"
_PROGRAM = Viewer(user_id=0, public_id="", name="coder_app", user_name="", can_create_studies=False)


def list_studies(db: Session) -> list[int]:
    """Return the ids of studies being coded in which recordings come back."""
    query = (
        select(Study.id)
        .join(Round, Round.study_id == Study.id)
        .where(Study.phase == Phase.CODING, Round.purpose == REPEAT)
        .order_by(Study.id)
    )
    return list(db.scalars(query))


def give_due(db: Session, tools: Tools, study_id: int) -> int:
    """Give the coders of a study what is due to come back; return how many forms that were."""
    actor = _program(db, tools, study_id)
    # Held, so that neither the lock nor another worker comes in between.
    if hold_phase(db, actor) is not Phase.CODING:
        return 0
    made = find_round(db, actor)
    if made is None:
        return 0
    of_round = (Assignment.study_id == study_id, Assignment.round_id == made.id)
    columns = (Assignment.user_id, Assignment.recording_id, Assignment.instrument_version_id)
    given = {tuple(row) for row in db.execute(select(*columns).where(*of_round))}
    # Nobody's score is the one that counts, as none of them is linked.
    orders = [
        Order(one.instrument_version_id, Allotment(one.recording_id, one.user_id, False))
        for one in list_drawn(db, actor, made)
        if one.due and (one.user_id, one.recording_id, one.instrument_version_id) not in given
    ]
    if not orders:
        return 0
    waiting = hold_waiting(db, actor)
    _add_recordings(db, made, {order.allotment.recording for order in orders})
    together = add_forms(db, actor, made.id, orders, waiting)
    audit.record_in(
        db, tools, study_id, None, GIVE, made.public_id, forms=len(orders), listened_together=together
    )
    return len(orders)


def _program(db: Session, tools: Tools, study_id: int) -> Actor:
    """Return the program at work in a study: it has no role, so no service does anything else for it."""
    study = db.get_one(Study, study_id)
    return Actor(
        viewer=_PROGRAM,
        study_id=study.id,
        study_public_id=study.public_id,
        study_name=study.name,
        synthetic=study.synthetic,
        phase=Phase(study.phase),
        roles=frozenset(),
        coding=False,
        tools=tools,
        coding_settings=CodingSettings.from_mapping(study.coding_settings),
    )


def _add_recordings(db: Session, made: Round, recordings: set[int]) -> None:
    of_round = select(RoundRecording.recording_id).where(
        RoundRecording.study_id == made.study_id, RoundRecording.round_id == made.id
    )
    rows = [
        {"study_id": made.study_id, "round_id": made.id, "recording_id": recording, "in_subset": False}
        for recording in sorted(recordings - set(db.scalars(of_round)))
    ]
    if rows:
        db.execute(insert(RoundRecording), rows)
