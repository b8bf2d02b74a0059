"""Whether the scores have changed since the sample was frozen, for the pages that rest on it."""

from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from coder_app.domain.visibility import Thing
from coder_app.models import Audit, Sample
from coder_app.services import rupture, snapshot
from coder_app.services.actor import Actor
from coder_app.services.sample import find_sample
from coder_app.services.sample_changes import compare

IMPORTED = "import scores"


@dataclass(frozen=True)
class SampleNews:
    """The scores are not those of the frozen sample; the counts are None until they have been computed.

    `n_changed` sequences have other scores or limits; of these the scores of today would give `n_other` not
    at all, or otherwise than they are frozen.
    """

    n_sequences: int
    n_changed: int | None
    n_other: int | None
    n_added: int | None


def find_news(db: Session, actor: Actor) -> SampleNews | None:
    """Return what has changed since the sample was frozen; None without a sample, and without changes."""
    if not actor.sees(Thing.ALLIANCE) or not _may_have_changed(db, actor):
        return None
    frozen = find_sample(db, actor)
    if frozen is None or not frozen.scores_changed:
        return None
    found = snapshot.find(db, actor, rupture.KIND, frozen.settings)
    if found is None:
        return SampleNews(len(frozen.sequences), None, None, None)
    changes = compare(frozen, found.content)
    added = None if changes.added is None else len(changes.added)
    return SampleNews(len(frozen.sequences), changes.n_changed, changes.n_other, added)


def _may_have_changed(db: Session, actor: Actor) -> bool:
    """Say whether anything on record can have changed a score: cheap, since every visit of the home asks."""
    later = (
        exists()
        .where(
            Audit.study_id == actor.study_id,
            Audit.at >= Sample.frozen_at,
            or_(Audit.act == IMPORTED, Audit.act.contains("scoring")),
        )
        .correlate(Sample)
    )
    return bool(db.scalar(select(Sample.id).where(Sample.study_id == actor.study_id, later)))
