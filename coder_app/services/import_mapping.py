"""What columns of a waiting file mean: guessed, chosen by a person, kept under a name for the next file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.permissions import Act
from coder_app.models import Import, ImportMapping, User
from coder_app.services import audit, import_record
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_check import FILE
from coder_app.services.import_record import PARTICIPANTS, STAGED, StagedImport, lock_import
from coder_app.services.staging import Staging

if TYPE_CHECKING:
    from coder_app.tables.mapping import Mapping
    from coder_app.tables.participant_mapping import ParticipantMapping

    AnyMapping = Mapping | ParticipantMapping

MOST_NAME_CHARACTERS = 120
MOST_KEPT = 200
# What is read within a request: about ten thousand rows.
MOST_BYTES = 500_000
# A workbook is packed, and SPSS files are read by a library that the server must not load.
_MOST_BYTES_OF = {b"PK\x03\x04": 100_000, b"$FL2": 0, b"$FL3": 0}


@dataclass(frozen=True)
class KeptMapping:
    """What columns of a lab's files mean, under a name; `fit` is "exactly", "well" or None for this file."""

    public_id: str
    name: str
    created_by: str
    content: dict[str, Any]
    fit: str | None = None


@dataclass(frozen=True)
class MappingGround:
    """A file that waits, what was chosen for it, and what is kept for files of its kind."""

    staged: StagedImport
    chosen: dict[str, Any] | None
    kept: tuple[KeptMapping, ...]
    path: Path
    staging: Staging

    @property
    def is_large(self) -> bool:
        """Whether opening the file takes longer than a request may."""
        return not self.is_participants and not is_small(self.path)

    @property
    def is_participants(self) -> bool:
        """Whether the file is of participants."""
        return self.staged.record.kind == PARTICIPANTS


def is_small(path: Path) -> bool:
    """Whether a waiting file is read within a request."""
    with path.open("rb") as file:
        start = file.read(4)
    return path.stat().st_size <= _MOST_BYTES_OF.get(start, MOST_BYTES)


def find_ground(db: Session, actor: Actor, public_id: str, staging: Staging) -> MappingGround:
    """Return a file that waits; raise Refused when it is over, NotFound when the file is gone."""
    actor.check_can(Act.IMPORT)
    staged = import_record.get_staged(db, actor, public_id)
    chosen = db.scalars(
        select(Import.mapping).where(Import.study_id == actor.study_id, Import.public_id == public_id)
    ).one()
    kept = tuple(one for one in list_kept(db, actor) if one.content.get("kind") == staged.record.kind)
    return MappingGround(staged, chosen, kept, staging.path_to(public_id, FILE), staging)


def list_kept(db: Session, actor: Actor) -> list[KeptMapping]:
    """Return the mappings that the study keeps, by name."""
    actor.check_can(Act.IMPORT)
    query = (
        select(ImportMapping.public_id, ImportMapping.name, User.name, ImportMapping.content)
        .join(User, User.id == ImportMapping.created_by)
        .where(ImportMapping.study_id == actor.study_id)
        .order_by(ImportMapping.name)
    )
    return [KeptMapping(*row) for row in db.execute(query)]


def choose(
    db: Session, actor: Actor, public_id: str, mapping: dict[str, Any], kept_as: str | None = None
) -> None:
    """Say what the columns of a file that waits mean; `kept_as` is the name of the mapping that said so."""
    actor.check_can(Act.IMPORT)
    row = lock_import(db, actor, public_id)
    if row.state != STAGED:
        raise Refused("This import is over. Start another one.")
    if row.mapping == mapping:
        return
    row.mapping = mapping
    db.flush()
    details = {"kept_as": kept_as} if kept_as else {}
    audit.record(db, actor, "choose columns", public_id, file_name=row.file_name, mapping=mapping, **details)


def keep(db: Session, actor: Actor, name: str, mapping: dict[str, Any]) -> str:
    """Keep what columns mean under a name; the same name again replaces it. Return its public id."""
    actor.check_can(Act.IMPORT)
    name = " ".join(name.split())
    if not name or len(name) > MOST_NAME_CHARACTERS or not name.isprintable():
        raise Refused(f"Give the columns a name of at most {MOST_NAME_CHARACTERS} characters.")
    row = db.scalars(
        select(ImportMapping).where(ImportMapping.study_id == actor.study_id, ImportMapping.name == name)
    ).first()
    if row is None:
        _check_room(db, actor)
        row = ImportMapping(
            study_id=actor.study_id,
            public_id=actor.tools.token_hex(),
            name=name,
            content=mapping,
            created_by=actor.user_id,
            created_at=actor.now(),
        )
        db.add(row)
    elif row.content == mapping:
        return row.public_id
    row.content, row.created_by, row.created_at = mapping, actor.user_id, actor.now()
    db.flush()
    audit.record(db, actor, "keep columns", row.public_id, name=name, mapping=mapping)
    return row.public_id


def forget(db: Session, actor: Actor, public_id: str) -> str:
    """Delete a mapping that was kept and return its name; imports made with it stay as they are."""
    actor.check_can(Act.IMPORT)
    own = (ImportMapping.study_id == actor.study_id) & (ImportMapping.public_id == public_id)
    found = db.execute(select(ImportMapping.name, ImportMapping.content).where(own)).first()
    if found is None:
        raise NotFound
    db.execute(delete(ImportMapping).where(own))
    audit.record(db, actor, "delete kept columns", public_id, name=found.name, mapping=found.content)
    return found.name


def begin(database: Database, actor: Actor, public_id: str, staging: Staging) -> bool:
    """Look at a file that has just come in; say whether a person should say first what its columns mean.

    One that has all columns of a kept mapping and no other is read as that one says, from the sheet of the
    same name where there is one.
    """
    from coder_app.services.import_columns_read import guess_of, is_usable, keep_for_page, open_file
    from coder_app.tables.text import TableError

    with database.read() as db:
        ground = find_ground(db, actor, public_id, staging)
    try:
        table = open_file(ground, None)
        if ground.is_large:
            keep_for_page(ground, None, table)
        kept_sheets = {kept.content.get("sheet") for kept in ground.kept} & set(table.sheets)
        others = (open_file(ground, sheet) for sheet in sorted(kept_sheets - {table.sheet}))
        for one in (*others, table):
            for kept in fitting(ground, one.columns):
                if kept.fit == "exactly" and is_usable(ground, one, kept.content):
                    with database.write() as db:
                        choose(db, actor, public_id, kept.content | {"sheet": one.sheet}, kept.name)
                    return False
    except TableError:
        # The preview says what is wrong with a file that is no table.
        if ground.is_large:
            keep_for_page(ground, None, None)
        return False
    return not guess_of(ground, table).is_sure


def look_for_page(database: Database, actor: Actor, public_id: str, staging: Staging, sheet: str) -> None:
    """Keep what the page of columns needs of one sheet of a large file, or of the first ("")."""
    from coder_app.services.import_columns_read import keep_for_page, open_file
    from coder_app.tables.text import TableError

    with database.read() as db:
        ground = find_ground(db, actor, public_id, staging)
    try:
        table = open_file(ground, sheet or None)
    except TableError:
        table = None
    keep_for_page(ground, sheet, table)


def fitting(ground: MappingGround, columns: tuple[str, ...]) -> list[KeptMapping]:
    """Return the kept mappings, those first that fit this file exactly, then those that fit it well."""
    from dataclasses import replace

    from coder_app.services.import_columns_read import read_mapping

    found = []
    for kept in ground.kept:
        try:
            mapping = read_mapping(kept.content)
        except (ValueError, KeyError, TypeError):
            continue
        fit = "exactly" if mapping.fits_exactly(columns) else "well" if mapping.fits(columns) else None
        found.append(replace(kept, fit=fit))
    return sorted(found, key=lambda kept: (("exactly", "well", None).index(kept.fit), kept.name))


def _check_room(db: Session, actor: Actor) -> None:
    n_kept = len(list_kept(db, actor))
    if n_kept >= MOST_KEPT:
        raise Refused(f"A study keeps at most {MOST_KEPT} of them. Delete one first.")
