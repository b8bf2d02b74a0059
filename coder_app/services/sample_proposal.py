"""Which ruptures could be coded: complete sequences whose three treatment sessions have a recording."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.sample_counts import Counted

LONGEST_REASON = 300
NO_TYPE, NOT_RECORDED, BY_CHOICE = "not classifiable", "not recorded", "by choice"
LIMITS = ("median", "lower_half_median", "upper_fourth", "lower_limit")


@dataclass(frozen=True)
class Candidate:
    """A rupture as a candidate for the sample; where it is not in it, `left_out` and `because` say why.

    `scores` are those before, in and after it with the limits of its series: what later scores are compared
    with.
    """

    informant: str
    measure: str
    dyad: str
    pre: int
    central: int
    post: int | None
    criterion: str
    type: str | None
    not_recorded: tuple[int, ...]
    left_out: str | None
    because: str | None = None
    scores: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells this rupture from the others of the study."""
        return f"{self.informant} {self.central} {self.measure} {self.dyad}"


@dataclass(frozen=True)
class SampleProposal(Counted):
    """What freezing these settings would take in, and what it would leave out."""

    settings: dict[str, Any]
    candidates: tuple[Candidate, ...]

    @cached_property
    def sequences(self) -> tuple[Candidate, ...]:
        """The candidates that are taken: complete, recorded, and not left out by choice."""
        return tuple(one for one in self.candidates if one.left_out is None)

    @cached_property
    def left_out(self) -> tuple[Candidate, ...]:
        """The candidates that are not."""
        return tuple(one for one in self.candidates if one.left_out is not None)

    @property
    def complete(self) -> frozenset[str]:
        """The keys of what can be taken, whether it is or not."""
        return frozenset(one.key for one in self.candidates if one.because in (None, BY_CHOICE))

    def leave_out(self, reasons: Mapping[str, str]) -> "SampleProposal":
        """Return the proposal without these sequences, by key; each needs its reason in words."""
        unknown = sorted(set(reasons) - self.complete)
        if unknown:
            raise Refused(f"Not among what can be chosen: {', '.join(unknown)}.")
        for one in self.candidates:
            if one.key in reasons:
                _check_reason(one, reasons[one.key])
        return replace(
            self,
            candidates=tuple(
                replace(one, left_out=reasons[one.key].strip(), because=BY_CHOICE)
                if one.key in reasons
                else one
                for one in self.candidates
            ),
        )

    @property
    def conflict(self) -> str | None:
        """Why what is taken cannot be frozen together, or None."""
        measures: dict[str, str] = {}
        for one in self.sequences:
            if measures.setdefault(one.informant, one.measure) != one.measure:
                return (
                    f"Sequences of the {one.informant} were found on {measures[one.informant]} and on "
                    f"{one.measure}; a sample needs one measure for each informant. Leave those of one out."
                )
        return None


def propose(db: Session, actor: Actor, content: dict[str, Any]) -> SampleProposal:
    """Return which of the ruptures found could be coded: complete, and all three sessions recorded."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.COVERAGE)
    recorded = {place for place, (_, has_recording) in find_sessions(db, actor).items() if has_recording}
    return SampleProposal(content["settings"], tuple(_candidates(content, recorded)))


def find_sessions(db: Session, actor: Actor) -> dict[tuple[str, int], tuple[int, bool]]:
    """Return the id of every treatment session, and whether it has a recording, by dyad and number."""
    rows = db.execute(
        select(Dyad.code, TreatmentSession.number, TreatmentSession.id, TreatmentSession.recorded)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    return {(dyad, number): (id_, recorded) for dyad, number, id_, recorded in rows}


def _check_reason(one: Candidate, reason: str) -> None:
    which = f"{one.informant}, {one.dyad}, session {one.central}"
    if not reason.strip():
        raise Refused(f"Say why the sequence of {which} is left out although it could be coded.")
    if len(reason.strip()) > LONGEST_REASON:
        raise Refused(f"The reason for {which} has more than {LONGEST_REASON} characters.")


def _candidates(content: dict[str, Any], recorded: set[tuple[str, int]]) -> Iterator[Candidate]:
    for analysis in content["analyses"]:
        for series in analysis["series"]:
            for found in series["ruptures"]:
                yield _candidate(analysis, series, found, recorded)


def _candidate(
    analysis: dict[str, Any],
    series: dict[str, Any],
    found: dict[str, Any],
    recorded: set[tuple[str, int]],
) -> Candidate:
    numbers = [found[name] for name in ("pre", "central", "post") if found[name] is not None]
    lacking = tuple(number for number in numbers if (series["dyad"], number) not in recorded)
    why = because = None
    if found["type"] is None:
        why, because = f"neither repaired nor unrepaired: {found['reason']}", NO_TYPE
    elif lacking:
        many = "sessions" if len(lacking) > 1 else "session"
        why, because = f"no recording of {many} {_listed(lacking)}", NOT_RECORDED
    return Candidate(
        informant=analysis["informant"],
        measure=analysis["measure"],
        dyad=series["dyad"],
        pre=found["pre"],
        central=found["central"],
        post=found["post"],
        criterion=found["criterion"],
        type=found["type"],
        not_recorded=lacking,
        left_out=why,
        because=because,
        scores=scores_of(analysis, series, found),
    )


def scores_of(
    analysis: dict[str, Any], series: dict[str, Any], found: dict[str, Any]
) -> dict[str, float | None]:
    """Return the scores before, in and after a rupture, with the limits that made it one."""
    given = dict(zip(series["sessions"], series["scores"], strict=True))
    scores = {name: given.get(found[name]) for name in ("pre", "central", "post")}
    return scores | {name: series[name] for name in LIMITS} | {"pooled_sd": analysis["pooled_sd"]}


def _listed(numbers: tuple[int, ...]) -> str:
    return " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))
