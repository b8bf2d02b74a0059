"""Which ruptures could be coded: complete sequences whose three treatment sessions have a recording."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, TreatmentSession
from coder_app.services.actor import Actor


class Placed(Protocol):
    """What is counted: the sessions of one dyad and informant."""

    @property
    def informant(self) -> str: ...

    @property
    def dyad(self) -> str: ...

    @property
    def pre(self) -> int: ...

    @property
    def central(self) -> int: ...

    @property
    def post(self) -> int | None: ...


@dataclass(frozen=True)
class Candidate:
    """A rupture as a candidate for the sample; `left_out` says why it is not in it."""

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


@dataclass(frozen=True)
class SampleProposal:
    """What freezing these settings would take in, and what it would leave out."""

    settings: dict[str, Any]
    candidates: tuple[Candidate, ...]

    @cached_property
    def sequences(self) -> tuple[Candidate, ...]:
        """The candidates that are complete and recorded."""
        return tuple(one for one in self.candidates if one.left_out is None)

    @cached_property
    def left_out(self) -> tuple[Candidate, ...]:
        """The candidates that are not."""
        return tuple(one for one in self.candidates if one.left_out is not None)

    @property
    def n_sequences(self) -> dict[str, int]:
        """Number of sequences for each informant."""
        return count_by_informant(self.sequences)

    @property
    def n_positions(self) -> int:
        """Pre, central and post of every sequence."""
        return 3 * len(self.sequences)

    @property
    def n_sessions(self) -> int:
        """Different treatment sessions; one can stand in two sequences."""
        return count_sessions(self.sequences)

    @property
    def conflict(self) -> str | None:
        """Why these settings cannot be frozen whatever was recorded, or None."""
        measures: dict[str, str] = {}
        for one in self.candidates:
            if measures.setdefault(one.informant, one.measure) != one.measure:
                return (
                    f"Ruptures of the {one.informant} were found on {measures[one.informant]} and on "
                    f"{one.measure}; a sample needs one measure for each informant."
                )
        return None


def propose(db: Session, actor: Actor, content: dict[str, Any]) -> SampleProposal:
    """Return which of the ruptures found could be coded: complete, and all three sessions recorded."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.COVERAGE)
    recorded = {place for place, (_, has_recording) in find_sessions(db, actor).items() if has_recording}
    return SampleProposal(content["settings"], tuple(_candidates(content, recorded)))


def count_by_informant(sequences: Iterable[Placed]) -> dict[str, int]:
    """Number of sequences for each informant."""
    counts: dict[str, int] = {}
    for one in sequences:
        counts[one.informant] = counts.get(one.informant, 0) + 1
    return counts


def count_sessions(sequences: Iterable[Placed]) -> int:
    """Number of different treatment sessions in the sequences; two can share one."""
    return len({(one.dyad, number) for one in sequences for number in (one.pre, one.central, one.post)})


def find_sessions(db: Session, actor: Actor) -> dict[tuple[str, int], tuple[int, bool]]:
    """Return the id of every treatment session, and whether it has a recording, by dyad and number."""
    rows = db.execute(
        select(Dyad.code, TreatmentSession.number, TreatmentSession.id, TreatmentSession.recorded)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    return {(dyad, number): (id_, recorded) for dyad, number, id_, recorded in rows}


def _candidates(content: dict[str, Any], recorded: set[tuple[str, int]]) -> Iterator[Candidate]:
    for analysis in content["analyses"]:
        for series in analysis["series"]:
            for found in series["ruptures"]:
                yield _candidate(analysis["informant"], analysis["measure"], series["dyad"], found, recorded)


def _candidate(
    informant: str, measure: str, dyad: str, found: dict[str, Any], recorded: set[tuple[str, int]]
) -> Candidate:
    numbers = [found[name] for name in ("pre", "central", "post") if found[name] is not None]
    lacking = tuple(number for number in numbers if (dyad, number) not in recorded)
    why = None
    if found["type"] is None:
        why = f"neither repaired nor unrepaired: {found['reason']}"
    elif lacking:
        many = "sessions" if len(lacking) > 1 else "session"
        why = f"no recording of {many} {_listed(lacking)}"
    return Candidate(
        informant,
        measure,
        dyad,
        found["pre"],
        found["central"],
        found["post"],
        found["criterion"],
        found["type"],
        lacking,
        why,
    )


def _listed(numbers: tuple[int, ...]) -> str:
    return " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))
