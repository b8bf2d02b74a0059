"""From the dyads of a study to the sequences that are linked: what is left at each step, and every loss."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Round
from coder_app.services.actor import Actor
from coder_app.services.sample_proposal import BY_CHOICE, NO_TYPE, propose
from coder_app.services.sample_view import SampleView
from coder_app.services.selection import MAIN, SUBMITTED

NOT_KEPT = "no recording, or left out by choice: the program that froze the sample kept no reasons"
NOT_FROZEN = "the sample is not frozen yet"


@dataclass(frozen=True)
class Loss:
    """How many are left out at a step, and why."""

    n: int
    reason: str


@dataclass(frozen=True)
class Step:
    """How many are left; `n` is None where it is not known yet, and `pending` then says why."""

    name: str
    n: int | None
    losses: tuple[Loss, ...] = ()
    pending: str | None = None

    @property
    def lost(self) -> int:
        """All losses together."""
        return sum(loss.n for loss in self.losses)


@dataclass(frozen=True)
class Stream:
    """The steps of one informant and measure; those of the linkage are by subscale."""

    informant: str
    measure: str
    steps: tuple[Step, ...]
    linked: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Coded:
    """The recordings of the main round, and those that each scale's primary coder has submitted."""

    n_recordings: int
    n_submitted: int


@dataclass(frozen=True)
class Flow:
    """The whole flow. `n_alone` are treatment sessions of a parent alone, which are no part of a series."""

    n_dyads: int
    n_alone: int
    streams: tuple[Stream, ...]
    coded: Coded | None
    is_frozen: bool
    scores_changed: bool


def find_flow(
    db: Session,
    actor: Actor,
    content: Mapping[str, Any],
    sessions: Iterable[tuple[str, int, str | None]],
    frozen: SampleView | None,
    linkage: Mapping[str, Any] | None,
) -> Flow:
    """Return the flow of a study from its ruptures, its sample, its rounds and, once there, its linkage."""
    analyses = content["analyses"]
    counted = {(one["dyad"], n) for of in analyses for one in of["series"] for n in one["sessions"]}
    return Flow(
        n_dyads=content["n_dyads"],
        n_alone=sum((dyad, number) not in counted for dyad, number, _ in sessions) if analyses else 0,
        streams=tuple(
            Stream(
                analysis["informant"],
                analysis["measure"],
                (*_of_series(analysis, content), *_of_ruptures(db, actor, analysis, content, frozen)),
                _of_linkage(analysis, frozen, linkage),
            )
            for analysis in analyses
        ),
        coded=_count_coded(db, actor),
        is_frozen=frozen is not None,
        scores_changed=bool(frozen and frozen.scores_changed),
    )


def _of_series(analysis: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[Step, ...]:
    name, series = analysis["informant"], analysis["series"]
    scored = sum(any(score is not None for score in one["scores"]) for one in series)
    short = scored - analysis["n_series"]
    needed = content["settings"]["min_run"]
    return (
        Step(f"Dyads with scores of the {name}", scored, _losses((content["n_dyads"] - scored, "no score"))),
        Step(
            "Series analysed", analysis["n_series"], _losses((short, f"fewer than {needed} scores in a row"))
        ),
        Step(
            "Series with a rupture",
            analysis["n_series_with_rupture"],
            _losses((analysis["n_series"] - analysis["n_series_with_rupture"], "no rupture")),
        ),
    )


def _of_ruptures(
    db: Session,
    actor: Actor,
    analysis: Mapping[str, Any],
    content: Mapping[str, Any],
    frozen: SampleView | None,
) -> tuple[Step, ...]:
    """Return the steps from ruptures to the sample: as they were frozen, else as they would be."""
    if frozen is not None and frozen.left_out is not None:
        return _of_frozen(analysis, content, frozen)
    found = [one for series in analysis["series"] for one in series["ruptures"]]
    untyped = Counter(one["reason"] or "no reason is known" for one in found if one["type"] is None)
    n_typed = len(found) - untyped.total()
    steps = (
        Step("Ruptures found", len(found)),
        Step("Repaired or unrepaired", n_typed, _losses(*((n, why) for why, n in untyped.items()))),
    )
    if frozen is not None:
        taken = sum(_is_of(analysis, content, one) for one in frozen.sequences)
        return (*steps, Step("In the sample", taken, _losses((n_typed - taken, NOT_KEPT))))
    if not actor.sees(Thing.COVERAGE):
        return (*steps, Step("In the sample", None, pending=NOT_FROZEN))
    own = [one for one in propose(db, actor, dict(content)).candidates if _is_of(analysis, content, one)]
    recorded = sum(one.because is None for one in own)
    lost = _losses((n_typed - recorded, "a session without a recording"))
    return (
        *steps,
        Step("With all three recordings", recorded, lost),
        Step("In the sample", None, pending=NOT_FROZEN),
    )


def _of_frozen(
    analysis: Mapping[str, Any], content: Mapping[str, Any], frozen: SampleView
) -> tuple[Step, ...]:
    taken = sum(_is_of(analysis, content, one) for one in frozen.sequences)
    place = (analysis["informant"], analysis["measure"])
    left = [one for one in frozen.left_out or () if (one.informant, one.measure) == place]
    n_left = sum((informant, measure) == place for informant, _, _, measure in frozen.known)
    untyped = Counter(
        one.left_out.removeprefix("neither repaired nor unrepaired: ")
        for one in left
        if one.because == NO_TYPE
    )
    chosen = Counter(one.left_out for one in left if one.because == BY_CHOICE)
    # Who must not see which sequences lack a recording still is told how many do.
    n_not_recorded = n_left - untyped.total() - chosen.total()
    n_typed = taken + n_left - untyped.total()
    return (
        Step("Ruptures found", taken + n_left),
        Step("Repaired or unrepaired", n_typed, _losses(*((n, why) for why, n in untyped.items()))),
        Step(
            "With all three recordings",
            n_typed - n_not_recorded,
            _losses((n_not_recorded, "a session without a recording")),
        ),
        Step("In the sample", taken, _losses(*((n, f"by choice: {why}") for why, n in chosen.items()))),
    )


def _of_linkage(
    analysis: Mapping[str, Any], frozen: SampleView | None, linkage: Mapping[str, Any] | None
) -> tuple[Step, ...]:
    own = (
        {one.measure for one in frozen.sequences if one.informant == analysis["informant"]} if frozen else ()
    )
    if linkage is None or (None not in own and analysis["measure"] not in own):
        return ()
    return tuple(
        Step(
            result["subscale"]["name"],
            result["n_sequences"],
            _losses(*((n, why) for why, n in Counter(map(_why, result["incomplete"])).items())),
        )
        for result in linkage["results"]
        if result["informant"] == analysis["informant"]
    )


def _why(incomplete: Mapping[str, Any]) -> str:
    """Name the positions without a score; which sessions they are stands in the file of the linkage."""
    missing = incomplete["missing"]
    return f"no score of the {' and '.join(missing)} session{'s' if len(missing) > 1 else ''}"


def _is_of(analysis: Mapping[str, Any], content: Mapping[str, Any], one: Any) -> bool:
    """Whether a sequence is of a stream; an older program did not keep the measure of its sequences."""
    if one.informant != analysis["informant"]:
        return False
    if one.measure is not None:
        return one.measure == analysis["measure"]
    return sum(other["informant"] == one.informant for other in content["analyses"]) == 1


def _losses(*found: tuple[int, str]) -> tuple[Loss, ...]:
    return tuple(Loss(n, why) for n, why in found if n)


def _count_coded(db: Session, actor: Actor) -> Coded | None:
    """Count recordings, and those of which every primary coder has submitted; None before any is allotted.

    None, too, to a viewer who must not know which forms count and how far they are.
    """
    if not actor.sees(Thing.RATINGS):
        return None
    is_open = func.max(case((Assignment.state == SUBMITTED, 0), else_=1))
    rows = db.scalars(
        select(is_open)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(Assignment.study_id == actor.study_id, Round.purpose == MAIN, Assignment.is_primary)
        .group_by(Assignment.recording_id)
    ).all()
    if not rows:
        return None
    return Coded(len(rows), rows.count(0))
