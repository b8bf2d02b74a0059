"""Participants: the dyads of a study and what is known of their child and therapist."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Dyad
from coder_app.services.actor import Actor
from coder_app.services.difference import Change, Difference

if TYPE_CHECKING:
    from coder_app.tables.participants import ParticipantRow

Covariates = dict[str, str | float]


@dataclass(frozen=True)
class ParticipantComparison:
    """The difference, and the covariates to store by dyad: new dyads, and stored ones by their id."""

    difference: Difference
    added: dict[str, Covariates]
    updated: dict[int, Covariates]


def compare_participants(
    db: Session, actor: Actor, rows: "Iterable[ParticipantRow]"
) -> ParticipantComparison:
    """Compare the rows of a file with the dyads that are stored; what a file lacks stays as it is."""
    stored = {
        code: (dyad_id, covariates)
        for dyad_id, code, covariates in db.execute(
            select(Dyad.id, Dyad.code, Dyad.covariates).where(Dyad.study_id == actor.study_id)
        )
    }
    added: dict[str, Covariates] = {}
    updated: dict[int, Covariates] = {}
    changes: list[Change] = []
    n_unchanged = n_filled = 0
    for row in rows:
        if row.dyad not in stored:
            added[row.dyad] = dict(row.covariates)
            continue
        dyad_id, known = stored[row.dyad]
        differing = {name: value for name, value in row.covariates.items() if known.get(name) != value}
        changes += [
            Change(row.dyad, None, name, known[name], value)
            for name, value in differing.items()
            if name in known
        ]
        n_filled += sum(name not in known for name in differing)
        n_unchanged += not differing
        if differing:
            updated[dyad_id] = known | differing
    difference = Difference(
        new_dyads=tuple(added),
        n_new_sessions=0,
        n_new=len(added),
        n_unchanged=n_unchanged,
        n_changed=len(updated),
        n_added=n_filled,
        changes=tuple(changes),
    )
    return ParticipantComparison(difference, added, updated)


def store_participants(db: Session, actor: Actor, comparison: ParticipantComparison) -> None:
    """Write what the comparison found."""
    if comparison.updated:
        db.execute(
            update(Dyad),
            [{"id": dyad_id, "covariates": covariates} for dyad_id, covariates in comparison.updated.items()],
        )
    add_dyads(db, actor, comparison.added)


def add_dyads(db: Session, actor: Actor, dyads: dict[str, Covariates]) -> None:
    """Add dyads by their codes."""
    if dyads:
        db.execute(
            insert(Dyad.__table__),
            [
                {"study_id": actor.study_id, "code": code, "covariates": covariates}
                for code, covariates in dyads.items()
            ],
        )


def list_dyad_codes(db: Session, actor: Actor) -> list[str]:
    """Return the codes of the study's dyads in order."""
    query = select(Dyad.code).where(Dyad.study_id == actor.study_id).order_by(Dyad.code)
    return list(db.scalars(query))
