"""Coders who recognise a recording: they say so, go on rating, and the tables carry the mark."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.recognition import How, read_how
from coder_app.domain.sentences import say
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Listening, Recording, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused

SUBMITTED = "submitted"


@dataclass(frozen=True)
class Recognised:
    """That a coder has recognised a recording, since when and by what."""

    at: datetime
    how: How | None


@dataclass(frozen=True)
class RecognisedForm:
    """One form whose coder has recognised the recording."""

    code: str
    instrument: str
    at: datetime
    how: How | None


@dataclass(frozen=True)
class RecognisedBy:
    """How many forms a coder has marked; which ones is None for a lead who must not see ratings."""

    coder: str
    n_forms: int
    forms: tuple[RecognisedForm, ...] | None


def find_own(db: Session, actor: Actor, assignment: str) -> Recognised | None:
    """Return the mark on one of the coder's own forms, None when there is none."""
    actor.check_can(Act.RATE)
    row = _get_own(db, actor, assignment)
    return Recognised(row.recognised_at, _how(row.recognised_how)) if row.recognised_at else None


def mark(db: Session, actor: Actor, assignment: str, how: str) -> None:
    """Mark one of the coder's own forms, and those of the same listening; an earlier mark stays as it is."""
    actor.check_can(Act.RATE)
    row = _get_own(db, actor, assignment, lock=True)
    try:
        by = read_how(how)
    except ValueError as error:
        raise Refused(say("Choose one of the answers that the page offers, or none.")) from error
    unmarked = [form for form in _of_listening(db, row) if form.recognised_at is None]
    for form in unmarked:
        form.recognised_at, form.recognised_how = actor.now(), by
        db.flush()
        audit.record(db, actor, "recognise recording", form.public_id, how=by)


def take_back(db: Session, actor: Actor, assignment: str) -> None:
    """Take the mark back; Refused once the form is submitted, since tables may rest on it."""
    actor.check_can(Act.RATE)
    row = _get_own(db, actor, assignment, lock=True)
    if row.recognised_at is not None and row.state == SUBMITTED:
        raise Refused(say("This form is submitted: what you said of the recording stays with it."))
    for form in _of_listening(db, row):
        if form.recognised_at is not None and form.state != SUBMITTED:
            form.recognised_at = form.recognised_how = None
            db.flush()
            audit.record(db, actor, "take back recognition", form.public_id)


def list_by_coder(db: Session, actor: Actor) -> list[RecognisedBy]:
    """Return the coders who have marked forms, by name: counts, and the forms for who may see ratings."""
    actor.check_can(Act.SEE_PROGRESS)
    rows = db.execute(
        select(
            User.id,
            User.name,
            Recording.code,
            InstrumentVersion.name.label("instrument"),
            Assignment.recognised_at,
            Assignment.recognised_how,
        )
        .join(User, User.id == Assignment.user_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .where(Assignment.study_id == actor.study_id, Assignment.recognised_at.is_not(None))
        .order_by(User.name, User.id, Recording.code, InstrumentVersion.name)
    )
    found: dict[tuple[int, str], list[RecognisedForm]] = defaultdict(list)
    for row in rows:
        form = RecognisedForm(row.code, row.instrument, row.recognised_at, _how(row.recognised_how))
        found[row.id, row.name].append(form)
    shows = actor.sees(Thing.RATINGS)
    return [
        RecognisedBy(name, len(forms), tuple(forms) if shows else None) for (_, name), forms in found.items()
    ]


def _get_own(db: Session, actor: Actor, assignment: str, *, lock: bool = False) -> Assignment:
    query = select(Assignment).where(*own(actor, assignment))
    row = db.scalars(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound
    return row


def _of_listening(db: Session, row: Assignment) -> list[Assignment]:
    """Return the form and, where the lead allows one listening for several forms, the others of it."""
    if row.listening_id is None:
        return [row]
    others = db.scalars(
        select(Assignment)
        .join(Listening, Listening.id == Assignment.listening_id)
        .where(
            Assignment.study_id == row.study_id,
            Assignment.user_id == row.user_id,
            Assignment.listening_id == row.listening_id,
            Assignment.id != row.id,
            Listening.together,
        )
        .order_by(Assignment.place)
    )
    return [row, *others]


def _how(stored: str | None) -> How | None:
    return How(stored) if stored else None
