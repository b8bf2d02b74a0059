"""What choices of scoring do to the answers that a study has: what it is computed from."""

from typing import Any

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.measures_content import compute
from coder_app.services.rescoring_plan import list_questionnaires
from coder_app.services.scoring import StudyMeasure, list_measures, rule_as_json

__all__ = ["KIND", "collect", "compute"]

KIND = "measures"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the answers to every measure with the rule that it is scored by."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    if settings:
        raise Refused(f"There is no setting {', '.join(sorted(settings))}.")
    return {"measures": [_measure(db, actor, one) for one in list_measures(db, actor)]}


def _measure(db: Session, actor: Actor, one: StudyMeasure) -> dict[str, Any]:
    codes = [item.code for item in one.instrument.items]
    rows = [
        [given.informant, given.dyad, given.number, [given.answers.get(code) for code in codes]]
        for given in list_questionnaires(db, actor, one.id)
    ]
    # Sorted here, because databases order text in different ways and the hash must not.
    return {
        "definition": one.instrument.to_mapping(),
        "rule": rule_as_json(one.rule),
        "rows": sorted(rows, key=lambda row: row[:3]),
    }
