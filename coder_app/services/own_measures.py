"""A lab's own measures: added to the study, or put in the place of one without scores."""

import hashlib
import json
import tomllib
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coder_app.domain.entries import InstrumentError
from coder_app.domain.instruments import ALLIANCE, Instrument, parse_instrument, plain_name
from coder_app.domain.own_measures import write_measure
from coder_app.domain.permissions import Act
from coder_app.models import Answers, InstrumentVersion, Score, Scoring
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.import_record import refuse_while_scores_come_in
from coder_app.services.scoring import StudyMeasure, get_measure, list_measures

MOST_BYTES = 500_000
MOST_VERSION_CHARACTERS = 20
FIXED = (
    "{name} has scores or answers, so its items, its scale, and whether it is a sum or a mean stay as they "
    "are: scores before and after the change could not be compared. Give the changed questionnaire a name of "
    "its own, and import its scores under that name."
)


def read_measure_file(data: bytes) -> Instrument:
    """Return the questionnaire that a TOML file defines, or raise Refused saying what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise Refused(f"The file has {len(data):,} bytes; a measure's file has at most {MOST_BYTES:,}.")
    try:
        instrument = parse_instrument(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise Refused("This is no text in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"This is no TOML: {error}.") from error
    except InstrumentError as error:
        raise Refused(f"The measure cannot be read: {error}.") from error
    if instrument.kind != ALLIANCE:
        raise Refused(f'{instrument.name} is a scale for coders. A measure has kind = "{ALLIANCE}".')
    if len(instrument.version) > MOST_VERSION_CHARACTERS:
        raise Refused(f"A version has at most {MOST_VERSION_CHARACTERS} characters.")
    return instrument


def add_measure(db: Session, actor: Actor, instrument: Instrument) -> bool:
    """Add a measure, or put it in the place of the one of that name; return whether one was replaced."""
    actor.check_can(Act.IMPORT)
    measures = list_measures(db, actor)
    old = next((one for one in measures if one.instrument.name == instrument.name), None)
    _check_apart(instrument, [one.instrument for one in measures if one is not old])
    if old is None:
        db.add(InstrumentVersion(study_id=actor.study_id, kind=ALLIANCE, **_columns(instrument, actor)))
    else:
        _replace(db, actor, old, instrument)
    db.flush()
    act = "replace measure" if old else "add measure"
    audit.record(db, actor, act, actor.study_public_id, **_facts(instrument))
    return old is not None


def get_measure_file(db: Session, actor: Actor, name: str) -> str:
    """Return a measure as a file that can be changed and brought back."""
    return write_measure(get_measure(db, actor, name).instrument)


def is_fixed(db: Session, actor: Actor, measure_id: int) -> bool:
    """Whether the study has scores of or answers to the measure."""
    return any(
        db.scalar(select(exists().where(table.study_id == actor.study_id, table.measure_id == measure_id)))
        for table in (Score, Answers)
    )


def _replace(db: Session, actor: Actor, old: StudyMeasure, instrument: Instrument) -> None:
    if is_fixed(db, actor, old.id):
        raise Refused(FIXED.format(name=instrument.name))
    refuse_while_scores_come_in(db, actor)
    row = db.get_one(InstrumentVersion, old.id)
    for column, value in _columns(instrument, actor).items():
        setattr(row, column, value)
    # The rule of the old one may name items that the new one lacks.
    rule = select(Scoring).where(Scoring.study_id == actor.study_id, Scoring.measure_id == old.id)
    if stored := db.scalars(rule).first():
        db.delete(stored)


def _check_apart(instrument: Instrument, others: list[Instrument]) -> None:
    """Refuse names by which a file could mean two measures."""
    names = {plain_name(name) for name in (instrument.name, *instrument.aliases)}
    codes = {item.code for item in instrument.items}
    for other in others:
        same = names & {plain_name(name) for name in (other.name, *other.aliases)}
        if same:
            raise Refused(f"Files could not tell it from {other.name}: both are called {sorted(same)[0]}.")
        twice = sorted(codes & {item.code for item in other.items})
        if twice:
            raise Refused(f"{other.name} has an item with the code {twice[0]}, too; codes must differ.")


def _columns(instrument: Instrument, actor: Actor) -> dict[str, Any]:
    return {
        "name": instrument.name,
        "version": instrument.version,
        "definition": instrument.to_mapping(),
        "created_at": actor.now(),
    }


def _facts(instrument: Instrument) -> dict[str, Any]:
    # Wordings can belong to others, and the trail keeps what it has: a hash says which they were.
    text = json.dumps(instrument.to_mapping(), sort_keys=True)
    return {
        "measure": instrument.name,
        "version": instrument.version,
        "informant": instrument.informant,
        "scoring": instrument.scoring,
        "lowest": instrument.lowest,
        "highest": instrument.highest,
        "n_items": len(instrument.items),
        "subscales": [one.code for one in instrument.subscales],
        "reversed": [item.code for item in instrument.items if item.reversed],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
