"""The sample: sequences that are frozen once, with the settings and the scores that gave them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Sample, Sequence, User
from coder_app.services import audit, rupture, snapshot
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import NotFound, Refused
from coder_app.services.rupture_content import hash_scores
from coder_app.services.sample_proposal import (
    BY_CHOICE,
    NOT_RECORDED,
    Candidate,
    SampleProposal,
    find_sessions,
    propose,
)
from coder_app.services.sample_view import LeftOut, SampleSequence, SampleView


def freeze(
    db: Session,
    actor: Actor,
    settings: dict[str, Any],
    reasons: Mapping[str, str] | None = None,
    offered: Collection[str] | None = None,
) -> SampleView:
    """Store the sequences that these settings give, as computed on the present scores.

    `reasons` leaves sequences out by their key; `offered` are the keys that the person could choose from.
    """
    actor.check_can(Act.FREEZE_SAMPLE)
    actor.check_sees(Thing.COVERAGE)
    _check_setup(db, actor)
    if find_sample(db, actor) is not None:
        raise Refused("The sample is frozen already. Release it first, if it should be another one.")
    settings = rupture.check_settings(settings)
    found = snapshot.find(db, actor, rupture.KIND, settings)
    if found is None:
        raise Refused("The scores have changed since this page was opened. Open it again, then freeze.")
    proposal = propose(db, actor, found.content)
    if offered is not None and set(offered) != proposal.complete:
        raise Refused("Recordings have come or gone since this page was opened. Open it again, then freeze.")
    proposal = proposal.leave_out(reasons or {})
    if proposal.conflict:
        raise Refused(proposal.conflict)
    if not proposal.sequences:
        raise Refused(_why_nothing(proposal))
    data_hash = hash_scores(found.inputs)
    _add(db, actor, proposal, data_hash)
    audit.record(
        db,
        actor,
        "freeze sample",
        settings=settings,
        data_hash=data_hash,
        sequences=[[one.informant, one.dyad, one.central, one.type] for one in proposal.sequences],
        left_out_by_choice=[
            [one.informant, one.dyad, one.central, one.type, one.left_out]
            for one in proposal.left_out
            if one.because == BY_CHOICE
        ],
    )
    return get_sample(db, actor)


def unfreeze(db: Session, actor: Actor) -> None:
    """Release the sample, as long as nothing was allotted."""
    actor.check_can(Act.FREEZE_SAMPLE)
    _check_setup(db, actor)
    sample = get_sample(db, actor)
    db.execute(delete(Sequence).where(Sequence.study_id == actor.study_id))
    db.execute(delete(Sample).where(Sample.study_id == actor.study_id))
    audit.record(db, actor, "release sample", settings=sample.settings, n_sequences=dict(sample.n_sequences))


def get_sample(db: Session, actor: Actor) -> SampleView:
    """Return the frozen sample; raise NotFound when there is none."""
    found = find_sample(db, actor)
    if found is None:
        raise NotFound
    return found


def find_sample(db: Session, actor: Actor) -> SampleView | None:
    """Return the frozen sample, or None."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    row = db.execute(
        select(Sample, User.name)
        .join(User, User.id == Sample.frozen_by)
        .where(Sample.study_id == actor.study_id)
    ).first()
    if row is None:
        return None
    sample, frozen_by = row
    places = {id_: (place, has) for place, (id_, has) in find_sessions(db, actor).items()}
    stored = db.scalars(select(Sequence).where(Sequence.study_id == actor.study_id)).all()
    used = {id_ for one in stored for id_ in (one.pre_id, one.central_id, one.post_id)}
    now = hash_scores(rupture.collect(db, actor, sample.settings))
    left_out, n_hidden = _left_out(sample, actor)
    return SampleView(
        settings=dict(sample.settings),
        data_hash=sample.data_hash,
        frozen_at=sample.frozen_at,
        frozen_by=frozen_by,
        sequences=tuple(sorted((_sequence(one, places) for one in stored), key=_order)),
        n_recorded_sessions=sum(places[id_][1] for id_ in used),
        scores_changed=now != sample.data_hash,
        left_out=left_out,
        n_hidden=n_hidden,
        known=frozenset(
            (one["informant"], one["dyad"], one["central"], one["measure"]) for one in sample.left_out or ()
        ),
    )


def _check_setup(db: Session, actor: Actor) -> None:
    """Held still: another lead may be allotting at this moment."""
    if hold_phase(db, actor) is not Phase.SETUP:
        raise Refused("The coding has begun, so the sample stays as it is.")


def _add(db: Session, actor: Actor, proposal: SampleProposal, data_hash: str) -> None:
    sample = Sample(
        study_id=actor.study_id,
        settings=proposal.settings,
        data_hash=data_hash,
        left_out=[_as_left_out(one) for one in proposal.left_out],
        frozen_by=actor.user_id,
        frozen_at=actor.now(),
    )
    db.add(sample)
    db.flush()
    ids = {place: id_ for place, (id_, _) in find_sessions(db, actor).items()}
    dyads = dict(db.execute(select(Dyad.code, Dyad.id).where(Dyad.study_id == actor.study_id)).all())
    db.add_all(
        Sequence(
            study_id=actor.study_id,
            sample_id=sample.id,
            dyad_id=dyads[one.dyad],
            informant=one.informant,
            pre_id=ids[one.dyad, one.pre],
            central_id=ids[one.dyad, one.central],
            post_id=ids[one.dyad, one.post],
            criterion=one.criterion,
            type=one.type,
            measure=one.measure,
            scores=dict(one.scores),
        )
        for one in proposal.sequences
    )
    db.flush()


def _sequence(row: Sequence, places: dict[int, tuple[tuple[str, int], bool]]) -> SampleSequence:
    (dyad, pre), _ = places[row.pre_id]
    return SampleSequence(
        row.informant,
        dyad,
        pre,
        places[row.central_id][0][1],
        places[row.post_id][0][1],
        row.criterion,
        row.type,
        row.measure,
        row.scores,
    )


def _as_left_out(one: Candidate) -> dict[str, Any]:
    return {name: getattr(one, name) for name in LeftOut.__dataclass_fields__}


def _left_out(sample: Sample, actor: Actor) -> tuple[tuple[LeftOut, ...] | None, int]:
    if sample.left_out is None:
        return None, 0
    rows = [LeftOut(**one) for one in sample.left_out]
    seen = [one for one in rows if one.because != NOT_RECORDED or actor.sees(Thing.COVERAGE)]
    return tuple(sorted(seen, key=_order)), len(rows) - len(seen)


def _why_nothing(proposal: SampleProposal) -> str:
    if proposal.complete:
        return "Every sequence that could be coded is left out, so there is nothing to freeze."
    return "No sequence is complete and has all three recordings, so there is nothing to freeze."


def _order(one: SampleSequence | LeftOut) -> tuple[str, str, int]:
    return one.informant, one.dyad, one.central
