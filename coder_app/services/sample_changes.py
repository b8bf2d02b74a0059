"""What later changes of scores do to a frozen sample: its sequences as frozen beside those of today."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coder_app.services.sample_proposal import LIMITS, scores_of
from coder_app.services.sample_view import LeftOut, SampleSequence, SampleView

SCORES = ("pre", "central", "post")
# What has become of a sequence, the most that can happen first; one that has several shows the first.
GONE, RETYPED, MOVED, REFOUND, RESCORED, RELIMITED, UNCHANGED = STATES = (
    "no longer a rupture",
    "another type",
    "other sessions",
    "another criterion",
    "scores changed",
    "limits changed",
    "unchanged",
)
ADDED, NOW_COMPLETE = "new rupture", "can be classified now"
# A limit is a float of exact fractions.
NOISE = 1e-9

Place = tuple[str, str, int]


@dataclass(frozen=True)
class Today:
    """A rupture of today's scores."""

    informant: str
    measure: str
    dyad: str
    pre: int
    central: int
    post: int | None
    criterion: str
    type: str | None
    reason: str | None
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class SequenceChange:
    """A frozen sequence, and what the scores of today say of it.

    `states` are all that hold, the gravest first; `today` is None where it is no rupture any more, and
    `reason` then says why. `scores` are today's at the frozen sessions, whether there is a rupture or not.
    """

    frozen: SampleSequence
    states: tuple[str, ...]
    today: Today | None
    scores: Mapping[str, float | None]
    reason: str | None

    @property
    def state(self) -> str:
        """The gravest of its states."""
        return self.states[0]


@dataclass(frozen=True)
class Addition:
    """A rupture of today that was none, or could not be classified, when the sample was frozen."""

    today: Today
    state: str
    reason: str | None


@dataclass(frozen=True)
class SampleChanges:
    """Every frozen sequence and what the scores of today would add.

    `added` is None where nobody kept what was left out, so that what is new cannot be told.
    """

    rows: tuple[SequenceChange, ...]
    added: tuple[Addition, ...] | None

    @property
    def counts(self) -> dict[str, int]:
        """Number of sequences by their gravest state, in the order of gravity."""
        states = [one.state for one in self.rows]
        return {state: states.count(state) for state in STATES if state in states}

    @property
    def n_changed(self) -> int:
        """Sequences of which anything is not as it was frozen."""
        return sum(one.state != UNCHANGED for one in self.rows)

    @property
    def n_other(self) -> int:
        """Sequences that the scores of today would not give as they were frozen: gone, retyped or moved."""
        return sum(one.state in (GONE, RETYPED, MOVED, REFOUND) for one in self.rows)


def compare(frozen: SampleView, content: dict[str, Any]) -> SampleChanges:
    """Compare a frozen sample with the ruptures of today under its own settings."""
    found = {(one.informant, one.dyad, one.central, one.measure): one for one in _today(content)}
    series = {
        (analysis["informant"], analysis["measure"], one["dyad"]): (analysis, one)
        for analysis in content["analyses"]
        for one in analysis["series"]
    }
    rows = tuple(_change(one, found, series) for one in frozen.sequences)
    return SampleChanges(rows, _added(frozen, found))


def _today(content: dict[str, Any]) -> Iterator[Today]:
    for analysis in content["analyses"]:
        for series in analysis["series"]:
            for one in series["ruptures"]:
                names = ("pre", "central", "post", "criterion", "type", "reason")
                yield Today(
                    informant=analysis["informant"],
                    measure=analysis["measure"],
                    dyad=series["dyad"],
                    scores=scores_of(analysis, series, one),
                    **{name: one[name] for name in names},
                )


def _change(
    one: SampleSequence, found: dict[tuple[Any, ...], Today], series: dict[tuple[Any, ...], tuple]
) -> SequenceChange:
    measure = one.measure or _measure_of(one, series)
    now = found.get((one.informant, one.dyad, one.central, measure))
    here = series.get((one.informant, measure, one.dyad))
    places = {"pre": one.pre, "central": one.central, "post": one.post}
    scores = scores_of(*here, places) if here else dict.fromkeys((*SCORES, *LIMITS, "pooled_sd"))
    states = []
    if now is None:
        states.append(GONE)
    else:
        states += [RETYPED] * (now.type != one.type)
        states += [MOVED] * ((now.pre, now.post) != (one.pre, one.post))
        states += [REFOUND] * (now.criterion != one.criterion)
    if one.scores is not None:
        states += [RESCORED] * _differ(one.scores, scores, SCORES)
        states += [RELIMITED] * _differ(one.scores, scores, LIMITS)
    return SequenceChange(one, tuple(states) or (UNCHANGED,), now, scores, _why_gone(one, now, here))


def _measure_of(one: SampleSequence, series: dict[tuple[Any, ...], tuple]) -> str | None:
    """An older program did not keep it; a sample has one for each informant, so most often there is one."""
    measures = [key[1] for key in series if (key[0], key[2]) == (one.informant, one.dyad)]
    return measures[0] if len(measures) == 1 else None


def _differ(
    one: Mapping[str, float | None], other: Mapping[str, float | None], names: tuple[str, ...]
) -> bool:
    for name in names:
        a, b = one.get(name), other.get(name)
        if (a is None) != (b is None) or (a is not None and abs(a - b) > NOISE):
            return True
    return False


def _why_gone(one: SampleSequence, now: Today | None, here: tuple | None) -> str | None:
    if now is not None:
        return now.reason
    if here is None:
        return "there is no series of this dyad, informant and measure any more"
    series = here[1]
    if not series["analysed"]:
        return f"the series is not analysed: {series['why_not']}"
    given = dict(zip(series["sessions"], series["scores"], strict=True))
    for session in (one.central, one.pre):
        if session not in given:
            return f"session {session} does not count any more"
        if given[session] is None:
            return f"session {session} has no score any more"
    return "no criterion is met any more"


def _added(frozen: SampleView, found: dict[tuple[Any, ...], Today]) -> tuple[Addition, ...] | None:
    if frozen.left_out is None:
        return None
    taken = {(one.informant, one.dyad, one.central) for one in frozen.sequences}
    left = {(one.informant, one.dyad, one.central, one.measure): one for one in frozen.left_out}
    new = {key: one for key, one in found.items() if key[:3] not in taken}
    added = (_addition(one, left.get(key), is_known=key in frozen.known) for key, one in new.items())
    return tuple(one for one in added if one is not None)


def _addition(now: Today, left: LeftOut | None, *, is_known: bool) -> Addition | None:
    if not is_known:
        return Addition(now, ADDED, now.reason)
    if left is not None and left.type is None and now.type is not None:
        return Addition(now, NOW_COMPLETE, f"was left out: {left.left_out}")
    return None
