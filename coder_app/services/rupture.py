"""What a study's ruptures are computed from: settings that can be followed, scores, sessions."""

from math import isfinite
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE, MEAN
from coder_app.domain.permissions import Act
from coder_app.domain.scoring import TOTAL, part_name
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.rupture_content import compute
from coder_app.services.score_query import select_scores
from coder_app.services.study import list_instruments

__all__ = ["DEFAULTS", "KIND", "SCALES", "SUBSCALES", "check_settings", "collect", "compute", "has_subscales"]

KIND = "ruptures"
# Totals alone, or the subscales beside them: a sequence of the sample is always one of totals.
SCALES, SUBSCALES = "scales", "subscales"
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
    # Not one of the settings of the search: it says what is searched.
    with_subscales = settings.get(SCALES) == SUBSCALES
    checked = check_settings({name: value for name, value in settings.items() if name != SCALES})
    parts = _parts(db, actor)
    scores = _scores(db, actor, parts, with_subscales)
    return {
        "settings": checked,
        "mean_items": _mean_items(parts, {row[3] for row in scores}),
        "dyads": sorted(db.scalars(select(Dyad.code).where(Dyad.study_id == actor.study_id))),
        "sessions": _sessions(db, actor),
        "scores": [row[:5] for row in scores],
        # No lattice holds for a mean in which answers were filled in.
        "imputed": [[*row[:4], row[5]] for row in scores if row[5]],
    }


def has_subscales(db: Session, actor: Actor) -> bool:
    """Whether any subscale has a score."""
    actor.check_can(Act.SEE_ALLIANCE)
    found = exists().where(Score.study_id == actor.study_id, Score.subscale != TOTAL)
    return db.scalar(select(found)) is True


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


def _parts(db: Session, actor: Actor) -> dict[tuple[int, str], tuple[str, int | None]]:
    """By measure's id and subscale ("" for the total): its name, and how many items it is the mean of."""
    found = {}
    for one in list_instruments(db, actor, ALLIANCE):
        sizes = {TOTAL: len(one.instrument.items)}
        sizes |= {part.code: len(part.items) for part in one.instrument.subscales}
        for code, n_items in sizes.items():
            is_mean = one.instrument.scoring == MEAN
            found[one.id, code] = part_name(one.instrument, code), n_items if is_mean else None
    return found


def _mean_items(parts: dict[tuple[int, str], tuple[str, int | None]], used: set[str]) -> dict[str, int]:
    """Number of items of each total or subscale in use that is scored as a mean of them."""
    return {name: n_items for name, n_items in parts.values() if n_items is not None and name in used}


def _sessions(db: Session, actor: Actor) -> list[list[Any]]:
    query = (
        select(Dyad.code, TreatmentSession.number, TreatmentSession.attendance)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    # Sorted here, because databases order text in different ways and the hash must not.
    return sorted([list(row) for row in db.execute(query)], key=lambda row: row[:2])


def _scores(
    db: Session, actor: Actor, parts: dict[tuple[int, str], tuple[str, int | None]], with_subscales: bool
) -> list[list[Any]]:
    of_place = (Dyad.code, TreatmentSession.number, Score.informant, Score.measure_id, Score.subscale)
    query = select_scores(actor, *of_place, Score.score, Score.n_imputed)
    if not with_subscales:
        query = query.where(Score.subscale == TOTAL)
    # A subscale that the measure has no longer is no series.
    rows = [
        [dyad, number, informant, parts[measure_id, subscale][0], *values]
        for dyad, number, informant, measure_id, subscale, *values in db.execute(query)
        if (measure_id, subscale) in parts
    ]
    return sorted(rows, key=lambda row: row[:4])
