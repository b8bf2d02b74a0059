"""Occurrence of ruptures, as the source study reports it: what its tables are computed from."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, TreatmentSession
from coder_app.services import rupture
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.occurrence_content import compute

__all__ = ["KIND", "UNITS", "collect", "compute", "count_recorded"]

KIND = "occurrence"
# What a covariate can be one value of; or it is not compared.
UNITS = ("dyad", "therapist", "left out")
DRAWS: dict[str, Any] = {"n_draws": 10_000, "seed": 1, "confidence": 0.95}


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the ruptures are found in, with the covariates of all dyads and what each is one value of.

    Beside those of ruptures there are two settings: `therapist`, the covariate that says who the therapist
    is, and `units`, for each covariate one of UNITS; what is not chosen is guessed.
    """
    settings = dict(settings)
    chosen = {name: settings.pop(name, usual) for name, usual in (("therapist", None), ("units", {}))}
    inputs = rupture.collect(db, actor, settings)
    rows = db.execute(select(Dyad.code, Dyad.covariates).where(Dyad.study_id == actor.study_id))
    # Sorted here, because databases order text in different ways and the hash must not.
    known = dict(sorted((code, dict(covariates)) for code, covariates in rows))
    return inputs | {"known": known, "compared": _resolve(known, **chosen), "draws": DRAWS}


def count_recorded(db: Session, actor: Actor, content: dict[str, Any]) -> list[int]:
    """Return for each analysis how many ruptures have a type and all three recordings: those to be coded."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.COVERAGE)
    query = (
        select(Dyad.code, TreatmentSession.number)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id, TreatmentSession.recorded)
    )
    recorded = {(dyad, number) for dyad, number in db.execute(query)}
    return [
        sum(
            kind is not None and all((dyad, number) in recorded for number in sessions)
            for dyad, kind, *sessions in analysis["ruptures"]
        )
        for analysis in content["analyses"]
    ]


def _resolve(known: Mapping[str, Any], therapist: str | None, units: Mapping[str, str]) -> dict[str, Any]:
    from coder_app.analysis.covariates import guess_of_therapist, guess_therapist, list_covariates

    names = list_covariates(known)
    strange = sorted(set(units.values()) - set(UNITS))
    if strange:
        raise Refused(f"A covariate is of {', '.join(UNITS)}, not of {', '.join(strange)}.")
    # A covariate that is there no more was chosen before; what is left of the choice still holds.
    therapist = therapist if therapist in names else guess_therapist(names)
    guessed = guess_of_therapist(known, therapist)
    return {
        "therapist": therapist,
        "units": {
            name: units.get(name, "therapist" if name in guessed else "dyad")
            for name in names
            if name != therapist
        },
    }
