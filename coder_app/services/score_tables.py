"""All alliance scores as a file: totals and subscales, where they come from, and what was filled in."""

from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE
from coder_app.domain.permissions import Act
from coder_app.domain.scoring import part_name
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.score_query import select_scores
from coder_app.services.study import list_instruments

SCORES = (
    "dyad",
    "session",
    "informant",
    "measure",
    "score",
    "attendance",
    "date",
    "subscale",
    "n_imputed",
    "source",
)


def write_scores(db: Session, actor: Actor) -> str:
    """Return every score that is stored; a subscale goes by a name of its own, as in the ruptures."""
    from coder_app.tables.writing import write_csv

    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    measures = {one.id: one.instrument for one in list_instruments(db, actor, ALLIANCE)}
    query = select_scores(
        actor,
        *(Dyad.code, TreatmentSession.number, Score.informant, Score.measure_id, Score.score),
        *(TreatmentSession.attendance, TreatmentSession.held_on),
        *(Score.subscale, Score.n_imputed, Score.source),
    )
    rows = [
        (dyad, number, who, part_name(measures[measure_id], subscale), score, there, day, subscale, *more)
        for dyad, number, who, measure_id, score, there, day, subscale, *more in db.execute(query)
    ]
    # Sorted here, because databases order text in different ways.
    return write_csv(SCORES, sorted(rows, key=lambda row: (row[2], row[3], row[0], row[1])))
