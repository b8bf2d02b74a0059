"""What a study's ruptures are computed from: settings that can be followed, scores, sessions."""

from math import isfinite
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE, MEAN
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, InstrumentVersion, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.rupture_content import compute
from coder_app.services.study import list_instruments

__all__ = ["DEFAULTS", "KIND", "check_settings", "collect", "compute"]

KIND = "ruptures"
DEFAULTS: dict[str, Any] = {
    "k": 1.0,
    "fourths": "hinges",
    "pooled": "all",
    "absolute": 2.0,
    "min_run": 7,
    "chart": True,
}


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, all of them and as numbers; raise Refused naming one that cannot be followed."""
    unknown = sorted(set(settings) - set(DEFAULTS))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(DEFAULTS)}.")
    chosen = DEFAULTS | settings
    for name in ("k", "absolute", "min_run"):
        chosen[name] = _number(name, chosen[name])
    if not isinstance(chosen["chart"], bool):
        raise Refused(f"chart {chosen['chart']!r}; expected true or false.")
    _check_possible(chosen)
    return chosen


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the alliance scores of the study with everything else that its ruptures depend on."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    checked = check_settings(settings)
    scores = _scores(db, actor)
    return {
        "settings": checked,
        "mean_items": _mean_items(db, actor, {row[3] for row in scores}),
        "dyads": sorted(db.scalars(select(Dyad.code).where(Dyad.study_id == actor.study_id))),
        "sessions": _sessions(db, actor),
        "scores": scores,
    }


def _number(name: str, value: object) -> float | int | None:
    if name == "absolute" and value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Refused(f"{name} {value!r}; expected a number.")
    if name != "min_run":
        return float(value)
    if value != int(value):
        raise Refused(f"{name} {value}; expected a whole number.")
    return int(value)


def _check_possible(chosen: dict[str, Any]) -> None:
    from coder_app.analysis.results import StatsError
    from coder_app.analysis.rupture_results import RuptureSettings

    try:
        RuptureSettings(**chosen)
    except StatsError as error:
        raise Refused(f"{error}.") from error


def _mean_items(db: Session, actor: Actor, used: set[str]) -> dict[str, int]:
    """Number of items of each measure in use that is scored as a mean of them."""
    measures = [one.instrument for one in list_instruments(db, actor, ALLIANCE)]
    return {one.name: len(one.items) for one in measures if one.scoring == MEAN and one.name in used}


def _sessions(db: Session, actor: Actor) -> list[list[Any]]:
    query = (
        select(Dyad.code, TreatmentSession.number, TreatmentSession.attendance)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    # Sorted here, because databases order text in different ways and the hash must not.
    return sorted([list(row) for row in db.execute(query)], key=lambda row: row[:2])


def _scores(db: Session, actor: Actor) -> list[list[Any]]:
    query = (
        select(Dyad.code, TreatmentSession.number, Score.informant, InstrumentVersion.name, Score.score)
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Score.study_id)
            & (TreatmentSession.id == Score.treatment_session_id),
        )
        .join(Dyad, (Dyad.study_id == Score.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .join(
            InstrumentVersion,
            (InstrumentVersion.study_id == Score.study_id) & (InstrumentVersion.id == Score.measure_id),
        )
        .where(Score.study_id == actor.study_id, Score.subscale == "")
    )
    return sorted([list(row) for row in db.execute(query)], key=lambda row: row[:4])
