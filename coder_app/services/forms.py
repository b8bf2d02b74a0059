"""The submitted forms of the main round: how many segments they have, and how their coders listened."""

from dataclasses import astuple, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.rough import rough_share
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Listening, Recording, Round, Submission
from coder_app.services.actor import Actor
from coder_app.services.frames import MAIN, SUBMITTED, name_coders
from coder_app.services.marks import is_opened, is_recognised
from coder_app.services.segment import count_segments

FORMS = (
    *("instrument", "target", "rater", "primary", "segments", "listened_together", "heard", "submissions"),
    *("recognised", "opened"),
)


@dataclass(frozen=True)
class SubmittedForm:
    """One form under its recording's code, its coder by number."""

    instrument: str
    code: str
    coder: str
    is_primary: bool
    n_segments: int
    together: bool
    heard_share: float | None
    n_submissions: int
    recognised: bool
    opened: bool


def list_submitted(db: Session, actor: Actor) -> list[SubmittedForm]:
    """Return every submitted form of the main round, by scale, recording and coder."""
    actor.check_sees(Thing.RATINGS)
    coders = name_coders(db, actor)
    last = (
        select(Submission.assignment_id, func.max(Submission.number).label("number"))
        .where(Submission.study_id == actor.study_id)
        .group_by(Submission.assignment_id)
        .subquery()
    )
    rows = db.execute(
        select(
            InstrumentVersion.name,
            Recording.code,
            Assignment.user_id,
            Assignment.is_primary,
            count_segments().label("n_segments"),
            Listening.together,
            Submission.heard_share,
            last.c.number,
            is_recognised(actor).label("recognised"),
            is_opened(actor).label("opened"),
        )
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(Round, Round.id == Assignment.round_id)
        .outerjoin(Listening, Listening.id == Assignment.listening_id)
        .outerjoin(last, last.c.assignment_id == Assignment.id)
        .outerjoin(
            Submission,
            (Submission.study_id == Assignment.study_id)
            & (Submission.assignment_id == Assignment.id)
            & (Submission.number == last.c.number),
        )
        .where(Assignment.study_id == actor.study_id, Assignment.state == SUBMITTED, Round.purpose == MAIN)
    )
    found = [
        SubmittedForm(
            instrument=row.name,
            code=row.code,
            coder=coders[row.user_id].alias,
            is_primary=row.is_primary,
            n_segments=row.n_segments,
            together=bool(row.together),
            heard_share=rough_share(row.heard_share),
            n_submissions=row.number or 1,
            recognised=row.recognised,
            opened=row.opened,
        )
        for row in rows
    ]
    return sorted(found, key=lambda form: (form.instrument, form.code, form.coder))


def write_forms(forms: list[SubmittedForm]) -> str:
    """Return the forms as CSV."""
    from coder_app.tables.writing import write_csv

    return write_csv(FORMS, [astuple(form) for form in forms])
