"""The stored values that a waiting file would overwrite: gone through, counted, and kept in the trail."""

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from coder_app.models import ImportAnswers, ImportPlace, ImportScore
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.difference import Change
from coder_app.services.import_compare import CHANGED
from coder_app.services.import_rows import Run

# So many overwritten values are named in one entry of the trail.
MOST_IN_ENTRY = 2_000
DETAILS = {"held_on": "date", "attendance": "attendance"}


def record_changes(
    db: Session, actor: Actor, act: str, subject: str, changes: Iterator[Change], **payload: Any
) -> None:
    """Add an act to the trail with every value that it overwrote, in as many entries as that needs."""
    lists = ([one.dyad, one.session, one.what, one.old, one.new] for one in changes)
    audit.record(db, actor, act, subject, **payload, overwritten=list(islice(lists, MOST_IN_ENTRY)))
    part = 2
    while more := list(islice(lists, MOST_IN_ENTRY)):
        audit.record(db, actor, f"{act}, continued", subject, part=part, overwritten=more)
        part += 1


def iter_changes(db: Session, run: Run, measures: dict[int, str]) -> Generator[Change]:
    """Go through the stored values that importing would overwrite: scores, answers, details of sessions."""
    query = (
        select(
            ImportPlace.dyad,
            ImportPlace.number,
            ImportScore.measure_key,
            ImportScore.subscale,
            ImportScore.informant,
            ImportScore.old_score,
            ImportScore.score,
        )
        .join(ImportPlace, run.with_place(ImportScore))
        .where(run.of(ImportScore), ImportScore.state == CHANGED)
        .order_by(ImportScore.id)
    )
    with closing(db.execute(query.execution_options(yield_per=1000))) as rows:
        for row in rows:
            part = f" {row.subscale}" if row.subscale else ""
            what = f"{measures[row.measure_key]}{part}, {row.informant}"
            yield Change(row.dyad, row.number, what, row.old_score, row.score)
    yield from _iter_changed_answers(db, run, measures)
    yield from _iter_changed_details(db, run)


def _iter_changed_answers(db: Session, run: Run, measures: dict[int, str]) -> Generator[Change]:
    query = (
        select(ImportPlace.dyad, ImportPlace.number, ImportAnswers)
        .join(ImportPlace, run.with_place(ImportAnswers))
        .where(run.of(ImportAnswers), is_changed())
        .order_by(ImportAnswers.id)
    )
    with closing(db.execute(query.execution_options(yield_per=1000))) as rows:
        for dyad, number, row in rows:
            for code, answer in row.answers.items():
                old = row.old_answers.get(code, answer)
                if old != answer:
                    what = f"{measures[row.measure_key]}, {row.informant}, {code}"
                    yield Change(dyad, number, what, old, answer)


def _iter_changed_details(db: Session, run: Run) -> Generator[Change]:
    overwritten = or_(*(differs(name) & _old(name).is_not(None) for name in DETAILS))
    query = select(ImportPlace).where(run.of(ImportPlace), overwritten).order_by(ImportPlace.id)
    with closing(db.scalars(query.execution_options(yield_per=1000))) as rows:
        for row in rows:
            for name, what in DETAILS.items():
                old, new = getattr(row, f"old_{name}"), getattr(row, name)
                if None not in (old, new) and old != new:
                    yield Change(row.dyad, row.number, what, str(old), str(new))


def count_details(db: Session, run: Run) -> tuple[int, int]:
    """Return how many dates and attendances would be filled in, and how many overwritten."""
    stored = run.of(ImportPlace) & ImportPlace.session_key.is_not(None)
    added = overwritten = 0
    for name in DETAILS:
        counts = select(func.count(), func.count(_old(name))).where(stored, differs(name))
        all_of_them, over = db.execute(counts).one()
        added, overwritten = added + all_of_them - over, overwritten + over
    return added, overwritten


def is_changed() -> ColumnElement[bool]:
    """Whether stored answers would be others; JSON's null is no SQL null on every database."""
    return ImportAnswers.answers_key.is_not(None) & ImportAnswers.merged.is_not(None)


def differs(name: str) -> ColumnElement[bool]:
    """Whether a file tells a detail of a stored session that is not the stored one."""
    new, old = getattr(ImportPlace, name), _old(name)
    return ImportPlace.session_key.is_not(None) & new.is_not(None) & new.is_distinct_from(old)


def _old(name: str) -> Any:
    return getattr(ImportPlace, f"old_{name}")
