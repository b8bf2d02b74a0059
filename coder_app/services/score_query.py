"""The scores of a study with the dyad and the treatment session that each is of."""

from typing import Any

from sqlalchemy import Select, select

from coder_app.models import Dyad, Score, TreatmentSession
from coder_app.services.actor import Actor


def select_scores(actor: Actor, *columns: Any) -> Select:
    """Return a query of these columns of scores, treatment sessions and dyads, of one study."""
    return (
        select(*columns)
        .select_from(Score)
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Score.study_id)
            & (TreatmentSession.id == Score.treatment_session_id),
        )
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(Score.study_id == actor.study_id)
    )
