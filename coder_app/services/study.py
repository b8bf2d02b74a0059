"""Studies: create one, list one's own, move to the next phase."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument, bundled_instruments, parse_instrument
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase, check_moves
from coder_app.models import InstrumentVersion, Membership, Study
from coder_app.services import audit
from coder_app.services.actor import Actor, Tools, Viewer, get_actor
from coder_app.services.errors import Refused


@dataclass(frozen=True)
class StudyEntry:
    """One study in a person's list."""

    public_id: str
    name: str
    synthetic: bool
    phase: Phase
    roles: frozenset[Role]


@dataclass(frozen=True)
class StudyInstrument:
    """An instrument or measure as a study uses it."""

    id: int
    instrument: Instrument


def create_study(
    db: Session, tools: Tools, viewer: Viewer, name: str, instruments: list[str], *, synthetic: bool = False
) -> Actor:
    """Create a study with these bundled instruments, its creator being its lead."""
    if not viewer.can_create_studies:
        raise NotAllowed("this person may not create studies")
    name = name.strip()
    if not name:
        raise Refused("Give the study a name.")
    now = tools.clock()
    study = Study(
        public_id=tools.token_hex(), name=name, synthetic=synthetic, phase=Phase.SETUP, created_at=now
    )
    db.add(study)
    db.flush()
    db.add(Membership(study_id=study.id, user_id=viewer.user_id, role=Role.LEAD, created_at=now))
    _add_instruments(db, study, instruments)
    audit.begin_trail(db, study.id)
    audit.record_in(
        db, tools, study.id, viewer, "create study", study.public_id, name=name, instruments=instruments
    )
    return get_actor(db, tools, viewer, study.public_id)


def list_studies(db: Session, viewer: Viewer) -> list[StudyEntry]:
    """Return the studies in which a person has a role, by name."""
    rows = db.execute(
        select(Study, Membership.role)
        .join(Membership, Membership.study_id == Study.id)
        .where(Membership.user_id == viewer.user_id)
        .order_by(Study.name, Study.id)
    ).all()
    roles: dict[int, set[Role]] = {}
    for study, role in rows:
        roles.setdefault(study.id, set()).add(Role(role))
    studies = {study.id: study for study, _ in rows}
    return [
        StudyEntry(s.public_id, s.name, s.synthetic, Phase(s.phase), frozenset(roles[s.id]))
        for s in studies.values()
    ]


def list_instruments(db: Session, actor: Actor, kind: str) -> list[StudyInstrument]:
    """Return the study's instruments ('coding') or measures ('alliance'), in the order they were added."""
    rows = db.scalars(
        select(InstrumentVersion)
        .where(InstrumentVersion.study_id == actor.study_id, InstrumentVersion.kind == kind)
        .order_by(InstrumentVersion.id)
    )
    return [StudyInstrument(row.id, parse_instrument(row.definition)) for row in rows]


def move_to(db: Session, actor: Actor, phase: Phase) -> None:
    """Bring the study to its next phase; raise PhaseError when this is not the next one."""
    check_moves(actor.phase, phase)
    values: dict[str, object] = {"phase": phase}
    if phase in (Phase.LOCKED, Phase.UNMASKED):
        values[f"{phase}_at"] = actor.now()
    moved = db.execute(
        update(Study).where(Study.id == actor.study_id, Study.phase == actor.phase).values(values)
    )
    if moved.rowcount != 1:
        raise Refused("Somebody else has just moved this study on. Open the page again.")


def _add_instruments(db: Session, study: Study, names: list[str]) -> None:
    bundled = bundled_instruments()
    unknown = [name for name in names if name not in bundled]
    if unknown:
        raise Refused(f"There is no instrument {', '.join(unknown)}; choose from {', '.join(bundled)}.")
    for name in names:
        instrument = bundled[name]
        db.add(
            InstrumentVersion(
                study_id=study.id,
                name=instrument.name,
                version=instrument.version,
                kind=instrument.kind,
                definition=instrument.to_mapping(),
                created_at=study.created_at,
            )
        )
    db.flush()
