"""The trail as the blinding report needs it: every act counted, and the few that are told one by one.

Ratings fill a trail, so they are counted in the database. A lead who still codes gets what the trail's own
page shows such a lead: no numbers, no payloads, and nothing of the acts on forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Audit, AuditPayload
from coder_app.services.actor import Actor
from coder_app.services.acts import LOCK, OPEN_ONE, UNMASK
from coder_app.services.emergency import REFUSED as REFUSED_ONE
from coder_app.services.guess_asking import ASK
from coder_app.services.repeat_making import SET_UP
from coder_app.services.trail import _ON_FORMS
from coder_app.services.unmask import REFUSED as REFUSED_ALL

CREATE, ALLOT, TRAIN = "create study", "allot recordings", "start training round"
PARTICIPANTS, SCORES, RECORDINGS = "import participants", "import scores", "import recordings"
FREEZE, RELEASE, PLAN, MUTE, REOPEN = (
    "freeze sample", "release sample", "record plan", "mute stretches", "reopen form",
)  # fmt: skip
ANEW, READ_CONCERN = "draw codes anew", "read concern"
JOIN, CONTACT = "join team", "become contact"
COMPARE, ADD, LOOK_UP = "compare with the key", "add to the key", "look up recordings in the key"
JOINED, TAKEN = "join by the key", "take away what the key joined"
AUDIT, STATE = "audit the blind", "state on blinding"
RATE, SUBMIT = "rate", "submit ratings"
KEY_USES = (COMPARE, ADD, LOOK_UP)
WORK = (RATE, SUBMIT)

_TOLD = (
    CREATE, PARTICIPANTS, SCORES, RECORDINGS, FREEZE, RELEASE, TRAIN, ALLOT, LOCK, PLAN, ASK, UNMASK,
    SET_UP, REFUSED_ALL, OPEN_ONE, REFUSED_ONE, MUTE, REOPEN, JOIN, CONTACT, *KEY_USES, AUDIT, STATE,
)  # fmt: skip
# Of each kind of act; how often there were more is known from the counts.
NEWEST = 100


@dataclass(frozen=True)
class Span:
    """How often something was done, and the first and the last time; `late` are those after the lock."""

    n: int
    first: int
    first_at: datetime
    last: int
    last_at: datetime
    n_late: int = 0
    first_late: int | None = None

    def join(self, other: "Span") -> "Span":
        """Return both as one."""
        late = [seq for seq in (self.first_late, other.first_late) if seq is not None]
        return Span(
            self.n + other.n,
            min(self.first, other.first),
            min(self.first_at, other.first_at),
            max(self.last, other.last),
            max(self.last_at, other.last_at),
            self.n_late + other.n_late,
            min(late, default=None),
        )


@dataclass(frozen=True)
class Step:
    """One act. `payload` is None where this viewer must not see it, or where it was erased."""

    seq: int
    at: datetime
    person: str | None
    act: str
    subject: str | None
    payload: Mapping[str, Any] | None

    def said(self, name: str) -> Any:
        """Return what the payload has under a name, or None."""
        return (self.payload or {}).get(name)


@dataclass(frozen=True)
class Trail:
    """Counts by (act, public id of the person), and the steps that are told one by one, the oldest first.

    `shows` says if this viewer may see payloads and the acts on forms.
    """

    spans: Mapping[tuple[str, str | None], Span]
    steps: tuple[Step, ...]
    shows: bool

    def span(self, *acts: str, person: str | None = None) -> Span | None:
        """Return how often these acts were done, by anybody or by one person; None for never."""
        found = None
        for (act, who), span in self.spans.items():
            if act in acts and (person is None or who == person):
                found = found.join(span) if found else span
        return found

    def count(self, *acts: str, person: str | None = None) -> int:
        """Return how often these acts were done."""
        span = self.span(*acts, person=person)
        return span.n if span else 0

    def of(self, *acts: str) -> tuple[Step, ...]:
        """Return these acts one by one, the oldest first: the newest of each kind if there are very many."""
        return tuple(step for step in self.steps if step.act in acts)

    def last(self, act: str) -> Step | None:
        """Return the last time that an act was done."""
        return next((step for step in reversed(self.steps) if step.act == act), None)

    def first(self, act: str) -> Step | None:
        """Return the first time that an act was done, of those that are told."""
        return next((step for step in self.steps if step.act == act), None)

    def has_all(self, act: str) -> bool:
        """Whether every act of a kind is told."""
        return len(self.of(act)) == self.count(act)

    def numbers(self, *found: "Step | Span | None") -> tuple[int, ...]:
        """Return the numbers at which acts stand in the trail; none to a viewer who must not see them."""
        if not self.shows:
            return ()
        seqs: set[int] = set()
        for one in found:
            if isinstance(one, Step):
                seqs.add(one.seq)
            elif one is not None:
                seqs |= {one.first, one.last}
        return tuple(sorted(seqs))


def read_trail(db: Session, actor: Actor) -> Trail:
    """Return the study's trail as far as this viewer may see it, in two queries whatever its length."""
    actor.check_can(Act.SEE_AUDIT)
    shows = actor.sees(Thing.RATINGS)
    return Trail(_count(db, actor, shows=shows), _list_steps(db, actor, shows=shows), shows)


def _count(db: Session, actor: Actor, *, shows: bool) -> dict[tuple[str, str | None], Span]:
    locked = select(func.max(Audit.seq)).where(Audit.study_id == actor.study_id, Audit.act == LOCK)
    late = Audit.seq > locked.scalar_subquery()
    query = (
        select(
            Audit.act,
            Audit.actor,
            func.count(),
            func.min(Audit.seq),
            func.min(Audit.at),
            func.max(Audit.seq),
            func.max(Audit.at),
            func.count(case((late, 1))),
            func.min(case((late, Audit.seq))),
        )
        .where(Audit.study_id == actor.study_id)
        .group_by(Audit.act, Audit.actor)
        .order_by(Audit.act, Audit.actor)
    )
    if not shows:
        query = query.where(Audit.act.not_in(_ON_FORMS))
    return {(act, person): Span(*rest) for act, person, *rest in db.execute(query)}


def _list_steps(db: Session, actor: Actor, *, shows: bool) -> tuple[Step, ...]:
    place = func.row_number().over(partition_by=Audit.act, order_by=Audit.seq.desc())
    newest = (
        select(Audit.id, place.label("place"))
        .where(Audit.study_id == actor.study_id, Audit.act.in_(_TOLD))
        .subquery()
    )
    query: Select = (
        select(Audit.seq, Audit.at, Audit.actor, Audit.act, Audit.subject, AuditPayload.payload)
        .join(newest, newest.c.id == Audit.id)
        .outerjoin(AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq))
        .where(newest.c.place <= NEWEST)
        .order_by(Audit.seq)
    )
    return tuple(
        Step(
            row.seq,
            row.at,
            row.actor,
            row.act,
            row.subject if shows else None,
            row.payload if shows else None,
        )
        for row in db.execute(query)
    )
