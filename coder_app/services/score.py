"""Alliance scores: what a file would add or change, and the writing of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Dyad, Score
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
    from coder_app.tables.score_cells import ScoreRow


@dataclass(frozen=True)
class ScoreComparison:
    """The difference, and the rows to write for it."""

    difference: Difference
    new_sessions: dict[Place, dict[str, Any]]
    session_updates: list[dict[str, Any]]
    new_scores: "list[ScoreRow]"
    score_updates: list[dict[str, Any]]


@dataclass(frozen=True)
class _Stored:
    dyads: frozenset[str]
    sessions: dict[Place, StoredSession]
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
    details = details_by_session(rows)
    found = _compare_scores(rows, stored, measure_ids)
    new_sessions = {place: known for place, known in details.items() if place not in stored.sessions}
    session_updates, session_changes, n_added = compare_sessions(details, stored.sessions)
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
    store_sessions(db, actor, comparison.new_sessions, comparison.session_updates)
    if comparison.score_updates:
        db.execute(update(Score), [row | {"import_id": import_id} for row in comparison.score_updates])
    if not comparison.new_scores:
        return
    session_ids = {place: session.id for place, session in find_sessions(db, actor).items()}
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


def _find_stored(db: Session, actor: Actor) -> _Stored:
    scores = select(
        Score.id, Score.treatment_session_id, Score.informant, Score.measure_id, Score.score
    ).where(Score.study_id == actor.study_id, Score.subscale == "")
    return _Stored(
        dyads=frozenset(db.scalars(select(Dyad.code).where(Dyad.study_id == actor.study_id))),
        sessions=find_sessions(db, actor),
        scores={
            (session_id, informant, measure_id): (score_id, score)
            for score_id, session_id, informant, measure_id, score in db.execute(scores)
        },
    )


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
