"""Alliance scores: what a file would add or change, and the writing of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Dyad, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.difference import Change, Difference
from coder_app.services.participant import add_dyads

if TYPE_CHECKING:
    from coder_app.tables.score_cells import ScoreRow

Place = tuple[str, int]


@dataclass(frozen=True)
class ScoreComparison:
    """The difference, and the rows to write for it."""

    difference: Difference
    new_sessions: dict[Place, dict[str, Any]]
    session_updates: list[dict[str, Any]]
    new_scores: "list[ScoreRow]"
    score_updates: list[dict[str, Any]]


@dataclass(frozen=True)
class _StoredSession:
    id: int
    details: dict[str, Any]


@dataclass(frozen=True)
class _Stored:
    dyads: frozenset[str]
    sessions: dict[Place, _StoredSession]
    scores: dict[tuple[int, str, int], tuple[int, float]]


@dataclass
class _Found:
    new_scores: "list[ScoreRow]" = field(default_factory=list)
    score_updates: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def compare_scores(
    db: Session, actor: Actor, rows: "Iterable[ScoreRow]", measure_ids: Mapping[str, int]
) -> ScoreComparison:
    """Compare the rows of a file with what is stored; a score that a file lacks stays as it is."""
    rows = list(rows)
    stored = _find_stored(db, actor)
    details = _details_by_session(rows)
    found = _compare_scores(rows, stored, measure_ids)
    new_sessions = {place: known for place, known in details.items() if place not in stored.sessions}
    session_updates, session_changes, n_added = _compare_sessions(details, stored)
    difference = Difference(
        new_dyads=tuple(dict.fromkeys(row.dyad for row in rows if row.dyad not in stored.dyads)),
        n_new_sessions=len(new_sessions),
        n_new=len(found.new_scores),
        n_unchanged=len(rows) - len(found.new_scores) - len(found.score_updates),
        n_changed=len(found.score_updates),
        n_added=n_added,
        changes=(*found.changes, *session_changes),
    )
    return ScoreComparison(difference, new_sessions, session_updates, found.new_scores, found.score_updates)


def store_scores(
    db: Session, actor: Actor, comparison: ScoreComparison, measure_ids: Mapping[str, int], import_id: int
) -> None:
    """Write what the comparison found: dyads, treatment sessions, then scores."""
    add_dyads(db, actor, {code: {} for code in comparison.difference.new_dyads})
    _store_sessions(db, actor, comparison)
    if comparison.score_updates:
        db.execute(update(Score), [row | {"import_id": import_id} for row in comparison.score_updates])
    if not comparison.new_scores:
        return
    session_ids = {place: session.id for place, session in _find_sessions(db, actor).items()}
    db.execute(
        insert(Score.__table__),
        [
            {
                "study_id": actor.study_id,
                "treatment_session_id": session_ids[row.dyad, row.session],
                "informant": row.informant,
                "measure_id": measure_ids[row.measure],
                "score": row.score,
                "import_id": import_id,
            }
            for row in comparison.new_scores
        ],
    )


def _store_sessions(db: Session, actor: Actor, comparison: ScoreComparison) -> None:
    if comparison.session_updates:
        db.execute(update(TreatmentSession), comparison.session_updates)
    if not comparison.new_sessions:
        return
    dyads = select(Dyad.code, Dyad.id).where(Dyad.study_id == actor.study_id)
    dyad_ids = dict(tuple(row) for row in db.execute(dyads))
    db.execute(
        insert(TreatmentSession.__table__),
        [
            {"study_id": actor.study_id, "dyad_id": dyad_ids[dyad], "number": number, "recorded": False}
            | details
            for (dyad, number), details in comparison.new_sessions.items()
        ],
    )


def _find_stored(db: Session, actor: Actor) -> _Stored:
    scores = select(
        Score.id, Score.treatment_session_id, Score.informant, Score.measure_id, Score.score
    ).where(Score.study_id == actor.study_id)
    return _Stored(
        dyads=frozenset(db.scalars(select(Dyad.code).where(Dyad.study_id == actor.study_id))),
        sessions=_find_sessions(db, actor),
        scores={
            (session_id, informant, measure_id): (score_id, score)
            for score_id, session_id, informant, measure_id, score in db.execute(scores)
        },
    )


def _find_sessions(db: Session, actor: Actor) -> dict[Place, _StoredSession]:
    query = (
        select(
            Dyad.code,
            TreatmentSession.number,
            TreatmentSession.id,
            TreatmentSession.held_on,
            TreatmentSession.attendance,
        )
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    return {
        (code, number): _StoredSession(session_id, {"held_on": held_on, "attendance": attendance})
        for code, number, session_id, held_on, attendance in db.execute(query)
    }


def _details_by_session(rows: "list[ScoreRow]") -> dict[Place, dict[str, Any]]:
    """Several scores belong to one treatment session; the first that tells a detail settles it."""
    details: dict[Place, dict[str, Any]] = {}
    for row in rows:
        known = details.setdefault((row.dyad, row.session), {"held_on": None, "attendance": None})
        if known["held_on"] is None and row.date is not None:
            known["held_on"] = date.fromisoformat(row.date)
        if known["attendance"] is None:
            known["attendance"] = row.attendance
    return details


def _compare_scores(rows: "list[ScoreRow]", stored: _Stored, measure_ids: Mapping[str, int]) -> _Found:
    found = _Found()
    for row in rows:
        session = stored.sessions.get((row.dyad, row.session))
        key = (session.id, row.informant, measure_ids[row.measure]) if session else None
        if key is None or key not in stored.scores:
            found.new_scores.append(row)
            continue
        score_id, score = stored.scores[key]
        if score != row.score:
            found.score_updates.append({"id": score_id, "score": row.score})
            what = f"{row.measure}, {row.informant}"
            found.changes.append(Change(row.dyad, row.session, what, score, row.score))
    return found


def _compare_sessions(
    details: dict[Place, dict[str, Any]], stored: _Stored
) -> tuple[list[dict[str, Any]], list[Change], int]:
    """Return the updates of stored treatment sessions, what they overwrite, and how much they fill in."""
    updates: list[dict[str, Any]] = []
    changes: list[Change] = []
    n_added = 0
    for place, new in details.items():
        session = stored.sessions.get(place)
        if session is None:
            continue
        old = session.details
        differing = {name: value for name, value in new.items() if value is not None and value != old[name]}
        if differing:
            updates.append({"id": session.id} | differing)
        n_added += sum(old[name] is None for name in differing)
        changes += [
            Change(*place, _DETAILS[name], str(old[name]), str(value))
            for name, value in differing.items()
            if old[name] is not None
        ]
    return updates, changes, n_added


_DETAILS = {"held_on": "date", "attendance": "attendance"}
