"""Drift: whether coders come to score higher or lower than the others in the course of the coding."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Round, Snapshot
from coder_app.services.actor import Actor
from coder_app.services.drift_content import compute
from coder_app.services.errors import Refused
from coder_app.services.first_submission import FirstForm, list_first_forms
from coder_app.services.frames import Coder, name_coders
from coder_app.services.plan import find_plan
from coder_app.services.study import StudyInstrument, list_instruments

__all__ = ["KIND", "SETTINGS", "collect", "compute"]

KIND = "drift"
MAIN, TRAINING = "main", "training"
SETTINGS: dict[str, Any] = {"confidence": 0.95, "window": 10, "false_alarms": 0.05, "seed": 1}


@dataclass(frozen=True)
class LastAlarms:
    """The alarms of the newest computed charts: (coder, subscale, "higher" or "lower"), and when computed."""

    alarms: tuple[tuple[str, str, str], ...]
    computed_at: datetime


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the first submissions of recordings that two coders or more have rated, with their times.

    Of the main round, and of the last training round, in which coders agreed on what the scale means.
    """
    actor.check_can(Act.SEE_RELIABILITY)
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}.")
    rounds = {purpose: _find_rounds(db, actor, purpose) for purpose in (MAIN, TRAINING)}
    training = rounds[TRAINING][-1:]
    forms = list_first_forms(db, actor, [*rounds[MAIN], *training])
    plan = find_plan(db, actor)
    coders = name_coders(db, actor)
    own: dict[int, list[FirstForm]] = defaultdict(list)
    for form in forms:
        own[form.instrument_version_id].append(form)
    return {
        "settings": SETTINGS | settings,
        "dropped_items": plan.content["dropped_items"] if plan else [],
        "instruments": [
            _describe(
                version,
                [form for form in forms if form.instrument_version_id == version.id],
                training,
                coders,
            )
            for version in list_instruments(db, actor, CODING)
        ],
    }


def find_last_alarms(db: Session, actor: Actor) -> LastAlarms | None:
    """Return the alarms of the newest charts, None without one, or for who may not see ratings now.

    Nothing is computed here: the page of drift does that.
    """
    if not (actor.can(Act.SEE_RELIABILITY) and actor.sees(Thing.RATINGS)):
        return None
    row = db.execute(
        # Of a large study the charts are megabytes, which nothing here needs.
        select(Snapshot.content["alarms"].label("alarms"), Snapshot.computed_at)
        .where(Snapshot.study_id == actor.study_id, Snapshot.kind == KIND)
        .order_by(Snapshot.computed_at.desc(), Snapshot.id.desc())
        .limit(1)
    ).first()
    if row is None or not row.alarms:
        return None
    found = ((one["coder"], one["label"], one["direction"]) for one in row.alarms)
    return LastAlarms(tuple(found), row.computed_at)


def _find_rounds(db: Session, actor: Actor, purpose: str) -> list[int]:
    """Return the rounds of a purpose in which somebody has a form, the oldest first."""
    query = (
        select(Round.id)
        .where(Round.study_id == actor.study_id, Round.purpose == purpose)
        .where(Round.id.in_(select(Assignment.round_id).where(Assignment.study_id == actor.study_id)))
        .order_by(Round.id)
    )
    return list(db.scalars(query))


def _describe(
    version: StudyInstrument, forms: list[FirstForm], training: list[int], coders: dict[int, Coder]
) -> dict[str, Any]:
    instrument = version.instrument
    known = {coders[form.user_id] for form in forms}
    rated: dict[tuple[int, int], set[int]] = {}
    for form in forms:
        rated.setdefault((form.round_id, form.recording_id), set()).add(form.user_id)
    shared = [form for form in forms if len(rated[form.round_id, form.recording_id]) > 1]
    codes = [item.code for item in instrument.items]
    return {
        "name": instrument.name,
        "version": instrument.version,
        "items": [{"code": item.code, "label": item.label} for item in instrument.items],
        "subscales": [
            {**asdict(subscale), "items": list(subscale.items)} for subscale in instrument.subscales
        ],
        "coders": [asdict(coder) for coder in sorted(known, key=lambda coder: coder.label)],
        "main": [_row(form, coders, codes) for form in shared if form.round_id not in training],
        "training": [_row(form, coders, codes) for form in shared if form.round_id in training],
    }


def _row(form: FirstForm, coders: dict[int, Coder], codes: list[str]) -> list[Any]:
    """A recording's code, its coder, when it was submitted, and the scores of all items."""
    scores = [form.scores.get(code) for code in codes]
    return [form.code, coders[form.user_id].label, form.submitted_at.isoformat(), scores]
