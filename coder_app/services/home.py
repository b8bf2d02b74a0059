"""What a study needs next, and what its lead should look at."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import OPEN_PHASES, Phase
from coder_app.domain.visibility import Thing
from coder_app.services import concern, drift, guess_asking, reopening_answer
from coder_app.services.actor import Actor
from coder_app.services.people import OpenInvitation, list_invitations
from coder_app.services.progress import IDLE_AFTER, CoderProgress, list_progress
from coder_app.services.sample_news import SampleNews, find_news
from coder_app.services.standing import Standing, get_standing

EXPIRES_SOON = timedelta(days=3)


class Step(StrEnum):
    """The one thing to do next."""

    IMPORT_PARTICIPANTS = "import participants"
    IMPORT_SCORES = "import scores"
    IMPORT_RECORDINGS = "import recordings"
    FREEZE_SAMPLE = "freeze sample"
    INVITE_CODERS = "invite coders"
    ALLOT = "allot"
    CODE = "code"
    LOCK = "lock"
    RECORD_PLAN = "record plan"
    UNMASK = "unmask"
    LINK = "link"
    NONE = "none"


@dataclass(frozen=True)
class GuessStep:
    """The last question to the coders, while it can be asked: None asked for means that it was not."""

    answered: int
    total: int | None


@dataclass(frozen=True)
class Overview:
    """Where the study stands and, for a lead, what needs action and how far each coder is."""

    standing: Standing
    next_step: Step | None
    invitations: tuple[OpenInvitation, ...]
    expiring: tuple[OpenInvitation, ...]
    not_begun: tuple[CoderProgress, ...]
    idle: tuple[CoderProgress, ...]
    n_reopenings: int
    concerns: concern.Counts | None
    guesses: GuessStep | None
    drift: drift.LastAlarms | None
    sample: SampleNews | None
    progress: tuple[CoderProgress, ...]


def get_overview(db: Session, actor: Actor) -> Overview:
    """Return where the study stands, as far as this person may know."""
    actor.check_can(Act.SEE_STUDY)
    now = actor.now()
    standing = get_standing(db, actor)
    invitations = tuple(list_invitations(db, actor)) if actor.can(Act.INVITE) else ()
    progress = tuple(list_progress(db, actor)) if actor.sees(Thing.PROGRESS) else ()
    at_work = [row for row in progress if not row.complete] if actor.phase in OPEN_PHASES else []
    return Overview(
        standing=standing,
        next_step=find_next(standing) if actor.can(Act.ALLOT) else None,
        invitations=invitations,
        expiring=tuple(one for one in invitations if one.expires_at - now < EXPIRES_SOON),
        not_begun=tuple(row for row in at_work if not row.begun),
        idle=tuple(row for row in at_work if row.last_worked and now - row.last_worked > IDLE_AFTER),
        n_reopenings=_count_reopenings(db, actor),
        concerns=concern.count(db, actor) if actor.can(Act.OPEN_RECORDING) else None,
        guesses=_guess_step(db, actor),
        drift=drift.find_last_alarms(db, actor) if actor.phase in OPEN_PHASES else None,
        sample=find_news(db, actor) if standing.frozen_at else None,
        progress=progress,
    )


def find_next(standing: Standing) -> Step:
    """Return the first step of a study that is not done; the counts are a lead's."""
    if standing.phase is Phase.UNMASKED:
        return Step.NONE if standing.linked else Step.LINK
    if standing.phase is Phase.LOCKED:
        return Step.UNMASK if standing.plan else Step.RECORD_PLAN
    if standing.phase is Phase.CODING:
        return Step.LOCK if standing.forms and standing.forms.complete else Step.CODE
    before_coding = (
        (standing.n_dyads, Step.IMPORT_PARTICIPANTS),
        (standing.scores, Step.IMPORT_SCORES),
        (standing.n_recordings, Step.IMPORT_RECORDINGS),
        (standing.frozen_at, Step.FREEZE_SAMPLE),
        (standing.teams and all(size for _, size in standing.teams), Step.INVITE_CODERS),
    )
    return next((step for done, step in before_coding if not done), Step.ALLOT)


def _count_reopenings(db: Session, actor: Actor) -> int:
    at_work = actor.phase in OPEN_PHASES and actor.can(Act.ANSWER_REOPENING)
    return reopening_answer.count_open(db, actor) if at_work else 0


def _guess_step(db: Session, actor: Actor) -> GuessStep | None:
    if actor.phase is not Phase.LOCKED or not actor.can(Act.ASK_GUESSES):
        return None
    asked = guess_asking.find_asked(db, actor)
    return GuessStep(asked.answered, asked.total) if asked else GuessStep(0, None)
