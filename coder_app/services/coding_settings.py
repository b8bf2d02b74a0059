"""The lead's settings of the coder's room."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.coding_settings import CodingSettings, find_bar, find_fault
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Study
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused


def get_settings(db: Session, actor: Actor) -> CodingSettings:
    """Return the settings as the study has them now."""
    actor.check_can(Act.SET_UP_CODING)
    stored = select(Study.coding_settings).where(Study.id == actor.study_id)
    return CodingSettings.from_mapping(db.scalars(stored).one())


def change_settings(db: Session, actor: Actor, new: CodingSettings) -> bool:
    """Change the settings, the old and the new in the trail; return whether anything changed."""
    actor.check_can(Act.SET_UP_CODING)
    fault = find_fault(new)
    if fault:
        raise Refused(fault)
    # Held until the end: an allotment that comes meanwhile reads what is stored here.
    study = db.scalars(select(Study).where(Study.id == actor.study_id).with_for_update(key_share=True)).one()
    old = CodingSettings.from_mapping(study.coding_settings)
    if new == old:
        return False
    bar = find_bar(old, new, Phase(study.phase))
    if bar:
        raise Refused(bar)
    study.coding_settings = new.to_mapping()
    db.flush()
    before, after = old.to_mapping(), new.to_mapping()
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    audit.record(db, actor, "change coding settings", actor.study_public_id, phase=study.phase, **changed)
    return True
