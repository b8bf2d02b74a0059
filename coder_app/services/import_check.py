"""Checks a waiting file of scores: reads it, lets its rows wait in tables, compares them with what is stored.

What was found is noted with the file. Nothing here holds a transaction while it reads, so a check can be cut
short anywhere: its rows go by the number of their run, and only a whole check is noted.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.problems import Problem
from coder_app.models import Dyad, Import, ImportPlace, ImportScore, Scoring
from coder_app.services import import_record, scoring
from coder_app.services.actor import Actor
from coder_app.services.hashing import hash_of
from coder_app.services.import_changes import count_details
from coder_app.services.import_compare import compare
from coder_app.services.import_notes import SeriesNotes, find_differing_totals, note_series, series_from_json
from coder_app.services.import_reading import Reading, read_scores_file, reading_as_json, reading_from_json
from coder_app.services.import_record import DONE, KINDS, StagedImport
from coder_app.services.import_rows import RowWriter, Run, refresh_statistics, remove_all
from coder_app.services.import_scoring import Scorer
from coder_app.services.import_store import Found, count_found
from coder_app.services.job import Progress
from coder_app.services.scoring import StudyMeasure
from coder_app.services.staging import Staging

FILE = "table"
_NOTE = "check"

_locks: dict[str, threading.Lock] = {}
_locks_lock = threading.Lock()


@dataclass(frozen=True)
class Ground:
    """What a file is read against (another `known`: read it again) and compared with (another `stand`)."""

    staged: StagedImport
    measures: tuple[StudyMeasure, ...]
    import_id: int
    mapping: dict[str, Any] | None
    known: str
    stand: str

    @property
    def names(self) -> dict[int, str]:
        """The names of the measures by their ids."""
        return {measure.id: measure.instrument.name for measure in self.measures}


@dataclass(frozen=True)
class Check:
    """A whole check of a file: what was read, and how it compares; `seen` names this comparison."""

    run: Run
    known: str
    stand: str
    seen: str
    reading: Reading
    counts: dict[str, int]
    found: Found
    totals: tuple[Problem, ...]
    series: SeriesNotes

    @property
    def problems(self) -> list[Problem]:
        """All that is wrong, by row."""
        return sorted([*self.reading.problems, *self.totals], key=lambda problem: problem.row or 0)

    @property
    def n_warnings(self) -> int:
        """How many things a person should look at."""
        return self.reading.n_warnings + self.counts["differing_totals"]


def find_ground(db: Session, actor: Actor, public_id: str) -> Ground:
    """Return what a waiting file is read against, or raise Refused when it waits no longer."""
    staged = import_record.get_staged(db, actor, public_id)
    row = db.execute(
        select(Import.id, Import.mapping).where(
            Import.study_id == actor.study_id, Import.public_id == public_id
        )
    ).one()
    measures = tuple(scoring.list_measures(db, actor))
    dyads = db.execute(select(func.count(), func.max(Dyad.id)).where(Dyad.study_id == actor.study_id)).one()
    known = [
        [[one.instrument.to_mapping(), scoring.rule_as_json(one.rule)] for one in measures],
        [staged.may_create_dyads, *dyads],
        row.mapping,
    ]
    done = (Import.study_id == actor.study_id, Import.kind.in_(KINDS), Import.state == DONE)
    imports = db.execute(select(func.count(), func.max(Import.finished_at)).where(*done)).one()
    scored = db.scalar(select(func.max(Scoring.changed_at)).where(Scoring.study_id == actor.study_id))
    stand = [*map(str, imports), str(scored)]
    return Ground(staged, measures, row.id, row.mapping, hash_of(known), hash_of(stand))


def find_check(staging: Staging, ground: Ground) -> Check | None:
    """Return the check of a file if it still holds, None if the file has to be checked (again)."""
    check = _read_note(staging, ground)
    return check if check and (check.known, check.stand) == (ground.known, ground.stand) else None


def forget_check(staging: Staging, public_id: str) -> None:
    """Have a file read and compared again: what is stored, or waits, was found to be another than it was."""
    if staging.exists(public_id):
        staging.note(public_id, _NOTE, None)


def check_file(
    database: Database, actor: Actor, public_id: str, staging: Staging, progress: Progress | None = None
) -> Check:
    """Check a file and note what was found; a check that holds is not made again."""
    with _one_at_a_time(public_id):
        with database.read() as db:
            ground = find_ground(db, actor, public_id)
        check = _read_note(staging, ground)
        if check and check.known == ground.known:
            if check.stand == ground.stand:
                return check
            run, reading = check.run, check.reading
        else:
            run = _next_run(database, actor, ground)
            reading = _read(database, ground, run, staging, _Half(progress, 0))
        check = _compare(database, ground, run, reading, _Half(progress, 1))
        staging.note(public_id, _NOTE, _as_note(check))
        remove_all(database, ground.import_id, but=run)
    return check


def _read(database: Database, ground: Ground, run: Run, staging: Staging, progress: "_Half") -> Reading:
    path = staging.path_to(ground.staged.record.public_id, FILE)
    writer = RowWriter(database, run, {one.instrument.name: one.id for one in ground.measures})
    reading = read_scores_file(ground.staged, ground.mapping, path, writer.add, progress)
    writer.flush()
    return reading


def _compare(database: Database, ground: Ground, run: Run, reading: Reading, progress: "_Half") -> Check:
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        progress(min(beats * 5_000 // 3, reading.n_rows), reading.n_rows)

    refresh_statistics(database)
    of_answers = compare(database, run, Scorer(ground.measures), beat)
    refresh_statistics(database)
    with database.read() as db:
        counts = _count(db, run, of_answers)
        found = count_found(db, run)
        totals = find_differing_totals(db, run, ground.staged.record.file_name, ground.names)
        counts["differing_totals"], notes = totals.n, note_series(db, run)
    seen = hash_of([ground.known, ground.stand, counts])
    return Check(run, ground.known, ground.stand, seen, reading, counts, found, totals.warnings, notes)


def _count(db: Session, run: Run, of_answers: Counter[str]) -> dict[str, int]:
    states = {
        f"{source} {state}": n
        for source, state, n in db.execute(
            select(ImportScore.source, ImportScore.state, func.count())
            .where(run.of(ImportScore))
            .group_by(ImportScore.source, ImportScore.state)
        )
    }
    places = select(func.count()).where(run.of(ImportPlace), ImportPlace.session_key.is_(None))
    dyads = select(func.count(ImportPlace.dyad.distinct())).where(
        run.of(ImportPlace), ImportPlace.dyad_key.is_(None)
    )
    details_added, details_overwritten = count_details(db, run)
    file = {state: states.get(f"file {state}", 0) for state in ("new", "same", "changed", "settled", "kept")}
    computed = {state: states.get(f"answers {state}", 0) for state in ("new", "same", "changed", "settled")}
    return {
        "values": sum(file.values()) + of_answers["new"] + of_answers["same"] + of_answers["changed"],
        "new": file["new"] + of_answers["new"],
        "unchanged": file["same"] + file["settled"] + file["kept"] + of_answers["same"],
        "changed": file["changed"] + of_answers["changed"],
        "kept": file["kept"],
        "computed": sum(computed.values()),
        "computed_new": computed["new"],
        "computed_changed": computed["changed"],
        "unscored": of_answers["unscored"],
        "imputed": of_answers["imputed"],
        "imputed_in": of_answers["imputed_in"],
        "new_sessions": db.scalars(places).one(),
        "sessions": db.scalars(select(func.count()).where(run.of(ImportPlace))).one(),
        "new_dyads": db.scalars(dyads).one(),
        "added": details_added + of_answers["added"],
        "overwritten_values": file["changed"]
        + computed["changed"]
        + of_answers["overwritten"]
        + details_overwritten,
        "settled": file["settled"] + computed["settled"],
        "questionnaires": of_answers["new"] + of_answers["same"] + of_answers["changed"],
    }


def _next_run(database: Database, actor: Actor, ground: Ground) -> Run:
    with database.read() as db:
        last = db.scalar(select(func.max(ImportPlace.run)).where(ImportPlace.import_id == ground.import_id))
    return Run(actor.study_id, ground.import_id, (last or 0) + 1)


def _as_note(check: Check) -> dict[str, Any]:
    return asdict(check) | {"reading": reading_as_json(check.reading)}


def _read_note(staging: Staging, ground: Ground) -> Check | None:
    note = staging.noted(ground.staged.record.public_id, _NOTE)
    if not note:
        return None
    return Check(
        **note
        | {
            "run": Run(**note["run"]),
            "found": Found(**note["found"]),
            "reading": reading_from_json(note["reading"]),
            "totals": tuple(Problem(**one) for one in note["totals"]),
            "series": series_from_json(note["series"]),
        }
    )


@contextmanager
def _one_at_a_time(public_id: str) -> Iterator[None]:
    """Two looks at one file in the server must not check it at once; the worker takes one job at a time."""
    with _locks_lock:
        lock = _locks.setdefault(public_id, threading.Lock())
    with lock:
        yield


class _Half:
    """Progress of one of two halves, in rows of the file."""

    def __init__(self, progress: Progress | None, number: int) -> None:
        self._progress, self._number = progress, number

    def __call__(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(self._number * total + done, 2 * total)
