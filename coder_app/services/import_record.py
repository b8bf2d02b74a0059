"""Imports of CSV files as the study keeps them: who brought one in, how far it is, what it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coder_app.db import hold_scores
from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Import, User
from coder_app.services import study
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused
from coder_app.services.participant import list_dyad_codes

PARTICIPANTS, SCORES = "participants", "scores"
KINDS = (PARTICIPANTS, SCORES)
STAGED, DONE, DISCARDED = "staged", "done", "discarded"
BUSY = "Other scores of this study are being imported or computed. Try again when that is done."


@dataclass(frozen=True)
class ImportRecord:
    """One import of a CSV file: who brought it in, how far it is, and what it did."""

    public_id: str
    kind: str
    state: str
    file_name: str
    summary: dict[str, Any]
    created_by: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class StagedImport:
    """A file that waits, and the part of the study that it is read against."""

    record: ImportRecord
    measures: Mapping[str, study.StudyInstrument]
    dyads: frozenset[str]
    has_participants: bool

    @property
    def may_create_dyads(self) -> bool:
        """Until participants are imported, nothing but the scores can say which dyads there are."""
        return self.record.kind == PARTICIPANTS or not self.has_participants

    @property
    def instruments(self) -> dict[str, Instrument]:
        """The study's measures by name."""
        return {name: measure.instrument for name, measure in self.measures.items()}


def get_import(db: Session, actor: Actor, public_id: str) -> ImportRecord:
    """Return an import of this study, or raise NotFound."""
    actor.check_can(Act.IMPORT)
    row = db.execute(_records(actor).where(Import.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return _as_record(*row)


def list_imports(db: Session, actor: Actor) -> list[ImportRecord]:
    """Return the imports that wait or are done, the newest first."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    query = _records(actor).where(Import.state.in_((STAGED, DONE))).order_by(Import.id.desc())
    return [_as_record(*row) for row in db.execute(query)]


def list_measures(db: Session, actor: Actor) -> list[Instrument]:
    """Return the measures whose scores can be imported."""
    actor.check_can(Act.IMPORT)
    return [measure.instrument for measure in study.list_instruments(db, actor, ALLIANCE)]


def get_staged(db: Session, actor: Actor, public_id: str) -> StagedImport:
    """Return a file that waits with what it is read against; raise Refused once it is over."""
    record = get_import(db, actor, public_id)
    if record.state != STAGED:
        raise Refused("This import is over. Start another one.")
    imported = select(Import.id).where(
        Import.study_id == actor.study_id, Import.kind == PARTICIPANTS, Import.state == DONE
    )
    return StagedImport(
        record=record,
        measures={
            measure.instrument.name: measure for measure in study.list_instruments(db, actor, ALLIANCE)
        },
        dyads=frozenset(list_dyad_codes(db, actor)),
        has_participants=db.scalars(imported).first() is not None,
    )


def lock_import(db: Session, actor: Actor, public_id: str) -> Import:
    """Return the row of an import as it stands in this turn to write, or raise NotFound."""
    own = (Import.study_id == actor.study_id, Import.public_id == public_id, Import.kind.in_(KINDS))
    row = db.scalars(select(Import).where(*own).execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def wait_for_scores(db: Session, actor: Actor) -> None:
    """Wait until nobody else writes scores of the study; asked for before the turn to write."""
    try:
        hold_scores(db, actor.study_id, wait=True)
    except OperationalError:
        raise Refused(BUSY) from None


def refuse_while_scores_come_in(db: Session, actor: Actor) -> None:
    """Raise Refused while scores of the study are being written; asked for within the turn to write."""
    if not hold_scores(db, actor.study_id, wait=False):
        raise Refused(BUSY)


def _records(actor: Actor) -> Select:
    return (
        select(Import, User.name)
        .join(User, User.id == Import.created_by)
        .where(Import.study_id == actor.study_id, Import.kind.in_(KINDS))
    )


def _as_record(row: Import, created_by: str) -> ImportRecord:
    return ImportRecord(
        public_id=row.public_id,
        kind=row.kind,
        state=row.state,
        file_name=row.file_name,
        summary=row.summary,
        created_by=created_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
