"""Answers to single items of alliance measures: what a file would add or change, and the writing of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Answers, Dyad
from coder_app.services.actor import Actor
from coder_app.services.difference import Change, Difference
from coder_app.services.participant import add_dyads
from coder_app.services.session_details import (
    Place,
    StoredSession,
    compare_sessions,
    details_by_session,
    find_sessions,
    store_sessions,
)

if TYPE_CHECKING:
    from coder_app.tables.scores_items import AnswersRow


@dataclass(frozen=True)
class AnswersComparison:
    """The difference, counted in questionnaires, and the rows to write for it."""

    difference: Difference
    new_sessions: dict[Place, dict[str, Any]]
    session_updates: list[dict[str, Any]]
    new: "list[AnswersRow]"
    updates: list[dict[str, Any]]


@dataclass
class _Found:
    new: "list[AnswersRow]" = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    n_changed: int = 0
    n_added: int = 0


def compare_answers(
    db: Session, actor: Actor, rows: "Iterable[AnswersRow]", measure_ids: Mapping[str, int]
) -> AnswersComparison:
    """Compare the rows of a file with what is stored; an answer that a file lacks stays as it is."""
    rows = list(rows)
    sessions, details = find_sessions(db, actor), details_by_session(rows)
    found = _compare(rows, sessions, _find_stored(db, actor), measure_ids)
    dyads = set(db.scalars(select(Dyad.code).where(Dyad.study_id == actor.study_id)))
    new_sessions = {place: known for place, known in details.items() if place not in sessions}
    session_updates, session_changes, n_details = compare_sessions(details, sessions)
    difference = Difference(
        new_dyads=tuple(dict.fromkeys(row.dyad for row in rows if row.dyad not in dyads)),
        n_new_sessions=len(new_sessions),
        n_new=len(found.new),
        n_unchanged=len(rows) - len(found.new) - found.n_changed,
        n_changed=found.n_changed,
        n_added=n_details + found.n_added,
        changes=(*found.changes, *session_changes),
    )
    return AnswersComparison(difference, new_sessions, session_updates, found.new, found.updates)


def store_answers(
    db: Session, actor: Actor, comparison: AnswersComparison, measure_ids: Mapping[str, int], import_id: int
) -> None:
    """Write what the comparison found: dyads, treatment sessions, then answers."""
    add_dyads(db, actor, {code: {} for code in comparison.difference.new_dyads})
    store_sessions(db, actor, comparison.new_sessions, comparison.session_updates)
    if comparison.updates:
        db.execute(update(Answers), [row | {"import_id": import_id} for row in comparison.updates])
    if not comparison.new:
        return
    session_ids = {place: session.id for place, session in find_sessions(db, actor).items()}
    db.execute(
        insert(Answers.__table__),
        [
            {
                "study_id": actor.study_id,
                "treatment_session_id": session_ids[row.dyad, row.session],
                "informant": row.informant,
                "measure_id": measure_ids[row.measure],
                "answers": row.answers,
                "import_id": import_id,
            }
            for row in comparison.new
        ],
    )


def _find_stored(db: Session, actor: Actor) -> dict[tuple[int, str, int], tuple[int, dict[str, int]]]:
    query = select(
        Answers.id, Answers.treatment_session_id, Answers.informant, Answers.measure_id, Answers.answers
    ).where(Answers.study_id == actor.study_id)
    return {
        (session_id, informant, measure_id): (row_id, answers)
        for row_id, session_id, informant, measure_id, answers in db.execute(query)
    }


def _compare(
    rows: "list[AnswersRow]",
    sessions: Mapping[Place, StoredSession],
    stored: Mapping[tuple[int, str, int], tuple[int, dict[str, int]]],
    measure_ids: Mapping[str, int],
) -> _Found:
    found = _Found()
    for row in rows:
        session = sessions.get((row.dyad, row.session))
        key = (session.id, row.informant, measure_ids[row.measure]) if session else None
        if key is None or key not in stored:
            found.new.append(row)
            continue
        row_id, old = stored[key]
        if old | row.answers == old:
            continue
        found.updates.append({"id": row_id, "answers": old | row.answers})
        found.n_changed += 1
        found.n_added += len(row.answers.keys() - old.keys())
        what = f"{row.measure}, {row.informant}, "
        found.changes += [
            Change(row.dyad, row.session, what + code, old[code], answer)
            for code, answer in row.answers.items()
            if code in old and old[code] != answer
        ]
    return found
