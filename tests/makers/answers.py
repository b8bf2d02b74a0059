"""Makes answers to single items in the database, as an import would leave them but without scores."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.models import Answers, Dyad, InstrumentVersion, TreatmentSession
from coder_app.services.actor import Actor
from tests.makers.alliance import RUPTURE_STUDY, add_import

ITEMS_MISSING = RUPTURE_STUDY / "alliance" / "items_long_missing_excel_nl.csv"
# dyad, number of the treatment session, informant, measure, answers in the order of the items (None: missing)
Given = tuple[str, int, str, str, list[int | None]]


def read_answers(path: Path = ITEMS_MISSING, delimiter: str = ";") -> list[Given]:
    """Return the answers of a long file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return [
        (
            row["dyad"],
            int(row["session"]),
            row["informant"],
            row["measure"],
            [int(text) if (text := row[f"item_{number:02d}"]) else None for number in range(1, 13)],
        )
        for row in rows
    ]


def add_answers(db: Session, actor: Actor, given: Iterable[Given]) -> None:
    """Store answers with their dyads and treatment sessions, which must not be there yet."""
    given = list(given)
    dyads = _add(
        db, Dyad, [{"code": code, "covariates": {}} for code in dict.fromkeys(g[0] for g in given)], actor
    )
    ids = {code: dyads[place] for place, code in enumerate(dict.fromkeys(g[0] for g in given))}
    places = list(dict.fromkeys((ids[one[0]], one[1]) for one in given))
    sessions = _add(
        db,
        TreatmentSession,
        [{"dyad_id": dyad, "number": number, "recorded": False} for dyad, number in places],
        actor,
    )
    session_ids = dict(zip(places, sessions, strict=True))
    measures = _measures(db, actor)
    import_id = add_import(db, actor)
    _add(
        db,
        Answers,
        [
            {
                "treatment_session_id": session_ids[ids[dyad], number],
                "informant": informant,
                "measure_id": measures[measure][0],
                "answers": {
                    code: answer
                    for code, answer in zip(measures[measure][1], answers, strict=True)
                    if answer is not None
                },
                "import_id": import_id,
            }
            for dyad, number, informant, measure, answers in given
        ],
        actor,
    )


def _measures(db: Session, actor: Actor) -> Mapping[str, tuple[int, list[str]]]:
    rows = db.scalars(select(InstrumentVersion).where(InstrumentVersion.study_id == actor.study_id))
    return {row.name: (row.id, [item["code"] for item in row.definition["items"]]) for row in rows}


def _add(db: Session, table: type, rows: list[dict], actor: Actor) -> list[int]:
    """Insert rows and return their ids in the same order."""
    made = insert(table).returning(table.id, sort_by_parameter_order=True)
    return list(db.scalars(made, [{"study_id": actor.study_id} | row for row in rows]))
