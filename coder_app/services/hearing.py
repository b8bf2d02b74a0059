"""Recordings under their codes, as a lead hears them before coders do; the trail says who has."""

from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.sentences import Sentence, say
from coder_app.domain.visibility import Hidden, Thing
from coder_app.models import Audit, Recording
from coder_app.services import audit
from coder_app.services.actor import Actor, Viewer
from coder_app.services.acts import OPEN_ONE
from coder_app.services.errors import NotFound
from coder_app.services.recording_codes import is_released

LISTEN = "listen to recording"
NOTED_FOR = timedelta(hours=1)
WITH_CODERS = (
    "Coders have this recording. Until the study is unmasked it is heard only under their masks, and by the "
    "safeguarding contact about whom it concerns."
)


def check_hears(actor: Actor) -> None:
    """Raise NotAllowed or Hidden unless the actor may hear recordings under their codes."""
    actor.check_can(Act.IMPORT)
    actor.check_sees(Thing.RECORDINGS)
    actor.check_sees(Thing.SOUND)


def get_recording(db: Session, actor: Actor, public_id: str, *, lock: bool = False) -> Recording:
    """Return a recording that the actor may hear, or raise NotFound."""
    check_hears(actor)
    query = select(Recording).where(Recording.study_id == actor.study_id, Recording.public_id == public_id)
    row = db.scalars(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound
    return row


def get_audible(db: Session, actor: Actor, public_id: str) -> Recording:
    """Return a recording whose length, waveform and sound the actor may know now; Hidden once coders have it.

    Codes are drawn anew before that: whoever heard a recording before does not know it by its code after.
    """
    row = get_recording(db, actor, public_id)
    released = select(Recording.id).where(Recording.id == row.id, is_released())
    if actor.phase is not Phase.UNMASKED and db.scalar(released) is not None:
        raise Hidden(WITH_CODERS)
    return row


def get_storage_name(db: Session, actor: Actor, public_id: str) -> str:
    """Return under which name the recording's sound is stored."""
    return get_audible(db, actor, public_id).storage_name


def is_listening_noted(db: Session, actor: Actor, public_id: str) -> bool:
    """Whether the trail says of the last hour that the actor has heard the recording."""
    noted = select(func.max(Audit.at)).where(
        Audit.study_id == actor.study_id,
        Audit.act == LISTEN,
        Audit.actor == actor.viewer.public_id,
        Audit.subject == public_id,
    )
    last = db.scalar(noted)
    return last is not None and actor.now() - last < NOTED_FOR


def note_listening(db: Session, actor: Actor, public_id: str) -> None:
    """Put into the trail that the actor hears the recording: who has done so cannot code it blind."""
    audit.record(db, actor, LISTEN, get_audible(db, actor, public_id).public_id)


def has_opened(db: Session, actor: Actor, public_id: str) -> bool:
    """Whether the actor has opened this recording's key in an emergency."""
    opened = exists().where(
        Audit.study_id == actor.study_id,
        Audit.act == OPEN_ONE,
        Audit.actor == actor.viewer.public_id,
        Audit.subject == public_id,
    )
    return db.scalar(select(opened)) is True


def why_not_blind(db: Session, study_id: int, viewer: Viewer) -> Sentence | None:
    """Return why a person cannot be given blind work in the study any more, None while that is possible."""
    of_person = (Audit.study_id == study_id, Audit.actor == viewer.public_id)
    done = set(db.scalars(select(Audit.act).where(*of_person, Audit.act.in_((LISTEN, OPEN_ONE))).distinct()))
    if OPEN_ONE in done:
        return say("Whoever has opened a recording in an emergency cannot code blind in this study any more.")
    if LISTEN in done:
        return say("Whoever has heard recordings under their codes cannot code them blind any more.")
    return None
