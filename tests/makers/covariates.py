"""Puts what is known of the reference study's children and therapists straight into the database."""

import csv

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import Dyad
from coder_app.services.actor import Actor
from tests.makers.alliance import RUPTURE_STUDY

NUMERIC = ("child_age", "therapist_age", "therapist_experience_years")


def read_covariates() -> dict[str, dict[str, str | float]]:
    """Return the covariates of the reference study by dyad."""
    with open(RUPTURE_STUDY / "participants.csv", newline="", encoding="utf-8") as file:
        rows = {row.pop("dyad"): row for row in csv.DictReader(file)}
    return {
        dyad: {name: float(value) if name in NUMERIC else value for name, value in row.items()}
        for dyad, row in rows.items()
    }


def add_covariates(db: Session, actor: Actor) -> None:
    """Give the dyads that are there the covariates of the reference study."""
    known = read_covariates()
    for dyad in db.scalars(select(Dyad).where(Dyad.study_id == actor.study_id)):
        dyad.covariates = known[dyad.code]
