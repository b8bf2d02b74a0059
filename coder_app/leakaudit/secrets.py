"""Gathers what one person must not know from the database itself, so that new rows are covered at once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from coder_app.config import PROJECT
from coder_app.domain.visibility import Thing
from coder_app.leakaudit.columns import COLUMNS, names_of, tables
from coder_app.leakaudit.personas import ELSEWHERE, Persona
from coder_app.models import Assignment, Audit, Base, Dyad, Membership, Recording, Study, TreatmentSession

# Shorter texts, and common words, occur by chance; they are the business of the two worlds.
SHORTEST = 4
SURE = 12


@dataclass(frozen=True)
class Secret:
    """One text that must not reach somebody, and what it is."""

    kind: str
    text: str


@dataclass(frozen=True)
class Secrets:
    """What one person must not read, and which texts must not stand together before unmasking.

    `pairs` are (names of a recording, names of its source); `masks` are the person's own; `too_common` counts
    the texts left out.
    """

    texts: tuple[Secret, ...]
    pairs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    masks: frozenset[str]
    too_common: int


def list_secrets(db: Session, who: Persona) -> Secrets:
    """Return what this person must not know, without what the person does know."""
    known = frozenset(_own_texts(db, who))
    common = _words_of_the_program() + _instruments(db, who)
    found, n_common = set(), 0
    for secret in set(_gather(db, who)):
        if not secret.text or secret.text in known:
            continue
        if _is_common(secret.text, common):
            n_common += 1
        else:
            found.add(secret)
    texts = tuple(sorted(found, key=lambda secret: (secret.kind, secret.text)))
    return Secrets(texts, tuple(_pairs(db, who)), _own_masks(db, who), n_common)


def is_own(table: Table, who: Persona) -> ColumnElement[bool] | None:
    """Return the condition that a row is this person's own; None where no row is anybody's."""
    me = who.user_id if who.user_id is not None else -1
    mine = select(Assignment.id).where(Assignment.user_id == me)
    if table.name == "user":
        return table.c.id == me
    if table.name == "audit":
        return func.coalesce(table.c.actor, "") == (who.public_id or "-")
    if table.name == "audit_payload":
        acts = select(Audit.study_id, Audit.seq).where(Audit.actor == (who.public_id or "-")).subquery()
        same = (acts.c.study_id == table.c.study_id) & (acts.c.seq == table.c.seq)
        return select(acts.c.seq).where(same).exists()
    if table.name == "study":
        member_of = select(Membership.study_id).where(Membership.user_id == me)
        return table.c.id.in_(member_of) | (table.c.name == ELSEWHERE)
    if "user_id" in table.c:
        return table.c.user_id == me
    return table.c.assignment_id.in_(mine) if "assignment_id" in table.c else None


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value of a column, which can be JSON."""
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)


def _gather(db: Session, who: Persona) -> Iterator[Secret]:
    for table in tables():
        secret = [name for name in names_of(table) if _is_secret(name, who)]
        if not secret:
            continue
        columns = [table.c[name.partition(".")[2]] for name in secret]
        for row in db.execute(select(*columns).where(*_rows_of_others(table, who))):
            for name, value in zip(secret, row, strict=True):
                for text in texts_in(value):
                    # What is in JSON can be any word of the program.
                    if not isinstance(value, dict | list) or len(text) >= SURE:
                        yield Secret(COLUMNS[name].what, text)


def _is_secret(name: str, who: Persona) -> bool:
    column = COLUMNS[name]
    return column.what is not None and not who.may_read(column.opened_by)


def _rows_of_others(table: Table, who: Persona) -> list[ColumnElement[bool]]:
    in_study = _in_study(table, who)
    conditions = [] if in_study is None else [in_study]
    if table.name == "round":
        # Coders are told the name of a round that was announced.
        conditions.append(table.c.announced.is_(False))
    if table.name == "audit_payload":
        # A rating's reason is a code of the instrument, which every coder knows.
        acts = select(Audit.seq).where(
            Audit.study_id == table.c.study_id,
            Audit.seq == table.c.seq,
            Audit.act.in_(("rate", "find conflict")),
        )
        conditions.append(~acts.exists())
    own = is_own(table, who)
    return [*conditions, ~own] if own is not None else conditions


def _in_study(table: Table, who: Persona) -> ColumnElement[bool] | None:
    """Return the condition that a row is of the audited study; without one, of all but the audit's own."""
    if "study_id" not in table.c:
        return None
    if who.study_id is not None:
        return table.c.study_id == who.study_id
    return table.c.study_id.not_in(select(Study.id).where(Study.name == ELSEWHERE))


def _own_texts(db: Session, who: Persona) -> Iterator[str]:
    """Yield every text in the person's own rows, and in the columns that are open to the person."""
    for table in tables():
        own = is_own(table, who)
        texts = [name for name in names_of(table) if COLUMNS[name].what]
        opened = [name for name in texts if not _is_secret(name, who)]
        for names, where in ((texts, own), (opened, _in_study(table, who))):
            if names and where is not None and who.user_id is not None:
                columns = [table.c[name.partition(".")[2]] for name in names]
                for row in db.execute(select(*columns).where(where)):
                    yield from texts_in(list(row))
    yield from (text for text in (who.name, who.study, who.study_name, who.public_id) if text)


def _own_masks(db: Session, who: Persona) -> frozenset[str]:
    return frozenset(db.scalars(select(Assignment.mask).where(Assignment.user_id == (who.user_id or -1))))


def _pairs(db: Session, who: Persona) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the names of each recording with the name of its dyad, while nobody may see them together."""
    if not who.is_staff or who.sees(Thing.KEY):
        return
    key = Base.metadata.tables["recording_key"]
    rows = db.execute(
        select(Recording.id, Recording.code, Recording.public_id, Dyad.code.label("dyad"))
        .join(key, (key.c.recording_id == Recording.id) & (key.c.study_id == Recording.study_id))
        .join(TreatmentSession, TreatmentSession.id == key.c.treatment_session_id)
        .join(Dyad, Dyad.id == TreatmentSession.dyad_id)
        # One that was opened in an emergency is known to those who opened it.
        .where(Recording.study_id == who.study_id, Recording.opened_at.is_(None))
    ).all()
    names: dict[int, list[str]] = {}
    for recording_id, mask, public_id in db.execute(
        select(Assignment.recording_id, Assignment.mask, Assignment.public_id).where(
            Assignment.study_id == who.study_id
        )
    ):
        names.setdefault(recording_id, []).extend((mask, public_id))
    for row in rows:
        yield (row.code, row.public_id, *names.get(row.id, ())), (row.dyad,)


def _is_common(text: str, words: str) -> bool:
    if len(text) < SHORTEST or text.replace(".", "").replace("-", "").isdecimal():
        return True
    return len(text) < SURE and text.casefold() in words


@cache
def _words_of_the_program() -> str:
    """Return all that the program itself says on pages that are not the lead's."""
    folders = (PROJECT / "templates", PROJECT / "coder_app" / "web")
    files: list[Path] = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".html", ".py") and "lead" not in path.relative_to(folder).parts
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files)).casefold()


def _instruments(db: Session, who: Persona) -> str:
    table = Base.metadata.tables["instrument_version"]
    return json.dumps(db.scalars(select(table.c.definition)).all(), ensure_ascii=False).casefold()
