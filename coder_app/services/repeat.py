"""How far coders agree with themselves: recordings that came back, beside what was rated the first time."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.first_submission import FirstForm, list_first_forms
from coder_app.services.frames import Coder, name_coders
from coder_app.services.plan import find_plan
from coder_app.services.repeat_content import compute
from coder_app.services.repeat_making import find_round
from coder_app.services.study import StudyInstrument, list_instruments

__all__ = ["KIND", "SETTINGS", "collect", "compute"]

KIND = "repeats"
SETTINGS: dict[str, Any] = {"confidence": 0.95}


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return both ratings of every recording that came back and was submitted again, first submissions."""
    actor.check_can(Act.SEE_RELIABILITY)
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}.")
    made = find_round(db, actor)
    forms = list_first_forms(db, actor, [made.of_round_id, made.id] if made else [])
    first = {_key(form): form for form in forms if form.round_id == made.of_round_id}
    again = [form for form in forms if form.round_id == made.id and _key(form) in first]
    plan = find_plan(db, actor)
    coders = name_coders(db, actor)
    return {
        "settings": SETTINGS | settings,
        "least_days": made.least_days if made else None,
        "share": made.share if made else None,
        "dropped_items": plan.content["dropped_items"] if plan else [],
        "instruments": [
            _describe(version, [(first[_key(form)], form) for form in again if _is_of(form, version)], coders)
            for version in list_instruments(db, actor, CODING)
        ],
    }


def _key(form: FirstForm) -> tuple[int, int, int]:
    return form.user_id, form.recording_id, form.instrument_version_id


def _is_of(form: FirstForm, version: StudyInstrument) -> bool:
    return form.instrument_version_id == version.id


def _describe(
    version: StudyInstrument, pairs: list[tuple[FirstForm, FirstForm]], coders: dict[int, Coder]
) -> dict[str, Any]:
    instrument = version.instrument
    pairs = sorted(pairs, key=lambda pair: (coders[pair[0].user_id].label, pair[0].code))
    known = {form.user_id for pair in pairs for form in pair}
    return {
        "name": instrument.name,
        "version": instrument.version,
        "items": [{"code": item.code, "label": item.label} for item in instrument.items],
        "subscales": [
            {**asdict(subscale), "items": list(subscale.items)} for subscale in instrument.subscales
        ],
        "coders": [asdict(coders[user_id]) for user_id in sorted(known, key=lambda one: coders[one].label)],
        "pairs": [
            {
                "target": first.code,
                "rater": coders[first.user_id].label,
                "days": (again.submitted_at - first.submitted_at).total_seconds() / 86_400,
                "recognised": again.recognised,
                "first": [first.scores.get(item.code) for item in instrument.items],
                "again": [again.scores.get(item.code) for item in instrument.items],
            }
            for first, again in pairs
        ],
    }
