"""Rows of scores while they wait: written and removed in transactions so short that saves hardly wait."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, not_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.models import (
    Answers,
    Dyad,
    Import,
    ImportAnswers,
    ImportPlace,
    ImportScore,
    Score,
    TreatmentSession,
)
from coder_app.services.errors import Refused

if TYPE_CHECKING:
    from coder_app.tables.score_cells import ScoreRow, SessionRow
    from coder_app.tables.scores_items import AnswersRow

    WaitingRow = ScoreRow | AnswersRow | SessionRow

FILE, ANSWERS = "file", "answers"
CHUNK = 5_000
# Numbers of treatment sessions have at most four digits.
_PLACES_A_DYAD = 10_000
_TABLES = (ImportScore, ImportAnswers, ImportPlace)
WaitingTable = type[ImportScore] | type[ImportAnswers] | type[ImportPlace]


@dataclass(frozen=True)
class Run:
    """The rows that one check of one import has written."""

    study_id: int
    import_id: int
    number: int

    @property
    def owner(self) -> dict[str, int]:
        """Return the columns that say whose a row is."""
        return {"study_id": self.study_id, "import_id": self.import_id, "run": self.number}

    def of(self, table: WaitingTable) -> ColumnElement[bool]:
        """Say which rows of a table are this run's."""
        return (table.import_id == self.import_id) & (table.run == self.number)

    def with_place(self, table: type[ImportScore] | type[ImportAnswers]) -> ColumnElement[bool]:
        """Say which rows are this run's, each beside its treatment session."""
        return self.of(table) & self.of(ImportPlace) & (ImportPlace.place == table.place)


def in_chunks(database: Database, run: Run, table: WaitingTable) -> Iterator[ColumnElement[bool]]:
    """Return conditions under which a table's rows of a run are had piece by piece."""
    with database.read() as db:
        first, last = db.execute(select(func.min(table.id), func.max(table.id)).where(run.of(table))).one()
    for start in range(first, last + 1, CHUNK) if first is not None else ():
        yield run.of(table) & table.id.between(start, start + CHUNK - 1)


def remove(database: Database, table: WaitingTable, condition: ColumnElement[bool]) -> None:
    """Remove rows of one table, some thousands a transaction."""
    while True:
        with database.read() as db:
            ids = db.scalars(select(table.id).where(condition).order_by(table.id).limit(CHUNK)).all()
        if not ids:
            return
        with database.write() as db:
            # Between two ends, since a list of thousands of ids is more than a statement may hold.
            removing = delete(table).where(condition, table.id.between(ids[0], ids[-1]))
            db.execute(removing.execution_options(synchronize_session=False))


def remove_all(database: Database, import_id: int, *, but: Run | None = None) -> None:
    """Remove what waits of one import, except for the rows of one run."""
    for table in _TABLES:
        others = table.import_id == import_id
        remove(database, table, others if but is None else others & (table.run != but.number))


def refresh_statistics(database: Database) -> None:
    """Have PostgreSQL count its rows anew: taken for few, thousands would be joined each with each."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (*_TABLES, Dyad, TreatmentSession, Answers, Score):
                connection.execute(text(f"ANALYZE (SKIP_LOCKED) {table.__tablename__}"))


def tidy(database: Database) -> None:
    """Remove what imports that are over have left waiting: their process ended before it could."""
    for table in _TABLES:
        waits = exists().where(Import.id == table.import_id, Import.state == "staged")
        remove(database, table, not_(waits))


class RowWriter:
    """Writes the rows of a file in the order in which they are read, and knows the dyads among them."""

    def __init__(self, database: Database, run: Run, measure_ids: Mapping[str, int]) -> None:
        self._database, self._run, self._measure_ids = database, run, measure_ids
        self._dyads: dict[str, int] = {}
        self._places: dict[int, dict[str, Any]] = {}
        self._scores: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []

    def add(self, row: "WaitingRow") -> None:
        """Take one row; it is in the database after `flush` at the latest."""
        place = self._place_of(row)
        if not hasattr(row, "measure"):  # who attended, without a score
            return
        values = self._run.owner | {
            "place": place,
            "row": row.row,
            "informant": row.informant,
            "measure_key": self._measure_ids[row.measure],
        }
        if hasattr(row, "answers"):
            self._answers.append(values | {"answers": row.answers})
        else:
            self._scores.append(values | score_values("", row.score, 0, FILE))
        if len(self._scores) + len(self._answers) >= CHUNK or len(self._places) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what was taken since the last time."""
        if not self._places:
            return
        with self._database.write_late() as (db, _):
            check_waits(db, self._run)
            _write_places(db, list(self._places.values()))
            if self._scores:
                db.execute(insert(ImportScore.__table__), self._scores)
            if self._answers:
                db.execute(insert(ImportAnswers.__table__), self._answers)
        self._places, self._scores, self._answers = {}, [], []

    def _place_of(self, row: "WaitingRow") -> int:
        """Several rows belong to one treatment session; the first that tells a detail settles it."""
        number = self._dyads.setdefault(row.dyad, len(self._dyads))
        place = number * _PLACES_A_DYAD + row.session
        known = self._places.get(place)
        if known is None:
            known = self._places[place] = self._run.owner | {
                "place": place,
                "dyad": row.dyad,
                "number": row.session,
                "held_on": None,
                "attendance": None,
            }
        if known["held_on"] is None and row.date is not None:
            known["held_on"] = date.fromisoformat(row.date)
        if known["attendance"] is None:
            known["attendance"] = row.attendance
        return place


def score_values(subscale: str, score: float, n_imputed: int, source: str) -> dict[str, Any]:
    """Return what one waiting score says, as columns."""
    return {"subscale": subscale, "score": score, "n_imputed": n_imputed, "source": source}


def check_waits(db: Session, run: Run) -> None:
    """Refuse to go on with an import that somebody has discarded meanwhile."""
    state = db.scalars(
        select(Import.state).where(Import.study_id == run.study_id, Import.id == run.import_id)
    ).first()
    if state != "staged":
        raise Refused("This import is over. Start another one.")


def _write_places(db: Session, places: list[dict[str, Any]]) -> None:
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    adding = dialect.insert(ImportPlace.__table__)
    there = ImportPlace.__table__.c
    db.execute(
        adding.on_conflict_do_update(
            index_elements=["import_id", "run", "place"],
            set_={
                name: func.coalesce(there[name], adding.excluded[name]) for name in ("held_on", "attendance")
            },
        ),
        places,
    )
